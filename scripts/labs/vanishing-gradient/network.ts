/** Networks of any depth for digits, and their training by plain gradient descent. */

import {
  Dataset,
  Dense,
  type DigitData,
  Flatten,
  GradientTape,
  Rescaling,
  Sequential,
  type Tensor,
  initializers,
  jit,
  losses,
  metrics,
  optimizers,
  setSeed,
} from "nabla";

export const ACTIVATIONS = ["sigmoid", "tanh", "relu"] as const;
export type HiddenActivation = (typeof ACTIVATIONS)[number];

/** Standard deviation of the initialisation that knows nothing of the layer's size; Keras' default. */
export const PLAIN_DEVIATION = 0.05;

/** Of all kernels, with their deviation for n inputs and m outputs; biases start at 0. */
const INITIALIZERS = {
  /** sqrt(2 / (n + m)), uniform */
  Glorot: () => initializers.glorotUniform(),
  /** sqrt(2 / n) */
  He: () => initializers.heNormal(),
  /** sqrt(1 / n) */
  LeCun: () => initializers.lecunNormal(),
  /** the same for every layer */
  normal: () => initializers.randomNormal({ stddev: PLAIN_DEVIATION }),
};
export type Initialization = keyof typeof INITIALIZERS;
export const INITIALIZATIONS = Object.keys(INITIALIZERS) as Initialization[];

export interface Variant {
  activation: HiddenActivation;
  initialization: Initialization;
  /** Number of hidden layers. */
  depth: number;
}

const BATCH = 32;
const TEST_BATCH = 1000;
const CLASSES = 10;
const IMAGE = [null, 28, 28];
/** Layers in front of the first hidden one: Flatten and Rescaling. */
const INPUT_LAYERS = 2;

/** Flatten, rescale to [0, 1], `depth` hidden layers, 10 logits. */
export function buildNetwork(variant: Variant, units: number, seed: number): Sequential {
  setSeed(seed);
  const kernelInitializer = INITIALIZERS[variant.initialization];
  const { activation, depth } = variant;
  const hidden = Array.from(
    { length: depth },
    () => new Dense(units, { activation, kernelInitializer: kernelInitializer() }),
  );
  const output = new Dense(CLASSES, { kernelInitializer: kernelInitializer() });
  const network = new Sequential([new Flatten(), new Rescaling(1 / 255), ...hidden, output]);
  return network.build(IMAGE, "uint8");
}

export function disposeNetwork(network: Sequential): void {
  for (const weight of network.weights) weight.dispose();
}

/** The results of the hidden layers for a batch of images, first to last: each [samples, units]. */
export function hiddenActivations(network: Sequential, images: Tensor): Tensor[] {
  const layers = network.layers as (Sequential["layers"][number] & {
    forward(x: Tensor): Tensor;
  })[];
  const results: Tensor[] = [];
  let x = images;
  for (const layer of layers.slice(0, -1)) results.push((x = layer.forward(x)));
  return results.slice(INPUT_LAYERS);
}

/** Softmax and cross-entropy, one value a sample. */
export function digitLoss(yTrue: Tensor, logits: Tensor): Tensor {
  return losses.sparseCategoricalCrossentropy(yTrue, logits, { fromLogits: true });
}

/** Trains a network by SGD on the mean loss, and starts over from the same weights at will. */
export class Training {
  private readonly optimizer = new optimizers.SGD();
  private readonly meanLoss = new metrics.Mean();
  private readonly hits = new metrics.SparseCategoricalAccuracy();
  private readonly start: Record<string, Tensor>;

  private readonly step = jit((x: Tensor, y: Tensor) => {
    const { network, optimizer } = this;
    const tape = new GradientTape();
    const loss = tape.record(() => digitLoss(y, network.forward(x)).mean());
    optimizer.applyGradients(
      tape.gradient(loss, network.trainableWeights),
      network.trainableWeights,
    );
    this.meanLoss.update(loss);
  });

  private readonly test = jit((x: Tensor, y: Tensor) =>
    this.hits.update(y, this.network.forward(x)),
  );

  private readonly trainSet: Dataset<[Tensor, Tensor]>;
  private readonly testSet: Dataset<[Tensor, Tensor]>;

  /** @param images number of training images, the first ones */
  constructor(
    private readonly network: Sequential,
    { train, test }: DigitData,
    images: number,
  ) {
    const slices = ({ images, labels }: DigitData["train"]): [Tensor, Tensor] => [images, labels];
    this.trainSet = Dataset.fromTensorSlices(slices(train))
      .take(images)
      .shuffle(images)
      .batch(BATCH);
    this.testSet = Dataset.fromTensorSlices(slices(test)).batch(TEST_BATCH);
    const weights = network.namedWeights();
    this.start = Object.fromEntries(weights.map(([path, weight]) => [path, weight.clone()]));
  }

  /** Back to the initial weights. */
  restart(learningRate: number): void {
    this.network.loadState(this.start);
    this.optimizer.learningRate = learningRate;
  }

  /** Once through the training images; the steps' mean loss, NaN or infinite if training diverged. */
  epoch(): number {
    this.meanLoss.reset();
    for (const [x, y] of this.trainSet) this.step(x, y);
    return this.meanLoss.result();
  }

  /** Share of the test images that are read right. */
  accuracy(): number {
    this.hits.reset();
    for (const [x, y] of this.testSet) this.test(x, y);
    return this.hits.result();
  }

  dispose(): void {
    this.step.dispose();
    this.test.dispose();
    for (const weight of Object.values(this.start)) weight.dispose();
  }
}
