/** What layers of pictures share, and of their kin of one and three axes: sequences and volumes. */

import { transpose } from "../../ops/shape";
import type { DType } from "../../tensor/dtype";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import type { DataFormat } from "../layer-options";
import { type KnownShape, describeShape } from "../types-alone";

const AXES: readonly (readonly string[])[] = [
  ["steps"],
  ["height", "width"],
  ["depth", "height", "width"],
];

/** Form of an input of so many axes beside those of the batch and the channels. */
export function pictureSpec(
  axes: number,
  dataFormat: DataFormat,
  dtype?: DType | "float",
  channels: string | number = "channels",
): InputSpec {
  const own = AXES[axes - 1];
  const shape =
    dataFormat === "channelsLast" ? ["batch", ...own, channels] : ["batch", channels, ...own];
  return dtype === undefined ? { shape } : { shape, dtype };
}

/** Where the channels of pictures are. */
export function channelAxis(rank: number, dataFormat: DataFormat): number {
  return dataFormat === "channelsLast" ? rank - 1 : 1;
}

/** Sizes of pictures: those of the axes beside batch and channels. */
export function pictureSizes(shape: KnownShape, dataFormat: DataFormat): KnownShape {
  return dataFormat === "channelsLast" ? shape.slice(1, -1) : shape.slice(2);
}

/** What `fn` makes of pictures with their channels last. */
export function withChannelsLast(
  x: Tensor,
  dataFormat: DataFormat,
  fn: (pictures: Tensor) => Tensor,
): Tensor {
  return withAxisLast(x, channelAxis(x.rank, dataFormat), fn);
}

/** What `fn` makes of x with an axis behind the others; the result has it where it was. */
export function withAxisLast(x: Tensor, axis: number, fn: (x: Tensor) => Tensor): Tensor {
  const last = x.rank - 1;
  if (axis === last) return fn(x);
  const others = x.shape.map((_, i) => i).filter((i) => i !== axis);
  const back = others.map((_, i) => i);
  back.splice(axis, 0, last);
  return transpose(fn(transpose(x, [...others, axis])), back);
}

/** Throws if windows without padding reach beyond pictures. */
export function checkWindowsFit(
  shape: KnownShape,
  dataFormat: DataFormat,
  { size, dilation = [] }: { size: readonly number[]; dilation?: readonly number[] },
  where: string,
  option: string,
): void {
  const spans = size.map((places, axis) => (places - 1) * (dilation[axis] ?? 1) + 1);
  const fits = pictureSizes(shape, dataFormat).every(
    (places, axis) => places === null || places >= spans[axis],
  );
  if (fits) return;
  const spread = dilation.some((step) => step > 1) ? `, which span [${spans.join(", ")}]` : "";
  throw new RangeError(
    `${where}: expected a ${option} within the input, ${describeShape(shape)}, but received ` +
      `[${size.join(", ")}]${spread}; use padding "same" or a smaller ${option}`,
  );
}
