/**
 * What updates cost, captured: each optimizer on a matrix of a million weights, or of other rows of a
 * thousand, beside Adam, by the bytes of gradient, weight and slots that it moves; Muon beside the
 * products of its iteration. The two of a pair take turns, in several places of memory, which differ in
 * time by a quarter.
 *
 *   npm run bench:optimizers -- --rounds 32
 *   npm run bench:optimizers -- --rows 600 --only Lamb "RMSprop, centered"
 */

import { writeFileSync } from "node:fs";

import { Command, Option } from "commander";
import {
  type Tensor,
  Variable,
  jit,
  optimizers,
  randomNormal,
  setSeed,
  setThreads,
  tidy,
} from "nabla";

import { median, medianRatio } from "./statistics";

const COLUMNS = 1000;
/** Places of memory; rounds take them in turn. Medians of four differ by 0.1 from run to run. */
const PLACES = 8;
/** Timed runs of a turn; as many before them bring back to the caches what the other has displaced. */
const RUNS = 10;

/** Elementwise first; then those with another bound. */
const NAMES = [
  ...["SGD", "RMSprop", "AdamW", "Nadam", "Adamax", "Adagrad", "Adadelta", "Ftrl", "Lion"],
  ...["Lamb", "Adafactor"],
];

/** Those with other options than their classes' own. */
const VARIANTS: Record<string, readonly [string, object]> = {
  "SGD, momentum": ["SGD", { momentum: 0.9 }],
  "Adam, amsgrad": ["Adam", { amsgrad: true }],
  "RMSprop, centered": ["RMSprop", { centered: true, momentum: 0.9 }],
};

/**
 * Arrays of the weight's size that are read twice, since sums over all elements come before the first
 * change: the gradient and the weight; both moments and the weight.
 */
const READ_AGAIN: Record<string, number> = { Adafactor: 2, Lamb: 3 };

const ALL = [...NAMES, ...Object.keys(VARIANTS), "Muon"];

type OptimizerClass = new (rate: number, options?: object) => optimizers.Optimizer;

interface Contender {
  /** One for each place. */
  steps: readonly (() => void)[];
  /** What a step reads and writes of gradient, weight and slots. */
  bytes: number;
}

function updates(name: string, rows: number): Contender {
  const [className, options] = VARIANTS[name] ?? [name, {}];
  const create = (optimizers as unknown as Record<string, OptimizerClass>)[className];
  let slots = 0;
  const steps = Array.from({ length: PLACES }, () => {
    const gradient = randomGradient(rows);
    const optimizer = new create(0.001, options);
    const weight = new Variable(randomNormal([rows, COLUMNS]));
    const step = jit((g: Tensor) => optimizer.applyGradients([g], [weight]));
    step(gradient);
    slots = Object.values(optimizer.state()).reduce((sum, { size }) => sum + size, 0);
    return () => step(gradient);
  });
  const elements = (3 + (READ_AGAIN[name] ?? 0)) * rows * COLUMNS + 2 * slots;
  return { steps, bytes: 4 * elements };
}

/** The products of Muon's iteration: x x^T, A A and the sum of both times x, five times. */
function products(rows: number): Contender {
  const gradient = randomGradient(rows);
  const x = gradient.div(gradient.norm());
  const step = jit((given: Tensor) => {
    let last = given;
    for (let i = 0; i < 5; i++) {
      const a = last.matMul(last, false, true);
      last = a.matMul(a).matMul(last);
    }
    return last;
  });
  return { steps: [() => tidy(() => void step(x))], bytes: 1 };
}

function randomGradient(rows: number): Tensor {
  return randomNormal([rows, COLUMNS]).mul(0.01);
}

/** Microseconds a step. */
function measure(step: () => void, runs: number): number {
  const start = performance.now();
  for (let i = 0; i < runs; i++) step();
  return ((performance.now() - start) * 1000) / runs;
}

/** Microseconds a step of both by rounds, after two in each place that do not count. */
function race(pair: readonly [Contender, Contender], runs: number, rounds: number): number[][] {
  const times: number[][] = [[], []];
  for (let round = -2 * PLACES; round < rounds; round++) {
    for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const { steps } = pair[i];
      const step = steps[(Math.floor(round / 2) + PLACES) % steps.length];
      if (runs > 1) measure(step, runs);
      const taken = measure(step, runs);
      if (round >= 0) times[i].push(taken);
    }
  }
  return times;
}

interface Sizes {
  rows: number;
  rounds: number;
}

interface Line {
  name: string;
  microseconds: number;
  /** Of Adam, or of the products. */
  beside: number;
  bytes: number;
  /** Of the times a byte; of Muon's and the products' times. */
  ratio: number;
}

function line(name: string, { rows, rounds }: Sizes, adam: Contender): Line {
  const own = updates(name, rows);
  const isMuon = name === "Muon";
  const other = isMuon ? products(rows) : adam;
  const [times, besides] = race([own, other], isMuon ? 1 : RUNS, rounds);
  const share = isMuon ? 1 : own.bytes / other.bytes;
  return {
    name,
    microseconds: median(times),
    beside: median(besides),
    bytes: own.bytes,
    ratio: medianRatio(times, besides) / share,
  };
}

function print({ name, microseconds, beside, bytes, ratio }: Line): void {
  const [own, other] = [microseconds, beside].map((time) => time.toFixed(0).padStart(6));
  const megabytes = `${(bytes / 1e6).toFixed(0)} MB`;
  console.log(`${name.padEnd(18)} ${own} beside ${other} us  ${megabytes}  ${ratio.toFixed(2)}`);
}

function main(): void {
  const { rows, rounds, threads, only, json } = new Command("bench:optimizers")
    .description("Times updates of a matrix beside those of Adam, by the bytes moved.")
    .option("--rows <n>", "rows of the matrix, of 1,000 weights each", "1000")
    .option("--rounds <n>", "rounds of each pair", "32")
    .option("--threads <n>", "threads", "1")
    .addOption(new Option("--only <names...>", "these alone").choices(ALL).default(ALL, "all"))
    .option("--json <file>", "write the medians and the ratios")
    .parse()
    .opts<{ rows: string; rounds: string; threads: string; only: string[]; json?: string }>();
  setThreads(Number(threads));
  setSeed(1);
  const sizes = { rows: Number(rows), rounds: Number(rounds) };
  const adam = updates("Adam", sizes.rows);
  const report = only.map((name) => {
    const measured = line(name, sizes, adam);
    print(measured);
    return measured;
  });
  if (json !== undefined) writeFileSync(json, JSON.stringify(report, null, 2));
}

main();
