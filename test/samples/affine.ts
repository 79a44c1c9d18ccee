/** Samples of pictures seen through maps; the modes of their rims are compared with Keras. */

import * as nabla from "../../src";
import { type NdArray, at, build } from "../helpers/nd-array";
import { spread } from "../helpers/numbers";
import { type Sample, input, sample } from "./sample";

/** Interpolated between whole pixels; 0.5 beyond the rim. */
function seen(x: NdArray, maps: NdArray, nearest: boolean): NdArray {
  const [, height, width] = x.shape;
  return build(x.shape, ([n, row, column, c]) => {
    const m = (i: number): number => maps.data[n * 8 + i];
    const k = m(6) * column + m(7) * row + 1;
    const u = (m(0) * column + m(1) * row + m(2)) / k;
    const v = (m(3) * column + m(4) * row + m(5)) / k;
    const pixel = (i: number, j: number): number =>
      i >= 0 && i < height && j >= 0 && j < width ? at(x, [n, i, j, c]) : 0.5;
    if (nearest) return pixel(Math.round(v), Math.round(u));
    let sum = 0;
    for (let i = 0; i < height + 2; i++) {
      for (let j = 0; j < width + 2; j++) {
        const weight = Math.max(0, 1 - Math.abs(v - i + 1)) * Math.max(0, 1 - Math.abs(u - j + 1));
        sum += weight * pixel(i - 1, j - 1);
      }
    }
    // What no pixel of the picture or its rim reaches is all outside.
    const inside = u > -1 && u < width && v > -1 && v < height;
    return inside ? sum : 0.5;
  });
}

const MAPS = [0.9, 0.2, 0.13, -0.17, 1.1, 0.29, 0.01, 0.02, 1.3, -0.4, -0.61, 0.3, 0.7, 0.43, 0, 0];

export const affine: readonly Sample[] = (["bilinear", "nearest"] as const).flatMap(
  (interpolation) =>
    [[2, 3, 4, 2], [2, 1, 5, 1], [0, 2, 2, 1]].map((shape) =>
      sample({
        op: "affineTransform",
        title: interpolation,
        inputs: [
          input("float", shape, spread(shape, -2, 2)),
          input("float", [shape[0], 8], MAPS.slice(0, 8 * shape[0])),
        ],
        sources: [0],
        run: (x, maps) => nabla.affineTransform(x, maps, { interpolation, fillValue: 0.5 }),
        reference: (x, maps) => seen(x, maps, interpolation === "nearest"),
      }),
    ),
); // prettier-ignore
