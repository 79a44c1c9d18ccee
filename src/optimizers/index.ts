/** Optimizers, with Keras 3's formulas, options and defaults. */

export { Adadelta, type AdadeltaOptions } from "./adadelta";
export { Adafactor, type AdafactorOptions } from "./adafactor";
export { Adagrad, type AdagradOptions } from "./adagrad";
export { Adam, type AdamOptions } from "./adam";
export { Adamax, type AdamaxOptions } from "./adamax";
export { AdamW, type AdamWOptions } from "./adamw";
export { Ftrl, type FtrlOptions } from "./ftrl";
export { Lamb, type LambOptions } from "./lamb";
export type { Rate } from "./learning-rate";
export { Lion, type LionOptions } from "./lion";
export { Muon, type MuonOptions } from "./muon";
export { Nadam, type NadamOptions } from "./nadam";
export { Optimizer } from "./optimizer";
export type { OptimizerOptions } from "./options";
export type { RateGroup } from "./rate-groups";
export { RMSprop, type RMSpropOptions } from "./rmsprop";
export * as schedules from "./schedules";
export { SGD, type SGDOptions } from "./sgd";
export type { Slots } from "./slots";
export type { ExactScalars, StepScalars } from "./step-scalars";
export type { WeightSelection } from "./weight-selection";
