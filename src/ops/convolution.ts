/**
 * Convolutions of pictures [batch, height, width, channels], or with one axis less or more, by kernels
 * [height, width, channels, filters].
 */

import type { Tensor } from "../tensor/tensor";
import { type TensorLike, checkInteger, operand } from "./arguments";
import { run } from "./op";
import type { OpRecords, ResolvedAttributes } from "./op-definition";
import { reshape } from "./shape";
import {
  type Padding,
  type PerAxis,
  type WindowOptions,
  checkKernel,
  checkPictures,
  perAxis,
  spatial,
  windowAttributes,
} from "./windows";

type ConvAttributes = ResolvedAttributes<"conv">;

/** The gradient rules: each of the three ops is linear in both operands, and its gradients are the others. */
export const convolutionRecords = {
  conv: {
    vjp: (dy, [x, w], _y, attributes, needs) => [
      needs[0] ? pictureGradient(dy, w, spatial(x), attributes) : null,
      needs[1] ? kernelGradient(x, dy, w.shape.slice(0, -2), attributes) : null,
    ],
  },
  convInputGrad: {
    vjp: (g, [dy, w], _dx, attributes, needs) => [
      needs[0] ? run("conv", [g, w], convAttributes(attributes)) : null,
      needs[1] ? kernelGradient(g, dy, w.shape.slice(0, -2), attributes) : null,
    ],
  },
  convKernelGrad: {
    vjp: (g, [x, dy], _dw, attributes, needs) => [
      needs[0] ? pictureGradient(dy, g, spatial(x), attributes) : null,
      needs[1] ? run("conv", [x, g], convAttributes(attributes)) : null,
    ],
  },
} satisfies OpRecords;

function convAttributes({
  strides,
  dilations,
  before,
  after,
  groups,
}: ConvAttributes): ConvAttributes {
  return { strides, dilations, before, after, groups };
}

function pictureGradient(
  dy: Tensor,
  w: Tensor,
  size: readonly number[],
  attributes: ConvAttributes,
): Tensor {
  return run("convInputGrad", [dy, w], { ...convAttributes(attributes), size });
}

function kernelGradient(
  x: Tensor,
  dy: Tensor,
  size: readonly number[],
  attributes: ConvAttributes,
): Tensor {
  return run("convKernelGrad", [x, dy], { ...convAttributes(attributes), size });
}

/** Options of `conv2d` and `conv3d`. */
export interface ConvOptions extends WindowOptions {
  /** So many parts of the channels are convolved each by its own part of the filters; by default 1. */
  groups?: number;
}

/** Options of `conv1d`. */
export interface Conv1dOptions extends Omit<ConvOptions, "padding"> {
  /** Besides: "causal", before alone, so that no result depends on what comes later. */
  padding?: Padding | "causal";
}

/**
 * `x` [batch, width, channels] convolved by `kernel` [width, channels / groups, filters]:
 * [batch, windows, filters].
 */
export function conv1d(x: TensorLike, kernel: TensorLike, options: Conv1dOptions = {}): Tensor {
  const [pictures, weights] = operands(x, kernel, 1, "conv1d");
  const { padding = "valid", dilationRate = 1 } = options;
  if (padding !== "causal") return conv(pictures, weights, { ...options, padding }, 1, "conv1d");
  const [step] = perAxis(dilationRate, 1, "conv1d", "dilationRate");
  const before = Math.max(0, (weights.shape[0] - 1) * step);
  return conv(pictures, weights, { ...options, padding: [[before, 0]] }, 1, "conv1d");
}

/**
 * `x` [batch, height, width, channels] convolved by `kernel` [height, width, channels / groups, filters]:
 * [batch, windows down, windows across, filters].
 */
export function conv2d(x: TensorLike, kernel: TensorLike, options: ConvOptions = {}): Tensor {
  return conv(...operands(x, kernel, 2, "conv2d"), options, 2, "conv2d");
}

/** Likewise with three axes: `x` [batch, depth, height, width, channels]. */
export function conv3d(x: TensorLike, kernel: TensorLike, options: ConvOptions = {}): Tensor {
  return conv(...operands(x, kernel, 3, "conv3d"), options, 3, "conv3d");
}

function operands(x: TensorLike, kernel: TensorLike, axes: number, op: string): [Tensor, Tensor] {
  const pictures = operand(x, op, "x");
  const weights = operand(kernel, op, "kernel", pictures.dtype);
  checkPictures(pictures, axes, op);
  checkKernel(weights, axes, "channels, filters", op);
  return [pictures, weights];
}

function conv(x: Tensor, kernel: Tensor, options: ConvOptions, axes: number, op: string): Tensor {
  const { groups = 1 } = options;
  checkInteger(groups, op, "groups");
  return run("conv", [x, kernel], { ...windowAttributes(options, axes, op), groups });
}

/**
 * Each channel of `x` [batch, width, channels] convolved by filters of its own: `kernel`
 * [width, channels, multiplier] gives [batch, windows, channels * multiplier].
 */
export function depthwiseConv1d(
  x: TensorLike,
  kernel: TensorLike,
  options: WindowOptions = {},
): Tensor {
  return depthwise(x, kernel, options, 1, "depthwiseConv1d", "kernel");
}

/** Likewise `x` [batch, height, width, channels] by `kernel` [height, width, channels, multiplier]. */
export function depthwiseConv2d(
  x: TensorLike,
  kernel: TensorLike,
  options: WindowOptions = {},
): Tensor {
  return depthwise(x, kernel, options, 2, "depthwiseConv2d", "kernel");
}

function depthwise(
  x: TensorLike,
  kernel: TensorLike,
  options: WindowOptions,
  axes: number,
  op: string,
  argument: string,
): Tensor {
  const pictures = operand(x, op, "x");
  const weights = operand(kernel, op, argument, pictures.dtype);
  checkPictures(pictures, axes, op);
  checkKernel(weights, axes, "channels, multiplier", op, argument);
  const places = weights.shape.slice(0, -2);
  const [channels, multiplier] = weights.shape.slice(-2);
  const grouped = reshape(weights, [...places, 1, channels * multiplier]);
  return conv(pictures, grouped, { ...options, groups: channels }, axes, op);
}

/**
 * A depthwise convolution, and then one of single places across the channels: `depthwiseKernel`
 * [width, channels, multiplier], `pointwiseKernel` [1, channels * multiplier, filters].
 */
export function separableConv1d(
  x: TensorLike,
  depthwiseKernel: TensorLike,
  pointwiseKernel: TensorLike,
  options: WindowOptions = {},
): Tensor {
  return separable(x, depthwiseKernel, pointwiseKernel, options, 1, "separableConv1d");
}

/**
 * Likewise by `depthwiseKernel` [height, width, channels, multiplier] and `pointwiseKernel`
 * [1, 1, channels * multiplier, filters].
 */
export function separableConv2d(
  x: TensorLike,
  depthwiseKernel: TensorLike,
  pointwiseKernel: TensorLike,
  options: WindowOptions = {},
): Tensor {
  return separable(x, depthwiseKernel, pointwiseKernel, options, 2, "separableConv2d");
}

function separable(
  x: TensorLike,
  depthwiseKernel: TensorLike,
  pointwiseKernel: TensorLike,
  options: WindowOptions,
  axes: number,
  op: string,
): Tensor {
  const mixed = depthwise(x, depthwiseKernel, options, axes, op, "depthwiseKernel");
  const weights = operand(pointwiseKernel, op, "pointwiseKernel", mixed.dtype);
  checkKernel(weights, axes, "channels, filters", op, "pointwiseKernel");
  return conv(mixed, weights, {}, axes, op);
}

/** Options of the transposed convolutions. */
export interface ConvTransposeOptions extends Omit<WindowOptions, "padding"> {
  /** Of the convolution that is transposed; by default "valid". */
  padding?: "valid" | "same";
  /** How far the result reaches beyond its least size, less than the strides; by default as Keras chooses. */
  outputPadding?: PerAxis;
}

/**
 * The transpose of a convolution by `kernel` [width, filters, channels]: `x` [batch, width, channels]
 * gives [batch, wider, filters], pictures that the convolution would take to the size of `x`.
 */
export function conv1dTranspose(
  x: TensorLike,
  kernel: TensorLike,
  options: ConvTransposeOptions = {},
): Tensor {
  return transposed(x, kernel, options, 1, "conv1dTranspose");
}

/** Likewise of a convolution by `kernel` [height, width, filters, channels]. */
export function conv2dTranspose(
  x: TensorLike,
  kernel: TensorLike,
  options: ConvTransposeOptions = {},
): Tensor {
  return transposed(x, kernel, options, 2, "conv2dTranspose");
}

/** Likewise of a convolution by `kernel` [depth, height, width, filters, channels]. */
export function conv3dTranspose(
  x: TensorLike,
  kernel: TensorLike,
  options: ConvTransposeOptions = {},
): Tensor {
  return transposed(x, kernel, options, 3, "conv3dTranspose");
}

function transposed(
  x: TensorLike,
  kernel: TensorLike,
  options: ConvTransposeOptions,
  axes: number,
  op: string,
): Tensor {
  const pictures = operand(x, op, "x");
  const weights = operand(kernel, op, "kernel", pictures.dtype);
  checkPictures(pictures, axes, op);
  checkKernel(weights, axes, "filters, channels", op);
  const windows = windowAttributes(options, axes, op);
  const outputPadding =
    options.outputPadding === undefined
      ? undefined
      : perAxis(options.outputPadding, axes, op, "outputPadding");
  const size = spatial(pictures).map((length, axis) =>
    transposedLength(
      length,
      weights.shape[axis],
      windows.strides[axis],
      windows.dilations[axis],
      options.padding ?? "valid",
      outputPadding?.[axis],
    ),
  );
  return run("convInputGrad", [pictures, weights], { ...windows, groups: 1, size });
}

/** Keras' size of what a transposed convolution gives along an axis. */
function transposedLength(
  length: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: "valid" | "same",
  outputPadding: number | undefined,
): number {
  const span = (kernel - 1) * dilation + 1;
  if (outputPadding === undefined) {
    return length * stride + (padding === "valid" ? Math.max(span - stride, 0) : 0);
  }
  const margin = padding === "same" ? Math.floor(span / 2) : 0;
  return (length - 1) * stride + span - 2 * margin + outputPadding;
}
