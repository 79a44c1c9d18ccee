/** Figures say something about nabla only where its BLAS computes with what the processor has. */

import type { BlasInfo, InstructionSet } from "nabla";

/** One line: "OpenBLAS 0.3.21, SkylakeX kernels (avx512), forced". */
export function describeKernels({ version, kernels, instructionSet, forced }: BlasInfo): string {
  return `OpenBLAS ${version}, ${kernels} kernels (${instructionSet})${forced ? ", forced" : ""}`;
}

/** From the least on; "other" is beyond comparison. */
const RANKS: readonly InstructionSet[] = ["older", "avx2", "avx512"];

/** Throws where the kernels are of a lesser class than the processor: ratios would mislead. */
export function requireKernels(blas: BlasInfo): void {
  const { instructionSet, processor } = blas;
  if (instructionSet === "other" || RANKS.indexOf(instructionSet) >= RANKS.indexOf(processor))
    return;
  throw new Error(
    `bench: expected kernels of the processor's class (${processor}) but received ` +
      `${describeKernels(blas)}; no ratios are given. Unset OPENBLAS_CORETYPE, or name a core of ` +
      `that class in it.`,
  );
}

/** The environment of the bare products: the same kernels as nabla's, whatever OpenBLAS would choose. */
export function environmentOf({ kernels, instructionSet }: BlasInfo): NodeJS.ProcessEnv {
  return instructionSet === "other" ? {} : { OPENBLAS_CORETYPE: kernels };
}
