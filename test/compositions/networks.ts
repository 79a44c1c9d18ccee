/** Random networks: layers in a row, or in branches that meet, with data for them. */

import {
  Activation,
  AveragePooling2D,
  Conv1D,
  Conv2D,
  Conv2DTranspose,
  type DType,
  Dense,
  DepthwiseConv2D,
  Dropout,
  Flatten,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  type Layer,
  MaxPooling1D,
  MaxPooling2D,
  Model,
  Rescaling,
  SeparableConv2D,
  Sequential,
  type Tensor,
  concat,
  input,
  tensor,
} from "../../src";
import type { Choices } from "../helpers/choices";

/** A layer of a dtype. Made twice with the same choices it is the same layer. */
interface DrawnLayer {
  readonly text: string;
  readonly make: (dtype: DType) => Layer;
}

export interface Network {
  readonly text: string;
  readonly loss: string;
  readonly inputShape: readonly number[];
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
    { text: "Dropout", make: (dtype) => new Dropout(rate, { dtype }) },
    { text: `Rescaling ${scale}`, make: (dtype) => new Rescaling(scale, { dtype }) },
  ]);
}

function drawDense(choices: Choices, units = choices.pick([1, 2, 3, 5, 8])): DrawnLayer {
  const options = {
    activation: choices.pick(ACTIVATIONS),
    useBias: choices.happens(0.8),
    ...(choices.happens(0.2) ? { kernelRegularizer: "l2" as const } : {}),
    ...(choices.happens(0.1) ? { activityRegularizer: "l2" as const } : {}),
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
    { text: "MaxPooling2D", make: (dtype) => new MaxPooling2D(size, { ...pool, dtype }) },
    { text: "AveragePooling2D", make: (dtype) => new AveragePooling2D(size, { ...pool, dtype }) },
  ]);
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
      text: "MaxPooling1D",
      make: (dtype) => new MaxPooling1D(2, { padding: "same", dtype }),
    },
  ]);
}

function drawToRows(choices: Choices, rank: number): DrawnLayer {
  const flatten: DrawnLayer = { text: "Flatten", make: (dtype) => new Flatten({ dtype }) };
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
  const layers: DrawnLayer[] = [];
  const draw = rank === 3 ? drawPictures : rank === 2 ? drawSeries : (c: Choices) => drawDense(c);
  for (let i = choices.integer(1, 4); i > 0; i--) {
    layers.push(choices.happens(0.35) ? drawAny(choices) : draw(choices));
  }
  if (rank > 1) layers.push(drawToRows(choices, rank));
  return layers;
}

const LOSSES = ["meanSquaredError", "meanAbsoluteError", "huber", "sparseCategoricalCrossentropy"];

const CLASSES = 3;

export function drawNetwork(choices: Choices): Network {
  const inputShape = choices.pick([[4], [7], [6, 3], [5, 4, 2], [6, 6, 1]]);
  const loss = choices.pick(LOSSES);
  const isClassifier = loss.startsWith("sparse");
  const body = drawBody(choices, inputShape.length);
  const branch = choices.happens(0.3) ? drawBody(choices, inputShape.length) : null;
  const head: DrawnLayer[] = [drawDense(choices, CLASSES)];
  if (isClassifier) {
    head.push({ text: "softmax", make: (dtype) => new Activation("softmax", { dtype }) });
  }
  const make = (dtype: DType): Model => {
    const made = (layers: readonly DrawnLayer[]): Layer[] => layers.map((one) => one.make(dtype));
    if (branch === null) return new Sequential(made([...body, ...head]), { dtype });
    const x = input({ shape: inputShape, dtype });
    const run = (layers: readonly Layer[], from: Tensor): Tensor =>
      layers.reduce<Tensor>((y, layer) => layer.apply(y as never) as Tensor, from);
    const join = new Sequential(made(head), { dtype });
    const joined = new Join({ dtype }).apply([run(made(body), x), run(made(branch), x)]);
    return new Model({ inputs: x, outputs: join.apply(joined) });
  };
  const all = [...body, ...(branch === null ? [] : [{ text: "| beside" }, ...branch]), ...head];
  const text = [`input ${String(inputShape)}, loss ${loss}`, ...all.map((one) => one.text)].join(
    "\n",
  );
  return { text, loss, inputShape, make };
}

/** Rows side by side. */
class Join extends Model<Tensor[]> {
  override forward([a, b]: Tensor[]): Tensor {
    return concat([a, b], 1);
  }
}

/** Samples and targets or labels for a network. */
export function drawSamples(
  choices: Choices,
  { inputShape, loss }: Network,
  samples: number,
): { x: number[]; xShape: number[]; y: number[]; yShape: number[]; yType: DType } {
  const size = inputShape.reduce((a, b) => a * b, samples);
  const x = Array.from({ length: size }, () => Math.fround(choices.unit() * 2 - 1));
  const xShape = [samples, ...inputShape];
  if (loss.startsWith("sparse")) {
    const y = Array.from({ length: samples }, () => choices.integer(0, CLASSES - 1));
    return { x, xShape, y, yShape: [samples], yType: "int32" };
  }
  const y = Array.from({ length: samples * CLASSES }, () => Math.fround(choices.unit()));
  return { x, xShape, y, yShape: [samples, CLASSES], yType: "float32" };
}

export function toTensor(
  values: readonly number[],
  shape: readonly number[],
  dtype: DType,
): Tensor {
  return tensor([...values], [...shape], dtype);
}
