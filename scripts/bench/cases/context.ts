/** What every case is given. */

import type { Contender, Task } from "../contenders/contender";
import { coreRoundTrip } from "../core-distance";
import type { SharedData, Sizes } from "../network";
import { type Pace, type Result, race } from "../race";
import type { Findings } from "../report";

export interface Context {
  /** All of them, each on each number of threads. */
  contenders: readonly Contender[];
  data: SharedData;
  /** Folder of MNIST, if it was named. */
  mnist?: string;
  pace: Pace;
  findings: Findings;
  /** Nanoseconds of a round trip between two threads before and after each race, by its name. */
  coreRoundTrips: Record<string, [before: number | null, after: number | null]>;
  /** Few repetitions, to see that all of it works. */
  isQuick: boolean;
}

export interface Case {
  /** For --cases. */
  key: string;
  title: string;
  run(context: Context): Promise<void>;
}

/** Races contenders and keeps their rows. */
export async function raceCase(
  context: Context,
  name: string,
  task: Task,
  contenders: readonly Contender[] = context.contenders,
  pace: Pace = context.pace,
): Promise<Result[]> {
  if (task.network === undefined) context.data.addNetwork(task.sizes);
  else context.data.addPictures(task.network);
  const before = await coreRoundTrip();
  const results = await race(contenders, task, context.data.folder, pace);
  context.coreRoundTrips[name] = [before, await coreRoundTrip()];
  context.findings.addRows(name, results);
  return results;
}

export function named(contenders: readonly Contender[], names: readonly string[]): Contender[] {
  return contenders.filter(({ name }) => names.includes(name));
}

/** The step of a network: mean gradient, so that one rate serves all batch sizes. */
export function stepTask(sizes: Sizes, batch: number, samples: number): Task {
  return { kind: "step", sizes, batch, samples, rate: 0.05 / batch };
}
