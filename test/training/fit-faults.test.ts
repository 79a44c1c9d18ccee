import {
  Dataset,
  Dense,
  type Model,
  Module,
  Sequential,
  type Tensor,
  optimizers,
  tensor,
} from "../../src";
import { leakFreeAsync, own } from "../helpers/leak-free";

const silent = { verbose: 0 } as const;
const CLASSES = 3;

/** Samples of two features and labels, as tensors that the test owns; label `bad` is none. */
function samples(count: number, bad?: number): [Tensor, Tensor] {
  const x = Array.from({ length: count }, (_, i) => [i / count, 1 - i / count]);
  const y = Array.from({ length: count }, (_, i) => (i === bad ? 7 : i % CLASSES));
  return [own(tensor(x)), own(tensor(y, [count], "int32"))];
}

function classifier(
  hidden: Module = new Dense(4, { activation: "relu" }),
  optimizer: optimizers.Optimizer | "adam" = "adam",
): Model {
  const output = new Dense(CLASSES, { activation: "softmax" });
  const model = own(new Sequential([hidden, output])).build([null, 2]);
  return model.compile({ optimizer, loss: "sparseCategoricalCrossentropy" });
}

const stateOf = (model: Model): unknown =>
  [...model.weights, ...Object.values(model.optimizer.state())].map((variable) => [
    ...variable.data(),
  ]);

/** What was settled, errors by their messages. */
async function outcomes(promises: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((one) => (one.status === "rejected" ? (one.reason as Error).message : "done"));
}

const fed = (data: [Tensor, Tensor]): Dataset<[Tensor, Tensor]> =>
  Dataset.fromTensorSlices(data).batch(10).map((element) => element); // prettier-ignore

describe("fit leaves every Variable as it was", () => {
  const faults: Record<string, (model: Model) => Promise<unknown>> = {
    "with a label out of range": (model) => model.fit(...samples(100, 60), silent),
    "with one in the validation data": (model) =>
      model.fit(...samples(100), { ...silent, validationData: samples(20, 19) }),
    "with one in the first batch of a fed dataset": (model) =>
      model.fit(fed(samples(100, 5)), silent),
    "with a disposed source": (model) => {
      const [x, y] = samples(20);
      const data = Dataset.fromTensorSlices([x, y]).batch(10);
      x.dispose();
      return model.fit(data, silent);
    },
    "when it is aborted beforehand": (model) =>
      model.fit(...samples(20), { ...silent, signal: AbortSignal.abort(new Error("aborted")) }),
  };
  const errors = [/has 7 at position 60/, /has 7 at position 19/, /label 7/, /disposed/, /aborted/];

  Object.entries(faults).forEach(([name, fault], i) => {
    test(
      name,
      leakFreeAsync(async () => {
        const model = classifier();
        await model.fit(...samples(20), silent); // creates the optimizer's slots
        const before = stateOf(model);
        await expect(fault(model)).rejects.toThrow(errors[i]);
        expect(stateOf(model)).toEqual(before);
        await model.fit(...samples(20), silent);
      }),
    );
  });
});

test(
  "a map that throws within an epoch ends fit after whole steps",
  leakFreeAsync(async () => {
    const optimizer = new optimizers.SGD(0.1);
    const model = classifier(undefined, optimizer);
    let mapped = 0;
    const data = fed(samples(100)).map((element) => {
      if (mapped++ === 5) throw new Error("in the map");
      return element;
    });
    await expect(model.fit(data, silent)).rejects.toThrow("in the map");
    expect(optimizer.iterations.item()).toBe(5);
    await model.evaluate(...samples(10));
  }),
);

describe("two models that train at once", () => {
  test(
    "do not disturb each other",
    leakFreeAsync(async () => {
      const models = [classifier(), classifier(), classifier()];
      const start = models[0].weights.map((weight) => weight.data());
      for (const model of models) {
        model.weights.forEach((weight, i) => weight.assign(own(tensor(start[i], weight.shape))));
      }
      const data = samples(2_000);
      const train = (model: Model): Promise<unknown> =>
        model.fit(...data, { ...silent, epochs: 2, shuffle: false });
      await train(models[0]);
      await Promise.all([train(models[1]), train(models[2])]);
      expect(stateOf(models[1])).toEqual(stateOf(models[0]));
      expect(stateOf(models[2])).toEqual(stateOf(models[0]));
    }),
  );

  const inUse = expect.stringMatching(/is in use: the model is training/) as string;

  test.each(["in memory", "fed"])("are refused an optimizer of both, %s", async (kind) => {
    await leakFreeAsync(async () => {
      const optimizer = new optimizers.Adam();
      const [first, second] = [classifier(undefined, optimizer), classifier(undefined, optimizer)];
      const train = (model: Model): Promise<unknown> => {
        const data = samples(2_000);
        return kind === "fed" ? model.fit(fed(data), silent) : model.fit(...data, silent);
      };
      expect(await outcomes([train(first), train(second)])).toEqual(["done", inUse]);
      await train(second);
    })();
  });

  test(
    "are refused a layer of both",
    leakFreeAsync(async () => {
      const layer = new Dense(4, { activation: "relu" });
      const [first, second] = [classifier(layer), classifier(layer)];
      const data = samples(2_000);
      const both = [first.fit(...data, silent), second.fit(...data, silent)];
      expect(await outcomes(both)).toEqual(["done", inUse]);
      await second.fit(...data, silent);
    }),
  );
});

describe("a callback", () => {
  test(
    "cannot compile the model that trains",
    leakFreeAsync(async () => {
      const model = classifier();
      const compile = (): void => {
        model.compile({ optimizer: "sgd", loss: "mse" });
      };
      const callbacks = { onEpochBegin: compile };
      await expect(model.fit(...samples(20), { ...silent, callbacks })).rejects.toThrow(
        /compile: this model is in use/,
      );
      compile();
    }),
  );

  test.each(["onEpochBegin", "onBatchBegin", "onBatchEnd"])(
    "that disposes of the model, %s, ends training by an error",
    async (name) => {
      await leakFreeAsync(async () => {
        const model = classifier();
        const callbacks = { [name]: () => model.dispose() };
        const options = { ...silent, batchSize: 5, epochs: 2, callbacks };
        await expect(model.fit(...samples(20), options)).rejects.toThrow(/was disposed of/);
      })();
    },
  );
});
