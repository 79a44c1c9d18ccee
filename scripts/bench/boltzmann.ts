/**
 * nabla's restricted Boltzmann machine beside scikit-learn's BernoulliRBM: equal settings (persistent
 * contrastive divergence, one Gibbs step an update, rows in file order, float32), trained by turns;
 * one evaluator, nabla's exact pseudo-likelihood of test images, judges both machines' weights.
 *
 *   npm run bench:boltzmann -- --data DIR --json boltzmann.json
 *
 * Debian has scikit-learn as python3-sklearn. Without it the program says so and ends.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Command } from "commander";
import {
  type DigitSet,
  RestrictedBoltzmannMachine,
  type Tensor,
  blas,
  getThreads,
  rescale,
  tensor,
  tidy,
} from "nabla";

import { type DigitOptions, loadDigits, withDigitOptions } from "../digits";
import { positiveInteger } from "../numbers";
import { requireKernels } from "./kernels";
import { BENCH } from "./paths";
import { median, medianRatio } from "./statistics";

interface Options extends DigitOptions {
  python: string;
  images: number;
  hidden: number;
  batch: number;
  rate: string;
  epochs: number;
  seeds: number;
  judged: number;
  json?: string;
}

interface Trained {
  machine: RestrictedBoltzmannMachine;
  /** An epoch. */
  seconds: number;
}

interface Round {
  nablaSeconds: number;
  sklearnSeconds: number;
  nabla: number;
  sklearn: number;
}

const VISIBLE = 784;

function pixels({ images }: DigitSet, count: number): Tensor {
  return tidy(() => rescale(images.slice(0, count).reshape([-1, VISIBLE]), 1 / 255));
}

async function trainHere(rows: Tensor, seed: number, options: Options): Promise<Trained> {
  const machine = new RestrictedBoltzmannMachine(VISIBLE, options.hidden, { seed });
  const start = performance.now();
  await machine.fit(rows, {
    epochs: options.epochs,
    batchSize: options.batch,
    learningRate: Number(options.rate),
    persistent: true,
    shuffle: false,
  });
  return { machine, seconds: (performance.now() - start) / 1000 / options.epochs };
}

function trainThere(folder: string, seed: number, options: Options): Trained {
  const { hidden, batch, epochs } = options;
  const settings = { folder, seed, hidden, batch, epochs, visible: VISIBLE };
  const script = join(BENCH, "boltzmann.py");
  const argument = JSON.stringify({ ...settings, rate: Number(options.rate) });
  const { stdout, stderr, status } = spawnSync(options.python, [script, argument], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${options.python} ${script} failed:\n${stderr}`);
  const { seconds } = JSON.parse(stdout) as { seconds: number };
  const machine = new RestrictedBoltzmannMachine(VISIBLE, hidden);
  const read = (name: string, shape: number[]): Tensor => {
    const bytes = readFileSync(join(folder, `${name}.f32`));
    return tensor(new Float32Array(new Uint8Array(bytes).buffer), shape);
  };
  machine.loadState({
    kernel: read("kernel", [VISIBLE, hidden]),
    visibleBias: read("visibleBias", [VISIBLE]),
    hiddenBias: read("hiddenBias", [hidden]),
  });
  return { machine, seconds };
}

function hasSklearn(python: string): boolean {
  return spawnSync(python, ["-c", "import sklearn"]).status === 0;
}

/** Standard error of a mean. */
function standardError(values: readonly number[]): number {
  const center = mean(values);
  const variance = mean(values.map((value) => (value - center) ** 2));
  return Math.sqrt(variance / Math.max(1, values.length - 1));
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

async function main(): Promise<void> {
  const options = withDigitOptions(new Command("bench:boltzmann"))
    .description("Compares a restricted Boltzmann machine with scikit-learn's.")
    .option("--python <file>", "the Python that has scikit-learn", "/usr/bin/python3")
    .option("--images <n>", "training images", positiveInteger, 60_000)
    .option("--hidden <n>", "hidden units", positiveInteger, 256)
    .option("--batch <n>", "images an update, and chains", positiveInteger, 10)
    .option("--rate <x>", "learning rate", "0.1")
    .option("--epochs <n>", "times through the images", positiveInteger, 10)
    .option("--seeds <n>", "rounds, each of both with the same seed", positiveInteger, 5)
    .option(
      "--judged <n>",
      "test images that the pseudo-likelihood is the mean of",
      positiveInteger,
      1000,
    )
    .option("--json <file>", "write the figures")
    .parse()
    .opts<Options>();
  if (!hasSklearn(options.python)) {
    console.log(`skipped: ${options.python} has no scikit-learn`);
    return;
  }
  requireKernels(blas());
  const digits = await loadDigits(options);
  const rows = pixels(digits.train, options.images);
  const judged = pixels(digits.test, options.judged);
  const folder = mkdtempSync(join(tmpdir(), "nabla-boltzmann-"));
  writeFileSync(join(folder, "rows.f32"), Buffer.from(rows.data().buffer));
  const judge = ({ machine }: Trained): number =>
    tidy(() => machine.pseudoLikelihood(judged, { exact: true }).mean().item());
  const rounds: Round[] = [];
  try {
    for (let seed = 1; seed <= options.seeds; seed++) {
      const there = trainThere(folder, seed, options);
      const here = await trainHere(rows, seed, options);
      const round = {
        nablaSeconds: here.seconds,
        sklearnSeconds: there.seconds,
        nabla: judge(here),
        sklearn: judge(there),
      };
      rounds.push(round);
      console.log(
        `seed ${seed}: nabla ${round.nablaSeconds.toFixed(2)} s an epoch, ${round.nabla.toFixed(2)}; ` +
          `scikit-learn ${round.sklearnSeconds.toFixed(2)} s, ${round.sklearn.toFixed(2)}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  report(rounds, options);
}

function report(rounds: readonly Round[], options: Options): void {
  const of = (key: keyof Round): number[] => rounds.map((round) => round[key]);
  const errors = [standardError(of("nabla")), standardError(of("sklearn"))];
  const result = {
    threads: getThreads(),
    nablaSeconds: median(of("nablaSeconds")),
    sklearnSeconds: median(of("sklearnSeconds")),
    timesFaster: medianRatio(of("sklearnSeconds"), of("nablaSeconds")),
    nabla: mean(of("nabla")),
    sklearn: mean(of("sklearn")),
    /** Of the difference. */
    standardError: Math.hypot(...errors),
  };
  console.log(
    `an epoch: nabla ${result.nablaSeconds.toFixed(2)} s, scikit-learn ` +
      `${result.sklearnSeconds.toFixed(2)} s (medians); ${result.timesFaster.toFixed(2)} times faster`,
  );
  console.log(
    `pseudo-likelihood of ${options.judged} test images, mean of ${rounds.length}: nabla ` +
      `${result.nabla.toFixed(2)}, scikit-learn ${result.sklearn.toFixed(2)}, standard error of the ` +
      `difference ${result.standardError.toFixed(2)}`,
  );
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ options, ...result, rounds }, null, 2)}\n`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
