/** What nabla does in each case: opened with the shared data, run as often as asked. */

import { type Tensor, jit, setSeed, tidy } from "nabla";

import type { Task } from "../contenders/contender";
import { batchesOf, floatClassifier, trainingStep } from "../training-step";
import { openPicturePrediction, openPictureStep } from "./nabla-pictures";
import { prediction } from "./nabla-prediction";
import { openFit, openLoop } from "./nabla-training";
import { readRows, readSamples, setInitialWeights } from "./shared-files";

export interface Case {
  run(repeat: number): void | Promise<void>;
  /** Mean loss of the first batch. */
  loss?(): number;
  /** Of the test. */
  accuracy?(): number;
}

export type Opening = Task & { data: string };

export function openCase(mode: string, opening: Opening): Case {
  setSeed(1);
  if (opening.kind === "step") return openStep(mode, opening);
  if (opening.kind === "predict") return openPrediction(mode, opening);
  if (opening.kind === "pictureStep") return openPictureStep(mode, opening);
  if (opening.kind === "picturePredict") return openPicturePrediction(mode, opening);
  return mode === "fit" ? openFit(opening) : openLoop(opening);
}

function openStep(mode: string, opening: Opening): Case {
  const { sizes, batch, rate, data } = opening;
  const { model, step, loss } = trainingStep(sizes, rate, readSamples(data, opening));
  setInitialWeights(model, sizes, data);
  const batches = batchesOf(readRows(data), batch);
  const one = mode === "eager" ? (rows: Tensor): void => tidy(() => step(rows)) : jit(step);
  let next = 0;
  return {
    run(repeat) {
      for (let i = 0; i < repeat; i++) {
        one(batches[next]);
        next = next + 1 === batches.length ? 0 : next + 1;
      }
    },
    loss: () => tidy(() => loss(batches[0])),
  };
}

function openPrediction(mode: string, opening: Opening): Case {
  const { sizes, data } = opening;
  const model = floatClassifier(sizes);
  setInitialWeights(model, sizes, data);
  const x = tidy(() => readSamples(data, opening).images.cast("float32").div(255));
  return prediction(model, x, mode);
}
