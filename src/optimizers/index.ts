/** Optimizers, with Keras 3's formulas and defaults. */

export { Adam, type AdamOptions } from "./adam";
export { Optimizer } from "./optimizer";
export { SGD, type SGDOptions } from "./sgd";
