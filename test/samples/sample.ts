/** What a sample of an op is. The tables of samples are in the files beside this one. */

import type { DType, Tensor, Variable } from "../../src";
import type { NdArray } from "../helpers/nd-array";

/** "float": the sample runs in float32 and again in float64. */
export type Kind = DType | "float";

export interface Input extends NdArray {
  readonly dtype: Kind;
}

/** One call of an op and what it must give. */
export interface Sample {
  /** Name of the public function. */
  readonly op: string;
  /** What distinguishes it from the op's other samples. */
  readonly title: string;
  readonly inputs: readonly Input[];
  readonly run: (...inputs: Tensor[]) => Tensor;
  readonly reference: (...inputs: NdArray[]) => NdArray;
  /** Of the result. */
  readonly dtype: Kind;
  /** Numbers of the inputs by which it is differentiated; empty where no gradient exists. */
  readonly sources: readonly number[];
  /** Whether the second derivative is compared with differences as well. */
  readonly second: boolean;
  /** Whether elements are right each by itself, not only as against the greatest: no sums cancel. */
  readonly independent: boolean;
}

/** One call of an op that writes Variables. */
export interface UpdateSample {
  readonly op: string;
  readonly title: string;
  /** What the op writes, in the order of its native row. */
  readonly variables: readonly Input[];
  readonly inputs: readonly Input[];
  readonly run: (variables: Variable[], inputs: Tensor[]) => void;
  /** The Variables' values afterwards. */
  readonly reference: (variables: NdArray[], inputs: NdArray[]) => NdArray[];
}

/** A call that must be refused before anything changes. */
export interface BadInput {
  readonly op: string;
  readonly title: string;
  /** Tensors and Variables that the call gets. */
  readonly given: () => Tensor[];
  readonly call: (...given: Tensor[]) => unknown;
  /** Names the op and the argument, and says what came. */
  readonly error: RegExp;
}

export function input(dtype: Kind, shape: readonly number[], data: readonly number[]): Input {
  return { dtype, shape, data };
}

type SampleParts = Pick<Sample, "op" | "inputs" | "run" | "reference"> & Partial<Sample>;

/** A sample with the usual rest: of the first input's dtype, differentiated by all float inputs. */
export function sample(parts: SampleParts): Sample {
  const { op, inputs } = parts;
  const dtype = parts.dtype ?? inputs[0].dtype;
  const floats = inputs.flatMap((given, i) => (given.dtype === "float" ? [i] : []));
  const types = inputs.map((given) => `${given.dtype}[${given.shape.join(", ")}]`).join(", ");
  return {
    second: true,
    independent: false,
    sources: dtype === "float" ? floats : [],
    ...parts,
    dtype,
    title: `${op}(${types})${parts.title === undefined ? "" : `, ${parts.title}`}`,
  };
}

/** The same sample for its values alone: where differences would cross a kink, or cost too much. */
export function valueOnly(parts: SampleParts): Sample {
  return sample({ ...parts, sources: [] });
}
