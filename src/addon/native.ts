/** The addon's functions, typed. What each does is said in `native/binding/addon.cpp`. */

import { loadAddon } from "./load-addon";

/** What the numbers of an attribute mean; see `native/table/attribute.hpp`. */
export type AttributeKind = "number" | "flag" | "axis" | "axes" | "shape" | "dtype";

/** A row of the native op table that JavaScript may ask for; see `native/table/row.hpp`. */
export interface NativeOp {
  readonly name: string;
  readonly inputs: readonly string[];
  /** So many of the last inputs repeat together. */
  readonly repeated: number;
  /** Numbers of the inputs that the op writes in place. */
  readonly written: readonly number[];
  readonly outputs: readonly string[];
  readonly attributes: readonly { readonly name: string; readonly kind: AttributeKind }[];
  readonly doc: string;
}

/** What `runStep` and `inferStep` throw. */
export interface StepError extends Error {
  /** Name of the class of errors that the fault belongs to. */
  readonly kind?: string;
  /** The message with "{2}" in the place of input 2. */
  readonly worded?: string;
}

/** What `memory` counts. */
export interface MemoryInfo {
  /** Tensors that hold native memory in this thread. */
  handles: number;
  /** Captured plans in this thread. */
  plans: number;
  /** Native buffers in use in the process, those of plans included. */
  buffers: number;
  /** Bytes of those buffers. */
  bytes: number;
  /** Bytes that were freed and wait for reuse. */
  pooledBytes: number;
}

/**
 * What kernels or a processor compute with: AVX-512; AVX2 with FMA; something older on x86-64; or
 * another architecture's instructions.
 */
export type InstructionSet = "avx512" | "avx2" | "older" | "other";

/** What `blas` tells of the library that computes products, and of the processor. */
export interface BlasInfo {
  /** OpenBLAS' version. */
  version: string;
  /** OpenBLAS' name for the processor core whose kernels compute: "Haswell", "SkylakeX". */
  kernels: string;
  /** What these kernels compute with; "other" also for a core whose name nabla does not know. */
  instructionSet: InstructionSet;
  /** The best that the processor and its operating system have. */
  processor: InstructionSet;
  /** Whether nabla chose the kernels, because those that OpenBLAS chose did less than the processor can. */
  forced: boolean;
  /** OpenBLAS' version and build options, in its own words. */
  config: string;
}

/** Plans over batches, on a thread of its own; see `native/run/epoch.hpp`. */
export interface EpochRequest {
  /** The plan for batches of its own number of rows. */
  full: number;
  /** The plan for batches of another size; -1 if there are none. */
  other: number;
  /** Handles of the tensors whose rows are the plans' arguments. */
  inputs: readonly number[];
  /** Batch b is rows offsets[b] to offsets[b + 1] - 1 of the inputs. */
  offsets: Int32Array | Float64Array;
  /** Handle of the tensor that receives the plans' first output, batch after batch; -1 for none. */
  result: number;
  /** Handle of a float64 scalar: the epoch ends once it is no finite number; -1 for none. */
  finite: number;
  /** How often progress is reported: after so much time, and after so many batches; 0 for never. */
  progressMilliseconds: number;
  progressBatches: number;
}

/** Hears of progress, while the epoch is parked, and of its end. */
export type EpochReport = (isEnd: boolean, batchesDone: number, error: string | undefined) => void;

export interface Native {
  /** Where a step or plan is described before a call; see `native/binding/words.hpp`. */
  readonly words: Float64Array;
  readonly ops: readonly NativeOp[];
  readonly isa: string;
  readonly blas: Omit<BlasInfo, "version">;
  /** That OpenBLAS' kernels do less than they could; for one thread of the process. */
  readonly blasWarning?: string;
  create(dtype: number, dims: readonly number[], data: ArrayBufferView): number;
  /** A tensor of rank 0, of a number that its dtype can hold. */
  createNumber(dtype: number, value: number): number;
  /** The value of a tensor of one element. */
  readNumber(handle: number): number;
  /** Memory whose content is undefined: nobody may read it before `writeRange` has filled it. */
  allocate(dtype: number, dims: readonly number[]): number;
  read(handle: number, target: ArrayBufferView): void;
  /** Copies bytes of a tensor, from number `first` on, into `target`. */
  readRange(handle: number, first: number, target: ArrayBufferView): void;
  /** Copies `source` over bytes of a tensor, from number `first` on. */
  writeRange(handle: number, first: number, source: ArrayBufferView): void;
  /**
   * Bytes of a tensor's memory, where they lie; they stay alive until `takeBack`. Null where the
   * runtime allows no memory of others in ArrayBuffers, as Electron.
   */
  lend(handle: number, first: number, length: number): ArrayBuffer | null;
  /** Detaches what `lend` gave. */
  takeBack(lent: ArrayBuffer): void;
  alias(handle: number, dims: readonly number[]): number;
  /** A handle to a copy. */
  duplicate(handle: number): number;
  release(handle: number): void;
  /** Likewise so many handles, which stand in `words`. */
  releaseMany(count: number): void;
  /** Runs the step that `words` describe, and writes its results there; throws a `StepError`. */
  runStep: () => void;
  /** Likewise the types of the results alone, from types of the inputs. */
  inferStep: () => void;
  createPlan(words: Float64Array, fuse: boolean): number;
  runPlan(plan: number): void;
  releasePlan(plan: number): void;
  describePlan(plan: number): string;
  /** Each step's op, inputs and outputs; a type is its dtype's code and then its shape. */
  planSteps(plan: number): readonly [string, readonly number[][], readonly number[][]][];
  threads(): number;
  setThreads(count: number): void;
  setDefaultThreads(count: number): void;
  /** For tests: with 0, work is cut into parts however small it is. */
  setWorthAPart(nanoseconds: number): void;
  /** For tests: with 0, parts are cut into pieces however little they touch. */
  setPieceBytes(bytes: number): void;
  memory(): MemoryInfo;
  startEpoch(request: EpochRequest, report: EpochReport): number;
  resumeEpoch(epoch: number): void;
  stopEpoch(epoch: number): void;
}

/** A copy: V8 looks up what an addon exports by hashing, and an object's own fields by their places. */
export const native = { ...(loadAddon() as Native) };

const { NABLA_ISA } = process.env;
if (NABLA_ISA !== undefined && NABLA_ISA !== "" && NABLA_ISA !== native.isa) {
  throw new RangeError(
    `expected an instruction set that this machine and build have, ${native.isa} at best, or a lesser ` +
      `one (avx512, avx2, baseline) for NABLA_ISA but received "${NABLA_ISA}"`,
  );
}
