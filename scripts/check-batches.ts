/**
 * Checks that a picture costs the same in batches of any size: steps of the convolutional network for
 * MNIST at batches of 16 to 1,024, in turns. Prints microseconds and bytes of temporaries by picture, and
 * the bytes of a thread's workspace. Exit status 1 if the dearest batch takes over 1.15 times what the
 * cheapest takes a picture, if the temporaries are not in proportion to the batch, or if the workspace
 * is not the same for all.
 *
 *   npm run check:batches
 */

import { type Tensor, randomUniform, setSeed, setThreads, zeros } from "nabla";

import { median } from "./bench/statistics";
import { bytesOf, convnetStep } from "./convnet";
import { formatTable } from "./labs/table";

const BATCHES = [16, 64, 256, 1024];
const ROUNDS = 9;
/** Pictures that each batch size is timed for in a round. */
const PICTURES = 2048;
/** The dearest picture, or the largest share of temporaries, over the least. */
const LARGEST_RATIO = 1.15;

const step = convnetStep();

interface Lane {
  batch: number;
  x: Tensor;
  labels: Tensor;
  /** Microseconds a picture, by round. */
  times: number[];
}

function laneOf(batch: number): Lane {
  const x = randomUniform([batch, 28, 28, 1]);
  return { batch, x, labels: zeros([batch], "int32"), times: [] };
}

function timeOnce({ batch, x, labels, times }: Lane): void {
  step(x, labels); // untimed: the caches that the turn of another left cold
  const start = performance.now();
  for (let done = 0; done < PICTURES; done += batch) step(x, labels);
  times.push(((performance.now() - start) * 1000) / PICTURES);
}

function ratioOf(values: readonly number[]): number {
  return Math.max(...values) / Math.min(...values);
}

/** Whether all holds on so many threads. */
function check(threads: number): boolean {
  setThreads(threads);
  const lanes = BATCHES.map(laneOf);
  for (const { x, labels } of lanes) step(x, labels);
  for (let round = 0; round < ROUNDS; round++) {
    // Each starts a round in turn, so that none always follows the same neighbour.
    lanes.forEach((_, i) => timeOnce(lanes[(i + round) % lanes.length]));
  }
  const rows = lanes.map(({ batch, x, labels, times }) => {
    const { arena, workspace } = bytesOf(step.plan(x, labels));
    return { batch, time: median(times), arena: arena / batch, workspace };
  });
  const cells = rows.map((row) => [row.batch, row.time, Math.round(row.arena), row.workspace]);
  const ratios = [ratioOf(rows.map(({ time }) => time)), ratioOf(rows.map(({ arena }) => arena))];
  const isSteady = new Set(rows.map(({ workspace }) => workspace)).size === 1;
  const [time, arena] = ratios.map((ratio) => ratio.toFixed(3));
  const header = ["batch", "us a picture", "bytes a picture", "workspace"];
  console.log(`threads: ${threads}\n${formatTable(header, cells)}`);
  console.log(`greatest / least: ${time} of the time, ${arena} of the bytes\n`);
  return isSteady && ratios.every((ratio) => ratio <= LARGEST_RATIO);
}

setSeed(1);
if (![1, 2].map(check).every(Boolean)) {
  console.error(
    `check:batches: expected ratios up to ${LARGEST_RATIO} and one workspace for all; times want a machine that does nothing else`,
  );
  process.exitCode = 1;
}
