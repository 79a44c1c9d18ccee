/** Pictures seen through affine and projective maps: turned, moved, scaled. */

import type { Tensor } from "../tensor/tensor";
import { type ValuesOf, choice, number, readOptions } from "../tensor/option-kinds";
import { type TensorLike, operand } from "./arguments";
import { run } from "./op";
import type { OpRecords } from "./op-definition";
import { broadcastTo, transpose } from "./shape";

/** How places beyond the rim are filled, in the order in which the native rows count them. */
export const FILL_MODES = ["constant", "nearest", "reflect", "wrap"] as const;
export const INTERPOLATIONS = ["nearest", "bilinear"] as const;

/** What lies beyond a picture: its last pixel, a constant, its mirror image, or itself again. */
export type FillMode = (typeof FILL_MODES)[number];

/** Options of `affineTransform`. */
export interface AffineTransformOptions {
  /** Between the four nearest pixels, "bilinear", by default; or "nearest". */
  interpolation?: (typeof INTERPOLATIONS)[number];
  /**
   * What lies beyond the rim: "constant", `fillValue`, by default; "nearest", the pixel at the rim;
   * "reflect", the picture mirrored; "wrap", the picture again.
   */
  fillMode?: FillMode;
  /** 0 by default. */
  fillValue?: number;
  /** "channelsLast", [batch, height, width, channels], by default; or "channelsFirst". */
  dataFormat?: "channelsLast" | "channelsFirst";
}

const OPTIONS = {
  interpolation: choice(INTERPOLATIONS, "bilinear"),
  fillMode: choice(FILL_MODES, "constant"),
  fillValue: number(0),
  dataFormat: choice(["channelsLast", "channelsFirst"], "channelsLast"),
};

/**
 * Pictures seen through maps, as `keras.ops.image.affine_transform`: the result at (x, y) is the picture
 * at ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), where k = c0 x + c1 y + 1; x counts columns. The
 * pictures have a gradient, the maps have none.
 * @param images float [batch, height, width, channels]
 * @param transform [batch, 8], or [8] for all: a0, a1, a2, b0, b1, b2, c0, c1 of each
 */
export function affineTransform(
  images: TensorLike,
  transform: TensorLike,
  options: AffineTransformOptions = {},
): Tensor {
  const x = operand(images, "affineTransform", "images");
  const maps = operand(transform, "affineTransform", "transform", x.dtype);
  const values = readOptions(OPTIONS, options, "affineTransform");
  if (values.dataFormat === "channelsLast" || x.rank !== 4) return seen(x, maps, values);
  return transpose(seen(transpose(x, [0, 2, 3, 1]), maps, values), [0, 3, 1, 2]);
}

function seen(
  x: Tensor,
  maps: Tensor,
  { interpolation, fillMode, fillValue }: ValuesOf<typeof OPTIONS>,
): Tensor {
  const isShared = maps.rank === 1 && x.rank > 0;
  return run("affineTransform", [x, isShared ? broadcastTo(maps, [x.shape[0], maps.size]) : maps], {
    nearest: interpolation === "nearest",
    fillMode: FILL_MODES.indexOf(fillMode),
    fillValue,
  });
}

/** The gradient rules. */
export const affineRecords = {
  affineTransform: {
    vjp: (dy, [, maps], _y, { nearest, fillMode }) => [
      run("affineTransformGrad", [dy, maps], { nearest, fillMode }),
      null,
    ],
  },
  affineTransformGrad: {
    vjp: (g, [, maps], _dx, { nearest, fillMode }) => [
      run("affineTransform", [g, maps], { nearest, fillMode, fillValue: 0 }),
      null,
    ],
  },
} satisfies OpRecords;
