/**
 * What a training step of the tutorial's network costs, captured and eager, against the eleven bare
 * GEMM calls in it: batch 32, gather to update, no metrics, one thread.
 *
 *   npm run bench:step -- --json step.json
 */

import { writeFileSync } from "node:fs";

import { Command } from "commander";
import { type Tensor, blas, jit, setSeed, syntheticDigits, tidy } from "nabla";

import { bareGemm, openblasVersion } from "./contenders/bare-gemm";
import { describeKernels, requireKernels } from "./kernels";
import { TUTORIAL } from "./network";
import { median, medianRatio } from "./statistics";
import { batchesOf, trainingStep } from "./training-step";

const BATCH = 32;
const SAMPLES = 4096;
const WARM_UP = 3;

/** Microseconds a step. */
function measure(step: (rows: Tensor) => void, batches: readonly Tensor[], steps: number): number {
  const start = performance.now();
  for (let i = 0; i < steps; i++) step(batches[i % batches.length]);
  return ((performance.now() - start) * 1000) / steps;
}

interface Options {
  rounds: string;
  steps: string;
  json?: string;
}

async function main(): Promise<void> {
  const options = new Command("bench:step")
    .description("Times the tutorial's training step against its bare GEMM calls.")
    .option("--rounds <n>", "interleaved rounds", "41")
    .option("--steps <n>", "steps a round and contender", "300")
    .option("--json <file>", "write the kernels, the medians, microseconds a step, and the ratios")
    .parse()
    .opts<Options>();
  requireKernels(blas());
  console.log(`nabla      ${describeKernels(blas())}`);
  console.log(`bare GEMM  ${openblasVersion()}`);
  const [rounds, steps] = [Number(options.rounds), Number(options.steps)];

  setSeed(1);
  const { images, labels } = syntheticDigits({ samples: SAMPLES, seed: 1 });
  const { step } = trainingStep(TUTORIAL, 0.001, { images: images.reshape([SAMPLES, -1]), labels });
  const batches = batchesOf(
    Int32Array.from({ length: SAMPLES }, (_, i) => i),
    BATCH,
  );
  const captured = jit(step);
  const eager = (rows: Tensor): void => tidy(() => step(rows));
  const gemm = bareGemm({ threads: 1, batch: BATCH, sizes: TUTORIAL });

  const times = { bareGemm: [] as number[], captured: [] as number[], eager: [] as number[] };
  for (let round = -WARM_UP; round < rounds; round++) {
    const figures = {
      bareGemm: await gemm.measure(steps),
      captured: measure(captured, batches, steps),
      eager: measure(eager, batches, steps),
    };
    if (round < 0) continue;
    times.bareGemm.push(figures.bareGemm);
    times.captured.push(figures.captured);
    times.eager.push(figures.eager);
  }
  gemm.close();

  const result = {
    blas: blas(),
    bareGemm: median(times.bareGemm),
    captured: median(times.captured),
    eager: median(times.eager),
    ratio: medianRatio(times.captured, times.bareGemm),
    eagerRatio: medianRatio(times.eager, times.bareGemm),
  };
  console.log(`bare GEMM  ${result.bareGemm.toFixed(1)} us a step`);
  console.log(`captured   ${result.captured.toFixed(1)} us a step, ${result.ratio.toFixed(2)} x`);
  console.log(`eager      ${result.eager.toFixed(1)} us a step, ${result.eagerRatio.toFixed(2)} x`);
  console.log(`medians of ${rounds} interleaved rounds of ${steps} steps; ratios paired by round`);
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
