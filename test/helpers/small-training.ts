/** A small network's training, captured and eager by turns, for programs that test threads. */

import {
  Dense,
  Dropout,
  GradientTape,
  Sequential,
  type Tensor,
  jit,
  losses,
  optimizers,
  randomUniform,
  setSeed,
  setThreads,
  tensor,
  tidy,
} from "../../src";
import { native } from "../../src/addon/native";

const BATCH = 16;
const INPUTS = 12;
const CLASSES = 4;

/** A step that returns its mean loss. The same seed gives the same series. */
export function smallTraining(seed: number): () => number {
  // Even these small steps go to the team.
  setThreads(2);
  native.setWorthAPart(0);
  setSeed(seed);
  const model = new Sequential([
    new Dense(24, { activation: "relu" }),
    new Dropout(0.25),
    new Dense(CLASSES, { activation: "softmax" }),
  ]);
  model.build([null, INPUTS]);
  model.train();
  const weights = model.trainableWeights;
  const optimizer = new optimizers.Adam(0.01);
  const step = (x: Tensor, y: Tensor): Tensor => {
    const tape = new GradientTape();
    const loss = tape.record(() =>
      losses.sparseCategoricalCrossentropy(y, model.forward(x)).mean(),
    );
    optimizer.applyGradients(tape.gradient(loss, weights), weights);
    return loss;
  };
  const captured = jit(step);
  let count = 0;
  return () =>
    tidy(() => {
      const x = randomUniform([BATCH, INPUTS]);
      const labels = Int32Array.from({ length: BATCH }, (_, i) => (i + count) % CLASSES);
      const run = count++ % 4 === 3 ? step : captured;
      return run(x, tensor(labels)).item();
    });
}

/** The losses of so many steps. */
export function train(seed: number, steps: number): number[] {
  const step = smallTraining(seed);
  return Array.from({ length: steps }, step);
}
