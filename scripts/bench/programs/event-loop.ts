/**
 * node event-loop.js FOLDER EPOCHS: trains by model.fit on two threads and prints, as JSON, the 99th
 * percentile of the event loop's delay in ms and how often a 1 ms interval fired a second.
 */

import { monitorEventLoopDelay } from "node:perf_hooks";

import { setThreads } from "nabla";

import { TUTORIAL_TASK } from "../tutorial";
import { openFit } from "./nabla-training";

async function main(folder: string, epochs: number): Promise<void> {
  setThreads(2);
  const training = openFit({ ...TUTORIAL_TASK, kind: "epoch", data: folder });
  await training.run(1);

  const delays = monitorEventLoopDelay({ resolution: 1 });
  let firings = 0;
  const interval = setInterval(() => firings++, 1);
  delays.enable();
  const start = performance.now();
  await training.run(epochs);
  const seconds = (performance.now() - start) / 1000;
  delays.disable();
  clearInterval(interval);
  console.log(
    JSON.stringify({ p99: delays.percentile(99) / 1e6, firings: firings / seconds, seconds }),
  );
}

void main(process.argv[2], Number(process.argv[3]));
