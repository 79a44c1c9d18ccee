/** Batch normalisation by its own ops, compared with the same written out in element-wise ops. */

import {
  BatchNormalization,
  GradientTape,
  type Tensor,
  getThreads,
  gradcheck,
  jit,
  mean,
  moments,
  randomNormal,
  setThreads,
  tidy,
} from "../../src";
import { leakFree } from "../helpers/leak-free";

const EPSILON = 1e-3;
const SHAPES = [[5, 3], [2, 3, 4, 8], [32, 8, 8, 19], [3, 700, 1], [2, 0, 3]]; // prettier-ignore

/** gamma (x - mean) / sqrt(variance + epsilon) + beta, op by op. */
function composed(x: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const rows = x.shape.slice(1).map((_, axis) => axis);
  const { mean: center, variance } = moments(x, rows, true);
  return x.sub(center).div(variance.add(EPSILON).sqrt()).mul(gamma).add(beta);
}

/** The layer, with weights that are not those it starts with. */
function layerOf(x: Tensor): BatchNormalization {
  const layer = new BatchNormalization({ dtype: x.dtype as "float32" });
  layer.build([null, ...x.shape.slice(1)]);
  for (const weight of layer.weights) {
    weight.assign(weight.add(randomNormal(weight.shape, 0, 0.1, weight.dtype)));
  }
  return layer;
}

/** Results and gradients to x, gamma and beta of a loss that weighs each result by another number. */
function outcome(f: (x: Tensor) => Tensor, x: Tensor, layer: BatchNormalization, by: Tensor) {
  const tape = new GradientTape();
  const sources = [x, layer.gamma!, layer.beta!];
  sources.forEach((source) => tape.watch(source));
  const [y, loss] = tape.record(() => {
    const results = f(x);
    return [results, results.mul(by).add(results.square()).sum()] as const;
  });
  return [y, ...tape.gradient(loss, sources)];
}

/** Beside the greatest; sums of some hundred numbers of either sign may come to little. */
function difference(a: Tensor, b: Tensor): number {
  if (a.size === 0) return 0;
  return a.sub(b).abs().max().item() / (20 + b.abs().max().item());
}

const threads = getThreads();
afterAll(() => setThreads(threads));

describe.each(["float32", "float64"] as const)("%s", (dtype) => {
  const least = dtype === "float32" ? 2e-5 : 1e-12;

  test.each(SHAPES)(
    "[%s, %s, ...]: batchNorm equals its composition, captured too, on one thread and on two",
    (...shape) => {
      leakFree(() => {
        const x = randomNormal(shape, 3, 2, dtype);
        const by = randomNormal(shape, 0, 1, dtype);
        const layer = layerOf(x).train();
        const wanted = outcome((t) => composed(t, layer.gamma!, layer.beta!), x, layer, by);
        for (const count of [1, 2]) {
          setThreads(count);
          const run = (t: Tensor, weights: Tensor): Tensor[] =>
            outcome((pictures) => layer.forward(pictures), t, layer, weights);
          const captured = jit(run);
          for (const found of [run(x, by), captured(x, by)]) {
            found.forEach((t, i) => expect(difference(t, wanted[i])).toBeLessThan(least));
          }
          captured.dispose();
        }
      })();
    },
  );
});

test(
  "gradients, and gradients of gradients, equal differences",
  leakFree(() => {
    const x = randomNormal([3, 2, 4], 1, 2, "float64");
    const layer = layerOf(x);
    for (const isTraining of [true, false]) {
      if (isTraining) layer.train();
      else layer.eval();
      const f = (t: Tensor): Tensor => layer.forward(t).square();
      gradcheck(f, [x, layer.gamma!, layer.beta!]);
      const slope = (t: Tensor): Tensor =>
        tidy(() => {
          const tape = new GradientTape();
          tape.watch(t);
          const loss = tape.record(() => f(t).mul(t).sum());
          const [dx, dgamma] = tape.gradient(loss, [t, layer.gamma!]);
          return mean(dx.square()).add(dgamma.square().sum());
        });
      gradcheck(slope, [x, layer.gamma!]);
    }
  }),
);
