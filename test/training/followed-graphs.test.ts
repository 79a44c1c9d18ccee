/** `fit` follows numbers that callbacks change, refuses hidden state, and runs eagerly if asked to. */

import {
  type CallbackLike,
  Dataset,
  Dense,
  Dropout,
  EarlyStopping,
  LambdaCallback,
  Model,
  ReduceLROnPlateau,
  Sequential,
  type Tensor,
  jit,
  losses,
  metrics,
  setSeed,
  tensor,
  tidy,
} from "../../src";

const silent = { verbose: 0 } as const;
const X = [[0, 1], [1, 0], [1, 1], [2, 1], [0, 3]]; // prettier-ignore
const Y = [[1], [0], [2], [1], [3]];

function network(): Sequential {
  setSeed(4);
  return new Sequential([new Dense(3, { activation: "tanh" }), new Dropout(0.3), new Dense(1)]);
}

type Form = "arrays" | "dataset";
const forms: Form[] = ["arrays", "dataset"];

/** Batches in memory, or of a map, which are fed one by one. */
function dataOf(form: Form): Dataset<[Tensor, Tensor]> {
  const set = Dataset.fromTensorSlices([tensor(X), tensor(Y)]).batch(2);
  return form === "arrays" ? set : set.map(([x, y]): [Tensor, Tensor] => [x, y]);
}

describe.each(forms)("over %s", (form) => {
  test("a loss follows a number that a callback changes", async () => {
    const model = new Sequential([new Dense(1, { kernelInitializer: "ones" })]);
    let factor = 1;
    const loss = (yTrue: Tensor, yPred: Tensor): Tensor =>
      losses.meanSquaredError(yTrue, yPred).mul(factor);
    model.compile({ optimizer: "sgd", loss });
    model.optimizer.learningRate = 0;
    const callbacks = [{ onEpochEnd: (epoch: number) => void (factor = epoch + 2) }];
    const history = await model.fit(dataOf(form), { ...silent, epochs: 3, callbacks });
    const [first] = history.history.loss;
    expect(history.history.loss[1] / first).toBeCloseTo(2, 5);
    expect(history.history.loss[2] / first).toBeCloseTo(3, 5);
  });

  test("validation follows it, too", async () => {
    const model = new Sequential([new Dense(1)]).build([null, 2]);
    let shift = 0;
    const gap = (yTrue: Tensor, yPred: Tensor): Tensor =>
      yTrue.sub(yPred).mul(0).add(shift).mean(1);
    model.compile({ optimizer: "sgd", loss: "mse", metrics: [gap] });
    const callbacks = [
      {
        onEpochEnd: () => {
          shift += 1;
        },
      },
    ];
    const validationData = dataOf(form);
    const history = await model.fit(dataOf(form), {
      ...silent,
      epochs: 3,
      callbacks,
      validationData,
    });
    expect(history.history.gap).toEqual([0, 1, 2]);
    expect(history.history.valGap).toEqual([0, 1, 2]);
  });

  test("a loss whose number changes at each capture is refused", async () => {
    let calls = 0;
    const loss = (yTrue: Tensor, yPred: Tensor): Tensor =>
      losses.meanSquaredError(yTrue, yPred).mul(++calls);
    const model = network().compile({ optimizer: "sgd", loss });
    await expect(model.fit(dataOf(form), silent)).rejects.toThrow(
      /fit: expected two captures .* has the input \d, then \d\. Keep .* runEagerly: true/,
    );
  });

  test("eagerly it comes to the same weights, with JavaScript at every batch", async () => {
    const results = [];
    for (const runEagerly of [false, true]) {
      const model = network().compile({
        optimizer: "adam",
        loss: "mse",
        metrics: ["mae"],
        runEagerly,
      });
      const history = await model.fit(dataOf(form), {
        ...silent,
        epochs: 3,
        validationData: dataOf(form),
      });
      results.push([
        history.history.valLoss,
        history.history.mae,
        ...model.weights.map((weight) => weight.data()),
      ]);
    }
    expect(results[1]).toEqual(results[0]);
  });
});

test("callbacks of the library cost no captures; any code of the caller's does, each epoch", async () => {
  const capturesWith = async (callbacks: CallbackLike[]): Promise<number> => {
    let captures = 0;
    const loss = (yTrue: Tensor, yPred: Tensor): Tensor => {
      captures++;
      return losses.meanSquaredError(yTrue, yPred);
    };
    const model = network().compile({ optimizer: "sgd", loss });
    await model.fit(X, Y, { ...silent, batchSize: 5, epochs: 4, callbacks });
    return captures;
  };
  class Derived extends EarlyStopping {}
  const watching = { monitor: "loss", patience: 4 };
  const replaced = Object.assign(new EarlyStopping(watching), { onEpochEnd: () => undefined });
  const alone = await capturesWith([]);
  expect(
    await capturesWith([new EarlyStopping(watching), new ReduceLROnPlateau({ monitor: "loss" })]),
  ).toBe(alone);
  for (const callback of [
    { onTrainBegin: () => undefined },
    replaced,
    new LambdaCallback({}),
    new Derived(watching),
  ]) {
    expect(await capturesWith([callback])).toBe(alone + 4);
  }
});

class Spread extends metrics.Metric {
  private readonly total = this.addVariable("total");
  private batches = 0;

  protected accumulate(yTrue: Tensor, yPred: Tensor): void {
    this.batches++;
    this.total.assignAdd(yTrue.sub(yPred).abs().max().cast("float64"));
  }

  result(): number {
    return this.total.item() / this.batches;
  }

  override reset(): void {
    super.reset();
    this.batches = 0;
  }
}

test("a metric that counts in a JavaScript field is refused, and works eagerly", async () => {
  const model = network().compile({ optimizer: "sgd", loss: "mse", metrics: [new Spread()] });
  const refusal =
    /expected metrics that keep their state in Variables, but Spread changes its field batches/;
  await expect(model.fit(X, Y, silent)).rejects.toThrow(refusal);
  await expect(model.evaluate(X, Y)).rejects.toThrow(refusal);
  model.compile({ optimizer: "sgd", loss: "mse", metrics: [new Spread()], runEagerly: true });
  const { spread } = await model.evaluate(X, Y, { batchSize: 1 });
  const predicted = (await model.predict(X)).data();
  const gaps = Y.map(([y], i) => Math.abs(y - predicted[i]));
  expect(spread).toBeCloseTo(gaps.reduce((a, b) => a + b) / Y.length, 5);
});

class Looking extends Model {
  readonly dense = new Dense(1);
  looks = false;
  seen = "";

  override forward(x: Tensor): Tensor {
    if (this.looks) this.seen = x.toString();
    return this.dense.forward(x);
  }
}

test("values in forward are there eagerly alone; fit says so", async () => {
  const model = new Looking();
  tidy(() => model.forward(tensor(X)));
  model.looks = true;
  model.compile({ optimizer: "sgd", loss: "mse" });
  await model.fit(X, Y, silent);
  expect(model.seen).toMatch(
    /has no values yet: fit runs layers, .*console.log, compile\({ runEagerly: true }\)/,
  );
  jit((x: Tensor) => model.forward(x)).plan(tensor(X));
  expect(model.seen).toContain("that jit is capturing");
  const loss = (yTrue: Tensor, yPred: Tensor): Tensor => yPred.sub(yTrue.sum().item());
  model.compile({ optimizer: "sgd", loss });
  await expect(model.fit(X, Y, silent)).rejects.toThrow(
    /has no values yet: fit runs .* runEagerly/,
  );
  model.compile({ optimizer: "sgd", loss: "mse", runEagerly: true });
  await model.fit(X, Y, { ...silent, batchSize: 5, shuffle: false });
  expect(model.seen).toBe(tensor(X).toString());
  await model.trainOnBatch([[7, 8]], [[1]]);
  expect(model.seen).toBe(tensor([[7, 8]]).toString());
});

test("runEagerly is a flag", () => {
  const options = { optimizer: "sgd", loss: "mse", runEagerly: 1 as never } as const;
  expect(() => network().compile(options)).toThrow(/compile.*runEagerly/);
});
