/** Random networks: layers in a row, or in branches that meet, with data for them. */

import {
  Activation,
  ActivityRegularization,
  Add,
  AlphaDropout,
  Average,
  AveragePooling1D,
  AveragePooling2D,
  BatchNormalization,
  CategoryEncoding,
  CenterCrop,
  Concatenate,
  Conv1D,
  Conv1DTranspose,
  Conv2D,
  Conv2DTranspose,
  Cropping2D,
  Dense,
  DepthwiseConv1D,
  DepthwiseConv2D,
  Discretization,
  Dot,
  Dropout,
  ELU,
  EinsumDense,
  Flatten,
  GaussianNoise,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  GroupNormalization,
  Identity,
  LayerNormalization,
  LeakyReLU,
  MaxPooling1D,
  MaxPooling2D,
  Maximum,
  Minimum,
  Model,
  Multiply,
  Normalization,
  PReLU,
  Permute,
  RMSNormalization,
  RandomBrightness,
  RandomContrast,
  RandomCrop,
  RandomFlip,
  RandomRotation,
  RandomTranslation,
  RandomZoom,
  ReLU,
  Rescaling,
  Resizing,
  SeparableConv1D,
  SeparableConv2D,
  Sequential,
  Softmax,
  SpatialDropout2D,
  Subtract,
  UnitNormalization,
  UpSampling1D,
  UpSampling2D,
  ZeroPadding1D,
  ZeroPadding2D,
  type DType,
  type Layer,
  type Tensor,
  input,
  tensor,
} from "../../src";
import type { Choices } from "../helpers/choices";
import { type DrawnLoss, LOSSES, drawTargets } from "./training";

/** A layer of a dtype. Made twice with the same choices it is the same layer. */
interface DrawnLayer {
  readonly text: string;
  readonly make: (dtype: DType) => Layer;
  /** Whether it draws numbers in training. */
  readonly isNoise?: boolean;
  /** Whether training goes by the batch's statistics, and keeps them. */
  readonly hasStatistics?: boolean;
}

export interface Network {
  readonly text: string;
  readonly loss: DrawnLoss;
  readonly inputShape: readonly number[];
  /** Whether training draws numbers. */
  readonly isNoisy: boolean;
  /** Whether training goes by the batch's statistics. */
  readonly hasStatistics: boolean;
  /** A model without weights yet. */
  readonly make: (dtype: DType) => Model;
}

export const ACTIVATIONS = [
  "linear",
  "relu",
  "sigmoid",
  "tanh",
  "softplus",
  "elu",
  "mish",
  "silu",
  "selu",
  "leakyRelu",
  "softsign",
  "hardSigmoid",
] as const;

/** Layers that may follow whatever the rank. */
function drawAny(choices: Choices): DrawnLayer {
  const activation = choices.pick([...ACTIVATIONS, "softmax"] as const);
  const rate = choices.pick([0.2, 0.5]);
  const scale = choices.pick([0.5, 2]);
  return choices.pick<DrawnLayer>([
    { text: `Activation ${activation}`, make: (dtype) => new Activation(activation, { dtype }) },
    { text: `Activation ${activation}`, make: (dtype) => new Activation(activation, { dtype }) },
    { text: "Dropout", make: (dtype) => new Dropout(rate, { dtype }), isNoise: true },
    { text: "GaussianNoise", make: (dtype) => new GaussianNoise(rate, { dtype }), isNoise: true },
    { text: "AlphaDropout", make: (dtype) => new AlphaDropout(rate, { dtype }), isNoise: true },
    { text: `Rescaling ${scale}`, make: (dtype) => new Rescaling(scale, { dtype }) },
    { text: "LeakyReLU", make: (dtype) => new LeakyReLU({ dtype }) },
    { text: "ELU", make: (dtype) => new ELU({ dtype }) },
    { text: "PReLU", make: (dtype) => new PReLU({ dtype, alphaInitializer: "ones" }) },
    { text: "ReLU", make: (dtype) => new ReLU({ dtype, maxValue: 1 }) },
    { text: "Softmax", make: (dtype) => new Softmax({ dtype }) },
    { text: "Identity", make: (dtype) => new Identity({ dtype }) },
    {
      // Of one channel near 0 it gives a sign, whose slope is rounding alone.
      text: "UnitNormalization",
      make: (dtype) =>
        new Sequential([new Rescaling(1, { offset: 3, dtype }), new UnitNormalization({ dtype })], {
          dtype,
        }),
    },
    {
      text: "ActivityRegularization",
      make: (dtype) => new ActivityRegularization({ l2: 0.1, dtype }),
    },
    {
      text: "LayerNormalization",
      make: (dtype) => new LayerNormalization({ dtype, epsilon: 0.1 }),
    },
    {
      text: "Normalization",
      make: (dtype) => new Normalization({ axis: null, mean: 0.3, variance: 2, dtype }),
    },
    { text: "RMSNormalization", make: (dtype) => new RMSNormalization({ dtype, epsilon: 0.1 }) },
    {
      text: "GroupNormalization",
      make: (dtype) => new GroupNormalization({ groups: 1, dtype, epsilon: 0.1 }),
    },
    {
      text: "BatchNormalization",
      make: (dtype) => new BatchNormalization({ dtype, epsilon: 0.1 }),
      hasStatistics: true,
    },
  ]);
}

const CONSTRAINTS = ["nonNeg", "maxNorm", "minMaxNorm"] as const;

function drawDense(choices: Choices, units = choices.pick([1, 2, 3, 5, 8])): DrawnLayer {
  const options = {
    activation: choices.pick(ACTIVATIONS),
    useBias: choices.happens(0.8),
    ...(choices.happens(0.2) ? { kernelRegularizer: "l2" as const } : {}),
    ...(choices.happens(0.1) ? { activityRegularizer: "l2" as const } : {}),
    ...(choices.happens(0.1) ? { kernelConstraint: choices.pick(CONSTRAINTS) } : {}),
  };
  return {
    text: `Dense ${units} ${JSON.stringify(options)}`,
    make: (dtype) => new Dense(units, { ...options, dtype }),
  };
}

/** Layers of pictures [height, width, channels] that leave pictures of at least one cell. */
function drawPictures(choices: Choices): DrawnLayer {
  const filters = choices.pick([1, 2, 4]);
  const options = {
    activation: choices.pick(ACTIVATIONS),
    padding: "same" as const,
    strides: choices.pick([1, 2]),
    useBias: choices.happens(0.8),
  };
  const size = choices.pick([2, 3]);
  const pool = { padding: "same" as const };
  const text = JSON.stringify(options);
  const interpolation = choices.pick([
    "nearest",
    "bilinear",
    "bicubic",
    "lanczos3",
    "lanczos5",
  ] as const);
  const resized = {
    interpolation,
    antialias: choices.happens(0.3),
    cropToAspectRatio: choices.happens(0.3),
  };
  if (choices.happens(0.2)) return drawAugmentation(choices);
  return choices.pick<DrawnLayer>([
    {
      text: `Conv2D ${filters} ${text}`,
      make: (dtype) => new Conv2D(filters, 3, { ...options, dtype }),
    },
    { text: `Conv2D 1x1 ${text}`, make: (dtype) => new Conv2D(filters, 1, { ...options, dtype }) },
    {
      text: `DepthwiseConv2D ${text}`,
      make: (dtype) => new DepthwiseConv2D(3, { ...options, dtype }),
    },
    {
      text: `SeparableConv2D ${text}`,
      make: (dtype) => new SeparableConv2D(filters, 3, { ...options, dtype }),
    },
    {
      text: `Conv2DTranspose ${text}`,
      make: (dtype) => new Conv2DTranspose(filters, 2, { ...options, dtype }),
    },
    { text: "ZeroPadding2D", make: (dtype) => new ZeroPadding2D(1, { dtype }) },
    {
      text: `UpSampling2D ${interpolation}`,
      make: (dtype) => new UpSampling2D(2, { interpolation, dtype }),
    },
    { text: "CenterCrop", make: (dtype) => new CenterCrop(3, 4, { dtype }) },
    {
      text: `Resizing ${JSON.stringify(resized)}`,
      make: (dtype) => new Resizing(5, 4, { ...resized, dtype }),
    },
    {
      text: "Cropping2D",
      make: (dtype) =>
        new Cropping2D(
          [
            [0, 0],
            [0, 0],
          ],
          { dtype },
        ),
    },
    { text: "Permute", make: (dtype) => new Permute([2, 1, 3], { dtype }) },
    {
      text: "SpatialDropout2D",
      make: (dtype) => new SpatialDropout2D(0.3, { dtype }),
      isNoise: true,
    },
    { text: "MaxPooling2D", make: (dtype) => new MaxPooling2D(size, { ...pool, dtype }) },
    { text: "AveragePooling2D", make: (dtype) => new AveragePooling2D(size, { ...pool, dtype }) },
  ]);
}

/** Layers that change pictures in training. */
function drawAugmentation(choices: Choices): DrawnLayer {
  const mode = choices.pick(["horizontal", "vertical", "horizontalAndVertical"] as const);
  const fillMode = choices.pick(["constant", "nearest", "reflect", "wrap"] as const);
  const valueRange = [-2, 2];
  const drawn = choices.pick<DrawnLayer>([
    { text: `RandomFlip ${mode}`, make: (dtype) => new RandomFlip(mode, { dtype }) },
    {
      text: `RandomTranslation ${fillMode}`,
      make: (dtype) => new RandomTranslation(0.3, [0, 0.5], { fillMode, dtype }),
    },
    {
      text: `RandomRotation ${fillMode}`,
      make: (dtype) => new RandomRotation(0.3, { fillMode, dtype }),
    },
    { text: `RandomZoom ${fillMode}`, make: (dtype) => new RandomZoom(0.3, { fillMode, dtype }) },
    { text: "RandomContrast", make: (dtype) => new RandomContrast(0.5, { valueRange, dtype }) },
    {
      text: "RandomBrightness",
      make: (dtype) => new RandomBrightness(0.2, { valueRange, dtype }),
    },
    {
      // By itself it crops in training alone.
      text: "RandomCrop, Resizing",
      make: (dtype) =>
        new Sequential([new RandomCrop(3, 2, { dtype }), new Resizing(3, 2, { dtype })], { dtype }),
    },
  ]);
  return { ...drawn, isNoise: true };
}

/** Numbers by bins, ahead of all else: a rounding error must not decide on a bin. */
function drawBins(choices: Choices): DrawnLayer[] {
  const binBoundaries = [-0.5, 0, 0.5];
  const outputMode = choices.pick(["multiHot", "count"] as const);
  if (choices.happens(0.5)) {
    return [
      {
        text: `Discretization ${outputMode}`,
        make: (dtype) => new Discretization({ binBoundaries, outputMode, dtype }),
      },
    ];
  }
  return [
    { text: "Discretization", make: (dtype) => new Discretization({ binBoundaries, dtype }) },
    {
      text: `CategoryEncoding ${outputMode}`,
      make: (dtype) => new CategoryEncoding(4, { outputMode, dtype }),
    },
  ];
}

/** Layers of series [steps, channels]. */
function drawSeries(choices: Choices): DrawnLayer {
  const filters = choices.pick([1, 2, 4]);
  const padding = choices.pick(["same", "causal"] as const);
  return choices.pick<DrawnLayer>([
    {
      text: `Conv1D ${filters} ${padding}`,
      make: (dtype) => new Conv1D(filters, 3, { padding, activation: "tanh", dtype }),
    },
    {
      text: `Conv1DTranspose ${filters}`,
      make: (dtype) => new Conv1DTranspose(filters, 2, { strides: 2, dtype }),
    },
    {
      text: "SeparableConv1D",
      make: (dtype) => new SeparableConv1D(filters, 3, { padding: "same", dtype }),
    },
    {
      text: "DepthwiseConv1D",
      make: (dtype) => new DepthwiseConv1D(3, { padding: "same", activation: "relu", dtype }),
    },
    { text: "UpSampling1D", make: (dtype) => new UpSampling1D(2, { dtype }) },
    { text: "ZeroPadding1D", make: (dtype) => new ZeroPadding1D(1, { dtype }) },
    {
      text: `EinsumDense ${filters}`,
      make: (dtype) => new EinsumDense("abc,cd->abd", [null, filters], { biasAxes: "d", dtype }),
    },
    {
      text: "AveragePooling1D",
      make: (dtype) => new AveragePooling1D(2, { padding: "same", dtype }),
    },
    {
      text: "MaxPooling1D",
      make: (dtype) => new MaxPooling1D(2, { padding: "same", dtype }),
    },
  ]);
}

function drawToRows(choices: Choices, rank: number): DrawnLayer {
  const dataFormat = choices.pick(["channelsFirst", "channelsLast"] as const);
  const flatten: DrawnLayer = {
    text: `Flatten ${dataFormat}`,
    make: (dtype) => new Flatten({ dataFormat, dtype }),
  };
  if (rank === 3) {
    return choices.pick<DrawnLayer>([
      flatten,
      { text: "GlobalAveragePooling2D", make: (dtype) => new GlobalAveragePooling2D({ dtype }) },
      { text: "GlobalMaxPooling2D", make: (dtype) => new GlobalMaxPooling2D({ dtype }) },
    ]);
  }
  return choices.pick<DrawnLayer>([
    flatten,
    { text: "GlobalAveragePooling1D", make: (dtype) => new GlobalAveragePooling1D({ dtype }) },
  ]);
}

function drawBody(choices: Choices, rank: number): DrawnLayer[] {
  const layers = rank === 1 && choices.happens(0.15) ? drawBins(choices) : [];
  const draw = rank === 3 ? drawPictures : rank === 2 ? drawSeries : (c: Choices) => drawDense(c);
  for (let i = choices.integer(1, 4); i > 0; i--) {
    layers.push(choices.happens(0.35) ? drawAny(choices) : draw(choices));
  }
  if (rank > 1) layers.push(drawToRows(choices, rank));
  return layers;
}

export const CLASSES = 3;

export function drawNetwork(choices: Choices): Network {
  const inputShape = choices.pick([[4], [7], [6, 3], [5, 4, 2], [6, 6, 1]]);
  const loss = choices.pick(LOSSES);
  const { end } = loss;
  const body = drawBody(choices, inputShape.length);
  const branch = choices.happens(0.3) ? drawBody(choices, inputShape.length) : null;
  const head: DrawnLayer[] = [drawDense(choices, CLASSES)];
  if (end !== undefined) {
    head.push({ text: end, make: (dtype) => new Activation(end, { dtype }) });
  }
  // Merge layers but Concatenate take results of one shape: both branches end in as many units.
  const merge = drawMerge(choices);
  if (branch !== null && merge.text !== "Concatenate") {
    for (const side of [body, branch]) side.push(drawDense(choices, 4));
  }
  const make = (dtype: DType): Model => {
    const made = (layers: readonly DrawnLayer[]): Layer[] => layers.map((one) => one.make(dtype));
    if (branch === null) return new Sequential(made([...body, ...head]), { dtype });
    const x = input({ shape: inputShape, dtype });
    const run = (layers: readonly Layer[], from: Tensor): Tensor =>
      layers.reduce<Tensor>((y, layer) => layer.apply(y as never) as Tensor, from);
    const join = new Sequential(made(head), { dtype });
    const sides = [run(made(body), x), run(made(branch), x)];
    const joined = merge.make(dtype).apply(sides as never) as Tensor;
    return new Model({ inputs: x, outputs: join.apply(joined) });
  };
  const drawn = [...body, ...(branch ?? []), ...head];
  const beside =
    branch === null ? [] : [{ text: `| ${merge.text} with` }, ...branch, { text: "|" }];
  const all = [...body, ...beside, ...head];
  const text = [
    `input ${String(inputShape)}, loss ${loss.text}`,
    ...all.map((one) => one.text),
  ].join("\n");
  const isNoisy = drawn.some((one) => one.isNoise);
  const hasStatistics = drawn.some((one) => one.hasStatistics);
  return { text, loss, inputShape, isNoisy, hasStatistics, make };
}

function drawMerge(choices: Choices): DrawnLayer {
  return choices.pick<DrawnLayer>([
    { text: "Concatenate", make: (dtype) => new Concatenate({ dtype }) },
    { text: "Add", make: (dtype) => new Add({ dtype }) },
    { text: "Subtract", make: (dtype) => new Subtract({ dtype }) },
    { text: "Multiply", make: (dtype) => new Multiply({ dtype }) },
    { text: "Average", make: (dtype) => new Average({ dtype }) },
    { text: "Maximum", make: (dtype) => new Maximum({ dtype }) },
    { text: "Minimum", make: (dtype) => new Minimum({ dtype }) },
    { text: "Dot", make: (dtype) => new Dot(1, { dtype }) },
  ]);
}

/** Samples and targets or labels for a network; a tenth of them with NaN or infinities. */
export function drawSamples(
  choices: Choices,
  { inputShape, loss }: Network,
  samples: number,
): { x: number[]; xShape: number[]; y: number[]; yShape: number[]; yType: DType } {
  const size = inputShape.reduce((a, b) => a * b, samples);
  const x = Array.from({ length: size }, () => Math.fround(choices.unit() * 2 - 1));
  if (choices.happens(0.1)) {
    for (let i = choices.integer(1, 3); i > 0; i--) {
      x[choices.integer(0, size - 1)] = choices.pick([Infinity, -Infinity, NaN]);
    }
  }
  const xShape = [samples, ...inputShape];
  return { x, xShape, ...drawTargets(choices, loss.targets, samples, CLASSES) };
}

export function toTensor(
  values: readonly number[],
  shape: readonly number[],
  dtype: DType,
): Tensor {
  return tensor([...values], [...shape], dtype);
}
