/** The loss that is descended: the tutorial's network on the first training images. */

import {
  Dense,
  type DigitSet,
  Flatten,
  Generator,
  GradientTape,
  Rescaling,
  Sequential,
  type Tensor,
  cast,
  losses,
  setSeed,
} from "nabla";

/** Number of samples that a gradient is the mean of, or all of them. */
export type BatchSize = number | "full";

export class Problem {
  readonly network: Sequential;
  /** uint8 [samples, 28, 28] */
  readonly images: Tensor;
  /** uint8 [samples] */
  readonly labels: Tensor;
  private readonly generator: Generator;

  constructor(
    set: DigitSet,
    readonly samples: number,
    seed: number,
  ) {
    setSeed(seed);
    this.generator = new Generator();
    this.images = set.images.slice(0, samples);
    this.labels = set.labels.slice(0, samples);
    this.network = new Sequential([
      new Flatten(),
      new Rescaling(1 / 255),
      new Dense(32, { activation: "relu" }),
      new Dense(64, { activation: "relu" }),
      new Dense(128, { activation: "relu" }),
      new Dense(10, { activation: "softmax" }),
    ]).build([null, 28, 28], "uint8");
  }

  /**
   * Images and labels of a batch. Each sample is drawn from all, whatever was drawn before (with
   * replacement), so that a batch is the mean of independent draws.
   */
  draw(size: BatchSize): [images: Tensor, labels: Tensor] {
    if (size === "full") return [this.images, this.labels];
    // As float64, whose 53 bits reach every row.
    const rows = cast(this.generator.uniform([size], 0, this.samples, "float64"), "int32");
    return this.rows(rows);
  }

  /** @param rows int32 [samples] */
  rows(rows: Tensor): [images: Tensor, labels: Tensor] {
    return [this.images.gather(rows), this.labels.gather(rows)];
  }

  loss(images: Tensor, labels: Tensor): Tensor {
    return losses.sparseCategoricalCrossentropy(labels, this.network.forward(images)).mean();
  }

  /** The gradient of a batch's mean loss, a tensor for each weight. */
  gradient(images: Tensor, labels: Tensor): Tensor[] {
    const tape = new GradientTape();
    const loss = tape.record(() => this.loss(images, labels));
    return tape.gradient(loss, this.network.trainableWeights);
  }
}
