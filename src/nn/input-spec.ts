/** What a layer takes: the form of its input, checked before anything is computed. */

import { type DType, isFloat } from "../tensor/dtype";
import { Tensor, describeType, noTensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";

/** What a layer expects of its inputs; a call with others throws and says so. */
export interface InputSpec {
  /**
   * Names of axes, their sizes where these are fixed, and at most one "..." for any number of axes:
   * `["batch", "...", 784]`.
   */
  readonly shape: readonly (string | number)[];
  /** Any dtype if left out. */
  readonly dtype?: DType | "float";
  /** True if the layer takes an array of such tensors, as those that merge do. */
  readonly several?: boolean;
}

/** Throws unless a shape, whose unknown sizes are null, has the form. */
export function checkShapeForm(
  shape: readonly (number | null)[],
  spec: InputSpec,
  layer: string,
  why = "",
): void {
  if (hasForm(shape, spec)) return;
  const received = `[${shape.map((size) => size ?? "null").join(", ")}]`;
  throw new RangeError(
    `${layer}: expected [${spec.shape.join(", ")}] for inputShape${why} but received ${received}` +
      hintOnRank(shape.length, spec, "prepend the batch's axis, which may be null"),
  );
}

/** Throws unless `x` is a tensor of the form, or an array of them if the layer takes several. */
export function checkInputs(x: unknown, spec: InputSpec, layer: string): void {
  if (spec.several !== true) checkInput(x, spec, layer, "x");
  else if (Array.isArray(x) && x.length === 0) {
    throw new RangeError(
      `${layer}: expected at least one tensor for x but received an empty array`,
    );
  } else if (Array.isArray(x)) x.forEach((item, i) => checkInput(item, spec, layer, `x[${i}]`));
  else {
    const found = x instanceof Tensor ? x.describe() : describeValue(x);
    throw new TypeError(`${layer}: expected an array of tensors for x but received ${found}`);
  }
}

function checkInput(x: unknown, spec: InputSpec, layer: string, argument: string): void {
  if (!(x instanceof Tensor)) throw noTensor(x, layer, argument);
  const hasType = hasDType(x.dtype, spec);
  if (hasType && hasForm(x.shape, spec)) return;
  const expected = describeType((spec.dtype ?? "") as DType, spec.shape as never[]);
  const hint = hasType
    ? hintOnRank(x.rank, spec, `use expandDims(x, 0) for a batch of one${hintOnChannels(spec)}`)
    : `; use ${isFloat(x.dtype) ? "cast, or the layer's option dtype" : "Rescaling or cast"}`;
  throw new TypeError(
    `${layer}: expected ${expected} for ${argument} but received ${x.describe()}${hint}`,
  );
}

function hasDType(dtype: DType, spec: InputSpec): boolean {
  if (spec.dtype === undefined || spec.dtype === dtype) return true;
  return spec.dtype === "float" && isFloat(dtype);
}

function hasForm(found: readonly (number | null)[], { shape }: InputSpec): boolean {
  const gap = shape.indexOf("...");
  const named = gap < 0 ? shape.length : shape.length - 1;
  if (gap < 0 ? found.length !== named : found.length < named) return false;
  for (let i = 0; i < shape.length; i++) {
    if (i === gap) continue;
    const axis = gap < 0 || i < gap ? i : found.length - shape.length + i;
    const expected = shape[i];
    if (typeof expected === "number" && found[axis] !== expected) return false;
  }
  return true;
}

/** Grey pictures most often lack the axis of the channels. */
function hintOnChannels({ shape }: InputSpec): string {
  const axis = shape.indexOf("channels");
  if (axis < 0) return "";
  return `, expandDims(x, ${axis === shape.length - 1 ? -1 : axis}) for samples of one channel`;
}

/** A shape that lacks one axis most often lacks that of the batch. */
function hintOnRank(rank: number, { shape }: InputSpec, hint: string): string {
  const least = shape.includes("...") ? shape.length - 1 : shape.length;
  return rank === least - 1 && shape[0] === "batch" ? `; ${hint}` : "";
}
