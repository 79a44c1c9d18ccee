/** The library that multiplies matrices. */

import { warn } from "./warn";
import { type BlasInfo, native } from "./native";

/**
 * Tells which OpenBLAS computes the matrix products, and by which kernels. They are chosen once a
 * process, when nabla is first imported; `OPENBLAS_CORETYPE` in the environment names a core, and is
 * kept. A warning with the code `NABLA_BLAS_KERNELS` is emitted at the import where the kernels do
 * less than the processor can.
 */
export function blas(): BlasInfo {
  const { config } = native.blas;
  const version = /OpenBLAS (\S+)/.exec(config)?.[1] ?? config;
  return { version, ...native.blas };
}

if (native.blasWarning !== undefined) {
  warn("NABLA_BLAS_KERNELS", native.blasWarning);
}
