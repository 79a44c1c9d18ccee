import { checkFunction, checkOptions } from "../../tensor/options";
import { Callback, type CallbackLike } from "./callback";

const METHODS = [
  ...(["onTrainBegin", "onTrainEnd", "onEpochBegin", "onEpochEnd"] as const),
  ...(["onBatchBegin", "onBatchEnd", "onProgress"] as const),
];

type Method = (typeof METHODS)[number];

/** A callback of functions: `new LambdaCallback({ onEpochEnd: (epoch, logs) => ... })`. */
export class LambdaCallback extends Callback implements CallbackLike {
  /** As it was passed. */
  declare readonly onTrainBegin?: CallbackLike["onTrainBegin"];
  /** As it was passed. */
  declare readonly onTrainEnd?: CallbackLike["onTrainEnd"];
  /** As it was passed. */
  declare readonly onEpochBegin?: CallbackLike["onEpochBegin"];
  /** As it was passed. */
  declare readonly onEpochEnd?: CallbackLike["onEpochEnd"];
  /** As it was passed. */
  declare readonly onBatchBegin?: CallbackLike["onBatchBegin"];
  /** As it was passed. */
  declare readonly onBatchEnd?: CallbackLike["onBatchEnd"];
  declare readonly onProgress?: CallbackLike["onProgress"];

  constructor(functions: Pick<CallbackLike, Method>) {
    super();
    checkOptions(functions, METHODS, "LambdaCallback");
    for (const [name, fn] of Object.entries(functions)) {
      checkFunction(fn, "LambdaCallback", name);
    }
    Object.assign(this, functions);
  }
}
