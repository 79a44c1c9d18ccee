/**
 * Updates of several weights by random optimizers, some of whose options are set between them: eagerly,
 * captured with and without fusion, on one thread and on several, they come to the same weights and state.
 */

import { type Tensor, Variable, jit, optimizers, setThreads, tensor } from "../../src";
import { namesOf } from "../../src/nn/registry";
import { Choices, SEED } from "../helpers/choices";
import { cutSmallSteps } from "../helpers/small-parts";
import { COMMON } from "./training";

/** A long run takes more: NABLA_TEST_UPDATES=5000. */
const UPDATES = Number(process.env.NABLA_TEST_UPDATES ?? 60);
const STEPS = 4;

cutSmallSteps();
// One weight is no bias.
beforeAll(() => void jest.spyOn(process, "emitWarning").mockImplementation(() => undefined));
afterAll(() => jest.restoreAllMocks());

const NAMES = namesOf("optimizer").filter((name) => /^[A-Z]/.test(name));
/**
 * Shapes that meet each other; the larger ones are chains of their own, and the sums over the last two
 * are taken in shares.
 */
const SHAPES = [
  [3],
  [5, 7],
  [5, 7],
  [700],
  [20, 33],
  [20, 33],
  [2, 9, 31],
  [130, 130],
  [2, 130, 3],
];
const OWN: Record<string, object[]> = {
  SGD: [{}, { momentum: 0.9 }, { momentum: 0.9, nesterov: true }],
  RMSprop: [{}, { momentum: 0.9 }, { centered: true }, { centered: true, momentum: 0.9 }],
  Adam: [{}, { amsgrad: true }],
  AdamW: [{}, { amsgrad: true }],
  Ftrl: [{}, { beta: 0.1 }, { l1RegularizationStrength: 0.01 }, { learningRatePower: -0.4 }],
};
/** Options that are set before a later step: with them slots come, go and begin anew. */
const LATER = [
  ...[{}, {}, {}],
  ...[{ useEma: true }, { useEma: false }],
  ...[{ gradientAccumulationSteps: 2 }, { gradientAccumulationSteps: null }],
];

interface Draw {
  readonly name: string;
  readonly options: object;
  /** By step, what is set before it. */
  readonly settings: readonly object[];
  readonly dtype: "float32" | "float64";
  readonly shapes: readonly number[][];
  readonly values: (phase: number, shape: number[]) => Tensor;
}

function draw(choices: Choices): Draw {
  const name = choices.pick(NAMES);
  const dtype = choices.pick(["float32", "float32", "float64"] as const);
  const frequency = choices.pick([0.7, 1.3, 2.1]);
  const own = OWN[name] ?? [{}];
  const setting = (): object =>
    choices.pick([{}, { ...choices.pick(own), ...choices.pick(LATER) }]);
  return {
    name,
    dtype,
    options: { ...choices.pick(own), ...choices.pick(COMMON) },
    settings: Array.from({ length: STEPS }, (_, n) => (n === 0 ? {} : setting())),
    shapes: Array.from({ length: choices.pick([1, 2, 3, 5]) }, () => choices.pick(SHAPES)),
    values: (phase, shape) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const waves = Array.from({ length: size }, (_, i) => Math.sin(i * frequency + phase) + 0.01);
      return tensor(waves, shape, dtype);
    },
  };
}

type OptimizerClass = new (rate: number, options: object) => optimizers.Optimizer;

/** Weights and state after some updates. */
function trained(drawn: Draw, options?: { fuse: boolean }): number[][] {
  const create = (optimizers as unknown as Record<string, OptimizerClass>)[drawn.name];
  const optimizer = new create(0.01, drawn.options);
  const weights = drawn.shapes.map(
    (shape, i) => new Variable(drawn.values(i, shape), { name: i % 2 === 0 ? "kernel" : "bias" }),
  );
  const update = (...gradients: Tensor[]): void => optimizer.applyGradients(gradients, weights);
  const step = options === undefined ? update : jit(update, options);
  for (let n = 0; n < STEPS; n++) {
    Object.assign(optimizer, drawn.settings[n]);
    step(...drawn.shapes.map((shape, i) => drawn.values(10 * n + i, shape)));
  }
  return [...weights, ...Object.values(optimizer.state())].map((each) => [...each.data()]);
}

/**
 * Element by element all ways have the same bits. Sums and products are added up otherwise where they
 * are fused or cut; Ftrl divides what they round by the rate, and Muon's iteration magnifies it.
 */
function boundOf({ name, options }: Draw): number {
  if (name === "Muon") return 1e-3;
  const adds = ["Adafactor", "Lamb"].includes(name) || Object.keys(options).some(isNorm);
  return adds ? 1e-4 : 0;
}

function isNorm(option: string): boolean {
  return option === "clipnorm" || option === "globalClipnorm";
}

/** The largest difference, relative to numbers that are not small. */
function farthest(found: number[][], expected: number[][]): number {
  const differences = found.flatMap((values, i) =>
    values.map((value, k) => Math.abs(value - expected[i][k]) / (Math.abs(expected[i][k]) + 0.1)),
  );
  return differences.reduce((most, each) => Math.max(most, each), 0); // NaN if any is
}

test(`${UPDATES} random updates agree`, () => {
  const choices = new Choices(SEED);
  for (let i = 0; i < UPDATES; i++) {
    const drawn = draw(choices);
    const { name, options, settings, dtype, shapes } = drawn;
    const words =
      `${name} ${JSON.stringify([options, ...settings])} ${dtype} ${JSON.stringify(shapes)}, ` +
      `number ${i} of ${SEED}`;
    setThreads(1);
    const eager = trained(drawn);
    expect(eager.flat().every(Number.isFinite)).toBe(true);
    for (const count of [1, 2]) {
      setThreads(count);
      for (const fuse of [true, false]) {
        const distance = farthest(trained(drawn, { fuse }), eager);
        if (!(distance <= boundOf(drawn))) {
          throw new Error(`${words}: fuse ${fuse}, ${count} threads: off by ${distance}`);
        }
      }
    }
  }
});
