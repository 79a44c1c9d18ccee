/** The measured training step in nabla: gather, forward, loss, backward, SGD, no metrics. */

import {
  Dense,
  GradientTape,
  Rescaling,
  Sequential,
  Tensor,
  losses,
  optimizers,
  tensor,
} from "nabla";

import type { Sizes } from "./network";

export interface StepData {
  /** uint8 [samples, 784] */
  images: Tensor;
  /** uint8 [samples] */
  labels: Tensor;
}

export interface TrainingStep {
  model: Sequential;
  /** Trains on the rows of these numbers, by the gradient of their summed loss. */
  step: (rows: Tensor) => void;
  /** Mean loss of these rows. */
  loss: (rows: Tensor) => number;
}

/** A classifier of ReLU layers over pixels 0 ... 255, its weights built. */
export function classifier(sizes: Sizes): Sequential {
  const model = new Sequential([new Rescaling(1 / 255), ...denseLayers(sizes)]);
  return model.build([null, sizes[0]]);
}

/** The same over floats in [0, 1]. */
export function floatClassifier(sizes: Sizes): Sequential {
  return new Sequential(denseLayers(sizes)).build([null, sizes[0]]);
}

function denseLayers(sizes: Sizes): Dense[] {
  const hidden = sizes.slice(1, -1).map((units) => new Dense(units, { activation: "relu" }));
  return [...hidden, new Dense(sizes[sizes.length - 1], { activation: "softmax" })];
}

export function trainingStep(sizes: Sizes, rate: number, data: StepData): TrainingStep {
  const { images, labels } = data;
  const model = classifier(sizes);
  const weights = model.trainableWeights;
  const optimizer = new optimizers.SGD(rate);
  const lossesOf = (rows: Tensor): Tensor => {
    const predicted = model.forward(images.gather(rows));
    return losses.sparseCategoricalCrossentropy(labels.gather(rows), predicted);
  };
  const step = (rows: Tensor): void => {
    const tape = new GradientTape();
    const loss = tape.record(() => lossesOf(rows));
    optimizer.applyGradients(tape.gradient(loss, weights), weights);
  };
  return { model, step, loss: (rows) => lossesOf(rows).mean().item() };
}

/** Row numbers in whole batches, int32 [size] each. */
export function batchesOf(rows: Int32Array, size: number): Tensor[] {
  return Array.from({ length: Math.floor(rows.length / size) }, (_, i) =>
    tensor(rows.slice(i * size, (i + 1) * size)),
  );
}
