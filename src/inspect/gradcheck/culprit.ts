/** Finds the op whose gradient rule is wrong. */

import { RandomStream } from "../../data/random-stream";
import { tidy } from "../../tensor/memory";
import { mul } from "../../ops/arithmetic";
import { runOp } from "../../ops/op";
import { concat, reshape } from "../../ops/shape";
import { GradientTape, type TapeNode } from "../../autograd/tape";
import { type Tensor, sizeOf, tensor } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";
import { type ComparisonOptions, compare } from "./compare";
import { type TensorFunction, atPoint } from "./point";

const MOST_SAMPLES = 64;

/** What to say of the first op in `f` whose rule alone disagrees with differences; null if none. */
export function findCulprit(
  f: TensorFunction,
  places: readonly Variable[],
  options: ComparisonOptions,
): string | null {
  using tape = new GradientTape({ persistent: true });
  for (const place of places) tape.watch(place);
  tape.record(() => f(...places));
  for (const node of tape.nodesFrom(places)) {
    const fault = tidy(() => faultOf(node, options));
    if (fault !== null) return fault;
  }
  return null;
}

/** Checks one op at the inputs that it had, its result weighted so that no slopes cancel. */
function faultOf(node: TapeNode, options: ComparisonOptions): string | null {
  const { op, inputs, attributes, outputs } = node;
  const weights = outputs.map((y) => (y.dtype === "float64" ? weightsLike(y) : null));
  if (op.vjp === null || weights.every((w) => w === null)) return null;
  const moving = inputs.flatMap((x, i) => (x.dtype === "float64" ? [i] : []));
  const run: TensorFunction = (...moved) => {
    const given = inputs.map((x, i) => (moving.includes(i) ? moved[moving.indexOf(i)] : x));
    return weighted(runOp(op, given, attributes), weights);
  };
  const sources = moving.map((i) => inputs[i]);
  return atPoint("gradcheck", run, sources, (point) => {
    const tape = new GradientTape();
    for (const place of point.places) tape.watch(place);
    const target = tape.record(() => run(...point.places));
    const gradients = tape.gradient(target, point.places, { unconnected: "zero" });
    const { worst } = compare(point, gradients, {
      ...options,
      samples: Math.min(options.samples, MOST_SAMPLES),
      names: moving.map((i) => `input ${i}`),
    });
    if (worst === null || worst.error < options.tolerance) return null;
    const { name, index, analytic, numeric } = worst;
    return (
      `the gradient rule of op ${op.name} is wrong: by ${name}[${index.join(", ")}] it gives ` +
      `${analytic} where differences give ${numeric}`
    );
  });
}

/** One tensor of the results that have weights, each times its own. */
function weighted(results: readonly Tensor[], weights: readonly (Tensor | null)[]): Tensor {
  const parts = results.flatMap((y, i) => {
    const w = weights[i];
    return w === null ? [] : [mul(y, w)];
  });
  return parts.length === 1 ? parts[0] : concat(parts.map((part) => reshape(part, [-1])));
}

function weightsLike({ shape }: Tensor): Tensor {
  const stream = new RandomStream(11);
  const weights = Float64Array.from({ length: sizeOf(shape) }, () => stream.between(0.5, 1.5));
  return tensor(weights, shape);
}
