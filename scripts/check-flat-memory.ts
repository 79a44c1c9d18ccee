/**
 * Checks that training takes no more memory the longer it runs: 10,000 captured and 2,000 eager
 * steps of the tutorial's network, after a warm-up, leave resident memory where it was. In one
 * synchronous loop, where no finalizer of the garbage collector runs. Exit status 1 if it grew.
 *
 *   npm run check:memory
 */

import {
  Dense,
  Flatten,
  GradientTape,
  Rescaling,
  Sequential,
  type Tensor,
  jit,
  losses,
  memory,
  optimizers,
  setSeed,
  syntheticDigits,
  tensor,
  tidy,
} from "nabla";

const BATCH = 32;
const SAMPLES = 4096;
const WARM_UP = 2_000;
const CAPTURED = 10_000;
const EAGER = 2_000;
const MIB = 2 ** 20;
const LIMIT = 5 * MIB;

function collectGarbage(): void {
  if (globalThis.gc === undefined) {
    throw new Error("run this with node --expose-gc, as npm run check:memory does");
  }
  globalThis.gc();
}

/** Bytes of memory that the process holds, garbage aside. */
function residentBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().rss;
}

/** The tutorial's step (784-32-64-128-10, SGD) as a function of row numbers, and its batches. */
function trainingStep(): { step: (rows: Tensor) => void; batches: Tensor[] } {
  setSeed(1);
  const { images, labels } = syntheticDigits({ samples: SAMPLES, seed: 1 });
  const hidden = [32, 64, 128].map((units) => new Dense(units, { activation: "relu" }));
  const output = new Dense(10, { activation: "softmax" });
  const model = new Sequential([new Flatten(), new Rescaling(1 / 255), ...hidden, output]);
  model.build([null, 28, 28]);
  const weights = model.trainableWeights;
  const optimizer = new optimizers.SGD(0.001);
  const step = (rows: Tensor): void => {
    const tape = new GradientTape();
    const loss = tape.record(() => {
      const predicted = model.forward(images.gather(rows));
      return losses.sparseCategoricalCrossentropy(labels.gather(rows), predicted);
    });
    optimizer.applyGradients(tape.gradient(loss, weights), weights);
  };
  const batches = Array.from({ length: SAMPLES / BATCH }, (_, i) =>
    tensor(Int32Array.from({ length: BATCH }, (_, k) => i * BATCH + k)),
  );
  return { step, batches };
}

function main(): void {
  const { step, batches } = trainingStep();
  const captured = jit(step);
  const eager = (rows: Tensor): void => tidy(() => step(rows));
  const run = (one: (rows: Tensor) => void, steps: number): void => {
    for (let i = 0; i < steps; i++) one(batches[i % batches.length]);
  };

  run(captured, WARM_UP / 2);
  run(eager, WARM_UP / 2);
  const before = residentBytes();
  const { buffers } = memory();
  run(captured, CAPTURED);
  run(eager, EAGER);
  const growth = residentBytes() - before;
  const newBuffers = memory().buffers - buffers;

  console.log(
    `${CAPTURED} captured and ${EAGER} eager steps: resident memory grew by ` +
      `${(growth / MIB).toFixed(2)} MiB (limit ${LIMIT / MIB} MiB), live buffers by ${newBuffers}`,
  );
  if (growth >= LIMIT || newBuffers > 0) process.exitCode = 1;
}

main();
