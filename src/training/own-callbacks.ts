/** Which callbacks change nothing but Variables, which captured steps read anew. */

import {
  BackupAndRestore,
  CSVLogger,
  type CallbackLike,
  EarlyStopping,
  ModelCheckpoint,
  ProgressBar,
  ReduceLROnPlateau,
  TerminateOnNaN,
} from "./callbacks";
import { Snapshot } from "./snapshot";

/** `LambdaCallback` and `LearningRateScheduler` run functions of the caller's. */
const OWN: ReadonlySet<unknown> = new Set<unknown>([
  ...[BackupAndRestore, CSVLogger, EarlyStopping, ModelCheckpoint],
  ...[ProgressBar, ReduceLROnPlateau, Snapshot, TerminateOnNaN],
]);

/** True of the library's own callbacks, unless a subclass or an object has methods of its own. */
export function runsNoCodeOfCallers(callback: CallbackLike): boolean {
  return (
    OWN.has(callback.constructor) &&
    !Object.values(callback).some((value) => typeof value === "function")
  );
}
