/** The pass that suits a dataset. */

import { FedPass } from "./fed-pass";
import { NativePass } from "./native-pass";
import type { Pass, PassOptions } from "./pass";
import type { BatchSource } from "./windows";

export function createPass(dataset: BatchSource, options: PassOptions): Pass {
  const isInMemory = dataset.source !== undefined && dataset.isBatched;
  return isInMemory && !options.runEagerly
    ? new NativePass(dataset, options)
    : new FedPass(dataset, options);
}
