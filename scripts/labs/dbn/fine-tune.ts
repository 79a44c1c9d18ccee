/** Fine-tuning: plain SGD on labelled digits, from whatever weights a network has. */

import {
  Dataset,
  type DeepBeliefNetwork,
  type DigitSet,
  Flatten,
  GradientTape,
  Rescaling,
  Sequential,
  type Tensor,
  gradientNorms,
  jit,
  losses,
  metrics,
  optimizers,
  tensor,
  tidy,
} from "nabla";

/** Images of which the gradient is taken to measure its norm. */
const PROBE = 1000;
const TEST_BATCH = 1000;
const CLASSES = 10;

/** The network's classifier of uint8 images. */
export function classifierOf(network: DeepBeliefNetwork): Sequential {
  const layers = network.toClassifier(CLASSES).layers;
  return new Sequential([new Flatten(), new Rescaling(1 / 255), ...layers]);
}

/** The norm of the gradient of the mean loss in each layer with weights, from the first on. */
export function layerNorms(model: Sequential, { images, labels }: DigitSet): number[] {
  return tidy(() => {
    const [x, y] = [images, labels].map((data) => data.slice(0, Math.min(PROBE, data.shape[0])));
    const loss = losses.sparseCategoricalCrossentropy;
    return gradientNorms(model, x, y, { loss }).map(({ norm }) => norm);
  });
}

export interface FineTuning {
  rate: number;
  /** Mean loss of the training images while they were trained on, an epoch each. */
  trainLoss: number[];
  /** After each epoch. */
  testAccuracy: number[];
}

export interface Budget {
  epochs: number;
  batch: number;
}

/** Trains the model by the gradient of each batch's mean loss. */
export function fineTune(
  model: Sequential,
  train: DigitSet,
  test: DigitSet,
  rate: number,
  { epochs, batch }: Budget,
): FineTuning {
  const optimizer = new optimizers.SGD(rate);
  const weights = model.trainableWeights;
  const meanLoss = new metrics.Mean();
  const step = jit((rows: Tensor) => {
    const tape = new GradientTape();
    const { loss, target } = tape.record(() => {
      const predicted = model.forward(train.images.gather(rows));
      const loss = losses.sparseCategoricalCrossentropy(train.labels.gather(rows), predicted);
      return { loss, target: loss.mean() };
    });
    optimizer.applyGradients(tape.gradient(target, weights), weights);
    meanLoss.update(loss);
  });
  const rows = Dataset.fromTensorSlices(tensor(rowNumbers(train)));
  const batches = rows.shuffle(rows.length).batch(batch);
  const result: FineTuning = { rate, trainLoss: [], testAccuracy: [] };
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const numbers of batches) step(numbers);
    result.trainLoss.push(meanLoss.result());
    result.testAccuracy.push(accuracyOf(model, test));
    meanLoss.reset();
  }
  step.dispose();
  return result;
}

/** The share of images whose most probable class is their label. */
function accuracyOf(model: Sequential, test: DigitSet): number {
  const accuracy = new metrics.SparseCategoricalAccuracy();
  const samples = Dataset.fromTensorSlices([test.images, test.labels] as [Tensor, Tensor]);
  for (const [x, y] of samples.batch(TEST_BATCH)) {
    tidy(() => accuracy.update(y, model.forward(x)));
  }
  return accuracy.result();
}

function rowNumbers({ labels }: DigitSet): Int32Array {
  return Int32Array.from({ length: labels.size }, (_, i) => i);
}
