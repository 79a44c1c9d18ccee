import { matMul } from "../../ops/linear";
import { reshape, transpose } from "../../ops/shape";
import { type ValuesOf, flag } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { axes } from "../layer-options";
import { register } from "../registry";
import { knownSizeOf } from "../types-alone";
import { unit } from "./unit-normalization";

export interface DotOptions extends LayerOptions {
  /** Whether both are scaled to norm 1 first, which gives the cosine of their angle; false. */
  normalize?: boolean;
}

const OPTIONS = { axes: axes(), normalize: flag(false) };

/**
 * Products of two tensors, sample by sample, summed along an axis of each: `axes` names one for both, or
 * one for each. xs: [[batch, ..., n, ...], [batch, ..., n, ...]] -> y [batch, ...], the axes of the first
 * that are left, then those of the second; [batch, 1] if none is.
 */
export class Dot extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["axes"];

  constructor(axes: number | readonly [number, number], options: DotOptions = {}) {
    super(options, OPTIONS, { axes });
    const given = this.options.axes;
    if (typeof given === "number" || given.length === 2) return;
    throw new RangeError(
      `Dot: expected an axis or two for axes but received [${given.join(", ")}]`,
    );
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", "axis 1", "..."], several: true };
  }

  forward(xs: readonly Tensor[]): Tensor {
    if (xs.length !== 2) {
      throw new RangeError(`Dot: expected two tensors for x but received ${xs.length}`);
    }
    const { axes, normalize } = this.options;
    const [a, b] = xs.map((x, i) => {
      const axis = axisOf(x, typeof axes === "number" ? axes : axes[i], i);
      return toLast(normalize ? unit(x, axis) : x, axis);
    });
    checkPair(a, b, xs);
    return dotRows(a, b);
  }
}

function axisOf(x: Tensor, axis: number, i: number): number {
  const resolved = axis < 0 ? axis + x.rank : axis;
  if (resolved > 0 && resolved < x.rank) return resolved;
  throw new RangeError(
    `Dot: expected an axis in [1, ${x.rank}) of x[${i}], ${x.describe()}, but received ${axis}`,
  );
}

function toLast(x: Tensor, axis: number): Tensor {
  if (axis === x.rank - 1) return x;
  const others = Array.from({ length: x.rank }, (_, i) => i).filter((i) => i !== axis);
  return transpose(x, [...others, axis]);
}

function checkPair(a: Tensor, b: Tensor, xs: readonly Tensor[]): void {
  const differ = ([m, n]: (number | null)[]): boolean => m !== null && n !== null && m !== n;
  const refuse = (expected: string): never => {
    throw new RangeError(
      `Dot: expected ${expected} for x but received ${xs[0].describe()} and ${xs[1].describe()}`,
    );
  };
  if (differ([a, b].map((x) => x.shape[x.rank - 1]))) {
    refuse("as many elements along the axes summed over");
  }
  if (differ([a, b].map((x) => x.shape[0]))) refuse("batches of one size");
}

/** [batch, ...p, n], [batch, ...q, n] -> [batch, ...p, ...q], or [batch, 1] */
function dotRows(a: Tensor, b: Tensor): Tensor {
  const [p, q] = [a, b].map((x) => x.shape.slice(1, -1));
  const [rows, columns] = [a, b].map((x) => {
    const size = knownSizeOf(x.shape.slice(1, -1)) as number;
    return reshape(x, [x.shape[0], size, x.shape[x.rank - 1]]);
  });
  const products = matMul(rows, columns, false, true);
  const rest = [...p, ...q];
  return reshape(products, [a.shape[0], ...(rest.length > 0 ? rest : [1])]);
}

register("Dot", Dot);
