/**
 * How long two threads take to hand a number to and fro. On a virtual machine it changes while one
 * watches, with the places where the host runs its cores; what two threads gain changes with it.
 */

import { once } from "node:events";
import { Worker, isMainThread, workerData } from "node:worker_threads";

import { median } from "./statistics";

const CHUNKS = 20;
const TURNS = 2000;
const PATIENCE_MS = 1000;
/** Looks at the clock once in so many polls: that takes longer than a round trip. */
const POLLS = 1000;
/** Places of the two numbers, on cache lines of their own. */
const [THERE, BACK, SIZE] = [0, 32, 64];

/**
 * Nanoseconds of a round trip between two threads: the median over chunks of many. Null where the
 * other thread does not answer in time, as on a single core.
 */
export async function coreRoundTrip(): Promise<number | null> {
  const numbers = new Int32Array(new SharedArrayBuffer(SIZE * Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(__filename, { workerData: numbers });
  try {
    await once(worker, "online");
    return timeRoundTrips(numbers);
  } finally {
    await worker.terminate();
  }
}

function timeRoundTrips(numbers: Int32Array): number | null {
  const deadline = performance.now() + PATIENCE_MS;
  const chunks = [];
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    const start = performance.now();
    for (let i = 1; i <= TURNS; i++) {
      const turn = chunk * TURNS + i;
      Atomics.store(numbers, THERE, turn);
      for (let polls = 1; Atomics.load(numbers, BACK) !== turn; polls++) {
        if (polls % POLLS === 0 && performance.now() > deadline) return null;
      }
    }
    chunks.push(((performance.now() - start) * 1e6) / TURNS);
  }
  return Math.round(median(chunks));
}

function answer(numbers: Int32Array): void {
  for (let turn = 1; turn <= CHUNKS * TURNS; turn++) {
    while (Atomics.load(numbers, THERE) !== turn);
    Atomics.store(numbers, BACK, turn);
  }
}

if (!isMainThread && workerData instanceof Int32Array) answer(workerData);
