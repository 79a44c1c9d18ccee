/** The convolutional networks of the benchmark: their initial weights and pictures, as files for all. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { syntheticPictures } from "nabla";

/** examples/mnist-convnet.ts on MNIST, and ResNet-20 of examples/cifar-resnet.ts on 32 x 32 x 3. */
export type PictureNetwork = "convnet" | "resnet20";

/** What a network's file of weights holds, one after the other; kernels as [height, width, in, out]. */
interface WeightForm {
  shape: readonly number[];
  /** He's uniform limits, or one value. */
  fill: "uniform" | number;
}

/** A network as its .json file tells it to all contenders. */
export interface PictureForm {
  /** Pictures in the file, uint8 [samples, ...picture]. */
  samples: number;
  picture: readonly [height: number, width: number, channels: number];
  shapes: readonly (readonly number[])[];
}

const SAMPLES: Readonly<Record<PictureNetwork, number>> = { convnet: 1024, resnet20: 256 };

function convnetWeights(): WeightForm[] {
  const layer = (shape: readonly number[]): WeightForm[] => [
    { shape, fill: "uniform" },
    { shape: shape.slice(-1), fill: 0 },
  ];
  return [
    [3, 3, 1, 32],
    [3, 3, 32, 64],
    [1600, 10],
  ].flatMap(layer);
}

function resnetWeights(): WeightForm[] {
  const convolution = (inputs: number, filters: number): WeightForm[] => [
    { shape: [3, 3, inputs, filters], fill: "uniform" },
    { shape: [filters], fill: 1 },
    { shape: [filters], fill: 0 },
  ];
  const forms = convolution(3, 16);
  let inputs = 16;
  for (const filters of [16, 16, 16, 32, 32, 32, 64, 64, 64]) {
    forms.push(...convolution(inputs, filters), ...convolution(filters, filters));
    inputs = filters;
  }
  return [...forms, { shape: [64, 10], fill: "uniform" }, { shape: [10], fill: 0 }];
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** @param random uniform in [0, 1) */
function initialValues(forms: readonly WeightForm[], random: () => number): Float32Array {
  const values = forms.flatMap(({ shape, fill }) => {
    const limit = Math.sqrt(6 / sizeOf(shape.slice(0, -1)));
    return Array.from({ length: sizeOf(shape) }, () =>
      fill === "uniform" ? (2 * random() - 1) * limit : fill,
    );
  });
  return Float32Array.from(values);
}

/**
 * Writes NETWORK.json, -weights.f32, -pictures.u8 and -labels.u8.
 * @param mnist uint8 [samples, 784] and their labels, of which the convolutional network takes the first
 */
export function writePictures(
  folder: string,
  network: PictureNetwork,
  mnist: { images: Uint8Array; labels: Uint8Array },
  random: () => number,
): void {
  const samples = SAMPLES[network];
  const forms = network === "convnet" ? convnetWeights() : resnetWeights();
  const painted = network === "convnet" ? undefined : syntheticPictures({ samples, seed: 1 });
  const form: PictureForm = {
    samples,
    picture: network === "convnet" ? [28, 28, 1] : [32, 32, 3],
    shapes: forms.map(({ shape }) => shape),
  };
  const write = (ending: string, content: NodeJS.ArrayBufferView | string): void =>
    writeFileSync(join(folder, `${network}${ending}`), content);
  write(".json", JSON.stringify(form));
  write("-weights.f32", initialValues(forms, random));
  const size = sizeOf(form.picture);
  write("-pictures.u8", painted?.images.data() ?? mnist.images.subarray(0, samples * size));
  write("-labels.u8", painted?.labels.data() ?? mnist.labels.subarray(0, samples));
}
