/** A worker that trains: so many steps, or for ever. Posts "running" early and its losses at the end. */

import { parentPort, workerData } from "node:worker_threads";

import { smallTraining } from "./small-training";

const { seed, steps } = workerData as { seed: number; steps: number };
const step = smallTraining(seed);
const losses = [step()];
parentPort!.postMessage("running");
while (losses.length < steps) {
  const loss = step();
  if (steps < Infinity) losses.push(loss);
}
parentPort!.postMessage(losses);
