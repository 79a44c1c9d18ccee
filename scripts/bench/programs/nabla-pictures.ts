/** nabla's steps and predictions of convolutional networks. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import {
  Dataset,
  GradientTape,
  Model,
  type Tensor,
  input,
  jit,
  losses,
  optimizers,
  tensor,
  tidy,
} from "nabla";

import { convnet } from "../../convnet";
import { resnet } from "../../resnet";
import type { PictureForm, PictureNetwork } from "../pictures";
import type { Case, Opening } from "./nabla-cases";
import { prediction } from "./nabla-prediction";
import { assignAll } from "./shared-files";

interface Pictures {
  /** Floats in [0, 1]. */
  x: Tensor;
  y: Tensor;
  model: Model;
}

/** The model gives logits. */
function network(name: PictureNetwork, dropout: number): Model {
  if (name === "resnet20") {
    const inputs = input({ shape: [32, 32, 3] });
    return new Model({ inputs, outputs: resnet(inputs, 3, { weightDecay: 0 }) });
  }
  return convnet(dropout);
}

function readPictures({ data, network: name = "convnet", dropout = 0 }: Opening): Pictures {
  const read = (ending: string): Buffer => readFileSync(join(data, `${name}${ending}`));
  const { samples, picture } = JSON.parse(read(".json").toString()) as PictureForm;
  const model = network(name, dropout);
  assignAll(model.trainableWeights, new Uint8Array(read("-weights.f32")).buffer);
  const pixels = tensor(read("-pictures.u8"), [samples, ...picture]);
  return { x: pixels.cast("float32").mul(1 / 255), y: tensor(read("-labels.u8")), model };
}

export function openPictureStep(mode: string, opening: Opening): Case {
  const { network, batch, rate } = opening;
  const { x, y, model } = readPictures(opening);
  const optimizer =
    network === "convnet" ? new optimizers.Adam(rate) : new optimizers.SGD(rate, { momentum: 0.9 });
  const batches = Array.from({ length: x.shape[0] / batch }, (_, i) =>
    [x, y].map((all) => all.slice([i * batch], [batch])),
  );
  const lossOf = (x: Tensor, y: Tensor): Tensor =>
    losses.sparseCategoricalCrossentropy(y, model.forward(x), { fromLogits: true }).mean();
  const loss = (): number => {
    model.train();
    return tidy(() => lossOf(batches[0][0], batches[0][1]).item());
  };
  if (mode === "fit") return { ...openFit(model, optimizer, { x, y, batch }), loss };

  const weights = model.trainableWeights;
  const step = jit((x: Tensor, y: Tensor) => {
    const tape = new GradientTape();
    const loss = tape.record(() => lossOf(x, y));
    optimizer.applyGradients(tape.gradient(loss, weights), weights);
  });
  let next = 0;
  model.train();
  return {
    run(repeat) {
      for (let i = 0; i < repeat; i++) {
        const [x, y] = batches[next++ % batches.length];
        step(x, y);
      }
    },
    loss,
  };
}

function openFit(
  model: Model,
  optimizer: optimizers.Optimizer,
  { x, y, batch }: { x: Tensor; y: Tensor; batch: number },
): Case {
  const loss = new losses.SparseCategoricalCrossentropy({ fromLogits: true });
  model.compile({ optimizer, loss });
  const batches = Dataset.fromTensorSlices([x, y] as [Tensor, Tensor])
    .repeat()
    .batch(batch);
  return {
    async run(repeat) {
      await model.fit(batches, { epochs: 1, stepsPerEpoch: repeat, verbose: 0 });
    },
  };
}

export function openPicturePrediction(mode: string, opening: Opening): Case {
  const { x: all, model } = readPictures(opening);
  const x = all.slice([0], [opening.batch]);
  return prediction(model, x, mode);
}
