/** Callbacks: what `fit` calls between its steps. */

export {
  Callback,
  type CallbackLike,
  type CallbackState,
  type FitParams,
  type Logs,
  type TrainedModel,
} from "./callback";
export { BackupAndRestore, type BackupAndRestoreOptions } from "./backup-and-restore";
export { CSVLogger, type CSVLoggerOptions } from "./csv-logger";
export { EarlyStopping, type EarlyStoppingOptions } from "./early-stopping";
export { LambdaCallback } from "./lambda-callback";
export { LearningRateScheduler } from "./learning-rate-scheduler";
export { ModelCheckpoint, type ModelCheckpointOptions } from "./model-checkpoint";
export type { MonitorOptions } from "./monitor";
export { ProgressBar, type ProgressBarOptions } from "./progress-bar";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./reduce-lr-on-plateau";
export type { SaveFrequency } from "./save-frequency";
export { TerminateOnNaN } from "./terminate-on-nan";
