/**
 * How long two threads take to hand a number to and fro. On a virtual machine it changes while one
 * watches, with the places where the host runs its cores; what two threads gain changes with it.
 */

import { once } from "node:events";
import { Worker, isMainThread, workerData } from "node:worker_threads";

import { median } from "./statistics";

const CHUNKS = 20;
const TURNS = 2000;
/** Places of the two numbers, on cache lines of their own. */
const [THERE, BACK, SIZE] = [0, 32, 64];

/** Nanoseconds of a round trip between two threads: the median over chunks of many. */
export async function coreRoundTrip(): Promise<number> {
  const numbers = new Int32Array(new SharedArrayBuffer(SIZE * 4));
  const worker = new Worker(__filename, { workerData: numbers });
  await once(worker, "online");
  const chunks = [];
  let turn = 0;
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    const start = performance.now();
    for (let i = 0; i < TURNS; i++) {
      Atomics.store(numbers, THERE, ++turn);
      while (Atomics.load(numbers, BACK) !== turn);
    }
    chunks.push(((performance.now() - start) * 1e6) / TURNS);
  }
  await worker.terminate();
  return median(chunks);
}

function answer(numbers: Int32Array): void {
  for (let turn = 1; turn <= CHUNKS * TURNS; turn++) {
    while (Atomics.load(numbers, THERE) !== turn);
    Atomics.store(numbers, BACK, turn);
  }
}

if (!isMainThread && workerData instanceof Int32Array) answer(workerData);
