/**
 * The residual network for CIFAR-10 of He et al., "Deep Residual Learning for Image Recognition" (2015),
 * section 4.2.
 */

import {
  Add,
  BatchNormalization,
  Conv2D,
  Dense,
  GlobalAveragePooling2D,
  Layer,
  ReLU,
  type Tensor,
  ZeroPadding2D,
  pad,
  register,
  regularizers,
  stridedSlice,
} from "nabla";

/** The paper's weight decay: this times half the square of each weight. */
const WEIGHT_DECAY = 1e-4;

/**
 * The paper's shortcut "option A" to a block of half the height and width and twice the channels: every
 * second pixel both ways, and zeros for the new channels. It has no weights.
 * x [batch, height, width, channels] -> y [batch, height / 2, width / 2, 2 * channels], rounded up
 */
export class ShortcutA extends Layer {
  forward(x: Tensor): Tensor {
    const half = stridedSlice(x, [0, 0, 0], [null, null, null], [1, 2, 2]);
    return pad(half, [...[0, 1, 2].map((): [number, number] => [0, 0]), [0, x.shape[3]]]);
  }
}

register("ShortcutA", ShortcutA);

/** A convolution that sees one pixel of zeros around its pictures, whatever its strides. */
function convolved(x: Tensor, filters: number, strides: number): Tensor {
  // "same" puts no zeros before the first pixel where strides are 2 and sizes even.
  const padded = strides === 1 ? x : new ZeroPadding2D(1).forward(x);
  const layer = new Conv2D(filters, 3, {
    strides,
    padding: strides === 1 ? "same" : "valid",
    useBias: false, // the normalisation that follows has its own
    kernelInitializer: "heNormal",
    kernelRegularizer: regularizers.l2(WEIGHT_DECAY / 2),
  });
  return normalization().forward(layer.forward(padded));
}

function normalization(): BatchNormalization {
  return new BatchNormalization({ momentum: 0.9, epsilon: 1e-5 });
}

/** Two convolutions beside a shortcut; with `strides` 2 the first halves height and width. */
function block(x: Tensor, filters: number, strides: number): Tensor {
  const inner = new ReLU().forward(convolved(x, filters, strides));
  const y = convolved(inner, filters, 1);
  const shortcut = strides === 1 ? x : new ShortcutA().forward(x);
  return new ReLU().forward(new Add().forward([shortcut, y]));
}

/**
 * The network above an input of a graph: 6n + 2 layers with weights, of 3 for n ResNet-20.
 * @param x symbolic, floats [batch, 32, 32, 3] -> logits [batch, 10]
 */
export function resnet(x: Tensor, n: number): Tensor {
  x = new ReLU().forward(convolved(x, 16, 1));
  for (const filters of [16, 32, 64]) {
    for (let i = 0; i < n; i++) x = block(x, filters, filters > 16 && i === 0 ? 2 : 1);
  }
  const top = new Dense(10, {
    kernelInitializer: "heNormal",
    kernelRegularizer: regularizers.l2(WEIGHT_DECAY / 2),
  });
  return top.forward(new GlobalAveragePooling2D().forward(x));
}
