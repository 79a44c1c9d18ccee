/** Keras' convolutional network for MNIST, from pictures [batch, 28, 28, 1] to logits [batch, 10]. */

import {
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  GradientTape,
  type JitFunction,
  MaxPooling2D,
  Sequential,
  type Tensor,
  jit,
  losses,
  optimizers,
} from "nabla";

/** @param dropout rate before the last layer */
export function convnet(dropout: number): Sequential {
  return new Sequential([
    new Conv2D(32, 3, { activation: "relu" }),
    new MaxPooling2D(2),
    new Conv2D(64, 3, { activation: "relu" }),
    new MaxPooling2D(2),
    new Flatten(),
    new Dropout(dropout),
    new Dense(10),
  ]).build([null, 28, 28, 1]);
}

/** A step of its training by Adam, captured: pictures, and their labels [batch]. */
export function convnetStep(): JitFunction<[x: Tensor, labels: Tensor], void> {
  const model = convnet(0.5);
  const weights = model.train().trainableWeights;
  const optimizer = new optimizers.Adam();
  return jit((x: Tensor, labels: Tensor) => {
    const tape = new GradientTape();
    const loss = tape.record(() =>
      losses.sparseCategoricalCrossentropy(labels, model.forward(x), { fromLogits: true }).mean(),
    );
    optimizer.applyGradients(tape.gradient(loss, weights), weights);
  });
}

/** What a plan takes while it runs, as its listing tells. */
export function bytesOf(plan: string): { arena: number; workspace: number } {
  const [, workspace, arena] = /workspace: (\d+) bytes a thread\narena: (\d+) bytes/.exec(plan)!;
  return { arena: Number(arena), workspace: Number(workspace) };
}
