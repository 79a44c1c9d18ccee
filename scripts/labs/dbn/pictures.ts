/** What a deep belief network has learned, as pictures. */

import type { DeepBeliefNetwork, DigitSet, Tensor } from "nabla";
import { rescale, tidy } from "nabla";

import { type Picture, drawPictures } from "../pictures";

const COLUMNS = 12;
const FILTER_ROWS = 3;
/** Gibbs steps of the top machine behind each row of samples. */
const SAMPLE_STEPS = [1, 100, 1000];

/** The images [count, 784] of a tensor. */
function rowsOf(images: Tensor): Float32Array[] {
  const data = images.data() as Float32Array;
  const size = images.shape[1];
  return Array.from({ length: images.shape[0] }, (_, i) => data.slice(i * size, (i + 1) * size));
}

/** Filters of the first layer: the weights between the image and one hidden unit, the strongest. */
export function drawFilters(network: DeepBeliefNetwork): string {
  const filters = tidy(() => rowsOf(network.machines[0].kernel.transpose()));
  const strength = (filter: Float32Array): number => Math.hypot(...filter);
  const strongest = [...filters].sort((a, b) => strength(b) - strength(a));
  const shown = strongest.slice(0, FILTER_ROWS * COLUMNS);
  return drawPictures({
    title: `First layer: weights of the ${shown.length} strongest of ${filters.length} hidden units`,
    rows: Array.from({ length: Math.ceil(shown.length / COLUMNS) }, (_, row) => ({
      label: "",
      pictures: shown
        .slice(row * COLUMNS, (row + 1) * COLUMNS)
        .map((pixels): Picture => ({ pixels, colors: "diverging" })),
    })),
    note: "Red: ink here turns the unit on. Blue: ink here turns it off. Each to its own scale.",
  });
}

/** Test images and what the first machine, and the whole stack, make of them. */
export function drawReconstructions(network: DeepBeliefNetwork, test: DigitSet): string {
  return tidy(() => {
    const images = rescale(test.images.slice(0, COLUMNS).reshape([COLUMNS, -1]), 1 / 255);
    const depth = network.machines.length;
    const rows: [label: string, images: Tensor][] = [
      ["test image", images],
      ["through 1 layer", network.machines[0].reconstruct(images)],
      [`through ${depth} layers`, network.reconstruct(images)],
    ];
    return drawPictures({
      title: "Reconstructions",
      rows: rows.map(([label, rowImages]) => ({ label, pictures: picturesOf(rowImages) })),
      note: "Up to the last hidden layer and down again, by probabilities. White: 0, black: 1.",
    });
  });
}

/** Draws: Gibbs chains in the top machine, from chance, and down to the image. */
export function drawSamples(network: DeepBeliefNetwork): string {
  return tidy(() =>
    drawPictures({
      title: "Samples of the deep belief network",
      rows: SAMPLE_STEPS.map((steps) => ({
        label: `${steps.toLocaleString("en-US")} ${steps === 1 ? "step" : "steps"}`,
        pictures: picturesOf(network.sample(COLUMNS, { steps, mean: true })),
      })),
      note:
        "Gibbs steps in the top machine from random states, then down layer by layer. " +
        "White: probability 0 of ink, black: 1.",
    }),
  );
}

function picturesOf(images: Tensor): Picture[] {
  return rowsOf(images).map((pixels) => ({ pixels, range: [0, 1] }));
}
