/**
 * Layers one after the other: random networks give the same by forward, predict, jit with and without
 * fusion, on several threads and in float64; evaluate and fit at rate 0 give the loss of a loop of
 * one's own, and fit trains as such a loop does, captured or eagerly.
 */

import {
  GradientTape,
  type Model,
  type Tensor,
  getThreads,
  jit,
  optimizers,
  setSeed,
  setThreads,
  tensor,
  tidy,
} from "../../src";
import { native } from "../../src/addon/native";
import { namesOf } from "../../src/nn/registry";
import { Choices, SEED } from "../helpers/choices";
import { CLASSES, type Network, drawNetwork, drawSamples, toTensor } from "./networks";
import { LOSSES, type Training, drawTraining } from "./training";

/** A long run takes more: NABLA_TEST_NETWORKS=20000. */
const NETWORKS = Number(process.env.NABLA_TEST_NETWORKS ?? 60);

const PART_COST = 8000;
const PIECE_BYTES = 6_000_000;
const threads = getThreads();
beforeAll(() => {
  native.setWorthAPart(0);
  // Losses are NaN where samples are.
  jest.spyOn(process, "emitWarning").mockImplementation(() => undefined);
});
afterAll(() => {
  jest.restoreAllMocks();
  native.setWorthAPart(PART_COST);
  native.setPieceBytes(PIECE_BYTES);
  setThreads(threads);
});

const SAMPLES = 7;
const BATCH = 3;

interface Trial {
  readonly network: Network;
  readonly training: Training;
  readonly model: Model;
  readonly x: Tensor;
  readonly y: Tensor;
  /** Of the samples; null where each counts as 1. */
  readonly weights: Tensor | null;
  /** Throws with the network in words. */
  readonly fail: (what: string, found: string) => never;
}

/** Samples, targets and, if samples are weighed, their weights. */
type Batch = [x: Tensor, y: Tensor, weights?: Tensor];

/** Weights of the samples, also those of their classes. */
function weightsOf({ sampleWeight, classWeight }: Training, y: readonly number[]): Tensor | null {
  const weights = classWeight === undefined ? sampleWeight : y.map((label) => classWeight[label]);
  return weights === undefined ? null : tensor(weights);
}

function run(model: Model, x: Tensor): Tensor {
  return model.forward(x);
}

/** The loss with all penalties. */
function lossOf({ network, model }: Trial, [x, y, weights]: Batch): Tensor {
  const loss = network.loss.make().call(y, run(model, x), weights);
  return model.losses.reduce((total, penalty) => total.add(penalty), loss);
}

/**
 * Biases that start as zeros get values: centred data and a bias of 0 leave a unit at a rounding error beside 0,
 * where the derivative of a ReLU is anyone's.
 */
function moveZeros(choices: Choices, model: Model): void {
  for (const weight of model.trainableWeights) {
    const values = weight.data();
    if (values.some((value) => value !== 0)) continue;
    const moved = Array.from(values, () => choices.pick([-1, 1]) * (0.05 + 0.1 * choices.unit()));
    weight.assign(tensor(moved, [...weight.shape], weight.dtype));
  }
}

/** The largest difference, if it is more than so much of the largest value. */
function compare(actual: ArrayLike<number>, expected: ArrayLike<number>, relative: number): string {
  const largest = Array.from(expected).reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    1e-2,
  );
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    const difference = Math.abs(actual[i] - expected[i]);
    if (!(difference <= relative * largest))
      return `${actual[i]} instead of ${expected[i]} at ${i}`;
  }
  return "";
}

/** Of other targets and predictions than those of a row of numbers a sample, or functions of one's own. */
const OTHER_LOSSES = ["Circle", "CTC", "FunctionLoss"];

test("each loss is drawn", () => {
  const names = namesOf("loss").filter((name) => /^[A-Z]/.test(name));
  const drawn = [...LOSSES.map(({ name }) => name), ...OTHER_LOSSES];
  expect([...new Set(drawn)].sort()).toEqual(names.sort());
});

describe(`random networks, NABLA_TEST_SEED=${SEED}`, () => {
  const choices = new Choices(SEED);

  it(
    `${NETWORKS} networks agree by all ways of running them`,
    async () => {
      for (let number = 0; number < NETWORKS; number++) {
        const network = drawNetwork(choices);
        const training = drawTraining(choices, network.loss, SAMPLES, CLASSES);
        const data = drawSamples(choices, network, SAMPLES);
        const x = toTensor(data.x, data.xShape, "float32");
        const y = toTensor(data.y, data.yShape, data.yType);
        const weights = weightsOf(training, data.y);
        const model = network.make("float32");
        setSeed(SEED + number);
        model.build([null, ...network.inputShape]);
        moveZeros(choices, model);
        const fail = (what: string, found: string): never => {
          throw new Error(
            `network ${number}, ${what}: ${found}\n${network.text}\n${training.text}`,
          );
        };
        const trial: Trial = { network, training, model, x, y, weights, fail };
        setThreads(choices.pick([1, 2, 4]));
        native.setPieceBytes(choices.pick([0, PIECE_BYTES]));
        checkForward(trial);
        await checkPredict(trial);
        checkFloat64(trial);
        await checkLosses(trial);
        await checkTraining(trial);
        for (const one of [x, y, weights, model]) one?.dispose();
      }
    },
    60_000 + NETWORKS * 1000,
  );

  function expected(trial: Trial): Float64Array {
    return Float64Array.from(tidy(() => run(trial.model, trial.x).data()));
  }

  function checkForward(trial: Trial): void {
    const { model, x } = trial;
    const eager = expected(trial);
    for (const fuse of [true, false]) {
      const captured = jit((x: Tensor) => run(model, x), { fuse });
      for (const call of ["capture", "replay"]) {
        const found = compare(
          tidy(() => captured(x).data()),
          eager,
          1e-5,
        );
        if (found !== "") trial.fail(`${call}, fuse ${fuse}`, found);
      }
      captured.dispose();
    }
  }

  async function checkPredict(trial: Trial): Promise<void> {
    const { model, x } = trial;
    const eager = expected(trial);
    for (const batchSize of [BATCH, SAMPLES, 1]) {
      const y = await model.predict(x, { batchSize });
      const found = compare(y.data(), eager, 1e-5);
      y.dispose();
      if (found !== "") trial.fail(`predict, batches of ${batchSize}`, found);
    }
  }

  function checkFloat64(trial: Trial): void {
    const { network, model, x } = trial;
    tidy(() => {
      const exact = network.make("float64").build([null, ...network.inputShape], "float64");
      exact.setWeights(model.getWeights().map((weight) => weight.cast("float64")));
      const values = run(exact, x.cast("float64")).data();
      const found = compare(expected(trial), values, 1e-4);
      for (const weight of exact.weights) weight.dispose();
      if (found !== "") trial.fail("float32 beside float64", found);
    });
  }

  /** In inference mode. */
  function eagerLoss(trial: Trial, weights: Tensor | null): number {
    const { x, y } = trial;
    return tidy(() => lossOf(trial, weights === null ? [x, y] : [x, y, weights]).item());
  }

  async function checkLosses(trial: Trial): Promise<void> {
    const { network, training, model, x, y } = trial;
    const { sampleWeight, classWeight } = training;
    const runEagerly = choices.pick([false, true]);
    model.compile({ optimizer: new optimizers.SGD(0), loss: network.loss.make(), runEagerly });
    // Weights of classes are of fit alone.
    const loss = eagerLoss(trial, classWeight === undefined ? trial.weights : null);
    const fitLoss = eagerLoss(trial, trial.weights);
    const before = model.getWeights();
    const whole = { batchSize: SAMPLES, sampleWeight };
    const evaluated = await model.evaluate(x, y, whole);
    const found = compare([evaluated.loss], [loss], 2e-5);
    if (found !== "") trial.fail(`evaluate, runEagerly ${runEagerly}`, found);
    const once = { ...whole, classWeight, epochs: 1, verbose: 0 } as const;
    const { history } = await model.fit(x, y, once);
    if (!network.isNoisy && !network.hasStatistics) {
      const fitted = compare(history.loss, [fitLoss], 2e-5);
      if (fitted !== "") trial.fail(`fit at rate 0, runEagerly ${runEagerly}`, fitted);
    }
    for (const [i, weight] of model.weights.entries()) {
      // Statistics are kept and constraints hold whatever the rate; 0 times a gradient of NaN is NaN.
      if (!weight.trainable || weight.constraint || !x.data().every(Number.isFinite)) continue;
      const changed = compare(weight.data(), before[i].data(), 0);
      if (changed !== "") trial.fail(`fit at rate 0 changes ${weight.name}`, changed);
    }
    model.setWeights(before);
    for (const weight of before) weight.dispose();
  }

  /** Two epochs in order by fit against loops of one's own: eager, captured, in float64. */
  async function checkTraining(trial: Trial): Promise<void> {
    const { network, training, model, x, y } = trial;
    const { sampleWeight, classWeight } = training;
    // Random streams, too: each way draws the same numbers.
    const before = Object.entries(model.state()).map(([path, own]) => [path, own.clone()] as const);
    const trained = async (train: () => void | Promise<void>): Promise<number[][]> => {
      model.loadState(Object.fromEntries(before));
      await train();
      return model.weights.map((weight) => [...weight.data()]);
    };
    const fit = async (runEagerly: boolean): Promise<void> => {
      const optimizer = training.optimizer();
      model.compile({ optimizer, loss: network.loss.make(), runEagerly });
      const settings = { epochs: 2, batchSize: BATCH, shuffle: false, verbose: 0 } as const;
      await model.fit(x, y, { ...settings, sampleWeight, classWeight });
    };
    const eager = await trained(() => loop(trial));
    const ways: Record<string, () => void | Promise<void>> = {
      "a captured loop": () => loop(trial, { fuse: true }),
      "a captured loop without fusion": () => loop(trial, { fuse: false }),
      fit: () => fit(false),
      "fit, run eagerly": () => fit(true),
    };
    const agree = (found: number[][], way: string, bound: number): void => {
      for (const [i, weight] of model.weights.entries()) {
        const difference = compare(found[i], eager[i], bound);
        if (difference !== "") trial.fail(`${weight.name} after ${way}`, difference);
      }
    };
    for (const way of Object.keys(ways)) agree(await trained(ways[way]), way, 3e-5);
    model.loadState(Object.fromEntries(before));
    if (!network.isNoisy) agree(trainedExactly(trial), "a loop in float64", 3e-4);
    for (const [, copy] of before) copy.dispose();
  }

  /** The weights after the loop in float64. */
  function trainedExactly(trial: Trial): number[][] {
    return tidy(() => {
      const model = trial.network.make("float64");
      model.build([null, ...trial.network.inputShape], "float64");
      model.setWeights(trial.model.getWeights().map((weight) => weight.cast("float64")));
      const { x, y, weights } = trial;
      const exact = (values: Tensor): Tensor =>
        values.dtype === "float32" ? values.cast("float64") : values;
      loop({ ...trial, model, x: exact(x), y: exact(y), weights: weights && exact(weights) });
      const found = model.weights.map((weight) => [...weight.data()]);
      model.dispose();
      return found;
    });
  }

  /** @param options those of `jit`; without them each step runs eagerly */
  function loop(trial: Trial, options?: { fuse: boolean }): void {
    const { model } = trial;
    const optimizer = trial.training.optimizer();
    const train = (...batch: Batch): void => {
      const tape = new GradientTape();
      const loss = tape.record(() => lossOf(trial, batch));
      const weights = model.trainableWeights;
      optimizer.applyGradients(tape.gradient(loss, weights), weights);
    };
    const captured = jit(train, options);
    const step = options === undefined ? train : captured;
    model.train();
    for (let epoch = 0; epoch < 2; epoch++) {
      for (let begin = 0; begin < SAMPLES; begin += BATCH) {
        const size = Math.min(BATCH, SAMPLES - begin);
        tidy(() => step(...batchOf(trial, begin, size)));
      }
    }
    model.eval();
    optimizer.finalizeVariableValues(model.trainableWeights);
    captured.dispose();
  }

  function batchOf({ x, y, weights }: Trial, begin: number, size: number): Batch {
    const columns = weights === null ? [x, y] : [x, y, weights];
    return columns.map((column) => rows(column, begin, size)) as Batch;
  }

  function rows(x: Tensor, begin: number, size: number): Tensor {
    return x.slice([begin, ...x.shape.slice(1).map(() => 0)], [size, ...x.shape.slice(1)]);
  }
});
