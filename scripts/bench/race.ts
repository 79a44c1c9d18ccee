/** Contenders interleaved: in each round each is timed once, so that all meet the same weather. */

import { setTimeout as sleep } from "node:timers/promises";

import type { Contender, Measured, Session, Task } from "./contenders/contender";
import { median } from "./statistics";

export interface Pace {
  /** Times that everything is opened anew. */
  runs: number;
  /** Rounds a run. */
  rounds: number;
  /** Microseconds that one contender is timed for in a round; slow ones run one unit. */
  slice: number;
  /** Microseconds that each runs at the start of a run, for its compiler to do its work. */
  warmUp: number;
}

export interface Result {
  contender: Contender;
  /** Microseconds of a unit by round, for each run; null if it could not take part. */
  times: number[][] | null;
  loss?: number;
  accuracies: number[];
  note?: string;
}

interface Lane {
  result: Result;
  session: Session | null;
  repeat: number;
}

const LOSS_STEPS = 100;
const PICTURE_LOSS_STEPS = 20;
/** OpenBLAS' and OpenMP's threads spin for a while after their work: the next must not feel it. */
const SETTLE_MS = 30;

/** Times the contenders on the task. An absent one, or one that fails, gets a result without times. */
export async function race(
  contenders: readonly Contender[],
  task: Task,
  folder: string,
  pace: Pace,
): Promise<Result[]> {
  const lanes = contenders
    .filter((contender) => contender.runs(task))
    .map((contender): Lane => ({ result: blank(contender), session: null, repeat: 1 }));
  for (let run = 0; run < pace.runs; run++) {
    for (const lane of lanes) await guarded(lane, () => openLane(lane, task, folder, pace));
    for (let round = 0; round < pace.rounds; round++) {
      // Each starts a round in turn, so that none always follows the same neighbour.
      for (let i = 0; i < lanes.length; i++) {
        const lane = lanes[(i + round) % lanes.length];
        await guarded(lane, () => timeOnce(lane, task, run));
      }
    }
    for (const lane of lanes) await closeLane(lane);
  }
  return lanes.map(({ result }) => result);
}

function blank(contender: Contender): Result {
  const { version, note } = contender;
  return { contender, times: version === null ? null : [], accuracies: [], note };
}

/** A contender that throws leaves the race; what it did so far counts for nothing. */
async function guarded({ result }: Lane, act: () => Promise<void>): Promise<void> {
  if (result.times === null) return;
  try {
    await act();
  } catch (error) {
    result.times = null;
    result.note = (error as Error).message;
  }
}

async function openLane(lane: Lane, task: Task, folder: string, pace: Pace): Promise<void> {
  const { contender } = lane.result;
  if (task.kind === "pictureStep" && lane.result.times!.length === 0) {
    // Dropout draws differ from library to library.
    const session = await contender.open({ ...task, dropout: 0 }, folder);
    lane.result.loss = (await session.loss(PICTURE_LOSS_STEPS)) ?? undefined;
    await session.close();
  }
  lane.session = await contender.open(task, folder);
  if (task.kind === "step" && !task.withoutLoss) {
    lane.result.loss = (await lane.session.loss(LOSS_STEPS)) ?? undefined;
  }
  lane.result.times!.push([]);
  lane.repeat = 1;
  if (task.kind === "tutorial") return;
  await warmUp(lane, pace);
}

/** Ends with as many units a measurement as fill a slice. */
async function warmUp(lane: Lane, pace: Pace): Promise<void> {
  await measured(lane); // the first unit may take a compiler's time, and counts for nothing
  for (let spent = 0; spent < pace.warmUp;) {
    const { microseconds } = await measured(lane);
    spent += microseconds * lane.repeat;
    lane.repeat = Math.max(1, Math.round(pace.slice / microseconds));
  }
}

async function measured({ session, repeat }: Lane): Promise<Measured> {
  const result = await session!.measure(repeat);
  if (result.microseconds > 0) return result;
  throw new Error(`it answered with ${result.microseconds} microseconds a unit`);
}

async function timeOnce(lane: Lane, task: Task, run: number): Promise<void> {
  const { result } = lane;
  // Untimed: the caches, compilers and threads that the others' turns left cold.
  if (task.kind !== "tutorial" && task.kind !== "epoch") await measured(lane);
  const { microseconds, accuracy } = await measured(lane);
  result.times![run].push(microseconds);
  if (accuracy !== undefined) result.accuracies.push(accuracy);
  if (result.contender.threads > 1) await sleep(SETTLE_MS);
}

async function closeLane(lane: Lane): Promise<void> {
  await lane.session?.close();
  lane.session = null;
}

/** Median microseconds over all runs and rounds. */
export function medianTime({ times }: Result): number | null {
  return times === null ? null : median(times.flat());
}
