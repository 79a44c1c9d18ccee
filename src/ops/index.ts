/** Every public op. */

import "./methods";
import "./records";

export type { TensorLike } from "./arguments";
export * from "./arithmetic";
export * from "./creation";
export * from "./indexing";
export * from "./linear";
export * from "./parts";
export * from "./public";
export * from "./random";
export * from "./reduce";
export * from "./shape";
export * from "./softmax";
export * from "./sorting";
export * from "./update";
