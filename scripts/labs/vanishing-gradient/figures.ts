/** The lab's figures. */

import { type Panel, drawFigure } from "../figure";
import { type ActivationStatistics, PERCENTILES } from "./activation-statistics";
import {
  type Budget,
  type Findings,
  type Start,
  type Trained,
  USUAL,
  bestOf,
  find,
} from "./measure";
import {
  ACTIVATIONS,
  type HiddenActivation,
  INITIALIZATIONS,
  type Initialization,
  PLAIN_DEVIATION,
} from "./network";

const NAMES: Record<HiddenActivation, string> = { sigmoid: "sigmoid", tanh: "tanh", relu: "ReLU" };

export function activationName(activation: HiddenActivation): string {
  return NAMES[activation];
}

export function initializationName(initialization: Initialization): string {
  return initialization === "normal" ? `normal (${PLAIN_DEVIATION})` : initialization;
}

/** A point for each layer: the first is layer 1. */
function byLayer(values: readonly number[]): [number, number][] {
  return values.map((value, i) => [i + 1, value]);
}

/** One panel an activation. */
function panelsOf(draw: (activation: HiddenActivation) => Panel): Panel[] {
  return ACTIVATIONS.map(draw);
}

/** SVG by file name. */
export function drawFigures(findings: Findings, budget: Budget): Record<string, string> {
  return {
    "vanishing-gradient-norms": drawStarts(findings, budget),
    "vanishing-gradient-training": drawTraining(findings, budget),
    "vanishing-gradient-accuracy": drawAccuracy(findings, budget),
    "vanishing-gradient-activations": drawActivations(findings, budget),
    "vanishing-gradient-signal": drawSignal(findings, budget),
  };
}

const NORM_AXIS = { label: "gradient norm (nats per weight unit)", scale: "log" } as const;

function drawStarts({ starts }: Findings, { depth }: Budget): string {
  const at = (activation: HiddenActivation, initialization: Initialization): Start =>
    find(starts, activation, initialization, depth);
  const all = ACTIVATIONS.flatMap((a) => INITIALIZATIONS.flatMap((i) => at(a, i).kernelNorms));
  return drawFigure({
    title: `Norm of the weight gradient before training, ${depth} hidden layers`,
    columns: 3,
    panels: panelsOf((activation) => ({
      title: NAMES[activation],
      x: { label: `layer (${depth + 1} = output)`, min: 1, max: depth + 1 },
      y: { ...NORM_AXIS, ...decadesAround(all) },
      series: INITIALIZATIONS.map((initialization) => ({
        name: initializationName(initialization),
        points: byLayer(at(activation, initialization).kernelNorms),
      })),
    })),
  });
}

function drawTraining({ trained }: Findings, { depth, epochs }: Budget): string {
  const bestRun = (activation: HiddenActivation): Required<Trained["runs"][number]> =>
    bestOf(find(trained, activation, USUAL[activation], depth).runs) as Required<
      Trained["runs"][number]
    >;
  const all = ACTIVATIONS.flatMap((activation) => bestRun(activation).kernelNorms.flat());
  const moments = [...new Set([0, 1, Math.ceil(epochs / 2), epochs])];
  return drawFigure({
    title: `Norm of the weight gradient while ${depth} hidden layers learn`,
    columns: 3,
    panels: panelsOf((activation) => {
      const { rate, kernelNorms } = bestRun(activation);
      return {
        title: `${NAMES[activation]}, ${USUAL[activation]}, rate ${rate}`,
        x: { label: `layer (${depth + 1} = output)`, min: 1, max: depth + 1 },
        y: { ...NORM_AXIS, ...decadesAround(all) },
        series: moments.map((epoch) => ({
          name: epoch === 0 ? "at the start" : `after epoch ${epoch}`,
          points: byLayer(kernelNorms[epoch] ?? []),
        })),
      };
    }),
  });
}

/** Layers between the points of two initialisations. */
const BESIDE = 0.3;

function drawAccuracy({ depths, trained }: Findings, { otherEpochs, networks }: Budget): string {
  const each = networks === 1 ? "one network each" : `mean of ${networks} networks`;
  return drawFigure({
    title: `Test accuracy after ${count(otherEpochs)} at the best learning rate, ${each}`,
    columns: 3,
    panels: panelsOf((activation) => ({
      title: NAMES[activation],
      x: { label: "hidden layers", min: 0, max: Math.max(...depths) + 1 },
      y: { label: "test accuracy (share of images)", min: 0, max: 1 },
      series: INITIALIZATIONS.map((initialization, i) => ({
        name: initializationName(initialization),
        points: depths.map((depth): [number, number] => {
          const { runs } = find(trained, activation, initialization, depth);
          // Side by side: lines of one height would hide each other.
          const beside = (i - (INITIALIZATIONS.length - 1) / 2) * BESIDE;
          return [depth + beside, bestOf(runs, "accuracyEarly").accuracyEarly];
        }),
      })),
    })),
  });
}

/** The usual variants before and after training. */
function drawActivations({ trained }: Findings, { depth, epochs }: Budget): string {
  const panel = (
    activation: HiddenActivation,
    when: string,
    statistics: readonly ActivationStatistics[],
  ): Panel => ({
    title: `${NAMES[activation]}, ${USUAL[activation]}, ${when}`,
    x: { label: "hidden layer", min: 1, max: depth },
    y: { label: "activation (no unit)", min: activation === "tanh" ? -1 : 0, ...upTo(activation) },
    series: PERCENTILES.map((percent, i) => ({
      name: percent === 50 ? "median" : `${percent} %`,
      points: byLayer(statistics.map(({ percentiles }) => percentiles[i])),
    })),
  });
  const usual = (activation: HiddenActivation): Trained =>
    find(trained, activation, USUAL[activation], depth);
  return drawFigure({
    title: `Activations of ${depth} hidden layers: percentiles over images and units`,
    columns: 3,
    plotHeight: 170,
    panels: [
      ...panelsOf((activation) =>
        panel(activation, "at the start", usual(activation).activations!),
      ),
      ...panelsOf((activation) =>
        panel(activation, `epoch ${epochs}`, bestOf(usual(activation).runs).activations!),
      ),
    ],
  });
}

function upTo(activation: HiddenActivation): { max?: number } {
  return activation === "relu" ? {} : { max: 1 };
}

/** What a unit's value still depends on the image, before training. */
function drawSignal({ trained }: Findings, { depth }: Budget): string {
  const at = (activation: HiddenActivation, initialization: Initialization): number[] =>
    find(trained, activation, initialization, depth).activations!.map(
      ({ deviationOverSamples }) => deviationOverSamples,
    );
  const all = ACTIVATIONS.flatMap((a) => INITIALIZATIONS.flatMap((i) => at(a, i)));
  return drawFigure({
    title: "How far a unit's activation varies from image to image, before training",
    columns: 3,
    panels: panelsOf((activation) => ({
      title: NAMES[activation],
      x: { label: "hidden layer", min: 1, max: depth },
      y: { label: "standard deviation (no unit)", scale: "log", ...decadesAround(all) },
      series: INITIALIZATIONS.map((initialization) => ({
        name: initializationName(initialization),
        points: byLayer(at(activation, initialization)),
      })),
    })),
  });
}

export function count(epochs: number): string {
  return epochs === 1 ? "1 epoch" : `${epochs} epochs`;
}

/** The powers of ten around positive values. */
function decadesAround(values: readonly number[]): { min: number; max: number } {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const power = (value: number, round: (x: number) => number): number =>
    10 ** round(Math.log10(value));
  return {
    min: power(Math.min(...positive), Math.floor),
    max: power(Math.max(...positive), Math.ceil),
  };
}
