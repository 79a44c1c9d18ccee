/** Pictures whose contrast and brightness change at random in training. */

import { add, clipByValue, mul, sub } from "../../ops/arithmetic";
import { mean } from "../../ops/reduce";
import type { ValuesOf } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { register } from "../registry";
import {
  AUGMENTATION,
  Augmentation,
  type AugmentationOptions,
  type Factor,
  factor,
  valueRange,
} from "./augmentation";

export interface RandomColorOptions extends AugmentationOptions {
  /** The least and the greatest value of a pixel, at which results are cut off; [0, 255] by default. */
  valueRange?: readonly number[];
}

const CONTRASTS = { factor: factor(0), valueRange: valueRange() };

/**
 * In training takes each pixel's distance from the mean of its channel in its picture times a number,
 * one a picture: between 1 - low and 1 + high of the factor [low, high]; one number is [0, high], as in
 * Keras. x [batch, height, width, channels] of any dtype -> y, floats
 */
export class RandomContrast extends Augmentation<ValuesOf<typeof CONTRASTS & typeof AUGMENTATION>> {
  static override readonly positional = ["factor"];

  constructor(factor: Factor, options: RandomColorOptions = {}) {
    super(options, CONTRASTS, { factor });
  }

  protected changed(pictures: Tensor): Tensor {
    const { factor, valueRange } = this.options;
    const contrast = this.each(pictures, [1 - factor[0], 1 + factor[1]], 4);
    const middle = mean(pictures, [1, 2], true);
    const stretched = add(mul(sub(pictures, middle), contrast), middle);
    return clipByValue(stretched, valueRange[0], valueRange[1]);
  }
}

const BRIGHTNESSES = { factor: factor(-1), valueRange: valueRange() };

/**
 * In training adds a number to each picture: part of the range of values, between -factor and factor or
 * between the two given. x [batch, height, width, channels] of any dtype -> y, floats
 */
export class RandomBrightness extends Augmentation<
  ValuesOf<typeof BRIGHTNESSES & typeof AUGMENTATION>
> {
  static override readonly positional = ["factor"];

  constructor(factor: Factor, options: RandomColorOptions = {}) {
    super(options, BRIGHTNESSES, { factor });
  }

  protected changed(pictures: Tensor): Tensor {
    const { factor, valueRange } = this.options;
    const [low, high] = valueRange;
    const brighter = mul(this.each(pictures, factor, 4), high - low);
    return clipByValue(add(pictures, brighter), low, high);
  }
}

register("RandomContrast", RandomContrast);
register("RandomBrightness", RandomBrightness);
