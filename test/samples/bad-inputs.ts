/** Calls that must be refused: what is passed, and the error, which names the op and the argument. */

import * as nabla from "../../src";
import { type DType, type Tensor, Variable, ones, tensor, zeros } from "../../src";
import * as ops from "../../src/ops";
import type { BadInput } from "./sample";

type Call = (...given: Tensor[]) => unknown;

function bad(
  op: string,
  title: string,
  given: () => Tensor[],
  call: Call,
  error: RegExp,
): BadInput {
  return { op, title: `${op}: ${title}`, given, call, error };
}

const none = (): Tensor[] => [];
const of =
  (dtype: DType, ...shapes: number[][]) =>
  () =>
    shapes.map((shape) => ones(shape, dtype));
const BETAS = { beta1: 0.9, beta2: 0.999 };
/** Passes what the types forbid. */
const any = (value: unknown): never => value as never;

const FLOAT_UNARY = [
  ...["sign", "exp", "expm1", "log", "log1p", "sqrt", "square", "reciprocal", "sin", "cos"],
  ...[
    "floor",
    "sigmoid",
    "tanh",
    "relu",
    "softplus",
    "softmax",
    "logSoftmax",
    "mean",
    "rsqrt",
    "logSumExp",
    "norm",
  ],
  ...[
    "variance",
    "std",
    "ceil",
    "round",
    "log2",
    "erf",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
  ],
] as const;

const unary: BadInput[] = [
  ...FLOAT_UNARY,
  "neg",
  "abs",
  "sum",
  "max",
  "min",
  "argMax",
  "clone",
].flatMap((op) => {
  const run = nabla[op as "exp"];
  return [
    bad(
      op,
      "a string",
      none,
      () => run(any("x")),
      new RegExp(`${op}: expected a tensor or numbers for x but received "x"`),
    ),
    bad(
      op,
      "nothing",
      none,
      () => run(any(undefined)),
      new RegExp(`${op}: expected a tensor or numbers for x but received undefined`),
    ),
    bad(
      op,
      "a disposed tensor",
      of("float32", [2]),
      (x) => (x.dispose(), run(x)),
      /float32\[2\] was disposed of/,
    ),
  ];
});

const floatOnly: BadInput[] = FLOAT_UNARY.flatMap((op) =>
  (["int32", "uint8"] as const).map((dtype) =>
    bad(
      op,
      dtype,
      of(dtype, [2]),
      (x) => nabla[op as "exp"](x),
      new RegExp(`${op}: expected a float tensor for x but received ${dtype}\\[2\\]`),
    ),
  ),
);

const numberOnly: BadInput[] = (
  ["neg", "abs", "sum", "max", "min", "prod", "cumSum", "cumProd"] as const
).map((op) =>
  bad(
    op,
    "uint8",
    of("uint8", [2]),
    (x) => nabla[op](x),
    new RegExp(`${op}: expected a float.* tensor for x but received uint8\\[2\\]`),
  ),
);

const BINARY = [
  ...["add", "sub", "mul", "div", "pow", "maximum", "minimum", "squaredDifference"],
  ...["mod", "floorDiv", "atan2"],
] as const;
const COMPARISONS = [
  ...["equal", "notEqual", "greater", "greaterEqual", "less", "lessEqual"],
  ...["logicalAnd", "logicalOr", "logicalXor"],
] as const;

const binary: BadInput[] = [...BINARY, ...COMPARISONS].flatMap((op) => [
  bad(
    op,
    "shapes",
    of("float32", [2, 3], [2]),
    (a, b) => nabla[op](a, b),
    new RegExp(`${op}: expected shapes that broadcast but received \\[2, 3\\] and \\[2\\]`),
  ),
  bad(
    op,
    "empty and two",
    of("float32", [0], [2]),
    (a, b) => nabla[op](a, b),
    new RegExp(`${op}: expected shapes that broadcast but received \\[0\\] and \\[2\\]`),
  ),
  bad(
    op,
    "dtypes",
    () => [ones([2]), ones([2], "float64")],
    (a, b) => nabla[op](a, b),
    new RegExp(
      `${op}: expected operands of one dtype but received float32\\[2\\] and float64\\[2\\]; convert one with cast`,
    ),
  ),
  bad(
    op,
    "fraction for an int32",
    of("int32", [2]),
    (a) => nabla[op](a, 0.5),
    /expected an int32 integer for values but received 0.5/,
  ),
  bad(
    op,
    "null",
    of("float32", [2]),
    (a) => nabla[op](a, any(null)),
    new RegExp(`${op}: expected a tensor or numbers for b but received null`),
  ),
]);

const bytes: BadInput[] = BINARY.map((op) =>
  bad(
    op,
    "uint8",
    of("uint8", [2], [2]),
    (a, b) => nabla[op](a, b),
    new RegExp(`${op}: expected a float.* tensor for a but received uint8\\[2\\]`),
  ),
);

const parts: BadInput[] = [
  bad(
    "norm",
    "axis",
    of("float32", [2, 3]),
    (x) => x.norm("euclidean", 2),
    /: expected an axis in \[-2, 2\) but received 2/,
  ),
  bad(
    "split",
    "parts that do not divide",
    of("float32", [2, 3]),
    (x) => x.split(2, 1),
    /split: expected a number of parts that divides 3 on axis 1 of float32\[2, 3\] but received 2/,
  ),
  bad(
    "split",
    "no parts",
    of("float32", [3]),
    (x) => x.split(0),
    /split: expected a number of parts that divides 3 .* but received 0/,
  ),
  bad(
    "split",
    "sizes that do not add up",
    of("float32", [3]),
    (x) => x.split([1, 1]),
    /split: expected sizes that add up to 3 on axis 0 of float32\[3\] but received \[1, 1\]/,
  ),
  bad(
    "split",
    "a negative size",
    of("float32", [3]),
    (x) => x.split([4, -1]),
    /split: expected sizes that add up to 3 .* but received \[4, -1\]/,
  ),
  bad(
    "unstack",
    "axis",
    of("float32", [3]),
    (x) => x.unstack(1),
    /unstack: expected an axis in \[-1, 1\) but received 1/,
  ),
  bad(
    "tile",
    "too few numbers",
    of("float32", [2, 3]),
    (x) => x.tile([2]),
    /tile: expected 2 numbers for reps but received 1/,
  ),
  bad(
    "tile",
    "a negative number",
    of("float32", [2]),
    (x) => x.tile([-1]),
    /tile: expected reps\[0\] >= 0 but received -1/,
  ),
  bad(
    "norm",
    "order",
    of("float32", [2]),
    (x) => x.norm(3),
    /norm: expected "euclidean", "fro", 1, 2, Infinity or -Infinity for ord but received 3/,
  ),
  bad(
    "norm",
    "a vector's order over two axes",
    of("float32", [2, 3]),
    (x) => x.norm(1, [0, 1]),
    /norm: expected "euclidean" or "fro" for ord over several axes but received 1/,
  ),
];

const choice: BadInput[] = [
  bad(
    "div",
    "int32",
    of("int32", [2], [2]),
    (a, b) => nabla.div(a, b),
    /div: expected a float tensor for a but received int32\[2\]/,
  ),
  bad(
    "pow",
    "int32",
    of("int32", [2], [2]),
    (a, b) => nabla.pow(a, b),
    /pow: expected a float tensor for a but received int32\[2\]/,
  ),
  bad(
    "where",
    "float condition",
    of("float32", [2], [2], [2]),
    (c, a, b) => nabla.where(c, a, b),
    /where: expected a uint8 tensor for condition but received float32\[2\]/,
  ),
  bad(
    "where",
    "dtypes",
    () => [ones([2], "uint8"), ones([2]), ones([2], "int32")],
    (c, a, b) => nabla.where(c, a, b),
    /where: expected operands of one dtype/,
  ),
  bad(
    "where",
    "shapes",
    () => [ones([2], "uint8"), ones([3]), ones([3])],
    (c, a, b) => nabla.where(c, a, b),
    /where: expected shapes that broadcast but received \[2\] and \[3\]/,
  ),
  bad(
    "clipByValue",
    "bounds",
    of("float32", [2]),
    (x) => nabla.clipByValue(x, 1, 0),
    /clipByValue: expected low <= high but received 1 and 0/,
  ),
  bad(
    "clipByValue",
    "NaN",
    of("float32", [2]),
    (x) => nabla.clipByValue(x, NaN, 0),
    /clipByValue: expected a number for low but received NaN/,
  ),
  bad(
    "clipByValue",
    "no bound",
    of("float32", [2]),
    (x) => nabla.clipByValue(x, 0, any(undefined)),
    /clipByValue: expected a number for high but received undefined/,
  ),
  bad(
    "clipByValue",
    "int32",
    of("int32", [2]),
    (x) => nabla.clipByValue(x, 0, 1),
    /clipByValue: expected a float tensor for x but received int32\[2\]/,
  ),
];

const shapes: BadInput[] = [
  bad(
    "reshape",
    "size",
    of("float32", [2, 3]),
    (x) => nabla.reshape(x, [4]),
    /reshape: expected a shape of 6 elements for float32\[2, 3\] but received \[4\]/,
  ),
  bad(
    "reshape",
    "two open sizes",
    of("float32", [2, 3]),
    (x) => nabla.reshape(x, [-1, -1]),
    /reshape: .*-1/,
  ),
  bad(
    "reshape",
    "indivisible",
    of("float32", [2, 3]),
    (x) => nabla.reshape(x, [4, -1]),
    /reshape: expected a shape of 6 elements .* but received \[4, -1\]/,
  ),
  bad(
    "reshape",
    "no array",
    of("float32", [2, 3]),
    (x) => nabla.reshape(x, any(6)),
    /expected an array for shape but received number/,
  ),
  bad(
    "reshape",
    "rank 9",
    of("float32", [1]),
    (x) => nabla.reshape(x, [1, 1, 1, 1, 1, 1, 1, 1, 1]),
    /expected a rank of at most 8 for shape but received 9/,
  ),
  bad(
    "reshape",
    "fraction",
    of("float32", [3]),
    (x) => nabla.reshape(x, [1.5, 2]),
    /expected non-negative integers for shape but received \[1.5, 2\]/,
  ),
  bad(
    "broadcastTo",
    "shape",
    of("float32", [2, 3]),
    (x) => nabla.broadcastTo(x, [3, 2]),
    /broadcastTo: expected a shape that float32\[2, 3\] stretches to but received \[3, 2\]/,
  ),
  bad(
    "broadcastTo",
    "fewer axes",
    of("float32", [2, 3]),
    (x) => nabla.broadcastTo(x, [3]),
    /broadcastTo: expected a shape/,
  ),
  bad(
    "transpose",
    "twice",
    of("float32", [2, 3]),
    (x) => nabla.transpose(x, [0, 0]),
    /transpose: expected a permutation of 2 axes but received \[0, 0\]/,
  ),
  bad(
    "transpose",
    "too few",
    of("float32", [2, 3]),
    (x) => nabla.transpose(x, [0]),
    /transpose: expected a permutation of 2 axes but received \[0\]/,
  ),
  bad(
    "transpose",
    "axis",
    of("float32", [2, 3]),
    (x) => nabla.transpose(x, [0, 2]),
    /transpose: expected an axis in \[-2, 2\) but received 2/,
  ),
  bad(
    "transpose",
    "no array",
    of("float32", [2, 3]),
    (x) => nabla.transpose(x, any(1)),
    /transpose: expected an array for perm but received 1/,
  ),
  bad(
    "slice",
    "outside",
    of("float32", [3]),
    (x) => nabla.slice(x, 2, 2),
    /slice: expected a block inside float32\[3\] but received begin 2 and size 2 on axis 0/,
  ),
  bad(
    "slice",
    "negative begin",
    of("float32", [3]),
    (x) => nabla.slice(x, -1),
    /slice: expected a block inside float32\[3\] but received begin -1/,
  ),
  bad(
    "slice",
    "begin past the end",
    of("float32", [3]),
    (x) => nabla.slice(x, 4),
    /slice: expected a block inside/,
  ),
  bad(
    "slice",
    "fraction",
    of("float32", [3]),
    (x) => nabla.slice(x, 0.5),
    /slice: expected an integer for begin\[0\] but received 0.5/,
  ),
  bad(
    "slice",
    "too many axes",
    of("float32", [3]),
    (x) => nabla.slice(x, [0, 0]),
    /slice: expected at most 1 axes but received \[0, 0\]/,
  ),
  bad(
    "slice",
    "no begin",
    of("float32", [3]),
    (x) => nabla.slice(x, any(null)),
    /slice: expected .* for begin but received null/,
  ),
  bad(
    "pad",
    "pairs",
    of("float32", [2, 3]),
    (x) => nabla.pad(x, [[1, 1]]),
    /pad: expected 2 pairs for paddings but received 1/,
  ),
  bad(
    "pad",
    "negative",
    of("float32", [3]),
    (x) => nabla.pad(x, [[-1, 1]]),
    /pad: expected two non-negative integers for paddings\[0\] but received \[-1, 1\]/,
  ),
  bad(
    "pad",
    "no pairs",
    of("float32", [3]),
    (x) => nabla.pad(x, any(undefined)),
    /pad: expected .* for paddings but received undefined/,
  ),
  bad(
    "pad",
    "numbers",
    of("float32", [3]),
    (x) => nabla.pad(x, any([1])),
    /pad: expected an array for paddings\[0\] but received 1/,
  ),
  bad(
    "pad",
    "one of a pair",
    of("float32", [3]),
    (x) => nabla.pad(x, any([[1]])),
    /pad: expected two non-negative integers for paddings\[0\] but received \[1\]/,
  ),
  bad(
    "concat",
    "nothing",
    none,
    () => nabla.concat([]),
    /concat: expected 1 to 1024 tensors but received 0/,
  ),
  bad(
    "concat",
    "shapes",
    of("float32", [2, 3], [2, 4]),
    (a, b) => nabla.concat([a, b]),
    /concat: expected tensors that agree but for axis 0 but received float32\[2, 3\] and float32\[2, 4\]/,
  ),
  bad(
    "concat",
    "dtypes",
    () => [ones([2]), ones([2], "int32")],
    (a, b) => nabla.concat([a, b]),
    /concat: expected tensors that agree .* float32\[2\] and int32\[2\]/,
  ),
  bad(
    "concat",
    "scalars",
    of("float32", [], []),
    (a, b) => nabla.concat([a, b]),
    /concat: expected an axis in \[0, 0\) but received 0|concat: expected tensors of at least one axis/,
  ),
  bad(
    "concat",
    "axis",
    of("float32", [2], [2]),
    (a, b) => nabla.concat([a, b], 1),
    /concat: expected an axis in \[-1, 1\) but received 1/,
  ),
  bad(
    "concat",
    "an item",
    of("float32", [2]),
    (a) => nabla.concat([a, any("b")]),
    /concat: expected a tensor or numbers for tensors\[1\] but received "b"/,
  ),
  bad(
    "stack",
    "shapes",
    of("float32", [2], [3]),
    (a, b) => nabla.stack([a, b]),
    /(stack|concat): expected tensors that agree/,
  ),
  bad(
    "stack",
    "no array",
    none,
    () => nabla.stack(any(3)),
    /stack: expected .*tensors but received/,
  ),
  bad(
    "expandDims",
    "axis",
    of("float32", [2]),
    (x) => x.expandDims(2),
    /expandDims: expected an axis in \[-2, 2\) but received 2/,
  ),
  bad(
    "expandDims",
    "rank 9",
    of("float32", [1, 1, 1, 1, 1, 1, 1, 1]),
    (x) => x.expandDims(0),
    /at most 8/,
  ),
  bad(
    "squeeze",
    "size",
    of("float32", [2, 1]),
    (x) => x.squeeze(0),
    /squeeze: expected size 1 on axis 0 but received float32\[2, 1\]/,
  ),
  bad(
    "cast",
    "dtype",
    of("float32", [2]),
    (x) => x.cast(any("float16")),
    /expected one of float32, float64, int32, uint8 for dtype of cast but received float16/,
  ),
  bad(
    "cast",
    "inherited name",
    of("float32", [2]),
    (x) => x.cast(any("toString")),
    /expected one of float32, float64, int32, uint8 for dtype of cast but received toString/,
  ),
  bad(
    "rescale",
    "dtype",
    of("uint8", [2]),
    (x) => nabla.rescale(x, 1, 0, any("int32")),
    /rescale: expected a float dtype but received int32/,
  ),
  bad(
    "rescale",
    "scale",
    of("uint8", [2]),
    (x) => nabla.rescale(x, any("2")),
    /rescale: expected a number for scale but received "2"/,
  ),
];

const ordering: BadInput[] = [
  ...(["sort", "argSort"] as const).flatMap((op) => [
    bad(
      op,
      "axis",
      of("float32", [2, 3]),
      (x) => nabla[op](x, 2),
      new RegExp(`${op}: expected an axis in \\[-2, 2\\) but received 2`),
    ),
    bad(
      op,
      "a scalar",
      of("float32", []),
      (x) => nabla[op](x),
      /sort: expected at least one axis but received float32\[\]/,
    ),
  ]),
  bad(
    "reverse",
    "axis",
    of("float32", [2]),
    (x) => nabla.reverse(x, 1),
    /reverse: expected an axis in \[-1, 1\) but received 1/,
  ),
  bad(
    "stridedSlice",
    "a stride of 0",
    of("float32", [3]),
    (x) => nabla.stridedSlice(x, [0], [3], [0]),
    /stridedSlice: expected strides other than 0 but received \[0\]/,
  ),
  bad(
    "stridedSlice",
    "too many axes",
    of("float32", [3]),
    (x) => nabla.stridedSlice(x, [0, 0], [3], [1]),
    /stridedSlice: expected at most 1 axes but received \[0, 0\]/,
  ),
  bad(
    "stridedSlice",
    "a fraction",
    of("float32", [3]),
    (x) => nabla.stridedSlice(x, [0.5], [3]),
    /stridedSlice: expected an integer for begin\[0\] but received 0.5/,
  ),
  bad(
    "stridedSlice",
    "no end",
    of("float32", [3]),
    (x) => nabla.stridedSlice(x, [0], any(undefined)),
    /stridedSlice: expected an array for end but received undefined/,
  ),
  bad(
    "stridedSlice",
    "a fraction of a stride",
    of("float32", [3]),
    (x) => nabla.stridedSlice(x, [0], [3], [1.5]),
    /stridedSlice: expected an integer for strides\[0\] but received 1.5/,
  ),
  bad(
    "diagonal",
    "one axis twice",
    of("float32", [3, 3]),
    (x) => nabla.diagonal(x, 0, 1, -1),
    /diagonal: expected two axes but received 1 and -1/,
  ),
  bad(
    "diagonal",
    "a vector",
    of("float32", [3]),
    (x) => nabla.diagonal(x),
    /diagonal: expected an axis in \[-1, 1\) but received 1/,
  ),
  ...(["tril", "triu"] as const).flatMap((op) => [
    bad(
      op,
      "a vector",
      of("float32", [3]),
      (x) => nabla[op](x),
      new RegExp(
        `${op}: expected matrices \\[\\.\\.\\., rows, columns\\] but received float32\\[3\\]`,
      ),
    ),
    bad(
      op,
      "a fraction",
      of("float32", [3, 3]),
      (x) => nabla[op](x, 0.5),
      new RegExp(`${op}: expected an integer for k but received 0.5`),
    ),
  ]),
];

const reductions: BadInput[] = [
  ...(
    [
      "sum",
      "mean",
      "max",
      "min",
      "logSumExp",
      "any",
      "all",
      "countNonZero",
      "prod",
      "variance",
      "std",
    ] as const
  ).flatMap((op) => [
    bad(
      op,
      "axis",
      of("float32", [2, 3]),
      (x) => nabla[op](x, 2),
      /: expected an axis in \[-2, 2\) but received 2/,
    ),
    bad(
      op,
      "axis twice",
      of("float32", [2, 3]),
      (x) => nabla[op](x, [1, -1]),
      /: expected distinct axes but received \[1, 1\]/,
    ),
    bad(
      op,
      "fraction",
      of("float32", [2, 3]),
      (x) => nabla[op](x, 0.5),
      /: expected an integer for axis but received 0.5/,
    ),
  ]),
  ...(["max", "min"] as const).map((op) =>
    bad(
      op,
      "nothing to choose from",
      of("float32", [2, 0]),
      (x) => nabla[op](x, 1),
      new RegExp(
        `${op}: expected at least one element to choose from but received float32\\[2, 0\\]`,
      ),
    ),
  ),
  ...(["argMax", "argMin"] as const).flatMap((op) => [
    bad(
      op,
      "axis",
      of("float32", [2, 3]),
      (x) => nabla[op](x, 2),
      new RegExp(`${op}: expected an axis in \\[-2, 2\\) but received 2`),
    ),
    bad(op, "a scalar", of("float32", []), (x) => nabla[op](x), new RegExp(`${op}: expected`)),
    bad(
      op,
      "nothing to choose from",
      of("float32", [0, 2]),
      (x) => nabla[op](x),
      new RegExp(`${op}: expected at least one element on axis 0 but received float32\\[0, 2\\]`),
    ),
  ]),
  bad(
    "moments",
    "int32",
    of("int32", [2]),
    (x) => nabla.moments(x),
    /moments: expected a float tensor for x but received int32\[2\]/,
  ),
  bad(
    "moments",
    "axis",
    of("float32", [2, 3]),
    (x) => nabla.moments(x, -3),
    /moments: expected an axis in \[-2, 2\) but received -3/,
  ),
  bad(
    "topK",
    "more than there are",
    of("float32", [2, 3]),
    (x) => nabla.topK(x, 4),
    /topK: expected k in \[0, 3\] for float32\[2, 3\] but received 4/,
  ),
  bad(
    "topK",
    "a fraction",
    of("float32", [2, 3]),
    (x) => nabla.topK(x, 0.5),
    /topK: expected an integer for k but received 0.5/,
  ),
  bad(
    "topK",
    "a scalar",
    of("float32", []),
    (x) => nabla.topK(x, 0),
    /topK: expected at least one axis but received float32\[\]/,
  ),
  ...(["cumSum", "cumProd"] as const).flatMap((op) => [
    bad(
      op,
      "axis",
      of("float32", [2, 3]),
      (x) => nabla[op](x, 2),
      new RegExp(`${op}: expected an axis in \\[-2, 2\\) but received 2`),
    ),
    bad(
      op,
      "a scalar",
      of("float32", []),
      (x) => nabla[op](x),
      new RegExp(`${op}: expected an axis in`),
    ),
  ]),
  ...(["softmax", "logSoftmax"] as const).flatMap((op) => [
    bad(
      op,
      "axis",
      of("float32", [2, 3]),
      (x) => nabla[op](x, 2),
      new RegExp(`${op}: expected an axis in \\[-2, 2\\) but received 2`),
    ),
    bad(
      op,
      "a scalar",
      of("float32", []),
      (x) => nabla[op](x),
      new RegExp(`${op}: expected at least one class on the last axis but received float32\\[\\]`),
    ),
    bad(
      op,
      "no class",
      of("float32", [2, 0]),
      (x) => nabla[op](x),
      new RegExp(
        `${op}: expected at least one class on the last axis but received float32\\[2, 0\\]`,
      ),
    ),
  ]),
  bad(
    "logClipped",
    "int32",
    of("int32", [2]),
    (x) => ops.logClipped(x, 0.1),
    /logClipped: expected a float tensor for x but received int32\[2\]/,
  ),
  bad(
    "logClipped",
    "epsilon",
    of("float32", [2]),
    (x) => ops.logClipped(x, any(undefined)),
    /logClipped: .*(epsilon|attribute 0)/,
  ),
];

const entropies: BadInput[] = (["sparseCrossentropy", "sparseCrossentropyLogits"] as const).flatMap(
  (op) => {
    const run = (x: Tensor, labels: Tensor): unknown => ops[op](x, labels, 1e-7);
    return [
      bad(
        op,
        "no labels",
        of("float32", [2, 3]),
        (x) => run(x, any(undefined)),
        new RegExp(`${op}: expected .*labels.* but received undefined`),
      ),
      bad(
        op,
        "no predictions",
        of("int32", [2]),
        (labels) => run(any(undefined), labels),
        new RegExp(`${op}: expected .* but received undefined`),
      ),
      bad(
        op,
        "float labels",
        of("float32", [2, 3], [2]),
        (x, labels) => run(x, labels),
        new RegExp(
          `${op}: expected uint8 or int32 labels \\[2\\] for predictions float32\\[2, 3\\] but received float32\\[2\\]`,
        ),
      ),
      bad(
        op,
        "shape of labels",
        () => [ones([2, 3]), zeros([3], "int32")],
        (x, labels) => run(x, labels),
        new RegExp(`${op}: expected uint8 or int32 labels \\[2\\] .* but received int32\\[3\\]`),
      ),
      bad(
        op,
        "a scalar",
        () => [ones([]), zeros([], "int32")],
        (x, labels) => run(x, labels),
        new RegExp(`${op}: expected`),
      ),
      bad(
        op,
        "a label too great",
        () => [ones([3, 4]), tensor([0, 4, 1], undefined, "int32")],
        (x, labels) => run(x, labels),
        new RegExp(`${op}: label 4 at position 1 is outside \\[0, 4\\)`),
      ),
      bad(
        op,
        "a negative label",
        () => [ones([3, 4]), tensor([0, 1, -1], undefined, "int32")],
        (x, labels) => run(x, labels),
        new RegExp(`${op}: label -1 at position 2 is outside \\[0, 4\\)`),
      ),
      bad(
        op,
        "a uint8 label",
        () => [ones([2, 4]), tensor([255, 1], undefined, "uint8")],
        (x, labels) => run(x, labels),
        new RegExp(`${op}: label 255 at position 0 is outside \\[0, 4\\)`),
      ),
      bad(
        op,
        "no class",
        () => [ones([2, 0]), zeros([2], "int32")],
        (x, labels) => run(x, labels),
        new RegExp(`${op}: `),
      ),
    ];
  },
);

const indices = (values: number[]): Tensor => tensor(values, undefined, "int32");

const productsAndIndexing: BadInput[] = [
  bad(
    "matMul",
    "inner sizes",
    of("float32", [2, 3], [2, 3]),
    (a, b) => nabla.matMul(a, b),
    /matMul: expected matrices with matching inner sizes but received float32\[2, 3\] and float32\[2, 3\]/,
  ),
  bad(
    "matMul",
    "transposed",
    of("float32", [2, 3], [3, 4]),
    (a, b) => a.matMul(b, true),
    /matMul: .* float32\[2, 3\] transposed and float32\[3, 4\]/,
  ),
  bad(
    "matMul",
    "rank",
    of("float32", [4], [4, 2]),
    (a, b) => nabla.matMul(a, b),
    /matMul: expected matrices .* float32\[4\]/,
  ),
  bad(
    "matMul",
    "inner sizes of many matrices",
    of("float32", [2, 3, 4], [3, 2]),
    (a, b) => nabla.matMul(a, b),
    /matMul: expected matrices with matching inner sizes but received float32\[2, 3, 4\] and float32\[3, 2\]/,
  ),
  bad(
    "matMul",
    "leading axes",
    of("float32", [2, 3, 4], [3, 4, 2]),
    (a, b) => nabla.matMul(a, b),
    /matMul: expected shapes that broadcast but received \[2\] and \[3\]/,
  ),
  bad(
    "matMul",
    "many integers",
    of("int32", [2, 3, 4], [2, 4, 2]),
    (a, b) => nabla.matMul(a, b),
    /matMul: expected a float tensor for a but received int32\[2, 3, 4\]/,
  ),
  ...(
    [
      ["ij,jk->i2", 'einsum: expected an equation such as "ij,jk->ik" but received "ij,jk->i2"'],
      ["ij->jk->ik", "einsum: expected an equation such as"],
      [any(3), "einsum: expected an equation such as .* but received 3"],
      ["ij->ji", 'einsum: expected 1 operands for "ij->ji" but received 2'],
      ["ijk,jk->i", 'einsum: expected axes "ijk" of operand 0 but received float32\\[2, 3\\]'],
      [
        "...ijk,jk->i",
        'einsum: expected axes "...ijk" of operand 0 but received float32\\[2, 3\\]',
      ],
      ["ij,ik->jk", 'einsum: expected one size for "i" of "ij,ik->jk" but received 2 and 3'],
      ["...,...", 'einsum: expected one size for "..." of "...,..." but received 2 and 3'],
      [
        "ij,jk->il",
        'einsum: expected each letter of the result once and in an operand but received "l"',
      ],
      ["ij,jk->ikk", 'einsum: expected each letter .* received "k" in "ij,jk->ikk"'],
    ] as [string, string][]
  ).map(([equation, error]) =>
    bad(
      "einsum",
      equation,
      of("float32", [2, 3], [3, 4]),
      (a, b) => nabla.einsum(equation, a, b),
      new RegExp(error),
    ),
  ),
  bad(
    "einsum",
    "dtypes",
    () => [ones([2, 2]), ones([2, 2], "float64")],
    (a, b) => nabla.einsum("ij,jk->ik", a, b),
    /matMul: expected operands of one dtype/,
  ),
  bad(
    "matMul",
    "int32",
    of("int32", [2, 2], [2, 2]),
    (a, b) => nabla.matMul(a, b),
    /matMul: expected a float tensor for a but received int32\[2, 2\]/,
  ),
  bad(
    "matMul",
    "dtypes",
    () => [ones([2, 2]), ones([2, 2], "float64")],
    (a, b) => nabla.matMul(a, b),
    /matMul: expected operands of one dtype/,
  ),
  bad(
    "dot",
    "rank",
    of("float32", [2, 2, 2], [2]),
    (a, b) => nabla.dot(a, b),
    /dot: expected vectors or matrices but received float32\[2, 2, 2\] and float32\[2\]/,
  ),
  bad(
    "gather",
    "index too great",
    () => [ones([3, 2]), indices([0, 1, 3])],
    (a, b) => nabla.gather(a, b),
    /gather: index 3 at position 2 is outside \[0, 3\)/,
  ),
  bad(
    "gather",
    "negative index",
    () => [ones([3, 2]), indices([-1, 1])],
    (a, b) => nabla.gather(a, b),
    /gather: index -1 at position 0 is outside \[0, 3\)/,
  ),
  bad(
    "gather",
    "of nothing",
    () => [ones([0, 2]), indices([0])],
    (a, b) => nabla.gather(a, b),
    /gather: index 0 at position 0 is outside \[0, 0\)/,
  ),
  bad(
    "gather",
    "float indices",
    of("float32", [3], [2]),
    (a, b) => nabla.gather(a, b),
    /gather: expected int32 indices but received float32\[2\]; use cast/,
  ),
  bad(
    "gather",
    "scalar",
    () => [ones([]), indices([0])],
    (a, b) => nabla.gather(a, b),
    /gather: expected a tensor with rows for x but received float32\[\]/,
  ),
  bad(
    "gather",
    "dtype",
    () => [ones([3]), indices([0])],
    (x, i) => nabla.gather(x, i, 0, "uint8"),
    /gather: expected float32 or a float dtype but received uint8/,
  ),
  bad(
    "gather",
    "axis",
    () => [ones([3, 2]), indices([0])],
    (x, i) => nabla.gather(x, i, 2),
    /gather: expected an axis in \[-2, 2\) but received 2/,
  ),
  bad(
    "gather",
    "a dtype for the axis",
    () => [ones([3, 2]), indices([0])],
    (x, i) => nabla.gather(x, i, any("float32")),
    /gather: expected an integer for axis but received "float32"/,
  ),
  bad(
    "gather",
    "index of another axis",
    () => [ones([3, 2]), indices([1, 2])],
    (x, i) => nabla.gather(x, i, 1),
    /gatherAlong: index 2 at position 1 is outside \[0, 2\)/,
  ),
  bad(
    "gatherND",
    "coordinate",
    () => [
      ones([3, 4]),
      tensor(
        [
          [2, 3],
          [0, 4],
        ],
        undefined,
        "int32",
      ),
    ],
    (x, i) => nabla.gatherND(x, i),
    /gatherND: index 4 at position 3 is outside \[0, 4\)/,
  ),
  bad(
    "gatherND",
    "a coordinate within another axis",
    () => [ones([3, 4]), tensor([[3, 3]], undefined, "int32")],
    (x, i) => nabla.gatherND(x, i),
    /gatherND: index 3 at position 0 is outside \[0, 3\)/,
  ),
  bad(
    "gatherND",
    "too many coordinates",
    () => [ones([3]), tensor([[0, 0]], undefined, "int32")],
    (x, i) => nabla.gatherND(x, i),
    /gatherND: expected indices with 1 to 1 coordinates on the last axis but received int32\[1, 2\]/,
  ),
  bad(
    "gatherND",
    "float indices",
    of("float32", [3], [1]),
    (x, i) => nabla.gatherND(x, i),
    /gatherND: expected int32 indices but received float32\[1\]; use cast/,
  ),
  bad(
    "scatterND",
    "coordinate",
    () => [tensor([[0], [5]], undefined, "int32"), ones([2])],
    (i, x) => nabla.scatterND(i, x, [5]),
    /scatterND: index 5 at position 1 is outside \[0, 5\)/,
  ),
  bad(
    "scatterND",
    "updates",
    () => [tensor([[0], [1]], undefined, "int32"), ones([3])],
    (i, x) => nabla.scatterND(i, x, [5]),
    /scatterND: expected float32\[2\] for updates but received float32\[3\]/,
  ),
  bad(
    "scatterND",
    "uint8 updates",
    () => [tensor([[0]], undefined, "int32"), ones([1], "uint8")],
    (i, x) => nabla.scatterND(i, x, [5]),
    /scatterND: expected a float or int32 tensor for updates but received uint8\[1\]/,
  ),
  bad(
    "oneHot",
    "axis",
    () => [indices([0])],
    (x) => nabla.oneHot(x, 5, "float32", 2),
    /oneHot: expected an axis in \[-2, 2\) but received 2/,
  ),
  bad(
    "scatterAdd",
    "index",
    () => [ones([2, 2]), indices([0, 5])],
    (x, i) => nabla.scatterAdd(x, i, 3),
    /scatterAdd: index 5 at position 1 is outside \[0, 3\)/,
  ),
  bad(
    "scatterAdd",
    "shapes",
    () => [ones([3, 2]), indices([0, 1])],
    (x, i) => nabla.scatterAdd(x, i, 3),
    /scatterAdd: expected updates \[2, \.\.\.\] for the indices but received float32\[3, 2\]/,
  ),
  bad(
    "scatterAdd",
    "rows",
    () => [ones([2]), indices([0, 1])],
    (x, i) => nabla.scatterAdd(x, i, -3),
    /scatterAdd: expected/,
  ),
  bad(
    "scatterAdd",
    "int32 updates",
    () => [ones([2], "int32"), indices([0, 1])],
    (x, i) => nabla.scatterAdd(x, i, 3),
    /scatterAdd: .*int32\[2\]/,
  ),
  bad(
    "oneHot",
    "index",
    () => [indices([0, 7])],
    (x) => nabla.oneHot(x, 5),
    /oneHot: index 7 at position 1 is outside \[0, 5\)/,
  ),
  bad(
    "oneHot",
    "negative index",
    () => [indices([-2])],
    (x) => nabla.oneHot(x, 5),
    /oneHot: index -2 at position 0 is outside \[0, 5\)/,
  ),
  bad(
    "oneHot",
    "depth",
    () => [indices([0])],
    (x) => nabla.oneHot(x, 0),
    /oneHot: expected a depth of at least 1 but received 0/,
  ),
  bad(
    "oneHot",
    "float",
    of("float32", [2]),
    (x) => nabla.oneHot(x, 5),
    /oneHot: expected uint8 or int32 indices but received float32\[2\]/,
  ),
];

const creation: BadInput[] = [
  ...(["zeros", "ones"] as const).flatMap((op) => [
    bad(
      op,
      "negative",
      none,
      () => nabla[op]([-1]),
      /expected non-negative integers for shape but received \[-1\]/,
    ),
    bad(
      op,
      "dtype",
      none,
      () => nabla[op]([1], any("float16")),
      /expected one of float32, .* for dtype of fill but received float16/,
    ),
    bad(
      op,
      "a number",
      none,
      () => nabla[op](any(3)),
      /expected an array for shape but received number/,
    ),
    bad(
      op,
      "rank 9",
      none,
      () => nabla[op]([1, 1, 1, 1, 1, 1, 1, 1, 1]),
      /expected a rank of at most 8/,
    ),
    bad(
      op,
      "too large",
      none,
      () => nabla[op]([2 ** 40, 2 ** 40]),
      /expected at most 2\^45 elements/,
    ),
    bad(op, "more than there is", none, () => nabla[op]([2 ** 45]), /out of memory/),
  ]),
  bad(
    "fill",
    "value",
    none,
    () => nabla.fill([1], any("1")),
    /fill: expected a number for value but received "1"/,
  ),
  bad(
    "scalar",
    "value",
    none,
    () => nabla.scalar(any("1")),
    /scalar: expected a number for value but received "1"/,
  ),
  bad("eye", "negative", none, () => nabla.eye(-1), /eye: expected rows >= 0 but received -1/),
  bad(
    "eye",
    "fraction",
    none,
    () => nabla.eye(2, 1.5),
    /eye: expected an integer for columns but received 1.5/,
  ),
  bad(
    "range",
    "step",
    none,
    () => nabla.range(0, 1, 0),
    /range: expected a step other than 0 but received 0/,
  ),
  bad("range", "endless", none, () => nabla.range(0, Infinity), /range: expected/),
  bad("range", "too long", none, () => nabla.range(0, 2 ** 45), /range: expected|out of memory/),
  bad(
    "range",
    "fractions as int32",
    none,
    () => nabla.range(0, 1, 0.5, "int32"),
    /expected an int32 integer for values but received 0.5/,
  ),
  bad(
    "linspace",
    "count",
    none,
    () => nabla.linspace(0, 1, 0),
    /linspace: expected a count of at least 1 but received 0/,
  ),
  bad(
    "linspace",
    "too many",
    none,
    () => nabla.linspace(0, 1, 2 ** 45),
    /linspace: expected|out of memory/,
  ),
];

const random: BadInput[] = [
  ...(["randomUniform", "randomNormal", "truncatedNormal"] as const).flatMap((op) => [
    bad(
      op,
      "dtype",
      none,
      () => nabla[op]([2], 0, 1, any("int32")),
      /expected a float dtype for random numbers but received int32/,
    ),
    bad(
      op,
      "shape",
      none,
      () => nabla[op](any("2")),
      /expected an array for shape but received string/,
    ),
    bad(
      op,
      "NaN",
      none,
      () => nabla[op]([2], NaN),
      new RegExp(`${op}: expected a number for (low|mean) but received NaN`),
    ),
  ]),
  bad(
    "randomUniform",
    "bounds",
    none,
    () => nabla.randomUniform([2], 1, 0),
    /randomUniform: expected low <= high but received 1 and 0/,
  ),
  bad(
    "randomNormal",
    "deviation",
    none,
    () => nabla.randomNormal([2], 0, -1),
    /randomNormal: expected a non-negative deviation but received -1/,
  ),
  bad(
    "setSeed",
    "fraction",
    none,
    () => nabla.setSeed(0.5),
    /expected a safe integer for seed but received 0.5/,
  ),
];

const floats = (...shape: number[]): Variable => new Variable(zeros(shape), { name: "weight" });

const updates: BadInput[] = [
  ...(["assign", "assignAdd", "assignSub"] as const).flatMap((op) => [
    bad(
      op,
      "shape",
      () => [floats(2), ones([3])],
      (v, x) => nabla[op](v as Variable, x),
      new RegExp(`${op}: expected float32\\[2\\] for value but received float32\\[3\\]`),
    ),
    bad(
      op,
      "a scalar for a vector",
      () => [floats(2)],
      (v) => nabla[op](v as Variable, 1),
      new RegExp(`${op}: expected float32\\[2\\] for value but received float32\\[\\]`),
    ),
    bad(
      op,
      "dtype",
      () => [floats(2), ones([2], "float64")],
      (v, x) => nabla[op](v as Variable, x),
      new RegExp(`${op}: expected float32\\[2\\] for value but received float64\\[2\\]`),
    ),
    bad(
      op,
      "nothing",
      () => [floats(2)],
      (v) => nabla[op](v as Variable, any(undefined)),
      new RegExp(`${op}: expected a tensor or numbers for value but received undefined`),
    ),
  ]),
  bad(
    "assignAdd",
    "uint8",
    () => [new Variable(ones([2], "uint8")), ones([2], "uint8")],
    (v, x) => nabla.assignAdd(v as Variable, x),
    /assignAdd: expected a float.* tensor for target but received Variable variable uint8\[2\]/,
  ),
  bad(
    "sgdUpdate",
    "gradient",
    () => [floats(2), ones([3]), ones([])],
    (v, g, rate) => ops.sgdUpdate(v as Variable, g, rate),
    /sgdUpdate: expected float32\[2\] for gradient but received float32\[3\]/,
  ),
  bad(
    "sgdUpdate",
    "rate",
    () => [floats(2), ones([2]), ones([1])],
    (v, g, rate) => ops.sgdUpdate(v as Variable, g, rate),
    /sgdUpdate: expected a scalar for rate but received float32\[1\]/,
  ),
  bad(
    "sgdUpdate",
    "no gradient",
    () => [floats(2), ones([])],
    (v, rate) => ops.sgdUpdate(v as Variable, any(undefined), rate),
    /sgdUpdate: expected .* for gradient but received undefined/,
  ),
  bad(
    "sgdUpdate",
    "rate as a number",
    () => [floats(2), ones([2])],
    (v, g) => ops.sgdUpdate(v as Variable, g, any(0.1)),
    /sgdUpdate: expected .* for rate but received 0.1/,
  ),
  bad(
    "momentumUpdate",
    "velocity",
    () => [floats(2), floats(3), ones([2]), ones([])],
    (w, v, g, rate) => ops.momentumUpdate(w as Variable, v as Variable, g, rate, 0.9, false),
    /momentumUpdate: expected float32\[2\] for velocity but received Variable weight float32\[3\]/,
  ),
  bad(
    "momentumUpdate",
    "momentum",
    () => [floats(2), floats(2), ones([2]), ones([])],
    (w, v, g, rate) =>
      ops.momentumUpdate(w as Variable, v as Variable, g, rate, any("high"), false),
    /momentumUpdate: expected a number for momentum but received "high"/,
  ),
  bad(
    "adamUpdate",
    "step",
    () => [floats(2), floats(2), floats(2), ones([2]), ones([]), ones([])],
    (w, m, v, g, rate, step) =>
      ops.adamUpdate(w as Variable, m as Variable, v as Variable, g, rate, step, {
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-7,
      }),
    /adamUpdate: expected .* for step but received float32\[\]/,
  ),
  bad(
    "adamUpdate",
    "no options",
    () => [floats(2), floats(2), floats(2), ones([2]), ones([]), ones([], "int32")],
    (w, m, v, g, rate, step) =>
      ops.adamUpdate(w as Variable, m as Variable, v as Variable, g, rate, step, any(undefined)),
    /adamUpdate: expected .* but received undefined/,
  ),
  bad(
    "adafactorUpdate",
    "vectors",
    () => [floats(2), ones([2]), ones([]), ones([2])],
    (w, g, row, column) => ops.adafactorUpdate(w as Variable, g, row, column),
    /adafactorUpdate: expected a matrix, or several, but received .*float32\[2\]/,
  ),
  bad(
    "adafactorUpdate",
    "factors of columns for rows",
    () => [new Variable(zeros([2, 3])), ones([2, 3]), ones([3]), ones([3])],
    (w, g, row, column) => ops.adafactorUpdate(w as Variable, g, row, column),
    /adafactorUpdate: expected float32\[2\] for row but received float32\[3\]/,
  ),
  bad(
    "adafactorMeans",
    "old means",
    () => [ones([2, 3]), ones([2, 3]), ones([3]), ones([])],
    (x, weight, old, moved) => ops.adafactorMeans(x, weight, old, moved, 1e-30),
    /adafactorMeans: expected float32\[2\] for old but received float32\[3\]/,
  ),
  bad(
    "adafactorMeans",
    "moved",
    () => [ones([2, 3]), ones([2, 3]), ones([2]), ones([], "float64")],
    (x, weight, old, moved) => ops.adafactorMeans(x, weight, old, moved, 1e-30),
    /adafactorMeans: expected float32\[\] for moved but received float64\[\]/,
  ),
  bad(
    "adafactorMeans",
    "weight",
    () => [ones([2, 3]), ones([3, 2]), ones([2]), ones([])],
    (x, weight, old, moved) => ops.adafactorMeans(x, weight, old, moved, 1e-30),
    /adafactorMeans: expected float32\[2, 3\] for weight but received float32\[3, 2\]/,
  ),
  bad(
    "lambMoments",
    "weight",
    () => [floats(2), floats(2), ones([2]), ones([3]), ones([])],
    (m, v, g, w, x) =>
      ops.lambMoments(m as Variable, v as Variable, g, w, { ofMean: x, floor: x }, BETAS),
    /lambMoments: expected float32\[2\] for weight but received float32\[3\]/,
  ),
  bad(
    "lambMoments",
    "floor",
    () => [floats(2), floats(2), ones([2]), ones([2]), ones([]), ones([], "float64")],
    (m, v, g, w, ofMean, floor) =>
      ops.lambMoments(m as Variable, v as Variable, g, w, { ofMean, floor }, BETAS),
    /lambMoments: expected float32\[\] for floor but received float64\[\]/,
  ),
  bad(
    "accumulate",
    "total",
    () => [floats(), ones([2])],
    (v, x) => nabla.accumulate(v as Variable, x),
    /accumulate: expected float64\[\] for total but received Variable weight float32\[\]/,
  ),
  bad(
    "accumulate",
    "values",
    () => [new Variable(0, { dtype: "float64" })],
    (v) => nabla.accumulate(v as Variable, any(1)),
    /accumulate: expected .* for values but received 1/,
  ),
];

const PICTURES = of("float32", [2, 5, 5, 4], [3, 3, 4, 6]);

const affine: BadInput[] = [
  bad(
    "affineTransform",
    "rank",
    of("float32", [2, 3, 3], [2, 8]),
    (x, maps) => nabla.affineTransform(x, maps),
    /affineTransform: expected \[batch, height, width, channels\] for x but received float32\[2, 3, 3\]/,
  ),
  bad(
    "affineTransform",
    "maps",
    of("float32", [2, 3, 3, 1], [2, 6]),
    (x, maps) => nabla.affineTransform(x, maps),
    /affineTransform: expected float32\[2, 8\] for transforms but received float32\[2, 6\]/,
  ),
  bad(
    "affineTransform",
    "fill mode",
    of("float32", [2, 3, 3, 1], [2, 8]),
    (x, maps) => nabla.affineTransform(x, maps, { fillMode: any("mirror") }),
    /affineTransform: expected one of constant, nearest, reflect, wrap for fillMode but received "mirror"/,
  ),
];

const windows: BadInput[] = [
  bad(
    "conv2d",
    "a kernel larger than the pictures",
    of("float32", [1, 2, 5, 1], [3, 3, 1, 2]),
    (x, w) => nabla.conv2d(x, w),
    /conv: expected windows no larger than the padded picture but received a window of 3 places and a picture of 2 on axis 1 of float32\[1, 2, 5, 1\]/,
  ),
  bad(
    "conv2d",
    "strides of zero",
    PICTURES,
    (x, w) => nabla.conv2d(x, w, { strides: 0 }),
    /conv: expected 2 whole numbers from 1 on for strides but received \[0, 0\]/,
  ),
  bad(
    "conv2d",
    "strides of a half",
    PICTURES,
    (x, w) => nabla.conv2d(x, w, { strides: 0.5 }),
    /conv2d: expected a whole number or a list of 2 for strides but received 0.5/,
  ),
  bad(
    "conv2d",
    "three strides",
    PICTURES,
    (x, w) => nabla.conv2d(x, w, { strides: [1, 1, 1] }),
    /conv2d: expected a whole number or a list of 2 for strides but received/,
  ),
  bad(
    "conv2d",
    "no padding of that name",
    PICTURES,
    (x, w) => nabla.conv2d(x, w, { padding: any("full") }),
    /conv2d: expected "valid", "same", .* for padding but received "full"/,
  ),
  bad(
    "conv2d",
    "groups that do not divide the channels",
    PICTURES,
    (x, w) => nabla.conv2d(x, w, { groups: 3 }),
    /conv: expected channels in a multiple of groups, 3, but received float32\[2, 5, 5, 4\]/,
  ),
  bad(
    "conv2d",
    "groups that do not divide the filters",
    of("float32", [2, 5, 5, 8], [3, 3, 2, 6]),
    (x, w) => nabla.conv2d(x, w, { groups: 4 }),
    /conv: expected filters in a multiple of groups, 4, but received float32\[3, 3, 2, 6\]/,
  ),
  bad(
    "conv2d",
    "a kernel of other channels",
    of("float32", [2, 5, 5, 4], [3, 3, 5, 6]),
    (x, w) => nabla.conv2d(x, w),
    /conv: expected a kernel \[..., 4, filters\] for float32\[2, 5, 5, 4\] in 1 groups but received float32\[3, 3, 5, 6\]/,
  ),
  bad(
    "conv2d",
    "two dtypes",
    () => [ones([2, 5, 5, 4]), ones([3, 3, 4, 6], "float64")],
    (x, w) => nabla.conv2d(x, w),
    /conv: expected operands of one dtype but received .* convert one with cast/,
  ),
  bad(
    "conv1d",
    "pictures of two axes",
    of("float32", [2, 5, 5, 4], [3, 4, 6]),
    (x, w) => nabla.conv1d(x, w),
    /conv1d: expected \[batch, width, channels\] for x but received float32\[2, 5, 5, 4\]/,
  ),
  bad(
    "conv3d",
    "a kernel of two axes",
    of("float32", [2, 5, 5, 5, 4], [3, 3, 4, 6]),
    (x, w) => nabla.conv3d(x, w),
    /conv3d: expected \[depth, height, width, channels, filters\] for kernel but received float32\[3, 3, 4, 6\]/,
  ),
  bad(
    "conv2dTranspose",
    "a kernel of other channels",
    PICTURES,
    (x, w) => nabla.conv2dTranspose(x, w),
    /convInputGrad: expected as many channels as filters but received/,
  ),
  bad(
    "depthwiseConv2d",
    "a kernel of other channels",
    of("float32", [2, 5, 5, 4], [3, 3, 3, 1]),
    (x, w) => nabla.depthwiseConv2d(x, w),
    /conv: expected channels in a multiple of groups, 3, but received float32\[2, 5, 5, 4\]/,
  ),
  bad(
    "maxPool",
    "windows larger than the pictures",
    of("float32", [1, 4, 2, 3]),
    (x) => nabla.maxPool(x, 3),
    /maxPool: expected windows no larger than the padded picture but .* on axis 2 of float32\[1, 4, 2, 3\]/,
  ),
  bad(
    "maxPool",
    "bytes",
    of("uint8", [1, 4, 4, 3]),
    (x) => nabla.maxPool(x, 2),
    /maxPool: expected a float tensor for x but received uint8\[1, 4, 4, 3\]/,
  ),
  bad(
    "maxPool",
    "a window that sees padding alone",
    of("float32", [1, 4, 4, 3]),
    (x) => nabla.maxPool(x, 2, { padding: 2 }),
    /maxPool: expected padding that leaves each window some of the picture but received/,
  ),
  bad(
    "maxPool",
    "windows of more places than memory",
    of("float32", [1, 4, 4, 3]),
    (x) => nabla.maxPool(x, [2 ** 30, 2 ** 30], { padding: "same" }),
    /maxPool: expected windows of at most 2\^24 places but received \[1073741824, 1073741824\]/,
  ),
  bad(
    "maxPool",
    "dilations that no offset holds",
    of("float32", [1, 4, 1]),
    (x) => nabla.maxPool(x, 2, { dilationRate: 2 ** 31, strides: 1, padding: [[2 ** 31, 0]] }),
    /maxPool: expected numbers below 2\^31 for dilations but received \[2147483648\]/,
  ),
  bad(
    "maxPool",
    "padding that no offset holds",
    of("float32", [1, 4, 2]),
    (x) => nabla.maxPool(x, 2, { dilationRate: 2 ** 30, strides: 1, padding: [[2 ** 30, 0]] }),
    /maxPool: expected padded pictures of fewer than 2\^31 elements but received/,
  ),
  bad(
    "avgPool",
    "a matrix",
    of("float32", [4, 4]),
    (x) => nabla.avgPool(x, 2),
    /avgPool: expected \[batch, height, width, channels\], .* for x but received float32\[4, 4\]/,
  ),
  bad(
    "pool",
    "no such pooling",
    of("float32", [1, 4, 4, 3]),
    (x) => nabla.pool(x, 2, any("mean")),
    /pool: expected "max" or "avg" for poolingType but received "mean"/,
  ),
];

export const badInputs: readonly BadInput[] = [
  ...unary,
  ...floatOnly,
  ...numberOnly,
  ...binary,
  ...bytes,
  ...choice,
  ...parts,
  ...shapes,
  ...ordering,
  ...reductions,
  ...entropies,
  ...productsAndIndexing,
  ...creation,
  ...random,
  ...updates,
  ...affine,
  ...windows,
];
