import { oneHot } from "../../../ops/indexing";
import { max } from "../../../ops/reduce";
import { expandDims, slice, squeeze, sum } from "../../../ops/shape";
import type { DType } from "../../../tensor/dtype";
import { outsideRecording } from "../../../tensor/recorder";
import { Tensor, tensor } from "../../../tensor/tensor";
import { Layer } from "../../layer";
import type { RawValues } from "./raw-values";

/** How a layer gives numbers of categories. */
export type OutputMode = "int" | "oneHot" | "multiHot" | "count";

/**
 * Numbers of categories as `mode` says. int32 [batch, n] -> itself, or float [batch, depth]: ones at the
 * categories of a sample, or how often each is there; "oneHot" [..., n] -> [..., n, depth], where an n of
 * 1 falls away. The number `depth` stands for no category.
 */
export function encoded(x: Tensor, mode: OutputMode, depth: number, dtype: DType): Tensor {
  if (mode === "int") return x;
  const indices = x.rank === 0 ? expandDims(x, -1) : x;
  const isColumn = mode === "oneHot" && indices.rank > 1 && indices.shape.at(-1) === 1;
  const wide = oneHot(isColumn ? squeeze(indices, -1) : indices, depth + 1, dtype);
  const table = slice(
    wide,
    wide.shape.map(() => 0),
    [...wide.shape.slice(0, -1), depth],
  );
  if (mode === "oneHot") return table;
  const axis = indices.rank > 1 ? 1 : 0;
  return mode === "multiHot" ? max(table, axis) : sum(table, axis);
}

/**
 * Base of the layers that turn strings, or numbers that plans cannot look up, into numbers of
 * categories. `encode` does so in JavaScript, before there is a tensor; `forward` does all. In a model such
 * a layer stands first: `fit`, `evaluate` and `predict` call `encode`, and the plan begins with its result.
 */
export abstract class EncodedLayer<O extends object> extends Layer<O> {
  /** int32 numbers of categories for strings or numbers, in the same shape. */
  abstract encode(x: RawValues): Tensor;

  /** What is made of the numbers that `encode` gave. */
  protected abstract finish(indices: Tensor): Tensor;

  /**
   * Encodes values: int32 of their shape with outputMode "int", else float.
   * @param x strings or numbers, alone or nested in arrays; or the int32 tensor that `encode` gave
   */
  forward(x: RawValues): Tensor {
    return this.finish(x instanceof Tensor && x.dtype === "int32" ? x : this.encode(x));
  }

  /** @internal */
  override prepare(args: readonly unknown[]): void {
    if (args[0] instanceof Tensor) super.prepare(args);
  }

  /** A tensor of indices, which no tape and no plan takes note of. */
  protected indices(values: Int32Array, shape: readonly number[]): Tensor {
    return outsideRecording(() => tensor(values, shape));
  }
}
