/**
 * What the engine's frame promises: chains of ops beside one of them, composed updates beside the
 * Adam of another checkout, the growth of captures, and training beside that checkout. What is
 * compared takes turns in one process, on the kernels that OPENBLAS_CORETYPE names.
 *
 *   OPENBLAS_CORETYPE=Zen npm run bench:frame -- --before ../nabla-of-before
 */

import { resolve } from "node:path";

import { Command } from "commander";
import * as nabla from "nabla";
import type { Tensor } from "nabla";

import { TUTORIAL } from "./network";
import { median, quantile } from "./statistics";

type Nabla = typeof nabla;
type Work = () => void | Promise<void>;

/** Rows that single steps train on. */
const SAMPLES = 2048;
/** Rows of the tutorial's program: MNIST's. */
const TUTORIAL_SAMPLES = 60_000;
const BATCH = 32;
/** 20 weights, 1 M elements in all. */
const SHAPES = [
  [512, 1024],
  [1024],
  [256, 1024],
  [256],
  [512, 256],
  [512],
  [3, 3, 32, 64],
  [64],
  [5, 5, 16, 32],
  [32],
  [128, 256],
  [128],
  [100, 100],
  [100],
  [64, 64],
  [64],
  [7, 9, 11],
  [11],
  [784, 10],
  [10],
];

/** The first beside the second. */
type Pair = readonly [Work, Work];

interface Contest {
  readonly name: string;
  readonly works: Pair;
  /** Pairs that do the same in other places of memory, which rounds take in turn with the first. */
  readonly elsewhere?: readonly Pair[];
  /** What the ratio is divided by: of bytes, say. */
  readonly share?: number;
  readonly goal: number;
  readonly threads?: number;
  /** Runs of each in a round. */
  readonly runs?: number;
  /** Runs before those. */
  readonly untimed?: number;
  /** Rounds before those that count. */
  readonly warmUp?: number;
}

/**
 * Rounds of work in JavaScript before those that count. V8 compiles a step piece by piece over its
 * first 2000 runs and more: until then a turn's time tells whether V8 compiles during it, up to four
 * times what the work takes, and the median which of the two is done sooner by chance.
 */
const COMPILED = 40;

/** A turn: so many runs, the time of one. */
async function microseconds(work: Work, runs: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < runs; i++) {
    const pending = work();
    if (pending !== undefined) await pending;
  }
  return ((performance.now() - start) * 1000) / runs;
}

/** The median of the rounds' ratios, with the interval that holds it with 95 % (order statistics). */
async function race(contest: Contest, rounds: number, libraries: readonly Nabla[]): Promise<void> {
  const runs = contest.runs ?? 10;
  // Short work runs once untimed: the other's turn has displaced its data from the caches, but not in
  // the rounds that begin with the contender whose turn was the last.
  const untimed = contest.untimed ?? (runs > 1 ? 1 : 0);
  for (const { setThreads } of libraries) setThreads(contest.threads ?? 1);
  const ratios: number[] = [];
  const times: [number[], number[]] = [[], []];
  const pairs = [contest.works, ...(contest.elsewhere ?? [])];
  const warmUp = contest.warmUp ?? (pairs.length > 1 ? 2 * pairs.length : 3);
  for (let round = -warmUp; round < rounds; round++) {
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    const taken = [0, 0];
    const works = pairs[(Math.floor(round / 2) + warmUp * pairs.length) % pairs.length];
    for (const i of order) {
      if (untimed > 0) await microseconds(works[i], untimed);
      taken[i] = await microseconds(works[i], runs);
    }
    if (round < 0) continue;
    ratios.push(taken[0] / taken[1] / (contest.share ?? 1));
    times.forEach((list, i) => list.push(taken[i]));
  }
  const reach = 0.98 / Math.sqrt(rounds); // of the ranks, about the middle
  const [low, high] = [quantile(ratios, 0.5 - reach), quantile(ratios, 0.5 + reach)];
  const ratio = median(ratios);
  const both = times.map((list) => median(list).toFixed(0)).join(" and ");
  console.log(
    `${contest.name}: ${both} us, ratio ${ratio.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}], ` +
      `goal ${contest.goal}: ${ratio <= contest.goal ? "met" : "missed"}`,
  );
}

// ---- chains

function chainOfEight(dtype: "float32" | "float64"): Contest {
  const { jit, maximum } = nabla;
  const x = nabla.randomNormal([1024, 1024]).cast(dtype);
  const one = jit((x: Tensor) => x.add(1));
  const eight = jit((x: Tensor) =>
    maximum(maximum(x.add(1).mul(0.5).add(-2), -1).mul(3).add(0.25).mul(-1), -8),
  );
  const works = [eight, one].map((run) => () => run(x).dispose()) as [Work, Work];
  return { name: `eight ops beside one, ${dtype}`, works, goal: 1.5 };
}

// ---- updates

function update(lib: Nabla, rule: nabla.optimizers.Optimizer): Work {
  const weights = SHAPES.map((shape) => new lib.Variable(lib.randomNormal(shape)));
  const gradients = SHAPES.map((shape) => lib.randomNormal(shape));
  const step = lib.jit((...given: Tensor[]) => rule.applyGradients(given, weights));
  return () => step(...gradients);
}

/** Adam of ops, as AdamW composes it for weights that do not decay. */
class ComposedAdam extends nabla.optimizers.AdamW {
  protected override decayOf(): null {
    return null;
  }
}

function updates(before: Nabla): Contest[] {
  const { Adam, AdamW, RMSprop } = nabla.optimizers;
  const contest = (
    name: string,
    create: () => nabla.optimizers.Optimizer,
    arrays: { read: number; written: number },
  ): Contest => {
    const pair = (): Pair => [
      update(nabla, create()),
      update(before, new before.optimizers.Adam(1e-4)),
    ];
    return {
      name: `${name} of 20 weights, per byte, beside Adam`,
      works: pair(),
      elsewhere: Array.from({ length: 4 }, pair),
      share: (arrays.read + arrays.written) / 7, // Adam reads four and writes three
      goal: 1.15,
      // Two contenders have 32 MB: it takes some ten runs until one's 16 MB are back in a cache that
      // others share.
      untimed: 10,
    };
  };
  const asAdam = { read: 4, written: 3 };
  return [
    contest("Adam", () => new Adam(1e-4), asAdam),
    contest("Adam, composed,", () => new ComposedAdam(1e-4), asAdam),
    contest("AdamW, composed,", () => new AdamW(1e-4), asAdam),
    contest("RMSprop", () => new RMSprop(1e-4), { read: 3, written: 2 }),
    contest("AMSGrad", () => new Adam(1e-4, { amsgrad: true }), { read: 5, written: 4 }),
  ];
}

// ---- reductions

/** Sums and means over long axes, beside the other checkout's. */
function reductions(before: Nabla): Contest[] {
  const shapes: readonly (readonly [number, number])[] = [
    [1, 1_000_000],
    [1000, 1000],
    [10_000, 100],
    [100_000, 10],
  ];
  const cases = shapes.flatMap((shape) =>
    [0, 1].filter((axis) => shape[axis] >= 1000).map((axis) => [shape, axis] as const),
  );
  return (["sum", "mean"] as const).flatMap((name) =>
    cases.map(([shape, axis]) => {
      const works = [nabla, before].map((lib): Work => {
        const x = lib.randomNormal([...shape]);
        const run = lib.jit((x: Tensor) => lib[name](x, axis));
        return () => run(x).dispose();
      }) as [Work, Work];
      return {
        name: `reduction: ${name} of [${shape.join(", ")}] over axis ${axis}`,
        works,
        goal: 1.1,
      };
    }),
  );
}

// ---- captures

/** The least time of some captures of so many steps, milliseconds. */
function captureTime(steps: number): number {
  const x = nabla.tensor([1, 2, 3]);
  const times = Array.from({ length: 5 }, () => {
    const f = nabla.jit((x: Tensor) => {
      let y = x;
      for (let i = 0; i < steps; i++) y = i % 3 === 0 ? y.exp() : y.mul(0.5);
      return y;
    });
    const start = performance.now();
    f(x).dispose();
    const taken = performance.now() - start;
    f.dispose();
    return taken;
  });
  return Math.min(...times);
}

function growth(): void {
  const sizes = [1000, 2000, 5000, 10_000, 20_000, 50_000];
  captureTime(1000);
  const points = sizes.map((steps) => [Math.log(steps), Math.log(captureTime(steps))]);
  const mean = (k: number): number =>
    points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const slope =
    points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) /
    points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const times = points.map(([, y], i) => `${sizes[i]}: ${Math.exp(y).toFixed(1)} ms`).join(", ");
  const isMet = Math.abs(slope - 1) <= 0.15;
  console.log(
    `captures of ${times}; slope ${slope.toFixed(2)}, goal 1.0 +- 0.15: ${isMet ? "met" : "missed"}`,
  );
}

// ---- training

interface Training {
  step: (rows: Tensor) => void;
  batches: Tensor[];
  fit: Work;
}

interface Digits {
  readonly pixels: Tensor;
  readonly labels: Tensor;
}

function digits(lib: Nabla, samples: number): Digits {
  const { images, labels } = lib.syntheticDigits({ samples, seed: 1 });
  return { pixels: images.reshape([samples, -1]), labels };
}

function training(lib: Nabla): Training {
  const { pixels, labels } = digits(lib, SAMPLES);
  const model = classifier(lib);
  const weights = model.trainableWeights;
  const rule = new lib.optimizers.SGD(0.001);
  const step = (rows: Tensor): void => {
    const tape = new lib.GradientTape();
    const loss = tape.record(() =>
      lib.losses.sparseCategoricalCrossentropy(
        labels.gather(rows),
        model.forward(pixels.gather(rows)),
      ),
    );
    rule.applyGradients(tape.gradient(loss, weights), weights);
  };
  const batches = Array.from({ length: SAMPLES / BATCH }, (_, i) =>
    lib.tensor(Int32Array.from({ length: BATCH }, (_, k) => i * BATCH + k)),
  );
  return { step, batches, fit: fitting(lib) };
}

/** An epoch of the tutorial's program. */
function fitting(lib: Nabla): Work {
  const model = classifier(lib);
  model.compile({
    optimizer: new lib.optimizers.SGD(0.32),
    loss: "sparseCategoricalCrossentropy",
    metrics: ["accuracy"],
  });
  const { pixels, labels } = digits(lib, TUTORIAL_SAMPLES);
  const set = lib.Dataset.fromTensorSlices([pixels, labels])
    .shuffle(1024, { reshuffleEachIteration: true })
    .batch(BATCH);
  return async () => {
    await model.fit(set, { epochs: 1, verbose: 0 });
  };
}

function classifier(lib: Nabla): nabla.Sequential {
  const hidden = TUTORIAL.slice(1, -1).map((units) => new lib.Dense(units, { activation: "relu" }));
  const layers = [
    new lib.Rescaling(1 / 255),
    ...hidden,
    new lib.Dense(10, { activation: "softmax" }),
  ];
  return new lib.Sequential(layers).build([null, TUTORIAL[0]]);
}

function beside(before: Nabla): Contest[] {
  const both = [training(nabla), training(before)];
  const contest = (
    name: string,
    goal: number,
    work: (training: Training, lib: Nabla) => Work,
    rest: Partial<Contest> = {},
  ): Contest => {
    const works = [work(both[0], nabla), work(both[1], before)] as [Work, Work];
    return { name, goal, works, ...rest };
  };
  const passes = ({ batches }: Training, step: (rows: Tensor) => void): Work => {
    let next = 0;
    return () => step(batches[next++ % batches.length]);
  };
  const captured = (training: Training, lib: Nabla): Work =>
    passes(training, lib.jit(training.step));
  const anew =
    (training: Training, lib: Nabla): Work =>
    () => {
      const step = lib.jit(training.step);
      step(training.batches[0]);
      step.dispose();
    };
  return [
    contest("captured step of batch 32", 1.02, captured, { runs: 1000 }),
    contest("the same on two threads", 1.05, captured, { runs: 1000, threads: 2 }),
    contest("fit of the tutorial's program, an epoch", 1.02, ({ fit }) => fit, { runs: 1 }),
    contest(
      "eager step",
      1.1,
      (training, lib) => {
        return passes(training, (rows) => lib.tidy(() => training.step(rows)));
      },
      { runs: 100, warmUp: COMPILED },
    ),
    contest("capture", 1.2, anew, { runs: 10, warmUp: COMPILED }),
  ];
}

async function main(): Promise<void> {
  const { before, rounds, only } = new Command("bench:frame")
    .description("Measures what the engine's frame promises.")
    .option("--before <checkout>", "another checkout, built")
    .option("--rounds <n>", "paired rounds", "30")
    .option("--only <text>", "of the lines whose names hold it")
    .parse()
    .opts<{ before?: string; rounds: string; only?: string }>();
  const libraries: Nabla[] = [nabla];
  const lines = [chainOfEight("float32"), chainOfEight("float64")];
  if (before !== undefined) {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const other = require(resolve(before)) as Nabla;
    libraries.push(other);
    lines.push(...updates(other), ...reductions(other), ...beside(other));
  }
  for (const line of lines) {
    if (only === undefined || line.name.includes(only)) await race(line, Number(rounds), libraries);
  }
  if (only === undefined || only === "capture") growth();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
