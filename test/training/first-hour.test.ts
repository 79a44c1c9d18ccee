/** What a user of Keras, TensorFlow.js or brain.js types first is understood, or told what works. */

import {
  Dataset,
  Dense,
  Model,
  Sequential,
  type Tensor,
  Variable,
  metrics,
  optimizers,
  tensor,
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
