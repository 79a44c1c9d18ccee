/** What a user of Keras, TensorFlow.js or brain.js types first is understood, or told what works. */

import { inspect } from "node:util";

import {
  Conv2D,
  Dataset,
  Dense,
  EarlyStopping,
  FeatureSpace,
  Layer,
  LearningRateScheduler,
  Model,
  ReduceLROnPlateau,
  Sequential,
  type Tensor,
  Variable,
  jit,
  losses,
  metrics,
  optimizers,
  setSeed,
  tensor,
  zeros,
  zerosLike,
} from "../../src";

const silent = { verbose: 0 } as const;

function compiled(units = 1, loss: "mse" | "categoricalCrossentropy" = "mse"): Model {
  return new Sequential([new Dense(units)]).compile({ optimizer: "sgd", loss });
}

test("evaluate's results go by name and in order", async () => {
  const model = compiled().compile({ optimizer: "sgd", loss: "mse", metrics: ["mae"] });
  const results = await model.evaluate([1, 2], [1, 3]);
  const [loss, mae] = results;
  expect([loss, mae]).toEqual([results.loss, results.mae]);
});

test("targets that are not of the model's width are refused", async () => {
  await expect(compiled(4).fit([1, 2, 3, 4], [1, 3, 5, 7], silent)).rejects.toThrow(
    "expected yTrue and yPred of one shape [..., n] but received float32[4] and float32[4, 4]",
  );
});

test.each([
  ["an array", [0, 1]],
  ["integers", tensor([0, 1], undefined, "int32")],
])("labels for the categorical loss, %s, are told of the sparse one", async (_, labels) => {
  await expect(
    compiled(3, "categoricalCrossentropy").fit([[1], [2]], labels, silent),
  ).rejects.toThrow("for labels use sparseCategoricalCrossentropy, or oneHot(yTrue, 3)");
});

test("classes of metrics are understood, classes that are no losses refused", () => {
  const model = compiled();
  const given = { optimizer: new optimizers.SGD(0.1), loss: "mse" } as const;
  model.compile({ ...given, metrics: [metrics.BinaryAccuracy as never] });
  expect(() => model.compile({ ...given, loss: Dense as never })).toThrow(
    /for loss but received the class Dense$/,
  );
  expect(() => model.compile({ ...given, metrics: [Dense as never] })).toThrow(
    /for metrics but received the class Dense$/,
  );
});

test("a Variable made in forward is told of addWeight", async () => {
  class Lazy extends Model {
    gain?: Variable;

    override forward(x: Tensor): Tensor {
      this.gain ??= new Variable([[1]]);
      return x.mul(this.gain);
    }
  }
  const model = new Lazy().compile({ optimizer: "sgd", loss: "mse" });
  await expect(model.fit([1, 2], [1, 3], silent)).rejects.toThrow(
    "a layer makes its weights by addWeight, in build or in forward",
  );
});

test("columns of nested arrays are told how they are given", () => {
  const x = [[1, 2], [3, 4]]; // prettier-ignore
  expect(() => Dataset.fromTensorSlices([x, [1, 2]])).toThrow(
    "give columns as tensors, [tensor(x), tensor(y)], or by name, { x, y }",
  );
  expect(Dataset.fromTensorSlices({ x, y: [1, 2] })).toHaveLength(2);
});

test("a shape without the batch, and a state before build, are told of", () => {
  expect(() => compiled().build([4])).toThrow(/expected float32\[batch, \.\.\., inputs\] for x/);
  expect(() => compiled().loadState({ "layers.0.kernel": [[1]] })).toThrow(/build the model first/);
});

test("print writes a tensor to the console", () => {
  const log = jest.spyOn(console, "log").mockImplementation();
  tensor([1, 2]).print();
  expect(log).toHaveBeenCalledWith("[1. 2.]");
  log.mockRestore();
});

test("samples of one number train a Dense(1)", async () => {
  const model = compiled().compile({ optimizer: new optimizers.SGD(0.1), loss: "mse" });
  const { history } = await model.fit([1, 2, 3, 4], [1, 3, 5, 7], { ...silent, epochs: 200 });
  expect(history.loss.at(-1)).toBeLessThan(0.1);
  expect(await model.predict([5])).toMatchObject({ shape: [1, 1] });
});

test("a single sample of four numbers is told to be put into brackets", async () => {
  const model = compiled();
  await model.fit([[1, 2, 3, 4]], [1], silent);
  await expect(model.predict([0.1, 0.2, 0.3, 0.4])).rejects.toThrow("into brackets, [x]");
  expect(await model.predict([[0.1, 0.2, 0.3, 0.4]])).toMatchObject({ shape: [1, 1] });
});

test("logs, monitors, activations and initializers go by Keras' names", async () => {
  const layer = new Dense(1, { activation: "leaky_relu", kernelInitializer: "he_normal" });
  const model = new Sequential([layer]);
  model.compile({ optimizer: "adam", loss: "mean_squared_error", metrics: ["precision"] });
  const seen: number[][] = [];
  const callbacks = [
    new EarlyStopping({ monitor: "val_loss", patience: 3 }),
    { onEpochEnd: (_: number, logs: Record<string, number>) => void seen.push([logs.val_loss, logs.valLoss]) },
  ]; // prettier-ignore
  const options = { ...silent, validationData: [[[1]], [[1]]], callbacks } as const;
  const { history } = await model.fit([[1], [0]], [[1], [0]], options);
  expect(seen).toEqual([[history.valLoss[0], history.val_loss[0]]]);
  const unknown = { ...silent, callbacks: new EarlyStopping({ monitor: "val_acuracy" }) };
  await expect(model.fit([[1]], [[1]], unknown)).rejects.toThrow(
    /for monitor but received "valAcuracy"/,
  );
});

test("EarlyStopping on precision keeps the weights of the greatest", async () => {
  const model = compiled().compile({ optimizer: "sgd", loss: "mse", metrics: ["precision"] });
  const [layer] = (model as Sequential).layers as Dense[];
  const values = [0.2, 0.9, 0.4];
  const kernels: number[] = [];
  const put = {
    onEpochEnd(epoch: number, logs: Record<string, number>) {
      logs.precision = values[epoch];
      kernels.push(layer.weights[0].item());
    },
  };
  const stopping = new EarlyStopping({
    monitor: "precision",
    restoreBestWeights: true,
    patience: 5,
  });
  await model.fit([1, 2], [3, 4], { ...silent, epochs: 3, callbacks: [put, stopping] });
  expect(layer.weights[0].item()).toBe(kernels[1]);
});

type Loose = Record<string, (...args: unknown[]) => unknown>;
const loose = (value: unknown): Loose => value as Loose;

test("methods answer to the names that Keras, TensorFlow.js and NumPy have for them", async () => {
  const x = tensor([[1], [2]]);
  expect(loose(x).arraySync()).toEqual([[1], [2]]);
  expect([...(loose(x).dataSync() as Float32Array)]).toEqual([1, 2]);
  expect(loose(loose(x).matmul([[3]])).array()).toEqual([[3], [6]]);
  expect(loose(loose(x).reduce_mean(0)).array()).toEqual([1.5]);
  expect(loose(loose(x).expand_dims(0)).array()).toEqual([[[1], [2]]]);
  expect(loose(x.argMax(0)).array()).toEqual(loose(loose(x).argmax(0)).array());
  const set = loose(Dataset).from_tensor_slices({ x: [1, 2], y: [1, 3] }) as Dataset<Tensor>;
  const model = compiled();
  await loose(model).fitDataset(set.batch(1), { ...silent, epochs: 2 });
  expect(await loose(model).train_on_batch([1], [1])).toHaveProperty("loss");
  expect(loose(model).count_params()).toBe(2);
  expect(loose(model).get_weights()).toHaveLength(2);
  const mean = new metrics.Mean();
  loose(mean).update_state(tensor([1, 3]));
  expect(mean.result()).toBe(2);
  loose(mean).reset_state();
  expect(Object.keys(Object.getPrototypeOf(model) as object)).toEqual([]);
});

test("evaluate and predict take verbose as Keras' users type it", async () => {
  const told = jest.spyOn(console, "log").mockImplementation();
  try {
    setSeed(1); // of a loss that is written in four places
    const model = compiled();
    const { loss } = await model.evaluate([1], [1], { verbose: 0 });
    await model.predict(tensor([1]), { verbose: 0 });
    await model.predict(tensor([1]), { verbose: 1 });
    expect(told.mock.calls).toEqual([]);
    await model.evaluate([1], [1], { verbose: 1 });
    expect(told.mock.calls).toEqual([[`1 batch - loss: ${loss.toFixed(4)}`]]);
  } finally {
    told.mockRestore();
  }
});

test.each<[string, () => unknown, string]>([
  ["fit's", () => compiled().fit([1], [1], { batch_size: 2 } as never), "the option batchSize but received batch_size"],
  ["brain.js'", () => compiled().fit([1], [1], { iterations: 9 } as never), "fit(x, y, { epochs: 20 })"],
  ["none", () => compiled().fit([1], [1], 5 as never), "received 5; put options into braces, { epochs: ... }"],
  ["beside a dataset", () => compiled().fit(Dataset.fromTensorSlices([tensor([1]), tensor([1])]).batch(1), 5 as never), "{ epochs: 5 }"],
  ["evaluate's", () => compiled().evaluate([1], [1], { verbose: 7 } as never), 'evaluate: expected "auto", 0, 1 or 2 for verbose'],
  ["a layer's", () => new Dense(3, { kernel_initializer: "zeros" } as never), "kernelInitializer but received kernel_"],
  ["of an input", () => new Dense(3, { inputShape: [4] } as never), "input({ shape: [4] })"],
  ["all at once", () => new Dense({ units: 3 } as never), "new Dense(units, { options })"],
  ["in place", () => new Dense(3, "relu" as never), "put options into braces, { activation: ... }"],
  ["a rate", () => new optimizers.Adam({ learningRate: 0.1 } as never), "new Adam(0.001, { ... })"],
  ["a callback's", () => new EarlyStopping({ restore_best_weights: true } as never), "restoreBestWeights"],
  ["verbose of a callback", () => new EarlyStopping({ verbose: 1 } as never), "fit(x, y, { verbose: 1 }) tells of epochs, and of what callbacks do"],
  ["compile's", () => compiled().compile("adam" as never), "{ optimizer: ... }"],
  ["batch's", () => Dataset.fromTensorSlices([1]).batch(2, true as never), "{ dropRemainder: ... }"],
  ["brain.js' train", () => compiled().train([{ input: [0], output: [1] }] as never), "await model.fit(x, y"],
])("options that are spelt or placed otherwise are told how: %s", async (_, run, line) => {
  await expect(async () => await run()).rejects.toThrow(line);
}); // prettier-ignore

/** Classes as JavaScript's users write them, without what TypeScript asks for. */
const [LooseLayer, LooseMetric] = [Layer, metrics.Metric] as unknown as (new () => object)[];

class KerasMetric extends LooseMetric {
  updateState(): void {
    return;
  }
}

class TensorMetric extends metrics.Metric {
  private readonly n = this.addVariable("n");
  protected accumulate(): void {
    this.n.assignAdd(1);
  }
  result(): number {
    return this.n as unknown as number;
  }
}

class KerasWeights extends LooseLayer {
  build(): void {
    (this as unknown as Loose).addWeight({ shape: [1], initializer: "zeros" });
  }
  forward(x: Tensor): Tensor {
    return x;
  }
}

const pairs = [{ input: [0, 1], output: [1] }, { input: [1, 1], output: [0] }, { input: [0, 0], output: [0] }]; // prettier-ignore
const table = [{ age: 3, city: "Rome" }, { age: 4, city: "Oslo" }]; // prettier-ignore
const [lookedUp, normalized] = ["stringCategorical", "floatNormalized"].map((kind) => ({ city: kind })); // prettier-ignore
const sparse = { optimizer: "sgd", loss: "sparseCategoricalCrossentropy" } as const;

test.each<[string, () => unknown, string]>([
  ["a metric's method", () => new KerasMetric(), "KerasMetric: expected a method accumulate(yTrue, yPred, sampleWeight), which takes in a batch, but there is none: name the method updateState so"],
  ["a metric's result", () => compiled().compile({ optimizer: "sgd", loss: "mse", metrics: [new TensorMetric()] }), "read its number by item()"],
  ["one metric", () => compiled().compile({ optimizer: "sgd", loss: "mse", metrics: "mae" as never }), 'put it into brackets, ["mae"]'],
  ["addWeight", () => new Sequential([new KerasWeights() as never]).build([null, 2]), "expected addWeight(name, shape, { options }) but received Object for name"],
  ["layers without brackets", () => new Sequential(new Dense(2) as never, new Dense(1) as never), "put the layers into brackets, new Sequential([...])"],
  ["a callback's class", () => compiled().fit([1], [1], { callbacks: EarlyStopping as never }), "new EarlyStopping()"],
  ["a metric that compile lacks", () => compiled().fit([1, 2], [1, 2], { ...silent, validationSplit: 0.5, callbacks: new EarlyStopping({ monitor: "val_auc" }) }), 'received "valAuc"; what else is to be watched, add to the metrics of compile'],
  ["pairs of gradients and weights", () => new optimizers.SGD(0.1).applyGradients([[tensor([1]), new Variable([1])]] as never, undefined as never), "applyGradients(gradients, weights)"],
  ["brain.js' samples", () => compiled().fit(pairs as never), "fit(data.map((d) => d.input), data.map((d) => d.output))"],
  ["the same as x", () => compiled().fit(pairs as never, [1, 2, 3]), "fit(data.map((d) => d.input), data.map((d) => d.output))"],
  ["rows of a table", () => compiled().fit(table, [1, 2]), "x but received objects with age, city; a FeatureSpace as the first layer"],
  ["grey pictures", () => new Conv2D(4, 3).forward(zeros([3, 8, 8])), "expandDims(x, 0) for a batch of one, expandDims(x, -1) for samples of one channel"],
  ["grey pictures, channels first", () => new Conv2D(4, 3, { dataFormat: "channelsFirst" }).forward(zeros([3, 8, 8])), "expandDims(x, 1) for samples of one channel"],
  ["a lookup before adapt", () => new FeatureSpace(lookedUp).forward(table), "FeatureSpace: call adapt(rows) first, which learns what city needs"],
  ["means before adapt", () => new FeatureSpace(normalized).forward(table), "FeatureSpace: call adapt(rows) first"],
  ["labels of one output", () => compiled().compile(sparse).fit([1, 2], [0, 1], silent), "expected labels in [0, 1), the classes that the model predicts, but y has 1 at position 1; for a single output use binaryCrossentropy"],
])("what Keras' and brain.js' users pass is told what takes its place: %s", async (_, run, line) => {
  await expect(async () => await run()).rejects.toThrow(line);
}); // prettier-ignore

test("the class of an optimizer stands for one with its defaults", async () => {
  const model = compiled().compile({ optimizer: optimizers.Adam as never, loss: "mse" });
  await model.fit([1], [1], silent);
  expect(model.optimizer).toBeInstanceOf(optimizers.Adam);
});

test("names that are nearly right are told what they may have been", () => {
  const model = new Sequential([new Dense(1)]);
  const compile = (options: object) => () =>
    model.compile({ optimizer: "sgd", loss: "mse", ...options } as never);
  expect(compile({ optimizer: "adma" })).toThrow('did you mean "adam"?');
  expect(compile({ loss: "mean_square_error" })).toThrow('did you mean "meanSquaredError"?');
  expect(compile({ metrics: ["acuracy"] })).toThrow('did you mean "accuracy"?');
  expect(compile({ optimizer: "levenberg" })).toThrow(/"levenberg"$/);
});

test("a cell that is no number is told with its argument and place", async () => {
  const model = new Sequential([new Dense(1)]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  const rows = [
    [1, 2],
    [3, "four"],
  ] as unknown as number[][];
  await expect(model.fit(rows, [[1], [2]], { verbose: 0 })).rejects.toThrow(
    'fit: x: expected numbers for values but received "four" at values[1][1]',
  );
  await expect(model.fit([[1], [2]], [[1], [2, 3]], { verbose: 0 })).rejects.toThrow(
    "fit: y: expected 1 items at depth 1 of values but received 2 items: ragged, at values[1]",
  );
});

test("console.log of a model shows its layers, and nothing that is internal", () => {
  const text = inspect(new Sequential([new Dense(1)], { name: "small" }));
  expect(text).toMatch(/^Sequential \{\s+name: 'small'/);
  expect(text).toContain("Dense {");
  expect(text).not.toContain("transfer");
});

test("console.dir shows a layer that knows the one around it, once", () => {
  class Owned extends Dense {
    owner: Layer | null = null;
  }
  class Owner extends Layer {
    readonly part = new Owned(1);
    constructor() {
      super({});
      this.part.owner = this;
    }
    forward(x: Tensor): Tensor {
      return this.part.forward(x);
    }
  }
  expect(inspect(new Owner(), { depth: null }).match(/Owne[rd]\b/g)).toEqual([
    "Owner",
    "Owned",
    "Owner", // [Circular Owner]
  ]);
});

test("a layer whose method is named as in Keras is told of forward", () => {
  class Twice extends (Layer as unknown as new () => object) {
    call(x: Tensor): Tensor {
      return x.mul(2);
    }
  }
  expect(() => new Twice()).toThrow(
    "Twice: expected a method forward(...), which computes the result, but there is none: name the method call so",
  );
});

test("a metric is watched by its name, underscores and all, in either spelling", async () => {
  for (const monitor of ["val_pr_auc", "valPr_auc", "valPrAuc"]) {
    const stop = new EarlyStopping({ monitor, patience: 3 });
    const model = new Sequential([new Dense(1, { activation: "sigmoid" })]).compile({
      optimizer: "sgd",
      loss: "binaryCrossentropy",
      metrics: [new metrics.AUC({ name: "pr_auc", curve: "PR" })],
    });
    const validationData = [
      [[1], [0]],
      [[1], [0]],
    ] as const;
    const options = { ...silent, validationData, callbacks: stop } as never;
    const { history } = await model.fit([[1], [0]], [[1], [0]], options);
    expect(stop.best).toBe(history.valPr_auc[0]);
  }
});

test("FeatureSpace refuses numbers that are none", () => {
  const space = new FeatureSpace({ a: "floatNormalized" });
  expect(() => space.adapt([{ a: NaN }, { a: 2 }])).toThrow(
    "numbers for a but received NaN; fill in",
  );
  space.adapt([{ a: 1 }, { a: 2 }]);
  expect(() => space.encode([{ a: NaN }])).toThrow("numbers for a but received NaN; fill in");
});

test("an optimizer says what its second argument may be, its groups, and what decays not", () => {
  const { Adam, SGD } = optimizers;
  expect(() => new SGD(0.1, 0.9 as never)).toThrow("{ momentum: ... }");
  expect(() => new Adam(0.1, 0.9 as never)).toThrow("{ beta1: ... }");
  const groups = [{ names: ["bias"], learningRate: 0.5 }];
  const optimizer = new Adam(0.1, { groups });
  expect(optimizer.groups).toMatchObject(groups);
  expect(() => ((optimizer as { groups: unknown }).groups = [])).toThrow("only a getter");
  optimizer.excludeFromWeightDecay([new Variable(1)] as never);
  expect(() => optimizer.excludeFromWeightDecay("bias" as never)).toThrow(
    'parts of names, ["bias"], or',
  );
});

test("a plan is asked for with the arguments of a call", () => {
  const step = jit((x: Tensor) => x.mul(2));
  step(zeros([2]));
  expect(() => (step.plan as () => string)()).toThrow("plan: expected the arguments of a call");
});

test("the rate is set by the names that it has elsewhere", () => {
  const optimizer = new optimizers.Adam() as unknown as Record<string, unknown>;
  for (const [name, rate] of [
    ["learning_rate", 0.5],
    ["lr", 0.25],
  ] as const) {
    optimizer[name] = rate;
    expect((optimizer.learningRate as Tensor).item()).toBe(rate);
    expect(optimizer[name]).toBe(optimizer.learningRate);
  }
  expect(Object.keys(optimizer)).not.toContain("learning_rate");
});

test("arrays where a tensor is expected are told of tensor(values)", () => {
  const x = [1, 2] as never;
  const wayOut = "received Array; tensor(values) makes one of arrays";
  expect(() => losses.mse(x, x)).toThrow(wayOut);
  expect(() => new metrics.MeanSquaredError().update(x, x)).toThrow(wayOut);
  expect(() => new Dense(1).forward(x)).toThrow(wayOut);
  expect(() => zerosLike(new Float32Array(2) as never)).toThrow("tensor(values) makes one");
  expect(() => zerosLike([[true]] as never)).toThrow("tensor(values) makes one");
  expect(() => zerosLike([tensor(1)] as never)).toThrow("; stack(tensors) makes one of several");
  const endless: unknown[] = [];
  endless[0] = endless;
  for (const other of [["a"], new DataView(new ArrayBuffer(4)), new Uint16Array(2), endless]) {
    expect(() => zerosLike(other as never)).not.toThrow("makes one");
  }
});

describe("an optimizer of one's own is told", () => {
  abstract class Own extends optimizers.Optimizer {
    constructor() {
      super(0.1);
    }
  }
  const update = (Rule: unknown, weight = new Variable([1])): void =>
    new (Rule as new () => Own)().applyGradients([tensor([1])], [weight]);

  test("which methods it lacks, before anything is changed", () => {
    expect(() => update(Own)).toThrow("Own: expected a method updateOne(weight, gradient, slots");
    class Named extends Own {
      protected override slotNames = ["momentum"] as never;
      protected updateOne(): void {
        // Is not reached.
      }
    }
    expect(() => update(Named)).toThrow("Named: expected a method slotNames(weight), which gives");
  });

  test("what slots are, and which names are taken", () => {
    const withSlots = (names: unknown, initial: unknown = null): unknown =>
      class extends Own {
        protected override slotNames = () => names as string[];
        protected override initialSlot = () => initial as null;
        protected updateOne(): void {
          // Is not reached.
        }
      };
    expect(() => update(withSlots("momentum"))).toThrow("expected an array of names");
    expect(() => update(withSlots(null))).toThrow("received null");
    expect(() => update(withSlots(["average"]))).toThrow('another name than "average"');
    expect(() => update(withSlots(["m", ""]))).toThrow('received "" at [1]');
    expect(() => update(withSlots(["m", "m"]))).toThrow('another name than "m"');
    expect(() => update(withSlots(["__proto__"]))).toThrow('another name than "__proto__"');
    expect(() => update(withSlots(["m"], 3))).toThrow('a Tensor or null for "m" but received 3');
    expect(() => update(withSlots(["constructor"], undefined))).not.toThrow();
    const counting = (...names: string[]): unknown =>
      class extends Own {
        constructor() {
          super();
          for (const name of names) this.addVariable(name, 5);
        }
        protected updateOne(): void {
          // Changes nothing.
        }
      };
    for (const name of ["waiting", "iterations", "groups/0/learningRate", "__proto__"]) {
      expect(() => update(counting(name))).toThrow(`another name than "${name}", which is taken`);
    }
    expect(() => update(counting("mine", "mine"))).toThrow('another name than "mine"');
  });

  test("a slot's name of later on as well", () => {
    class Later extends Own {
      names = ["m"];
      protected override slotNames = () => this.names;
      protected updateOne(): void {
        // Changes nothing.
      }
    }
    const [later, weight] = [new Later(), new Variable([1])];
    later.applyGradients([tensor([1])], [weight]);
    later.names = ["m", "average"];
    expect(() => later.applyGradients([tensor([1])], [weight])).toThrow('name than "average"');
  });

  test("an option that would hide a method", () => {
    class Stateful extends optimizers.Optimizer {
      constructor() {
        super(0.1, { state: 1 }, ["state"]);
      }
      protected updateOne(): void {
        // Is not reached.
      }
    }
    expect(() => new Stateful()).toThrow('another name than "state" for an option');
  });

  test("that a returned weight goes nowhere", () => {
    class Returning extends Own {
      protected updateOne(weight: Variable, gradient: Tensor): void {
        return weight.sub(gradient) as never;
      }
    }
    expect(() => update(Returning)).toThrow("returned float32[1]; use weight.assign(...)");
    class Assigning extends Own {
      protected override updateOne = (weight: Variable, gradient: Tensor) =>
        weight.assignSub(gradient) as never;
    }
    const weight = new Variable([1]);
    update(Assigning, weight);
    expect(weight.data()[0]).toBe(0);
    jit((g: Tensor) => new (Assigning as never as new () => Own)().applyGradients([g], [weight]))(
      tensor([2]),
    );
    expect(weight.data()[0]).toBe(-2);
  });
});

test("a feature's name is told, not its layer's alone", () => {
  const space = new FeatureSpace({ visits: "integerCategorical" });
  const message = "FeatureSpace: visits: IntegerLookup: expected integers";
  expect(() => space.adapt([{ visits: 3.5 }])).toThrow(message);
  space.adapt([{ visits: 3 }]);
  expect(() => space.encode([{ visits: 3.5 }])).toThrow(message);
});

test("columns of other lengths and numbers without end are told by their names", () => {
  const space = new FeatureSpace({ a: "floatNormalized", b: "floatNormalized" });
  expect(() => space.adapt({ a: [1, 2], b: [1] })).toThrow("a has 2 rows and b has 1");
  expect(() => space.adapt({ a: [1, 2], b: [1, Infinity] })).toThrow(
    "FeatureSpace: b: Normalization: expected numbers of finite mean and variance for adapt",
  );
  expect(() => new FeatureSpace({ constructor: "float" }).encode([{ b: 1 }])).toThrow(
    "a value for constructor in each record",
  );
});

test.each([
  ["ReduceLROnPlateau", () => new ReduceLROnPlateau({ monitor: "loss" })],
  ["LearningRateScheduler", () => new LearningRateScheduler(() => 0.1)],
])("%s refuses a rate that follows a schedule before it trains", async (name, create) => {
  const schedule = new optimizers.schedules.CosineDecay({ initialLearningRate: 1, decaySteps: 9 });
  const optimizer = new optimizers.SGD(schedule);
  const model = new Sequential([new Dense(1)]).compile({ optimizer, loss: "mse" });
  const training = model.fit([[1]], [[1]], { ...silent, callbacks: create() });
  await expect(training).rejects.toThrow(`${name}: expected an optimizer with a number`);
  expect(optimizer.iterations.item()).toBe(0);
});
