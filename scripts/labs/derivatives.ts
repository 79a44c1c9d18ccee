/** The formulas of the local derivatives: of activations, losses and the fully connected layer. */

import { Activation, type Tensor, losses, matMul, randomNormal, sigmoid } from "nabla";

/** A function y = f(x), and the formula that makes dx of dy, the gradient of its result. */
export interface Local {
  name: string;
  formula: string;
  f: (x: Tensor) => Tensor;
  derivative: (dy: Tensor, x: Tensor, y: Tensor) => Tensor;
  x: Tensor;
}

type Formulas = Record<string, [formula: string, derivative: Local["derivative"]]>;

const positive = (x: Tensor): Tensor => x.greater(0);
const rowSum = (x: Tensor): Tensor => x.sum(-1, true);
/** The gradient of one loss a sample, as a column beside its predictions. */
const column = (dy: Tensor): Tensor => dy.expandDims(-1);

const ACTIVATIONS: Formulas = {
  linear: ["dx = dy", (dy) => dy],
  relu: ["dx = dy where y > 0, else 0", (dy, _x, y) => dy.mul(positive(y).cast("float64"))],
  sigmoid: ["dx = dy y (1 - y)", (dy, _x, y) => dy.mul(y).mul(y.neg().add(1))],
  tanh: ["dx = dy (1 - y²)", (dy, _x, y) => dy.mul(y.square().neg().add(1))],
  softmax: ["dx = y (dy - Σ dy y)", (dy, _x, y) => y.mul(dy.sub(rowSum(dy.mul(y))))],
  logSoftmax: ["dx = dy - e^y Σ dy", (dy, _x, y) => dy.sub(y.exp().mul(rowSum(dy)))],
  softplus: ["dx = dy sigmoid(x)", (dy, x) => dy.mul(sigmoid(x))],
  softsign: ["dx = dy / (1 + |x|)²", (dy, x) => dy.div(x.abs().add(1).square())],
  exponential: ["dx = dy y", (dy, _x, y) => dy.mul(y)],
  elu: [
    "dx = dy where x > 0, else dy (y + 1)",
    (dy, x, y) => dy.where(positive(x), dy.mul(y.add(1))),
  ],
  leakyRelu: ["dx = dy where x > 0, else 0.2 dy", (dy, x) => dy.where(positive(x), dy.mul(0.2))],
  silu: [
    "dx = dy (s + y (1 - s)), s = sigmoid(x)",
    (dy, x, y) => dy.mul(sigmoid(x).add(y.mul(sigmoid(x).neg().add(1)))),
  ],
};

export function activationDerivatives(): Local[] {
  const x = randomNormal([6, 8], 0, 1.5, "float64");
  return Object.entries(ACTIVATIONS).map(([name, [formula, derivative]]) => {
    const layer = new Activation(name as "relu");
    return { name, formula, f: (x) => layer.forward(x), derivative, x };
  });
}

/** t: targets, p: predictions, z: logits, n: predictions a sample; each loss one value a sample. */
export function lossDerivatives(labels: Tensor, logits: Tensor): Local[] {
  const classes = logits.shape[1];
  const p = logits.softmax();
  const onehot = labels.oneHot(classes, "float64");
  const t = randomNormal(logits.shape, 0, 1, "float64").softmax();
  const fromLogits = { fromLogits: true };
  const complement = (x: Tensor): Tensor => x.neg().add(1);
  return [
    {
      name: "sparse cross-entropy of p",
      formula: "dp = dy (1 / Σ p - onehot(t) / p)",
      f: (p) => losses.sparseCategoricalCrossentropy(labels, p),
      derivative: (dy, p) => column(dy).mul(rowSum(p).reciprocal().sub(onehot.div(p))),
      x: p,
    },
    {
      name: "sparse cross-entropy of z",
      formula: "dz = dy (softmax(z) - onehot(t))",
      f: (z) => losses.sparseCategoricalCrossentropy(labels, z, fromLogits),
      derivative: (dy, z) => column(dy).mul(z.softmax().sub(onehot)),
      x: logits,
    },
    {
      name: "cross-entropy of p",
      formula: "dp = dy (Σ t / Σ p - t / p)",
      f: (p) => losses.categoricalCrossentropy(t, p),
      derivative: (dy, p) => column(dy).mul(rowSum(t).div(rowSum(p)).sub(t.div(p))),
      x: p,
    },
    {
      name: "cross-entropy of z",
      formula: "dz = dy (Σ t softmax(z) - t)",
      f: (z) => losses.categoricalCrossentropy(t, z, fromLogits),
      derivative: (dy, z) => column(dy).mul(rowSum(t).mul(z.softmax()).sub(t)),
      x: logits,
    },
    {
      name: "binary cross-entropy of p",
      formula: "dp = dy ((1 - t) / (1 - p) - t / p) / n",
      f: (p) => losses.binaryCrossentropy(t, p),
      derivative: (dy, p) =>
        column(dy).mul(complement(t).div(complement(p)).sub(t.div(p)).div(classes)),
      x: p,
    },
    {
      name: "binary cross-entropy of z",
      formula: "dz = dy (sigmoid(z) - t) / n",
      f: (z) => losses.binaryCrossentropy(t, z, fromLogits),
      derivative: (dy, z) => column(dy).mul(sigmoid(z).sub(t).div(classes)),
      x: logits,
    },
    {
      name: "mean squared error",
      formula: "dp = 2 dy (p - t) / n",
      f: (p) => losses.meanSquaredError(t, p),
      derivative: (dy, p) => column(dy).mul(p.sub(t).mul(2 / classes)),
      x: logits,
    },
    {
      name: "mean absolute error",
      formula: "dp = dy sign(p - t) / n",
      f: (p) => losses.meanAbsoluteError(t, p),
      derivative: (dy, p) => column(dy).mul(p.sub(t).sign().div(classes)),
      x: logits,
    },
  ];
}

/** z = x W + b, by each of the three. */
export function denseDerivatives(x: Tensor, kernel: Tensor, bias: Tensor): Local[] {
  const layer = (x: Tensor, kernel: Tensor, bias: Tensor): Tensor => matMul(x, kernel).add(bias);
  return [
    {
      name: "dense by x",
      formula: "dx = dz Wᵀ",
      f: (x) => layer(x, kernel, bias),
      derivative: (dz) => matMul(dz, kernel, false, true),
      x,
    },
    {
      name: "dense by W",
      formula: "dW = xᵀ dz",
      f: (kernel) => layer(x, kernel, bias),
      derivative: (dz) => matMul(x, dz, true, false),
      x: kernel,
    },
    {
      name: "dense by b",
      formula: "db = Σ dz over the samples",
      f: (bias) => layer(x, kernel, bias),
      derivative: (dz) => dz.sum(0),
      x: bias,
    },
  ];
}
