/** Norms of weight gradients: against hand-written backpropagation, and what they leave alone. */

import {
  Dense,
  Dropout,
  GradientNorms,
  GradientTape,
  Model,
  Module,
  Sequential,
  type Tensor,
  Variable,
  gradientNorms,
  losses,
  matMul,
  optimizers,
  randomUniform,
  setSeed,
  tensor,
} from "../../src";
import { compiled, leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

const { meanSquaredError, sparseCategoricalCrossentropy } = losses;

type Matrix = number[][];
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0].map((_, j) => row.reduce((total, value, k) => total + value * b[k][j], 0)));
const transpose = (a: Matrix): Matrix => a[0].map((_, j) => a.map((row) => row[j]));
const norm = (values: Matrix): number => Math.hypot(...values.flat());

/** x -> tanh(x W1 + b1) W2 + b2, in float64. */
class TwoLayers extends Model {
  hidden = new Dense(4, { activation: "tanh", dtype: "float64" });
  output = new Dense(2, { dtype: "float64" });

  override forward(x: Tensor): Tensor {
    return this.output.forward(this.hidden.forward(x));
  }
}

function twoLayers(): { model: TwoLayers; x: Tensor; y: Tensor } {
  setSeed(3);
  const model = new TwoLayers().build([null, 3], "float64");
  const x = randomUniform([5, 3], -1, 1, "float64");
  const y = randomUniform([5, 2], -1, 1, "float64");
  return { model, x, y };
}

/** The gradient of sum over the samples of mean_j (p_j - y_j)^2, by the chain rule written out. */
function backpropagate({ hidden, output }: TwoLayers, x: Matrix, y: Matrix): Matrix[] {
  const [w1, w2] = [hidden.kernel!.array(), output.kernel!.array()] as Matrix[];
  const [b1, b2] = [hidden.bias!.array(), output.bias!.array()] as number[][];
  const h = product(x, w1).map((row) => row.map((z, j) => Math.tanh(z + b1[j])));
  const p = product(h, w2).map((row) => row.map((z, j) => z + b2[j]));
  const dp = p.map((row, i) => row.map((value, j) => value - y[i][j]));
  const dz = product(dp, transpose(w2)).map((row, i) =>
    row.map((value, j) => value * (1 - h[i][j] ** 2)),
  );
  const columnSums = (a: Matrix): Matrix => product([a.map(() => 1)], a);
  return [product(transpose(x), dz), columnSums(dz), product(transpose(h), dp), columnSums(dp)];
}

describe("gradientNorms", () => {
  check("agrees with backpropagation written by hand", () => {
    const { model, x, y } = twoLayers();
    const gradients = backpropagate(model, x.array() as Matrix, y.array() as Matrix);
    const [dw1, db1, dw2, db2] = gradients.map(norm);
    const expected = [
      { layer: "hidden", norm: Math.hypot(dw1, db1), weights: { kernel: dw1, bias: db1 } },
      { layer: "output", norm: Math.hypot(dw2, db2), weights: { kernel: dw2, bias: db2 } },
    ];
    const summed = gradientNorms(model, x, y, { loss: meanSquaredError, reduction: "sum" });
    expectNorms(summed, expected, 1);
    expectNorms(gradientNorms(model, x, y, { loss: meanSquaredError }), expected, 1 / 5);
  });

  check("adds up in float64: gradients whose squares vanish in float32 have a norm", () => {
    const model = new Sequential([new Dense(1, { useBias: false, kernelInitializer: "zeros" })]);
    const y = tensor([[-3e-30], [-4e-30]]);
    const [{ norm }] = gradientNorms(model, tensor([[1, 0], [0, 1]]), y, {
      loss: (yTrue, yPred) => yPred.sub(yTrue).mul(yTrue),
      reduction: "sum",
    }); // prettier-ignore
    expect(norm / 5e-30).toBeCloseTo(1, 6);
  });

  check("names layers by their path and weights by theirs within it", () => {
    class Scaled extends Module {
      factors = { gain: new Variable([2, 2]), offsets: [new Variable([1, 1])] };
      forward(x: Tensor): Tensor {
        return x.mul(this.factors.gain).add(this.factors.offsets[0]);
      }
    }
    class Nested extends Model {
      blocks = [new Sequential([new Dense(2)]), new Scaled()];
      own = new Variable([[1], [1]]);
      override forward(x: Tensor): Tensor {
        const [first, second] = this.blocks as [Sequential, Scaled];
        return matMul(second.forward(first.forward(x)), this.own);
      }
    }
    const norms = gradientNorms(new Nested(), tensor([[1, 2]]), tensor([[0]]), {
      loss: meanSquaredError,
    });
    expect(norms.map(({ layer, weights }) => [layer, ...Object.keys(weights)])).toEqual([
      ["Nested", "own"],
      ["blocks.0.layers.0", "kernel", "bias"],
      ["blocks.1", "factors.gain", "factors.offsets.0"],
    ]);
  });

  check("leaves out frozen layers, gives 0 where the loss does not reach", () => {
    class Partly extends TwoLayers {
      spare = new Dense(2, { dtype: "float64" });
    }
    const model = new Partly().build([null, 3], "float64");
    model.spare.build([null, 3]);
    model.hidden.trainable = false;
    const norms = gradientNorms(
      model,
      randomUniform([5, 3], -1, 1, "float64"),
      randomUniform([5, 2], -1, 1, "float64"),
      { loss: meanSquaredError },
    );
    expect(norms.map(({ layer, norm }) => [layer, norm > 0])).toEqual([
      ["output", true],
      ["spare", false],
    ]);
    expect(norms[1].norm).toBe(0);
  });

  check("runs without dropout and leaves weights, modes and random series as they were", () => {
    const [dropout, frozenMode] = [new Dropout(0.5, { seed: 1 }), new Dropout(0.5, { seed: 2 })];
    const model = new Sequential([new Dense(8), dropout, frozenMode, new Dense(2)]);
    const x = randomUniform([4, 3]);
    const y = tensor(Uint8Array.of(0, 1, 0, 1));
    model.build([null, 3]);
    model.train();
    frozenMode.eval();
    const options = {
      loss: (yTrue: Tensor, yPred: Tensor) =>
        sparseCategoricalCrossentropy(yTrue, yPred, { fromLogits: true }),
    };
    const before = model.weights.map((weight) => weight.array());
    const twin = new Dropout(0.5, { seed: 1 }).train();
    expect(gradientNorms(model, x, y, options)).toEqual(gradientNorms(model, x, y, options));
    expect([model, dropout, frozenMode].map((module) => module.training)).toEqual([
      true,
      true,
      false,
    ]);
    expect(model.weights.map((weight) => weight.array())).toEqual(before);
    expect(dropout.forward(x).array()).toEqual(twin.forward(x).array());
    expect(() =>
      gradientNorms(model, x, y, {
        loss: () => {
          throw new Error("broken loss");
        },
      }),
    ).toThrow("broken loss");
    expect([model.training, frozenMode.training]).toEqual([true, false]);
  });

  check("refuses what it cannot measure", () => {
    const { model, x, y } = twoLayers();
    const measure = gradientNorms as (...args: unknown[]) => unknown;
    const loss = meanSquaredError;
    expect(() => measure({}, x, y, { loss })).toThrow(
      "gradientNorms: expected a Model for model but received Object",
    );
    expect(() => measure(model, [1], y, { loss })).toThrow(
      "gradientNorms: expected a Tensor for x but received Array",
    );
    expect(() => measure(model, x, undefined, { loss })).toThrow(
      "gradientNorms: expected a Tensor for yTrue but received undefined",
    );
    expect(() => measure(model, x, y)).toThrow(
      "gradientNorms: expected an object for options but received undefined",
    );
    expect(() => measure(model, x, y, { losses: loss })).toThrow(
      "gradientNorms: expected options among loss, reduction but received losses",
    );
    expect(() => measure(model, x, y, {})).toThrow(
      "gradientNorms: expected a loss, a function or one of circle,",
    );
    expect(() => measure(model, x, y, { loss, reduction: "max" })).toThrow(
      'gradientNorms: expected "mean" or "sum" for reduction but received "max"',
    );
    expect(() => measure(model, x, y, { loss: () => 1 })).toThrow(
      "gradientNorms: expected a float tensor from the loss but received 1",
    );
    expect(() => measure(new Sequential([]), x, y, { loss: () => x })).toThrow(
      "gradientNorms: expected a model with trainable weights but received Sequential, which has none",
    );
    const captured = compiled((x: Tensor, y: Tensor) => void measure(model, x, y, { loss }));
    expect(() => captured(x, y)).toThrow("has no values yet");
  });
});

describe("GradientNorms", () => {
  check("records what gradientNorms measures between the steps of a handwritten loop", () => {
    const { model, x, y } = twoLayers();
    const optimizer = new optimizers.SGD(0.5);
    const step = compiled((x: Tensor, y: Tensor) => {
      const tape = new GradientTape();
      const loss = tape.record(() => meanSquaredError(y, model.forward(x)));
      optimizer.applyGradients(tape.gradient(loss, model.trainableWeights), model.trainableWeights);
    });
    const norms = new GradientNorms(x, y, { loss: meanSquaredError });
    const expected = [0, 1, 2].map((epoch) => {
      if (epoch > 0) step(x, y);
      const record = norms.record(model, epoch);
      const layers = gradientNorms(model, x, y, { loss: meanSquaredError });
      expect(record).toEqual({ step: epoch, layers });
      return record;
    });
    expect(norms.history).toEqual(expected);
    const [first, , last] = norms.history.map(({ layers }) => layers[0].norm);
    expect(last).not.toBe(first);
  });

  test("records as a callback of fit, before the first and after every epoch", async () => {
    const { model, x, y } = twoLayers();
    const norms = new GradientNorms(x, y, { loss: "meanSquaredError" });
    const measured = [gradientNorms(model, x, y, { loss: meanSquaredError })];
    const alongside = {
      onEpochEnd: () => void measured.push(gradientNorms(model, x, y, { loss: "mse" })),
    };
    model.compile({ optimizer: new optimizers.SGD(0.1), loss: "meanSquaredError" });
    const train = (epochs: number): Promise<unknown> =>
      model.fit(x, y, { epochs, batchSize: 2, verbose: 0, callbacks: [norms, alongside] });
    await train(2);
    await train(1);
    expect(norms.history.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
    expect(norms.history.map(({ layers }) => layers)).toEqual(measured);
    expect(new Set(measured.map(([{ norm }]) => norm)).size).toBe(4);
    model.dispose();
    x.dispose();
    y.dispose();
  });

  test("does not change what fit learns", async () => {
    const learned = [];
    for (const isWatched of [false, true]) {
      setSeed(9);
      const model = new Sequential([new Dense(6), new Dropout(0.5), new Dense(1)]);
      const x = randomUniform([20, 3]);
      const y = randomUniform([20, 1]);
      const callbacks = isWatched ? [new GradientNorms(x, y, { loss: "mse" })] : [];
      model.compile({ optimizer: new optimizers.SGD(0.1), loss: "mse" });
      await model.fit(x, y, { epochs: 3, batchSize: 5, verbose: 0, callbacks });
      learned.push(model.weights.map((weight) => weight.array()));
      model.dispose();
    }
    expect(learned[1]).toEqual(learned[0]);
  });

  check("refuses a bad batch, loss or step at once", () => {
    const { model, x, y } = twoLayers();
    const make = (...args: unknown[]): GradientNorms =>
      new (GradientNorms as new (...args: unknown[]) => GradientNorms)(...args);
    expect(() => make(null, y, { loss: meanSquaredError })).toThrow("a Tensor for x");
    expect(() => make(x, y, {})).toThrow("for loss but received undefined");
    expect(() => make(x, y, { loss: "square" })).toThrow('for loss but received "square"');
    const norms = make(x, y, { loss: meanSquaredError });
    expect(() => norms.record(model, NaN)).toThrow(
      "GradientNorms: expected a finite number for step but received NaN",
    );
    expect(norms.history).toEqual([]);
  });
});

interface Norms {
  layer: string;
  norm: number;
  weights: Record<string, number>;
}

/** Equal up to rounding in float64, after multiplying `expected` by `factor`. */
function expectNorms(actual: Norms[], expected: Norms[], factor: number): void {
  const flat = (norms: Norms[]): [string, number][] =>
    norms.flatMap(({ layer, norm, weights }) => [
      [layer, norm],
      ...Object.entries(weights).map(([name, value]): [string, number] => [
        `${layer}.${name}`,
        value,
      ]),
    ]);
  expect(flat(actual).map(([name]) => name)).toEqual(flat(expected).map(([name]) => name));
  flat(actual).forEach(([, value], i) => {
    const wanted = flat(expected)[i][1] * factor;
    expect(Math.abs(value - wanted)).toBeLessThan(1e-13 * wanted);
  });
}
