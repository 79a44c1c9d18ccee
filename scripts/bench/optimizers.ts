/**
 * What updates cost, captured: each optimizer on a matrix of a million weights beside Adam, by the bytes
 * of gradient, weight and slots that it moves; Muon beside the products of its iteration; interleaved.
 *
 *   npm run bench:optimizers -- --rounds 31
 *   npm run bench:optimizers -- --only Lamb "RMSprop, centered"
 */

import { writeFileSync } from "node:fs";

import { Command, Option } from "commander";
import {
  type JitFunction,
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

const SIDE = 1000;
const WARM_UP = 3;

interface Contender {
  run: () => void;
  /** Bytes of gradient, weight and slots that an update reads and writes. */
  bytes: number;
}

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

const ALL = [...NAMES, ...Object.keys(VARIANTS), "Muon"];

type OptimizerClass = new (rate: number, options?: object) => optimizers.Optimizer;

function contender(name: string, gradient: Tensor): Contender {
  const [className, options] = VARIANTS[name] ?? [name, {}];
  const create = (optimizers as unknown as Record<string, OptimizerClass>)[className];
  const optimizer = new create(0.001, options);
  const weight = new Variable(randomNormal([SIDE, SIDE]));
  const step = jit((g: Tensor) => optimizer.applyGradients([g], [weight]));
  step(gradient);
  const slots = Object.values(optimizer.state()).reduce((sum, { size }) => sum + size, 0);
  const elements = gradient.size + 2 * weight.size + 2 * slots;
  return { run: () => step(gradient), bytes: 4 * elements };
}

/** The products of Muon's iteration: x x^T, A A and the sum of both times x, five times. */
function products(x: Tensor): Contender {
  const step: JitFunction<[Tensor], Tensor> = jit((given: Tensor) => {
    let last = given;
    for (let i = 0; i < 5; i++) {
      const a = last.matMul(last, false, true);
      last = a.matMul(a).matMul(last);
    }
    return last;
  });
  return { run: () => tidy(() => void step(x)), bytes: 1 };
}

/** Microseconds a step. */
function measure({ run }: Contender, steps: number): number {
  const start = performance.now();
  for (let i = 0; i < steps; i++) run();
  return ((performance.now() - start) * 1000) / steps;
}

/** Adam first; Muon never without products. */
function contendersOf(names: readonly string[]): Record<string, Contender> {
  const gradient = randomNormal([SIDE, SIDE]).mul(0.01);
  const make = (name: string): Contender =>
    name === "products" ? products(gradient.div(gradient.norm())) : contender(name, gradient);
  const beside = names.includes("Muon") ? ["products"] : [];
  const all = ["Adam", ...names, ...beside];
  return Object.fromEntries(all.map((name) => [name, make(name)]));
}

interface Options {
  rounds: string;
  threads: string;
  only: string[];
  json?: string;
}

function main(): void {
  const options = new Command("bench:optimizers")
    .description("Times updates of a million weights beside those of Adam, by the bytes moved.")
    .option("--rounds <n>", "interleaved rounds", "31")
    .option("--threads <n>", "threads", "1")
    .addOption(
      new Option("--only <names...>", "Adam and these alone").choices(ALL).default(ALL, "all"),
    )
    .option("--json <file>", "write the medians and the ratios")
    .parse()
    .opts<Options>();
  setThreads(Number(options.threads));
  setSeed(1);
  const contenders = contendersOf(options.only);
  const times: Record<string, number[]> = {};
  for (let round = -WARM_UP; round < Number(options.rounds); round++) {
    for (const [name, each] of Object.entries(contenders)) {
      const time = measure(each, name === "Muon" || name === "products" ? 1 : 10);
      if (round >= 0) (times[name] ??= []).push(time);
    }
  }
  const adam = contenders.Adam;
  const report = Object.entries(contenders).map(([name, { bytes }]) => ({
    name,
    microseconds: median(times[name]),
    bytes,
    /** Of the time a byte to Adam's; of the time to that of the products. */
    ratio:
      name === "Muon" || name === "products"
        ? medianRatio(times[name], times.products)
        : (medianRatio(times[name], times.Adam) * adam.bytes) / bytes,
  }));
  for (const { name, microseconds, bytes, ratio } of report) {
    const megabytes = bytes === 1 ? "" : `${(bytes / 1e6).toFixed(0)} MB`;
    console.log(
      `${name.padEnd(18)} ${microseconds.toFixed(0).padStart(8)} us ${megabytes.padStart(6)}  ${ratio.toFixed(2)}`,
    );
  }
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(report, null, 2));
}

main();
