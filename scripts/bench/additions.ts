/**
 * What a schedule, a mean and an accuracy add to a step of the tutorial's network in `fit`: epochs of each
 * beside those of the plain run, in turn.
 *
 *   npm run bench:additions -- --rounds 21
 */

import { Command } from "commander";
import { type Model, type Tensor, optimizers, setSeed, setThreads, syntheticDigits } from "nabla";

import { TUTORIAL } from "./network";
import { median, medianRatio } from "./statistics";
import { classifier } from "./training-step";

const SAMPLES = 21_000;
/** Of a round; the first is left out, in which steps are captured. */
const EPOCHS = 9;
const RATE = 0.001;
const { ExponentialDecay } = optimizers.schedules;

/** What the metric costs is the mean alone. */
const meanLabel = (yTrue: Tensor): Tensor => yTrue.cast("float32");

type CompileOptions = Parameters<Model["compile"]>[0];

const ADDITIONS: Record<string, () => Partial<CompileOptions>> = {
  plain: () => ({}),
  schedule: () => {
    const settings = { initialLearningRate: RATE, decaySteps: 1000, decayRate: 0.96 };
    return { optimizer: new optimizers.SGD(new ExponentialDecay(settings)) };
  },
  mean: () => ({ metrics: [meanLabel] }),
  accuracy: () => ({ metrics: ["accuracy"] }),
};

async function main(): Promise<void> {
  const { rounds } = new Command("bench:additions")
    .description("Times what a schedule, a mean and an accuracy add to a step in fit.")
    .option("--rounds <n>", "interleaved rounds", "21")
    .parse()
    .opts<{ rounds: string }>();
  setThreads(1);
  setSeed(1);
  const { images, labels } = syntheticDigits({ samples: SAMPLES, seed: 1 });
  const x = images.reshape([SAMPLES, -1]);
  const models = Object.entries(ADDITIONS).map(([name, addition]) => {
    const model = classifier(TUTORIAL).compile({
      optimizer: new optimizers.SGD(RATE),
      loss: "sparseCategoricalCrossentropy",
      ...addition(),
    });
    return { name, model, times: [] as number[] };
  });

  for (let round = 0; round < Number(rounds); round++) {
    for (const { model, times } of models) {
      const marks: number[] = [];
      const onEpochEnd = (): void => void marks.push(performance.now());
      await model.fit(x, labels, { epochs: EPOCHS, verbose: 0, callbacks: { onEpochEnd } });
      times.push(median(marks.slice(1).map((mark, i) => mark - marks[i])));
    }
  }
  const [plain] = models;
  const steps = Math.ceil(SAMPLES / 32);
  for (const { name, times } of models) {
    const added = 100 * (medianRatio(times, plain.times) - 1);
    const microseconds = (1000 * median(times)) / steps;
    console.log(
      `${name.padEnd(10)} ${microseconds.toFixed(2)} us a step, ${added.toFixed(1)} % more`,
    );
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
