/**
 * Layers one after the other: random networks give the same by forward, predict, jit with and without
 * fusion, on several threads and in float64; evaluate and fit at rate 0 give the loss of a loop of
 * one's own, and fit trains as such a loop does, captured or eagerly.
 */

import {
  GradientTape,
  type Model,
  Tensor,
  getThreads,
  jit,
  losses,
  optimizers,
  setSeed,
  setThreads,
  tensor,
  tidy,
} from "../../src";
import { native } from "../../src/addon/native";
import { Choices, SEED } from "../helpers/choices";
import { type Network, drawNetwork, drawSamples, toTensor } from "./networks";

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
  readonly model: Model;
  readonly x: Tensor;
  readonly y: Tensor;
  /** Throws with the network in words. */
  readonly fail: (what: string, found: string) => never;
}

function run(model: Model, x: Tensor): Tensor {
  return model.forward(x);
}

function lossOf(network: Network, y: Tensor, yPred: Tensor): Tensor {
  const loss = (losses as unknown as Record<string, (y: Tensor, yPred: Tensor) => Tensor>)[
    network.loss
  ];
  return loss(y, yPred).mean();
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

describe(`random networks, NABLA_TEST_SEED=${SEED}`, () => {
  const choices = new Choices(SEED);

  it(
    `${NETWORKS} networks agree by all ways of running them`,
    async () => {
      for (let number = 0; number < NETWORKS; number++) {
        const network = drawNetwork(choices);
        const data = drawSamples(choices, network, SAMPLES);
        const x = toTensor(data.x, data.xShape, "float32");
        const y = toTensor(data.y, data.yShape, data.yType);
        const model = network.make("float32");
        setSeed(SEED + number);
        model.build([null, ...network.inputShape]);
        moveZeros(choices, model);
        const fail = (what: string, found: string): never => {
          throw new Error(`network ${number}, ${what}: ${found}\n${network.text}`);
        };
        const trial: Trial = { network, model, x, y, fail };
        setThreads(choices.pick([1, 2, 4]));
        native.setPieceBytes(choices.pick([0, PIECE_BYTES]));
        checkForward(trial);
        await checkPredict(trial);
        checkFloat64(trial);
        await checkLosses(trial);
        await checkTraining(trial);
        for (const one of [x, y, model]) one.dispose();
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

  /** The loss with all penalties, in inference mode. */
  function eagerLoss({ network, model, x, y }: Trial): number {
    return tidy(() => {
      const loss = lossOf(network, y, run(model, x));
      return model.losses.reduce((total, penalty) => total.add(penalty), loss).item();
    });
  }

  async function checkLosses(trial: Trial): Promise<void> {
    const { network, model, x, y } = trial;
    const runEagerly = choices.pick([false, true]);
    model.compile({ optimizer: new optimizers.SGD(0), loss: network.loss as never, runEagerly });
    const loss = eagerLoss(trial);
    const before = model.getWeights();
    const evaluated = await model.evaluate(x, y, { batchSize: SAMPLES });
    const found = compare([evaluated.loss], [loss], 2e-5);
    if (found !== "") trial.fail(`evaluate, runEagerly ${runEagerly}`, found);
    const { history } = await model.fit(x, y, { epochs: 1, batchSize: SAMPLES, verbose: 0 });
    if (!network.isNoisy && !network.hasStatistics) {
      const fitted = compare(history.loss, [loss], 2e-5);
      if (fitted !== "") trial.fail(`fit at rate 0, runEagerly ${runEagerly}`, fitted);
    }
    for (const [i, weight] of model.weights.entries()) {
      // Statistics are kept whatever the rate, and 0 times a gradient of NaN is NaN.
      if (!weight.trainable || !x.data().every(Number.isFinite)) continue;
      const changed = compare(weight.data(), before[i].data(), 0);
      if (changed !== "") trial.fail(`fit at rate 0 changes ${weight.name}`, changed);
    }
    model.setWeights(before);
    for (const weight of before) weight.dispose();
  }

  /** Two epochs in order by fit against a loop of one's own, eager and captured. */
  async function checkTraining(trial: Trial): Promise<void> {
    const { network, model, x, y } = trial;
    // Random streams, too: each way draws the same numbers.
    const before = Object.entries(model.state()).map(([path, own]) => [path, own.clone()] as const);
    const trained = async (train: () => void | Promise<void>): Promise<number[][]> => {
      model.loadState(Object.fromEntries(before));
      await train();
      return model.weights.map((weight) => [...weight.data()]);
    };
    const eager = await trained(() => loop(trial, false));
    const captured = await trained(() => loop(trial, true));
    const fit = async (runEagerly: boolean): Promise<void> => {
      const optimizer = new optimizers.SGD(0.05);
      model.compile({ optimizer, loss: network.loss as never, runEagerly });
      await model.fit(x, y, { epochs: 2, batchSize: BATCH, shuffle: false, verbose: 0 });
    };
    const fitted = await trained(() => fit(false));
    const fittedEagerly = await trained(() => fit(true));
    for (const [i, weight] of model.weights.entries()) {
      const looped = compare(captured[i], eager[i], 1e-4);
      if (looped !== "") trial.fail(`${weight.name} after a captured loop`, looped);
      const byFit = compare(fitted[i], eager[i], 1e-4);
      if (byFit !== "") trial.fail(`${weight.name} after fit`, byFit);
      const byEager = compare(fittedEagerly[i], eager[i], 1e-4);
      if (byEager !== "") trial.fail(`${weight.name} after fit, run eagerly`, byEager);
    }
    for (const [, copy] of before) copy.dispose();
  }

  function loop({ network, model, x, y }: Trial, isCaptured: boolean): void {
    const optimizer = new optimizers.SGD(0.05);
    const train = (x: Tensor, y: Tensor): void => {
      const tape = new GradientTape();
      const loss = tape.record(() => {
        const loss = lossOf(network, y, run(model, x));
        return model.losses.reduce((total, penalty) => total.add(penalty), loss);
      });
      const weights = model.trainableWeights;
      optimizer.applyGradients(tape.gradient(loss, weights, { unconnected: "zero" }), weights);
    };
    const captured = jit(train);
    const step = isCaptured ? captured : train;
    model.train();
    for (let epoch = 0; epoch < 2; epoch++) {
      for (let begin = 0; begin < SAMPLES; begin += BATCH) {
        const size = Math.min(BATCH, SAMPLES - begin);
        tidy(() => step(rows(x, begin, size), rows(y, begin, size)));
      }
    }
    model.eval();
    captured.dispose();
  }

  function rows(x: Tensor, begin: number, size: number): Tensor {
    return x.slice([begin, ...x.shape.slice(1).map(() => 0)], [size, ...x.shape.slice(1)]);
  }
});
