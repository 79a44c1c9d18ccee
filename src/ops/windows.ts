/** Options of ops with sliding windows: what convolutions and pooling share. */

import type { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";

/** One number for all axes that windows slide along, or one for each. */
export type PerAxis = number | readonly number[];

/**
 * Padding of pictures: "valid" is none; "same" as much as gives one window for each step within the
 * picture, the odd place after it; a number is that of both sides of every axis, a list has a number,
 * or the two of both sides, for each axis.
 */
export type Padding = "valid" | "same" | number | readonly (number | readonly [number, number])[];

/** Which windows of a picture an op sees. */
export interface WindowOptions {
  /** Places from one window to the next; by default 1, of pooling the windows' size. */
  strides?: PerAxis;
  /** By default "valid". */
  padding?: Padding;
  /** Places from one place that a window sees to the next; by default 1. */
  dilationRate?: PerAxis;
}

/** Native attributes of windows. */
export interface WindowAttributes {
  strides: readonly number[];
  dilations: readonly number[];
  before: readonly number[];
  after: readonly number[];
}

/** What the native rules read as "same". */
const SAME = -1;

/** A number for each axis. */
export function perAxis(
  value: PerAxis,
  axes: number,
  op: string,
  argument: string,
): readonly number[] {
  const list = Array.isArray(value)
    ? (value as readonly number[])
    : new Array<number>(axes).fill(value as number);
  if (list.length === axes && list.every((number) => Number.isInteger(number))) return [...list];
  const several = axes === 1 ? "a list of one" : `a list of ${axes}`;
  throw new RangeError(
    `${op}: expected a whole number or ${several} for ${argument} but received ${describeValue(value)}`,
  );
}

/** The attributes of windows along so many axes. */
export function windowAttributes(
  { strides = 1, padding = "valid", dilationRate = 1 }: WindowOptions,
  axes: number,
  op: string,
): WindowAttributes {
  return {
    strides: perAxis(strides, axes, op, "strides"),
    dilations: perAxis(dilationRate, axes, op, "dilationRate"),
    ...margins(padding, axes, op),
  };
}

function margins(
  padding: Padding,
  axes: number,
  op: string,
): Pick<WindowAttributes, "before" | "after"> {
  const both = (amount: number) => {
    const list = new Array<number>(axes).fill(amount);
    return { before: list, after: list };
  };
  if (padding === "valid") return both(0);
  if (padding === "same") return both(SAME);
  if (isMargin(padding)) return both(padding as number);
  const pairs = Array.isArray(padding) ? padding.map(pairOf) : [];
  if (pairs.length !== axes || pairs.some((pair) => !pair.every(isMargin))) {
    throw new RangeError(
      `${op}: expected "valid", "same", a number or ${axes} of them, or pairs, for padding but received ${describeValue(padding)}`,
    );
  }
  return { before: pairs.map(([before]) => before), after: pairs.map(([, after]) => after) };
}

function isMargin(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}

function pairOf(margin: unknown): readonly [number, number] {
  if (Array.isArray(margin) && margin.length === 2) return margin as [number, number];
  return [margin as number, margin as number];
}

/** Sizes of pictures, or of kernels' places: those of the axes that windows slide along. */
export function spatial(x: Tensor): readonly number[] {
  return x.shape.slice(1, -1);
}

const AXES = ["width", "height, width", "depth, height, width"];

/** Throws unless pictures have so many axes beside batch and channels. */
export function checkPictures(x: Tensor, axes: number, op: string): void {
  if (x.rank === axes + 2) return;
  throw new RangeError(
    `${op}: expected [batch, ${AXES[axes - 1]}, channels] for x but received ${x.describe()}`,
  );
}

/** Throws unless a kernel has so many axes beside the last two, whose names are given. */
export function checkKernel(
  kernel: Tensor,
  axes: number,
  channels: string,
  op: string,
  argument = "kernel",
): void {
  if (kernel.rank === axes + 2) return;
  throw new RangeError(
    `${op}: expected [${AXES[axes - 1]}, ${channels}] for ${argument} but received ${kernel.describe()}`,
  );
}
