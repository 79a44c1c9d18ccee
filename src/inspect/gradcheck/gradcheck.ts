/** Checks gradients of a tape against differences. */

import { tidy } from "../../tensor/memory";
import { checkFlag, checkOptions } from "../../tensor/options";
import { type GradientOptions, GradientTape } from "../../autograd/tape";
import { Tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";
import { Variable } from "../../tensor/variable";
import { type Comparison, type GradientElement, compare } from "./compare";
import { findCulprit } from "./culprit";
import { checkedPositive, checkedSamples, checkedSeed } from "./elements";
import { type TensorFunction, atPoint } from "./point";

/** Options of `gradcheck`. */
export interface GradcheckOptions extends GradientOptions {
  /** The greatest error that passes; 1e-6 by default. */
  tolerance?: number;
  /** How far each element is moved; 1e-4 by default, an eighth of it where `f` curves strongly. */
  epsilon?: number;
  /** Compares so many elements of each tensor at most, drawn by `seed`; all by default. */
  samples?: number;
  /** 0 by default. */
  seed?: number;
  /** What the tensors are called in the report; by default a Variable's name, or "tensor 0". */
  names?: readonly string[];
  /** False to return the report of a failure instead of throwing it; true by default. */
  throws?: boolean;
}

const OPTIONS = "tolerance epsilon samples seed names throws unconnected".split(" ");

/** How far a gradient is from central differences, and where most. */
export interface GradcheckReport extends Comparison {
  /** Whether elements were compared and every error is below the tolerance. */
  passed: boolean;
  /** The report in words. */
  message: string;
}

/**
 * Compares the gradient of a GradientTape with differences of fourth order. The error of an element
 * is |a - n| / max(|a|, |n|, 1e-3 max|a| of its tensor). Elements at which `f` has a kink or a jump
 * (relu at 0, the greatest of several equals) have no derivative: they are excluded and counted,
 * unless the tape gives the mean of the slopes on both sides, as for abs at 0.
 *
 * ```ts
 * gradcheck((a, b) => a.matMul(b), [a, b]);
 * gradcheck(() => loss(y, model.forward(x)), model.trainableWeights, { samples: 100 });
 * ```
 *
 * Throws if an error reaches the tolerance or nothing could be compared, naming the worst element
 * and, where the gradient rule of a single op is to blame, that op.
 *
 * @param f gives a float64 tensor, which is summed if it is no scalar; must always give the same.
 *   It is called with the tensors, in order. Variables among them it may also close over: they are
 *   moved in place and have their values back afterwards.
 * @param tensors float64
 */
export function gradcheck(
  f: TensorFunction,
  tensors: readonly Tensor[],
  options: GradcheckOptions = {},
): GradcheckReport {
  checkOptions(options, OPTIONS, "gradcheck");
  const { tolerance = 1e-6, epsilon = 1e-4, seed = 0, throws = true, unconnected } = options;
  checkFlag(throws, "gradcheck", "throws");
  if (!Array.isArray(tensors)) {
    throw new TypeError(
      `gradcheck: expected an array for tensors but received ${describeValue(tensors)}`,
    );
  }
  const settings = {
    tolerance: checkedPositive("gradcheck", "tolerance", tolerance),
    epsilon: checkedPositive("gradcheck", "epsilon", epsilon),
    samples: checkedSamples("gradcheck", options.samples),
    seed: checkedSeed("gradcheck", seed),
    names: namesOf(tensors, options.names),
  };
  const report = tidy(() =>
    atPoint("gradcheck", f, tensors, (point): GradcheckReport => {
      if (tensors.some(({ size }) => size > 0)) checkRepeats(point.evaluate(), point.evaluate());
      const tape = new GradientTape();
      for (const place of point.places) tape.watch(place);
      const target = tape.record(() => f(...point.places));
      const gradients = tape.gradient(target, point.places, { unconnected });
      const comparison = compare(point, gradients, settings);
      const { worst, checked, excluded } = comparison;
      const passed = worst === null ? excluded === 0 : worst.error < tolerance;
      if (passed) return { ...comparison, passed, message: describe(comparison) };
      point.restore();
      const culprit = checked === 0 ? null : findCulprit(f, point.places, settings);
      return { ...comparison, passed, message: describeFailure(comparison, tolerance, culprit) };
    }),
  );
  if (!report.passed && throws) throw new Error(report.message);
  return report;
}

function namesOf(tensors: readonly Tensor[], names: unknown): string[] {
  if (names === undefined) {
    return tensors.map((x, i) => (x instanceof Variable ? x.name : `tensor ${i}`));
  }
  if (Array.isArray(names) && names.length === tensors.length) return names.map(String);
  throw new TypeError(
    `gradcheck: expected ${tensors.length} names, one a tensor, but received ` +
      (Array.isArray(names) ? `${names.length}` : describeValue(names)),
  );
}

function checkRepeats(first: Float64Array, second: Float64Array): void {
  first.forEach((value, i) => {
    if (!Number.isFinite(value)) {
      throw new RangeError(
        `gradcheck: expected finite values of f but element ${i} of its result is ${value}`,
      );
    }
    if (Object.is(value, second[i])) return;
    throw new Error(
      "gradcheck: f gives another result each time it is called: fix what is random in it, such as " +
        "Dropout (call eval() on the model)",
    );
  });
}

function describe({ worst, checked, excluded }: Comparison): string {
  const counts = `${checked} elements compared, ${excluded} excluded at kinks`;
  return worst === null ? counts : `${counts}; worst ${describeElement(worst)}`;
}

function describeFailure(
  comparison: Comparison,
  tolerance: number,
  culprit: string | null,
): string {
  if (comparison.checked === 0) {
    return `gradcheck: nothing to compare, all ${comparison.excluded} elements lie at kinks`;
  }
  const blame =
    culprit ??
    "no op's gradient rule is wrong by itself: does f compute with values that it read from its " +
      "tensors, or inside stopRecording, or change too fast for these differences (see epsilon)?";
  return (
    `gradcheck: expected errors below ${tolerance} but found ` +
    `${describeElement(comparison.worst!)}; ${blame}`
  );
}

export function describeElement({
  name,
  index,
  analytic,
  numeric,
  error,
}: GradientElement): string {
  return (
    `${name}[${index.join(", ")}]: the tape gives ${analytic}, differences ${numeric}, ` +
    `error ${error.toExponential(1)}`
  );
}
