/** Every public op. */

import "./methods";
import "./records";

export type { TensorLike } from "./arguments";
export type { Padding, PerAxis, WindowOptions } from "./windows";
export { type AffineTransformOptions, type FillMode, affineTransform } from "./affine";
export * from "./arithmetic";
export * from "./convolution";
export * from "./creation";
export * from "./indexing";
export * from "./linear";
export * from "./parts";
export * from "./public";
export * from "./pooling";
export * from "./random";
export * from "./reduce";
export * from "./shape";
export * from "./softmax";
export * from "./update";
