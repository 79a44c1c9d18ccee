/** Turns of the event loop that long work leaves to others: requests, timers, an abort. */

import { setImmediate } from "node:timers/promises";

/** For how long work goes on without one, in milliseconds. */
const LONGEST = 10;

let turned = performance.now();

/** A turn to wait for, if none was left for long: promises alone never let the event loop go on. */
export function dueTurn(): Promise<void> | undefined {
  if (performance.now() - turned < LONGEST) return undefined;
  return setImmediate().then(() => void (turned = performance.now()));
}
