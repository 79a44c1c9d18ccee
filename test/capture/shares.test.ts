/** Steps that threads share out by equal shares, and steps that follow them without a barrier. */

import {
  type Tensor,
  Variable,
  jit,
  ones,
  randomNormal,
  setSeed,
  setThreads,
  tidy,
} from "../../src";
import { adafactorMeans, lambMoments } from "../../src/ops";
import { cutSmallSteps } from "../helpers/small-parts";

cutSmallSteps();

const THREADS = 2;
const RUNS = 20;

function bytesOf(x: Tensor): Buffer {
  return Buffer.from(x.data().buffer);
}

/** Eager results beside those of many runs on several threads: what races is wrong at times alone. */
function expectSame(step: (...inputs: Tensor[]) => Tensor[], inputs: Tensor[]): void {
  setThreads(1);
  const expected = step(...inputs).map(bytesOf);
  setThreads(THREADS);
  const captured = jit(step);
  for (let run = 0; run < RUNS; run++) {
    tidy(() => {
      const results = captured(...inputs).map(bytesOf);
      expect(results.map((bytes, i) => bytes.equals(expected[i]))).toEqual(results.map(() => true));
    });
  }
}

test.each([[[256, 500]], [[2, 256, 500]], [[3, 130, 500]], [[29, 131, 40]]])(
  "Adafactor's means of %j, and what is computed of them",
  (shape) => {
    setSeed(1);
    const [x, weight] = [randomNormal(shape), randomNormal(shape)];
    const old = ones(shape.slice(0, -1));
    expectSame(
      (x, weight, old, moved) => {
        const means = adafactorMeans(x, weight, old, moved, 0.5);
        return [means.mean.mul(2), means.plain, means.weighed, means.ofWeight];
      },
      [x, weight, old, ones([]).mul(0.25)],
    );
  },
);

test.each([[[131_072]], [[16, 2065]], [[1, 40_000]], [[7, 5000]]])(
  "LAMB's moments of %j, and what is computed of them",
  (shape) => {
    setSeed(1);
    const [gradient, weight] = [randomNormal(shape), randomNormal(shape)];
    const half = ones([]).mul(0.5);
    const [mean, square] = [new Variable(weight), new Variable(weight.square())];
    const start = [weight, weight.square()];
    expectSame(
      (gradient, weight, half, ...start) => {
        mean.assign(start[0]);
        square.assign(start[1]);
        const scalars = { ofMean: half, floor: half };
        const betas = { beta1: 0.9, beta2: 0.99 };
        const sums = lambMoments(mean, square, gradient, weight, scalars, betas);
        return [mean.mul(2), square.mul(2), sums.ofWeight, sums.ofChange];
      },
      [gradient, weight, half, ...start],
    );
  },
);
