/** What a tape keeps for backward, told for people. */

import { type DType, bytesOf } from "../tensor/dtype";
import { gradientsOf } from "../ops/op";
import type { Op } from "../ops/op-definition";
import {
  type ActiveCapture,
  type Attributes,
  type InferredStep,
  type RecordedOp,
  type RunningModule,
  recorder,
} from "../tensor/recorder";
import { beginScope, endScope } from "../tensor/scope";
import { SYMBOLIC, type Shape, Tensor, type TensorType, describeType } from "../tensor/tensor";
import { Variable } from "../tensor/variable";

/** A tensor of the forward pass that the gradient rule of an op reads. */
export interface StoredTensor {
  /** "output" ("output 0" and so on of several), or "input 0" and so on. */
  readonly role: string;
  /** Of a Variable; null for what was computed or given. */
  readonly name: string | null;
  /** Of the tensor that is stored. */
  readonly shape: Shape;
  /** Of the tensor that is stored. */
  readonly dtype: DType;
  /** Bytes that are kept for this alone: 0 for a Variable, and for what a step before stored. */
  readonly bytes: number;
}

/** One op that the tape recorded. */
export interface TraceStep {
  /** Path of the innermost module whose `forward` ran the op; null outside of modules. */
  readonly layer: string | null;
  /** Name of the op. */
  readonly op: string;
  /** Of the op's result, the first if it has several. */
  readonly shape: Shape;
  /** Of the same. */
  readonly dtype: DType;
  /** What the derivative needs of the forward pass; "nothing" also where none is taken. */
  readonly needs: "nothing" | "inputs" | "output" | "inputs and output";
  /** What the op keeps for its derivative, in the order of its outputs and inputs. */
  readonly stored: readonly StoredTensor[];
}

/** The ops that a tape recorded, in order, and what they stored. `toString` gives a table. */
export class TapeTrace {
  /** @param steps the recorded ops, first to last */
  constructor(readonly steps: readonly TraceStep[]) {}

  /** Of everything stored, each tensor counted once, weights not at all. */
  get bytes(): number {
    return this.steps.reduce((sum, { stored }) => sum + bytesIn(stored), 0);
  }

  /** A table with a row for each op: what its derivative needs, what is stored, and how many bytes. */
  toString(): string {
    const rows = this.steps.map(({ layer, op, shape, dtype, needs, stored }) => [
      layer ?? "",
      op,
      describeType(dtype, shape),
      needs,
      stored.map(describeStored).join(", "),
      bytesIn(stored).toLocaleString("en-US"),
    ]);
    const table = [["layer", "op", "result", "derivative needs", "stored", "bytes"], ...rows];
    const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
    const lines = table.map((row) => row.map((text, i) => text.padEnd(widths[i])).join("  "));
    const total = `${this.bytes.toLocaleString("en-US")} bytes stored`;
    return [...lines.map((line) => line.trimEnd()), total].join("\n");
  }
}

function bytesIn(stored: readonly StoredTensor[]): number {
  return stored.reduce((sum, { bytes }) => sum + bytes, 0);
}

function describeStored({ role, name, shape, dtype }: StoredTensor): string {
  return `${name ?? role} ${describeType(dtype, shape)}`;
}

/** Where an op was run: the outermost and the innermost of the modules. */
export interface Whereabouts {
  readonly root: RunningModule;
  readonly module: RunningModule;
}

export interface TracedNode {
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
  readonly where: Whereabouts | null;
}

/** The trace of recorded ops. `needsGradient` tells what a gradient can be taken by. */
export function traceOf(
  nodes: readonly TracedNode[],
  needsGradient: (x: Tensor) => boolean,
): TapeTrace {
  const reached = new Set<Tensor>();
  const stored = new Set<Tensor>();
  return new TapeTrace(
    nodes.map((node) => {
      const { op, inputs, outputs, where } = node;
      const needs = inputs.map((x) => reached.has(x) || needsGradient(x));
      const read = needs.includes(true) ? readByRule(node, needs) : new Set<Tensor>();
      if (needs.includes(true)) for (const output of outputs) reached.add(output);
      const roles = [
        ...inputs.map((x, i): [string, Tensor] => [`input ${i}`, x]),
        ...outputs.map((y, i): [string, Tensor] => [
          outputs.length > 1 ? `output ${i}` : "output",
          y,
        ]),
      ];
      return {
        layer: where === null ? null : where.root.pathOf(where.module),
        op: op.name,
        shape: outputs[0].shape,
        dtype: outputs[0].dtype,
        needs: describeNeeds(
          inputs.some((x) => read.has(x)),
          outputs.some((y) => read.has(y)),
        ),
        stored: roles.flatMap(([role, x]) => (read.delete(x) ? [describe(role, x, stored)] : [])),
      };
    }),
  );
}

function describe(role: string, x: Tensor, stored: Set<Tensor>): StoredTensor {
  const { shape, dtype } = x;
  const isVariable = x instanceof Variable;
  const bytes = isVariable || stored.has(x) ? 0 : x.size * bytesOf(dtype);
  stored.add(x);
  return { role, name: isVariable ? x.name : null, shape, dtype, bytes };
}

function describeNeeds(inputs: boolean, output: boolean): TraceStep["needs"] {
  if (inputs) return output ? "inputs and output" : "inputs";
  return output ? "output" : "nothing";
}

/** Runs a gradient rule without computing anything, and sees which tensors its ops read. */
function readByRule(node: TracedNode, needs: readonly boolean[]): Set<Tensor> {
  const { op, inputs, outputs, attributes } = node;
  const probe = new Probe();
  if (op.vjp === null) return probe.read;
  const { capture, tapes } = recorder;
  recorder.capture = probe;
  recorder.tapes = [];
  beginScope();
  try {
    gradientsOf(op, outputs.map(symbolic), inputs, outputs, attributes, needs);
  } finally {
    endScope([]);
    recorder.capture = capture;
    recorder.tapes = tapes;
  }
  return probe.read;
}

function symbolic({ shape, dtype }: TensorType): Tensor {
  return new Tensor(SYMBOLIC, shape, dtype);
}

/** A capture that keeps no plan, only what its ops read. */
class Probe implements ActiveCapture {
  readonly read = new Set<Tensor>();

  addStep(_op: RecordedOp, inputs: readonly Tensor[], { results }: InferredStep): Tensor[] {
    for (const x of inputs) this.read.add(x);
    return results.map(symbolic);
  }

  addGuard(): void {
    // Nothing is replayed.
  }

  addOwner(): void {
    // Nothing is replayed.
  }
}
