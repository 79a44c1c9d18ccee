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
  if (dataFormat === "channelsLast") return fn(x);
  const own = Array.from({ length: x.rank - 2 }, (_, i) => i);
  const y = fn(transpose(x, [0, ...own.map((i) => i + 2), 1]));
  return transpose(y, [0, x.rank - 1, ...own.map((i) => i + 1)]);
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
  const spread = dilation.some((step) => step > 1) ? `, which span [${spans.join(", ")}],` : "";
  throw new RangeError(
    `${where}: expected a ${option} within the input, ${describeShape(shape)}, but received ` +
      `[${size.join(", ")}]${spread}; use padding "same" or a smaller ${option}`,
  );
}
