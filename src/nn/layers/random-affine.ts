/** Pictures moved, turned and scaled at random in training. */

import {
  type AffineTransformOptions,
  FILL_MODES,
  type FillMode,
  INTERPOLATIONS,
  affineTransform,
} from "../../ops/affine";
import { add, cos, mul, neg, sin, sub } from "../../ops/arithmetic";
import { concat, fill } from "../../ops/shape";
import { isPlainObject } from "../../tensor/nest";
import {
  type OptionKinds,
  type ValuesOf,
  choice,
  number,
  optional,
} from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { register } from "../registry";
import {
  AUGMENTATION,
  Augmentation,
  type AugmentationOptions,
  type Factor,
  factor,
} from "./augmentation";
import { knownSize } from "../types-alone";

export interface RandomAffineOptions extends AugmentationOptions {
  /** What lies beyond the rim: "reflect" by default; "constant", "nearest" or "wrap". */
  fillMode?: FillMode;
  /** "bilinear" by default, or "nearest". */
  interpolation?: AffineTransformOptions["interpolation"];
  /** What fills under "constant"; 0 by default. */
  fillValue?: number;
}

const OPTIONS = {
  fillMode: choice(FILL_MODES, "reflect"),
  interpolation: choice(INTERPOLATIONS, "bilinear"),
  fillValue: number(0),
};

type Common = ValuesOf<typeof OPTIONS & typeof AUGMENTATION>;

/** The rows of a map but the last: numbers for all pictures, or a column [batch, 1] for each. */
type MapRows = readonly (number | Tensor)[];

abstract class RandomAffine<O extends Common> extends Augmentation<O> {
  constructor(options: object, own: OptionKinds, positional: object) {
    super(options, { ...own, ...OPTIONS }, positional);
  }

  /** The map of each picture, [a0, a1, a2, b0, b1, b2]. */
  protected abstract maps(pictures: Tensor, height: number, width: number): MapRows;

  protected changed(pictures: Tensor): Tensor {
    const { fillMode, interpolation, fillValue } = this.options;
    const [height, width] = [1, 2].map((axis) =>
      knownSize(pictures.shape, axis, this.constructor.name),
    );
    const columns = [...this.maps(pictures, height, width), 0, 0].map((column) =>
      typeof column === "number" ? fill([pictures.shape[0], 1], column, this.dtype) : column,
    );
    return affineTransform(pictures, concat(columns, 1), { fillMode, interpolation, fillValue });
  }
}

const MOVES = { heightFactor: factor(-1), widthFactor: factor(-1) };

/**
 * In training moves each picture by part of its height and width: a number for both directions, or the
 * least and the greatest; down and right are positive.
 * x [batch, height, width, channels] of any dtype -> y, floats
 */
export class RandomTranslation extends RandomAffine<ValuesOf<typeof MOVES> & Common> {
  static override readonly positional = ["heightFactor", "widthFactor"];

  /**
   * @param heightFactor how far pictures move at most, as a part of their height, or [least, most]
   * @param widthFactor the same of their width
   */
  constructor(heightFactor: Factor, widthFactor: Factor, options: RandomAffineOptions = {}) {
    super(options, MOVES, { heightFactor, widthFactor });
  }

  protected maps(pictures: Tensor, height: number, width: number): MapRows {
    const { heightFactor, widthFactor } = this.options;
    const down = mul(this.each(pictures, heightFactor, 2), -height);
    const right = mul(this.each(pictures, widthFactor, 2), -width);
    return [1, 0, right, 0, 1, down];
  }
}

const TURNS = { factor: factor(-1) };

/**
 * In training turns each picture about its middle by part of a full turn: a number for both directions,
 * or the least and the greatest; counterclockwise is positive.
 * x [batch, height, width, channels] of any dtype -> y, floats
 */
export class RandomRotation extends RandomAffine<ValuesOf<typeof TURNS> & Common> {
  static override readonly positional = ["factor"];

  /** @param factor how far pictures turn at most, as a part of a full turn, or [least, most] */
  constructor(factor: Factor, options: RandomAffineOptions = {}) {
    super(options, TURNS, { factor });
  }

  protected maps(pictures: Tensor, height: number, width: number): MapRows {
    const angle = mul(this.each(pictures, this.options.factor, 2), 2 * Math.PI);
    const [c, s] = [cos(angle), sin(angle)];
    const [x, y] = [(width - 1) / 2, (height - 1) / 2];
    // The middle stays where it is.
    const right = sub(x, sub(mul(c, x), mul(s, y)));
    const down = sub(y, add(mul(s, x), mul(c, y)));
    return [c, neg(s), right, s, c, down];
  }
}

const ZOOMS = { heightFactor: factor(-1), widthFactor: optional(factor(-1)) };

export interface RandomZoomOptions extends RandomAffineOptions {
  /** Of the width; by default that of the height, and pictures keep their proportions. */
  widthFactor?: Factor | null;
}

/**
 * In training shows part of each picture, or more than it: 0.2 stands for 0.8 to 1.2 of its height, two
 * numbers for the least and the greatest change; what is below 0 enlarges.
 * x [batch, height, width, channels] of any dtype -> y, floats
 */
export class RandomZoom extends RandomAffine<ValuesOf<typeof ZOOMS> & Common> {
  static override readonly positional = ["heightFactor"];

  /** @param heightFactor change of the height that is shown, as a part of it, or [least, most] */
  constructor(heightFactor: Factor, options?: RandomZoomOptions);
  /** The width's factor may also stand before the other options. */
  constructor(heightFactor: Factor, widthFactor: Factor, options?: RandomZoomOptions);
  constructor(
    heightFactor: Factor,
    widthFactor: Factor | RandomZoomOptions = {},
    options: RandomZoomOptions = {},
  ) {
    const given = isPlainObject(widthFactor) ? widthFactor : { ...options, widthFactor };
    super(given, ZOOMS, { heightFactor });
  }

  protected maps(pictures: Tensor, height: number, width: number): MapRows {
    const { heightFactor, widthFactor } = this.options;
    const down = this.zoom(pictures, heightFactor);
    const across = widthFactor === null ? down : this.zoom(pictures, widthFactor);
    return [
      across,
      0,
      mul(sub(1, across), (width - 1) / 2),
      0,
      down,
      mul(sub(1, down), (height - 1) / 2),
    ];
  }

  private zoom(pictures: Tensor, [low, high]: readonly [number, number]): Tensor {
    return this.each(pictures, [1 + low, 1 + high], 2);
  }
}

register("RandomTranslation", RandomTranslation);
register("RandomRotation", RandomRotation);
register("RandomZoom", RandomZoom);
