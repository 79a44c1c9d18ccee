/** What layers share that change pictures at random in training. */

import { add, mul } from "../../ops/arithmetic";
import { Generator } from "../../ops/random";
import { cast } from "../../ops/shape";
import { type OptionKind, type OptionKinds, numbers, seed } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { type DataFormat, type DataFormatOption, dataFormat, misfit } from "../layer-options";
import { isTraining } from "../training-only";
import { pictureSpec, withChannelsLast } from "./pictures";

/** One number, or the least and the greatest. */
export type Factor = number | readonly number[];

export interface AugmentationOptions extends LayerOptions, DataFormatOption {
  /** By default the next stream of the library's seed (see `setSeed`). */
  seed?: number;
}

/** A range: of one number the range from its negative to itself, cut off at `least`. */
export const factor =
  (least: number, most = 1): OptionKind<readonly [number, number]> =>
  (given, where, name) => {
    const fits = (item: unknown): boolean =>
      typeof item === "number" && item >= least && item <= most;
    if (typeof given === "number" && Math.abs(given) <= most && (least < 0 || given >= least)) {
      const size = Math.abs(given);
      return Object.freeze([Math.max(-size, least), size] as const);
    }
    if (Array.isArray(given) && given.length === 2 && given.every(fits)) {
      const [low, high] = (given as number[]).toSorted((a, b) => a - b);
      return Object.freeze([low, high] as const);
    }
    throw misfit(given, `${where}: expected a number in [${least}, ${most}], or two, for ${name}`);
  };

/** The least and the greatest value of a pixel; those of bytes by default. */
export const valueRange =
  (): OptionKind<readonly number[]> =>
  (given = [0, 255], where, name) => {
    const pair = numbers()(given, where, name);
    if (pair.length === 2) return Object.freeze([Math.min(...pair), Math.max(...pair)]);
    throw new RangeError(
      `${where}: expected two numbers for ${name} but received [${pair.join(", ")}]`,
    );
  };

export const AUGMENTATION = { seed: seed(), dataFormat: dataFormat() };

interface Common {
  readonly seed?: number | undefined;
  readonly dataFormat: DataFormat;
}

/**
 * Base: in training changes pictures x [batch, height, width, channels] of any dtype as its random
 * stream has it, which is part of the layer's state; otherwise passes them on. Either way the result
 * is of the layer's dtype.
 */
export abstract class Augmentation<O extends Common> extends Layer<O> {
  /** Its own stream of random numbers, which is part of its state. */
  protected readonly generator: Generator;

  constructor(options: object, own: OptionKinds, positional: object) {
    super(options, { ...own, ...AUGMENTATION }, positional);
    this.generator = new Generator(this.options.seed);
  }

  protected override inputSpec(): InputSpec {
    return pictureSpec(2, this.options.dataFormat);
  }

  forward(x: Tensor): Tensor {
    const pictures = cast(x, this.dtype);
    if (!isTraining(this)) return pictures;
    return withChannelsLast(pictures, this.options.dataFormat, (given) => this.changed(given));
  }

  /** Pictures, channels last, as training sees them. */
  protected abstract changed(pictures: Tensor): Tensor;

  /** A number of a range for each picture, as [batch, 1, ...] of so many axes. */
  protected each(pictures: Tensor, [low, high]: readonly [number, number], rank: number): Tensor {
    const shape = [pictures.shape[0], ...new Array<number>(rank - 1).fill(1)];
    // Where both ends are one number, rounding may not leave it.
    if (low === high) return add(mul(this.generator.uniform(shape, 0, 1, this.dtype), 0), low);
    return this.generator.uniform(shape, low, high, this.dtype);
  }
}
