/** Parts of pictures of a size of their own: from the middle, or at random in training. */

import { add, floor } from "../../ops/arithmetic";
import { range } from "../../ops/creation";
import { gather } from "../../ops/indexing";
import { cast, slice } from "../../ops/shape";
import { type ValuesOf, positiveInteger } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { type DataFormatOption, dataFormat } from "../layer-options";
import { register } from "../registry";
import { AUGMENTATION, Augmentation, type AugmentationOptions } from "./augmentation";
import { resized } from "./interpolation";
import { pictureSpec, withChannelsLast } from "./pictures";
import { knownSize } from "../types-alone";

const SIZE = { height: positiveInteger(), width: positiveInteger() };

type Size = ValuesOf<typeof SIZE>;

export interface CenterCropOptions extends LayerOptions, DataFormatOption {}

const CENTER_OPTIONS = { ...SIZE, dataFormat: dataFormat() };

/** Height and width of pictures, channels last. */
function sizeOf(pictures: Tensor, layer: string): Size {
  const [height, width] = [1, 2].map((axis) => knownSize(pictures.shape, axis, layer));
  return { height, width };
}

/** A part of pictures, as far as they reach. */
export function cut(pictures: Tensor, top: number, left: number, { height, width }: Size): Tensor {
  const full = sizeOf(pictures, "slice");
  const rows = Math.min(height, full.height - top);
  const columns = Math.min(width, full.width - left);
  return slice(pictures, [0, top, left, 0], [-1, rows, columns, -1]);
}

/** The largest part of some proportions. */
export function partOf(full: Size, wanted: Size): Size {
  const within = (size: number, most: number): number => Math.max(Math.min(size, most), 1);
  return {
    height: within(Math.floor((full.width * wanted.height) / wanted.width), full.height),
    width: within(Math.floor((full.height * wanted.width) / wanted.height), full.width),
  };
}

/**
 * The middle of each picture, of a height and a width; of smaller pictures the largest part of these
 * proportions, enlarged. x [batch, height, width, channels] of any dtype -> y, floats of that size
 */
export class CenterCrop extends Layer<ValuesOf<typeof CENTER_OPTIONS>> {
  static override readonly positional = ["height", "width"];

  /**
   * @param height of what is left, in pixels
   * @param width of what is left, in pixels
   */
  constructor(height: number, width: number, options: CenterCropOptions = {}) {
    super(options, CENTER_OPTIONS, { height, width });
  }

  protected override inputSpec(): InputSpec {
    return pictureSpec(2, this.options.dataFormat);
  }

  forward(x: Tensor): Tensor {
    const wanted = this.options;
    return withChannelsLast(cast(x, this.dtype), wanted.dataFormat, (pictures) => {
      const full = sizeOf(pictures, "CenterCrop");
      const isLarge = full.height >= wanted.height && full.width >= wanted.width;
      const part = isLarge ? wanted : partOf(full, wanted);
      const [top, left] = [full.height - part.height, full.width - part.width];
      const middle = cut(pictures, Math.floor(top / 2), Math.floor(left / 2), part);
      return resized(middle, [wanted.height, wanted.width], "CenterCrop");
    });
  }
}

/**
 * In training a part of the pictures, of a height and a width, at one random place for all of a batch;
 * of pictures that are not larger both ways what the same rule as Keras' takes, resized. Otherwise it
 * passes pictures on whole, as Keras does: a `Resizing` or `CenterCrop` after it makes both alike.
 * x [batch, height, width, channels] of any dtype -> y, floats
 */
export class RandomCrop extends Augmentation<Size & ValuesOf<typeof AUGMENTATION>> {
  static override readonly positional = ["height", "width"];

  /**
   * @param height of what is left, in pixels
   * @param width of what is left, in pixels
   */
  constructor(height: number, width: number, options: AugmentationOptions = {}) {
    super(options, SIZE, { height, width });
  }

  protected changed(pictures: Tensor): Tensor {
    const wanted = this.options;
    const full = sizeOf(pictures, "RandomCrop");
    if (full.height > wanted.height && full.width > wanted.width) {
      const rows = this.places(full.height, wanted.height);
      return gather(gather(pictures, rows, 1), this.places(full.width, wanted.width), 2);
    }
    const part = partOf(full, wanted);
    const [top, left] = [full.height - part.height, full.width - part.width];
    const taken = cut(pictures, Math.floor(top / 2), Math.floor(left / 2), wanted);
    return resized(taken, [wanted.height, wanted.width], "RandomCrop");
  }

  /** So many places in a row of all there are. */
  private places(all: number, count: number): Tensor {
    const first = floor(this.generator.uniform([], 0, all - count + 1));
    return add(range(0, count, 1, "int32"), cast(first, "int32"));
  }
}

register("CenterCrop", CenterCrop);
register("RandomCrop", RandomCrop);
