/** The tutorial's training in nabla: by model.fit, or by a loop over a captured step. */

import {
  Dataset,
  GradientTape,
  type Sequential,
  type Tensor,
  jit,
  losses,
  metrics,
  optimizers,
} from "nabla";

import { classifier } from "../training-step";
import type { Case, Opening } from "./nabla-cases";
import { readSamples, setInitialWeights } from "./shared-files";

type Pairs = Dataset<[Tensor, Tensor]>;

interface Training {
  model: Sequential;
  train: Pairs;
  valid: Pairs;
  test: Pairs;
}

/** The model with its initial weights, and the tutorial's split, in file order. */
function prepare(opening: Opening): Training {
  const { train = 0, valid = 0, batch, data, sizes } = opening;
  const { images, labels } = readSamples(data, opening);
  const samples = Dataset.fromTensorSlices([images, labels] as [Tensor, Tensor]);
  const model = classifier(sizes);
  setInitialWeights(model, sizes, data);
  return {
    model,
    train: samples.take(train).shuffle(1024).batch(batch),
    valid: samples.skip(train).take(valid).batch(128),
    test: samples.skip(train + valid).batch(128),
  };
}

/** Epochs, or the whole program with validation after each epoch, through the model's own methods. */
export function openFit(opening: Opening): Case {
  const { data, epochs, kind, rate, sizes } = opening;
  const { model, train, valid, test } = prepare(opening);
  let accuracy = 0;
  model.compile({
    optimizer: new optimizers.SGD(rate),
    loss: "sparseCategoricalCrossentropy",
    metrics: kind === "tutorial" ? ["accuracy"] : [],
  });
  const program = async (): Promise<void> => {
    setInitialWeights(model, sizes, data);
    await model.fit(train, { epochs, validationData: valid, verbose: 0 });
    ({ accuracy } = await model.evaluate(test));
  };
  if (kind === "tutorial")
    return { run: (repeat) => times(repeat, program), accuracy: () => accuracy };
  return {
    run: async (repeat) => {
      await model.fit(train, { epochs: repeat, verbose: 0 });
    },
  };
}

async function times(count: number, act: () => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i++) await act();
}

/** Epochs by hand. */
export function openLoop(opening: Opening): Case {
  const { model, train } = prepare(opening);
  const optimizer = new optimizers.SGD(opening.rate);
  const meanLoss = new metrics.Mean();
  const step = jit((x: Tensor, y: Tensor) => {
    const tape = new GradientTape();
    const { loss, mean } = tape.record(() => {
      const loss = losses.sparseCategoricalCrossentropy(y, model.forward(x));
      return { loss, mean: loss.mean() };
    });
    const gradients = tape.gradient(mean, model.trainableWeights);
    optimizer.applyGradients(gradients, model.trainableWeights);
    meanLoss.update(loss);
  });
  return {
    run(repeat) {
      for (let i = 0; i < repeat; i++) {
        for (const [x, y] of train) step(x, y);
        meanLoss.result();
        meanLoss.reset();
      }
    },
  };
}
