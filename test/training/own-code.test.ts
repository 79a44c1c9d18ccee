/** Which steps are captured once: those of the library's code alone. */

import {
  Dense,
  Dropout,
  Lambda,
  Layer,
  Model,
  Sequential,
  type Tensor,
  input,
  losses,
  metrics,
  optimizers,
  register,
  tensor,
} from "../../src";
import { Capture } from "../../src/capture/capture";
import { runsOwnCode } from "../../src/training/own-code";

const double = (x: Tensor): Tensor => x.mul(2);
register("ownCodeDouble", double);

class Custom extends Dense {}
class Halving extends optimizers.schedules.Schedule {
  call(step: Tensor): Tensor {
    return step.mul(0.5);
  }
}

function graphOf(layer: Dense | Lambda): Model {
  const x = input({ shape: [3] });
  return new Model({ inputs: x, outputs: layer.apply(x) });
}

const { ExponentialDecay } = optimizers.schedules;
const decay = new ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 });

const OWN: Record<string, () => unknown> = {
  layers: () => new Sequential([new Dense(2, { activation: "relu" }), new Dropout(0.5)]),
  "penalties and limits by name": () => {
    const layer = new Dense(2, { kernelRegularizer: "l2", kernelConstraint: "maxNorm" });
    layer.build([null, 3]);
    return layer;
  },
  "a graph": () => graphOf(new Dense(2)),
  "a loss": () => new losses.Huber(),
  "a metric": () => new metrics.BinaryAccuracy(),
  "an optimizer": () => new optimizers.Adam(0.01),
  "a schedule": () => new optimizers.SGD(decay).parts,
};

const OTHERS: Record<string, () => unknown> = {
  "a subclass": () => new Sequential([new Custom(2)]),
  "a function": () => new Lambda(double),
  "a function in a graph": () => graphOf(new Lambda(double)),
  "an activation": () => new Dense(2, { activation: double }),
  "a registered activation": () => new Dense(2, { activation: "ownCodeDouble" as "relu" }),
  "a penalty": () => new Dense(2, { kernelRegularizer: double }),
  "a penalty on results": () => new Dense(2, { activityRegularizer: double }),
  "a penalty that a weight was given": () => {
    const layer = new Dense(2);
    layer.build([null, 3]);
    layer.kernel!.regularizer = double;
    return layer;
  },
  "another forward": () => Object.assign(new Dense(2), { forward: double }),
  "another method": () => Object.assign(new Dense(2), { outputShape: () => [null, 2] }),
  "another method, out of sight": () =>
    Object.defineProperty(new Dense(2), "outputShape", { value: () => [null, 2] }),
  "another prototype": () => Object.setPrototypeOf(new Dense(2), Custom.prototype) as Dense,
  "another prototype that tells the class": () =>
    Object.setPrototypeOf(new Dense(2), Object.create(Dense.prototype) as object) as Dense,
  "a metric of one's own": () => ({ update: double, result: () => 0, reset: () => undefined }),
  "a loss of one's own": () => new metrics.MeanMetricWrapper(double),
  "a schedule of one's own": () => new optimizers.SGD(new Halving()).parts,
};

test.each(Object.keys(OWN))("%s: the library's code", (name) => {
  expect(runsOwnCode([OWN[name]()])).toBe(true);
});

test.each(Object.keys(OTHERS))("%s: not the library's code alone", (name) => {
  expect(runsOwnCode([OTHERS[name]()])).toBe(false);
});

test("a method of a class or of its base that was replaced is not the library's", () => {
  const isOwn = (): boolean => runsOwnCode([new Sequential([new Dense(2)])]);
  for (const { prototype } of [Dense, Layer]) {
    const spy = jest.spyOn(
      prototype as Dense,
      prototype === Dense.prototype ? "forward" : "conclude",
    );
    expect(isOwn()).toBe(false);
    spy.mockRestore();
    expect(isOwn()).toBe(true);
  }
});

test.each([
  ["the library's layers once", [new Dense(1)], 1],
  ["others twice, to compare", [new Custom(1)], 2],
])("fit captures %s", async (_, layers, captures) => {
  const finish = jest.spyOn(Capture.prototype, "finish");
  const model = new Sequential(layers);
  model.compile({ optimizer: "adam", loss: "meanSquaredError", metrics: ["accuracy"] });
  await model.fit(tensor([[1], [2]]), tensor([[1], [2]]), { epochs: 3, verbose: 0 });
  expect(finish).toHaveBeenCalledTimes(captures);
  finish.mockRestore();
});
