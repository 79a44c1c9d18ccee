/** What layers of pictures refuse: the error names layer, argument, what is expected and what came. */

import * as nabla from "../../src";
import { type Shape, ones, tidy } from "../../src";

type Given = Shape | readonly Shape[];
type AnyLayer = nabla.Layer & { forward(x: unknown): unknown };
type Constructor = new (...args: unknown[]) => AnyLayer;

const { Conv2D } = nabla;
const classOf = (name: string): Constructor =>
  (nabla as unknown as Record<string, Constructor>)[name];

/** Each layer of a kind in 1, 2 and 3 dimensions, with a picture of 2 places along each axis, 4 channels. */
function inAllRanks(
  kind: (rank: number) => string,
  ranks: readonly number[],
  args: readonly unknown[],
  expected: (name: string, axes: string) => string,
): Row[] {
  return ranks.map((rank) => {
    const sizes = new Array<number>(rank).fill(2);
    const axes = rank === 1 ? "an array of one" : `an array of ${rank}`;
    return [kind(rank), args, [2, ...sizes, 4], expected(kind(rank), axes)];
  });
}

/** A class, its arguments, the shapes that it is given, and the error, of the constructor or of forward. */
type Row = [name: string, args: readonly unknown[], given: Given, message: string];

const ALL = [1, 2, 3];
const KINDS = [
  "Conv1D",
  "Conv2D",
  "Conv3D",
  "DepthwiseConv1D",
  "DepthwiseConv2D",
  "SeparableConv1D",
];
const convolutions = [...KINDS, "SeparableConv2D"].map((name): Row => {
  const rank = Number(name.at(-2));
  const filters = name.startsWith("Depthwise") ? [] : [3];
  const sizes = new Array<number>(rank).fill(2).join(", ");
  const kernel = new Array<number>(rank).fill(5).join(", ");
  return [
    name,
    [...filters, 5],
    [2, ...new Array<number>(rank).fill(2), 4],
    `${name}: expected a kernelSize within the input, [null, ${sizes}, 4], but received [${kernel}]; use padding`,
  ];
});

const rows: Row[] = [
  ...convolutions,
  ...inAllRanks(
    (rank) => `Conv${rank}D`,
    ALL,
    [3, 1, { strides: 0 }],
    (name, axes) => `${name}: expected a positive integer, or ${axes}, for strides but received 0`,
  ),
  ...inAllRanks(
    (rank) => `Conv${rank}DTranspose`,
    ALL,
    [3, 1, { strides: 0 }],
    (name, axes) => `${name}: expected a positive integer, or ${axes}, for strides but received 0`,
  ),
  ...inAllRanks(
    (rank) => `Conv${rank}D`,
    ALL,
    [6, 1, { groups: 3 }],
    (name) =>
      `${name}: expected channels in a multiple of groups, 3, for inputShape but received [null, 2`,
  ),
  ...["Max", "Average"].flatMap((kind) => [
    ...inAllRanks(
      (rank) => `${kind}Pooling${rank}D`,
      ALL,
      [3],
      (name) => `${name}: expected a poolSize within the input, [null, 2`,
    ),
    ...inAllRanks(
      (rank) => `${kind}Pooling${rank}D`,
      ALL,
      [2, { strides: 0 }],
      (name, axes) =>
        `${name}: expected a positive integer, or ${axes}, for strides but received 0`,
    ),
    ...ALL.map((rank): Row => {
      const name = `Global${kind}Pooling${rank}D`;
      const shape = [2, 0, ...new Array<number>(rank - 1).fill(2), 4];
      const axes = ALL.slice(0, rank).join(", ");
      return [
        name,
        [],
        shape,
        `${name}: expected something to pool along axes ${axes} of x but received float32[2, 0`,
      ];
    }),
  ]),
  [
    "Conv2D",
    [4, 1, { groups: 3 }],
    [1, 2, 2, 3],
    "Conv2D: expected filters in a multiple of groups, 3, but received 4",
  ],
  [
    "Conv2D",
    [3, 2, { dilationRate: 3 }],
    [1, 2, 2, 3],
    "but received [2, 2], which span [4, 4]; use padding",
  ],
  [
    "Conv2D",
    [3, 1, { strides: 2 ** 40 }],
    [1, 2, 2, 3],
    "Conv2D: expected a positive integer below 2^31, or an array of 2, for strides but received 1099511627776",
  ],
  ...["Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract"].map((name): Row => [
    name,
    [],
    [
      [2, 3],
      [2, 4],
    ],
    `${name}: expected tensors whose shapes broadcast for x but received float32[2, 3], float32[2, 4]`,
  ]),
  [
    "Concatenate",
    [],
    [
      [2, 3, 4],
      [2, 5, 4],
    ],
    "Concatenate: expected tensors that agree but for axis 2 for x but received float32[2, 3, 4], float32[2, 5, 4]",
  ],
  [
    "Dot",
    [1],
    [
      [2, 3],
      [4, 3],
    ],
    "Dot: expected batches of one size for x but received float32[2, 3] and float32[4, 3]",
  ],
  [
    "UnitNormalization",
    [{ axis: 5 }],
    [2, 3],
    "UnitNormalization: expected an axis in [-2, 2) but received 5",
  ],
  ["Softmax", [{ axis: [1, 4] }], [2, 3], "Softmax: expected an axis in [-2, 2) but received 4"],
  [
    "PReLU",
    [{ sharedAxes: [2] }],
    [2, 3],
    "PReLU: expected axes in [1, 2) for sharedAxes but received 2",
  ],
  ["Reshape", [[-2]], [2, 3], "for targetShape but received [-2]"],
  [
    "Lambda",
    ["nothing"],
    [2, 3],
    "Lambda: expected a function or a name that register was given for fn but received",
  ],
];

test.each(rows)("%s %j of %j", (name, args, given, message) => {
  const run = (): unknown => {
    const layer = new (classOf(name))(...args);
    const shapes = (Array.isArray(given[0]) ? given : [given]) as readonly Shape[];
    const inputs = shapes.map((shape) => ones(shape));
    try {
      return layer.forward(shapes === given ? inputs : inputs[0]);
    } finally {
      expect(layer.weights).toEqual([]);
    }
  };
  expect(() => tidy(run)).toThrow(message);
});

test("a built layer keeps its weights where what comes is refused", () => {
  tidy(() => {
    const layer = new Conv2D(2, 3);
    layer.forward(ones([1, 4, 4, 3]));
    const before = layer.getWeights().map((weight) => weight.array());
    const bad: [Shape, string][] = [
      [
        [1, 2, 2, 3],
        "Conv2D: expected a kernelSize within the input, [1, 2, 2, 3], but received [3, 3]",
      ],
      [
        [1, 4, 4, 2],
        "Conv2D: expected float32[batch, height, width, 3] for x but received float32[1, 4, 4, 2]",
      ],
    ];
    for (const [shape, message] of bad) {
      expect(() => layer.forward(ones(shape))).toThrow(message);
      expect(layer.getWeights().map((weight) => weight.array())).toEqual(before);
    }
  });
});
