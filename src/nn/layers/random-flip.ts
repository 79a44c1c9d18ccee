import { lessEqual, where } from "../../ops/arithmetic";
import { reverse } from "../../ops/striding";
import { type ValuesOf, choice } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { Spelling } from "../registry";
import { register } from "../registry";
import { AUGMENTATION, Augmentation, type AugmentationOptions } from "./augmentation";

/** Along which axes pictures are flipped. */
export type FlipMode = "horizontal" | "vertical" | "horizontalAndVertical";

const OPTIONS = {
  mode: choice<FlipMode>(
    ["horizontal", "vertical", "horizontalAndVertical"],
    "horizontalAndVertical",
  ),
};

/**
 * In training flips every second picture or so: left and right ("horizontal"), top and bottom
 * ("vertical"), or both at once. x [batch, height, width, channels] of any dtype -> y, floats
 */
export class RandomFlip extends Augmentation<ValuesOf<typeof OPTIONS & typeof AUGMENTATION>> {
  static override readonly positional = ["mode"];

  /** @param mode "horizontalAndVertical" by default, which turns pictures by half a turn */
  constructor(
    mode: Spelling<FlipMode> = "horizontalAndVertical",
    options: AugmentationOptions = {},
  ) {
    super(options, OPTIONS, { mode });
  }

  protected changed(pictures: Tensor): Tensor {
    const { mode } = this.options;
    const axes = mode === "horizontal" ? [2] : mode === "vertical" ? [1] : [1, 2];
    const isFlipped = lessEqual(this.each(pictures, [0, 1], 4), 0.5);
    return where(isFlipped, reverse(pictures, axes), pictures);
  }
}

register("RandomFlip", RandomFlip);
