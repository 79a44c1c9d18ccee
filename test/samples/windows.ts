/** Samples of convolutions and pooling. */

import * as nabla from "../../src";
import type { Tensor, WindowOptions } from "../../src";
import { type NdArray, at, build, positions, total } from "../helpers/nd-array";
import { distinct, spread } from "../helpers/numbers";
import { type Sample, input, sample, valueOnly } from "./sample";

/** Where windows lie along each axis, written out. */
interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly out: readonly number[];
}

/** The places that a window sees, with the tap that sees each. */
function sights(windows: Windows, size: readonly number[], window: readonly number[]) {
  return positions(windows.kernel)
    .map((tap) => ({
      tap,
      place: tap.map(
        (step, axis) =>
          window[axis] * windows.strides[axis] +
          step * windows.dilations[axis] -
          windows.before[axis],
      ),
    }))
    .filter(({ place }) => place.every((index, axis) => index >= 0 && index < size[axis]));
}

/** `x` convolved by `w`, whose filters are in so many groups. */
function convolved(x: NdArray, w: NdArray, windows: Windows, groups = 1): NdArray {
  const size = x.shape.slice(1, -1);
  const [ofGroup, filters] = w.shape.slice(-2);
  const data = positions([x.shape[0], ...windows.out]).flatMap(([n, ...window]) => {
    const seen = sights(windows, size, window);
    return Array.from({ length: filters }, (_, filter) => {
      const first = Math.floor(filter / (filters / groups)) * ofGroup;
      return total(
        seen.flatMap(({ tap, place }) =>
          Array.from({ length: ofGroup }, (_, c) => {
            return at(x, [n, ...place, first + c]) * at(w, [...tap, c, filter]);
          }),
        ),
      );
    });
  });
  return { shape: [x.shape[0], ...windows.out, filters], data };
}

/** The transpose of a convolution: what of `dy` each place of pictures of `size` is seen by. */
function transposed(dy: NdArray, w: NdArray, windows: Windows, size: readonly number[]): NdArray {
  const [channels, filters] = w.shape.slice(-2);
  const result = build([dy.shape[0], ...size, channels], () => 0);
  const data = result.data as number[];
  for (const window of positions(dy.shape.slice(0, -1))) {
    for (const { tap, place } of sights(windows, size, window.slice(1))) {
      const flat = [window[0], ...place].reduce(
        (sum, index, axis) => sum * result.shape[axis] + index,
      );
      for (let c = 0; c < channels; c++) {
        for (let f = 0; f < filters; f++) {
          data[flat * channels + c] += at(dy, [...window, f]) * at(w, [...tap, c, f]);
        }
      }
    }
  }
  return result;
}

interface ConvCase {
  op: "conv1d" | "conv2d" | "conv3d";
  x: number[];
  kernel: number[];
  options: nabla.Conv1dOptions;
  strides?: number[];
  dilations?: number[];
  before: number[];
  out: number[];
}

const CONVOLUTIONS: ConvCase[] = [
  { op: "conv1d", x: [2, 5, 3], kernel: [3, 3, 2], options: {}, before: [0], out: [3] },
  {
    op: "conv1d",
    x: [1, 6, 2],
    kernel: [3, 2, 2],
    options: { padding: "causal", dilationRate: 2 },
    dilations: [2],
    before: [4],
    out: [6],
  },
  {
    op: "conv1d",
    x: [2, 5, 2],
    kernel: [2, 2, 3],
    options: { padding: "same", strides: 2 },
    strides: [2],
    before: [0],
    out: [3],
  },
  { op: "conv2d", x: [2, 4, 5, 3], kernel: [3, 2, 3, 4], options: {}, before: [0, 0], out: [2, 4] },
  {
    op: "conv2d",
    x: [1, 5, 4, 2],
    kernel: [3, 4, 2, 3],
    options: { padding: "same" },
    before: [1, 1],
    out: [5, 4],
  },
  {
    op: "conv2d",
    x: [2, 6, 5, 1],
    kernel: [3, 3, 1, 2],
    options: { padding: "same", strides: 2 },
    strides: [2, 2],
    before: [0, 1],
    out: [3, 3],
  },
  {
    op: "conv2d",
    x: [2, 3, 4, 6],
    kernel: [2, 2, 2, 9],
    options: { groups: 3, padding: [[0, 1], 2], strides: [1, 3] },
    strides: [1, 3],
    before: [0, 2],
    out: [3, 3],
  },
  {
    op: "conv2d",
    x: [1, 6, 7, 2],
    kernel: [2, 3, 2, 2],
    options: { dilationRate: [3, 2], padding: 1 },
    dilations: [3, 2],
    before: [1, 1],
    out: [5, 5],
  },
  { op: "conv2d", x: [3, 2, 2, 4], kernel: [1, 1, 4, 3], options: {}, before: [0, 0], out: [2, 2] },
  { op: "conv2d", x: [0, 3, 3, 2], kernel: [2, 2, 2, 2], options: {}, before: [0, 0], out: [2, 2] },
  {
    op: "conv3d",
    x: [1, 3, 4, 3, 2],
    kernel: [2, 3, 2, 2, 2],
    options: { padding: "same" },
    before: [0, 1, 0],
    out: [3, 4, 3],
  },
];

const ones = (list: readonly number[]): number[] => list.map(() => 1);

function windowsOf({
  kernel,
  strides,
  dilations,
  before,
  out,
}: Omit<ConvCase, "op" | "x">): Windows {
  const none = ones(before);
  return {
    kernel: kernel.slice(0, before.length),
    strides: strides ?? none,
    dilations: dilations ?? none,
    before,
    out,
  };
}

const titleOf = (options: object): string => JSON.stringify(options);

const convolutions: Sample[] = CONVOLUTIONS.map((item) =>
  sample({
    op: item.op,
    title: titleOf(item.options),
    inputs: [
      input("float", item.x, spread(item.x, -1, 1)),
      input("float", item.kernel, spread(item.kernel, -1, 1, { seed: 2 })),
    ],
    run: (x, w) => nabla[item.op](x, w, item.options as nabla.ConvOptions),
    reference: (x, w) => convolved(x, w, windowsOf(item), item.options.groups),
  }),
);

/** Layers whose pictures are cut into boxes, or whose filters fill several panels. */
const larger: Sample[] = [
  valueOnly({
    op: "conv2d",
    title: "with bias and relu",
    inputs: [
      input("float", [9, 9, 9, 5], spread([9, 9, 9, 5], -1, 1)),
      input("float", [3, 3, 5, 37], spread([3, 3, 5, 37], -1, 1, { seed: 2 })),
      input("float", [37], spread([37], -1, 1, { seed: 3 })),
    ],
    run: (x, w, b) => nabla.conv2d(x, w).add(b).relu(),
    reference: (x, w, b) => {
      const windows = {
        kernel: [3, 3],
        strides: [1, 1],
        dilations: [1, 1],
        before: [0, 0],
        out: [7, 7],
      };
      const y = convolved(x, w, windows);
      return build(y.shape, (position) => Math.max(0, at(y, position) + at(b, position.slice(-1))));
    },
  }),
];

/** A depthwise kernel as one of as many groups as there are channels. */
function grouped({ shape, data }: NdArray): NdArray {
  const [channels, multiplier] = shape.slice(-2);
  return { shape: [...shape.slice(0, -2), 1, channels * multiplier], data };
}

const depthwise: Sample[] = [
  sample({
    op: "depthwiseConv1d",
    inputs: [
      input("float", [2, 6, 3], spread([2, 6, 3], -1, 1)),
      input("float", [3, 3, 2], spread([3, 3, 2], -1, 1, { seed: 2 })),
    ],
    run: (x, w) => nabla.depthwiseConv1d(x, w, { padding: "same" }),
    reference: (x, w) => {
      const windows = { kernel: [3], strides: [1], dilations: [1], before: [1], out: [6] };
      return convolved(x, grouped(w), windows, 3);
    },
  }),
  sample({
    op: "depthwiseConv2d",
    inputs: [
      input("float", [2, 5, 4, 9], spread([2, 5, 4, 9], -1, 1)),
      input("float", [3, 2, 9, 1], spread([3, 2, 9, 1], -1, 1, { seed: 2 })),
    ],
    run: (x, w) => nabla.depthwiseConv2d(x, w),
    reference: (x, w) => {
      const windows = {
        kernel: [3, 2],
        strides: [1, 1],
        dilations: [1, 1],
        before: [0, 0],
        out: [3, 3],
      };
      return convolved(x, grouped(w), windows, 9);
    },
  }),
  sample({
    op: "separableConv1d",
    inputs: [
      input("float", [2, 5, 2], spread([2, 5, 2], -1, 1)),
      input("float", [2, 2, 2], spread([2, 2, 2], -1, 1, { seed: 2 })),
      input("float", [1, 4, 3], spread([1, 4, 3], -1, 1, { seed: 3 })),
    ],
    run: (x, w, p) => nabla.separableConv1d(x, w, p),
    reference: (x, w, p) => {
      const windows = { kernel: [2], strides: [1], dilations: [1], before: [0], out: [4] };
      return convolved(convolved(x, grouped(w), windows, 2), p, { ...windows, kernel: [1] });
    },
  }),
  sample({
    op: "separableConv2d",
    inputs: [
      input("float", [1, 4, 4, 2], spread([1, 4, 4, 2], -1, 1)),
      input("float", [2, 2, 2, 2], spread([2, 2, 2, 2], -1, 1, { seed: 2 })),
      input("float", [1, 1, 4, 3], spread([1, 1, 4, 3], -1, 1, { seed: 3 })),
    ],
    run: (x, w, p) => nabla.separableConv2d(x, w, p, { strides: 2 }),
    reference: (x, w, p) => {
      const windows = {
        kernel: [2, 2],
        strides: [2, 2],
        dilations: [1, 1],
        before: [0, 0],
        out: [2, 2],
      };
      const mixed = convolved(x, grouped(w), windows, 2);
      return convolved(mixed, p, { ...windows, kernel: [1, 1], strides: [1, 1] });
    },
  }),
];

const transposes: Sample[] = [
  sample({
    op: "conv1dTranspose",
    inputs: [
      input("float", [2, 4, 2], spread([2, 4, 2], -1, 1)),
      input("float", [3, 3, 2], spread([3, 3, 2], -1, 1, { seed: 2 })),
    ],
    run: (x, w) => nabla.conv1dTranspose(x, w, { strides: 2 }),
    reference: (x, w) => {
      const windows = { kernel: [3], strides: [2], dilations: [1], before: [0], out: [4] };
      return transposed(x, w, windows, [9]);
    },
  }),
  sample({
    op: "conv2dTranspose",
    inputs: [
      input("float", [1, 3, 2, 3], spread([1, 3, 2, 3], -1, 1)),
      input("float", [3, 3, 1, 3], spread([3, 3, 1, 3], -1, 1, { seed: 2 })),
    ],
    run: (x, w) => nabla.conv2dTranspose(x, w, { strides: 2, padding: "same" }),
    reference: (x, w) => {
      const windows = {
        kernel: [3, 3],
        strides: [2, 2],
        dilations: [1, 1],
        before: [0, 0],
        out: [3, 2],
      };
      return transposed(x, w, windows, [6, 4]);
    },
  }),
  sample({
    op: "conv2dTranspose",
    title: "with output padding",
    inputs: [
      input("float", [2, 2, 3, 2], spread([2, 2, 3, 2], -1, 1)),
      input("float", [2, 3, 9, 2], spread([2, 3, 9, 2], -1, 1, { seed: 2 })),
    ],
    run: (x, w) => nabla.conv2dTranspose(x, w, { strides: 2, outputPadding: 1 }),
    reference: (x, w) => {
      const windows = {
        kernel: [2, 3],
        strides: [2, 2],
        dilations: [1, 1],
        before: [0, 0],
        out: [2, 3],
      };
      return transposed(x, w, windows, [5, 8]);
    },
  }),
  sample({
    op: "conv3dTranspose",
    inputs: [
      input("float", [1, 2, 2, 2, 2], spread([1, 2, 2, 2, 2], -1, 1)),
      input("float", [2, 2, 2, 3, 2], spread([2, 2, 2, 3, 2], -1, 1, { seed: 2 })),
    ],
    run: (x, w) => nabla.conv3dTranspose(x, w),
    reference: (x, w) => {
      const none = [1, 1, 1];
      const windows = {
        kernel: [2, 2, 2],
        strides: none,
        dilations: none,
        before: [0, 0, 0],
        out: none,
      };
      return transposed(x, w, windows, [3, 3, 3]);
    },
  }),
];

interface PoolCase {
  x: number[];
  poolSize: number | number[];
  options: WindowOptions;
  windows: Windows;
}

function pool(
  x: number[],
  size: number[],
  options: WindowOptions,
  strides: number[],
  before: number[],
  out: number[],
): PoolCase {
  const dilations = (options.dilationRate as number[] | undefined) ?? ones(size);
  return { x, poolSize: size, options, windows: { kernel: size, strides, dilations, before, out } };
}

const POOLS: PoolCase[] = [
  pool([2, 7, 3], [2], {}, [2], [0], [3]),
  pool([2, 5, 5, 9], [2, 2], {}, [2, 2], [0, 0], [2, 2]),
  pool([1, 4, 5, 2], [3, 2], { strides: 1, padding: "same" }, [1, 1], [1, 0], [4, 5]),
  pool([2, 5, 6, 1], [3, 3], { strides: [2, 1], padding: "same" }, [2, 1], [1, 1], [3, 6]),
  pool([1, 6, 6, 2], [2, 2], { strides: 1, dilationRate: [2, 3] }, [1, 1], [0, 0], [4, 3]),
  pool([1, 4, 3, 4, 2], [2, 1, 2], {}, [2, 1, 2], [0, 0, 0], [2, 3, 2]),
  pool([0, 4, 4, 2], [2, 2], {}, [2, 2], [0, 0], [2, 2]),
];

function pooled(x: NdArray, windows: Windows, f: (seen: number[]) => number): NdArray {
  return build([x.shape[0], ...windows.out, x.shape[x.shape.length - 1]], (position) => {
    const [n, channel] = [position[0], position[position.length - 1]];
    const seen = sights(windows, x.shape.slice(1, -1), position.slice(1, -1));
    return f(seen.map(({ place }) => at(x, [n, ...place, channel])));
  });
}

const poolings: Sample[] = POOLS.flatMap(({ x, poolSize, options, windows }) => [
  sample({
    op: "maxPool",
    title: titleOf({ poolSize, ...options }),
    inputs: [input("float", x, distinct(x))],
    run: (pictures: Tensor) => nabla.maxPool(pictures, poolSize, options),
    reference: (pictures) => pooled(pictures, windows, (seen) => Math.max(...seen)),
    second: false,
  }),
  sample({
    op: "avgPool",
    title: titleOf({ poolSize, ...options }),
    inputs: [input("float", x, spread(x, -2, 2))],
    run: (pictures: Tensor) => nabla.avgPool(pictures, poolSize, options),
    reference: (pictures) => pooled(pictures, windows, (seen) => total(seen) / seen.length),
  }),
]);

const named: Sample[] = (["max", "avg"] as const).map((type) =>
  valueOnly({
    op: "pool",
    title: type,
    inputs: [input("float", [1, 3, 3, 2], spread([1, 3, 3, 2], -1, 1))],
    run: (x) => nabla.pool(x, 2, type),
    reference: (x) => {
      const windows = {
        kernel: [2, 2],
        strides: [1, 1],
        dilations: [1, 1],
        before: [0, 0],
        out: [2, 2],
      };
      const mean = (seen: number[]): number => total(seen) / seen.length;
      return pooled(x, windows, type === "max" ? (seen) => Math.max(...seen) : mean);
    },
  }),
);

export const windows: readonly Sample[] = [
  ...convolutions,
  ...larger,
  ...depthwise,
  ...transposes,
  ...poolings,
  ...named,
];
