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

export interface ResnetOptions {
  /** The loss has this times half the square of each weight; 1e-4, the paper's. */
  weightDecay?: number;
}

type Penalty = regularizers.Regularizer | null;

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
function convolved(x: Tensor, filters: number, strides: number, penalty: Penalty): Tensor {
  // "same" puts no zeros before the first pixel where strides are 2 and sizes even.
  const padded = strides === 1 ? x : new ZeroPadding2D(1).forward(x);
  const layer = new Conv2D(filters, 3, {
    strides,
    padding: strides === 1 ? "same" : "valid",
    useBias: false, // the normalisation that follows has its own
    kernelInitializer: "heNormal",
    kernelRegularizer: penalty,
  });
  return normalization().forward(layer.forward(padded));
}

function normalization(): BatchNormalization {
  return new BatchNormalization({ momentum: 0.9, epsilon: 1e-5 });
}

/** Two convolutions beside a shortcut; with `strides` 2 the first halves height and width. */
function block(x: Tensor, filters: number, strides: number, penalty: Penalty): Tensor {
  const inner = new ReLU().forward(convolved(x, filters, strides, penalty));
  const y = convolved(inner, filters, 1, penalty);
  const shortcut = strides === 1 ? x : new ShortcutA().forward(x);
  return new ReLU().forward(new Add().forward([shortcut, y]));
}

/**
 * The network above an input of a graph: 6n + 2 layers with weights, of 3 for n ResNet-20.
 * @param x symbolic, floats [batch, 32, 32, 3] -> logits [batch, 10]
 */
export function resnet(x: Tensor, n: number, { weightDecay = 1e-4 }: ResnetOptions = {}): Tensor {
  const penalty = weightDecay === 0 ? null : regularizers.l2(weightDecay / 2);
  x = new ReLU().forward(convolved(x, 16, 1, penalty));
  for (const filters of [16, 32, 64]) {
    for (let i = 0; i < n; i++) {
      x = block(x, filters, filters > 16 && i === 0 ? 2 : 1, penalty);
    }
  }
  const top = new Dense(10, { kernelInitializer: "heNormal", kernelRegularizer: penalty });
  return top.forward(new GlobalAveragePooling2D().forward(x));
}
