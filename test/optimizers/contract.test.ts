/** What every optimizer shares: options, state, configuration, schedules, groups. */

import {
  Dense,
  GradientTape,
  Sequential,
  type Tensor,
  Variable,
  constraints,
  jit,
  mean,
  optimizers,
  register,
  squaredDifference,
  tensor,
  tidy,
  zeros,
} from "../../src";
import { namesOf } from "../../src/nn/registry";
import { deserialize, serialize } from "../../src/nn/serialization";
import { compiled, leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

type Class = new (rate?: optimizers.Rate, options?: object) => optimizers.Optimizer;

/** Every optimizer that the library registers. */
const classes = namesOf("optimizer").map((name): [string, Class] => [
  name,
  (optimizers as unknown as Record<string, Class>)[name],
]);

/** Options of the base class, of which each kind stands once. */
const SHARED: [string, object][] = [
  ["no option", {}],
  ["decay and a limit", { weightDecay: 0.1, globalClipnorm: 0.5 }],
  ["averages", { useEma: true, emaMomentum: 0.7, emaOverwriteFrequency: 2 }],
  ["accumulation", { gradientAccumulationSteps: 2, clipnorm: 0.3 }],
];

const gradientsAt = (step: number): Tensor[] => [
  tensor([0.3 * Math.sin(step), -0.2, 0.1 * step, 0.05, 1, -1], [2, 3]),
  tensor([0.1, -0.4 * Math.cos(step)]),
];

function weightsOf(): Variable[] {
  const kernel = new Variable(tensor([1, -2, 3, 0.5, 0.1, -1], [2, 3]), { name: "dense.kernel" });
  return [kernel, new Variable([1, 2], { name: "dense.bias" })];
}

function train(optimizer: optimizers.Optimizer, weights: Variable[], steps: number[]): void {
  for (const step of steps) tidy(() => optimizer.applyGradients(gradientsAt(step), weights));
}

const valuesOf = (variables: readonly Variable[]): unknown => variables.map((v) => v.array());

describe.each(classes)("%s", (_name, create) => {
  describe.each(SHARED)("with %s", (_what, options) => {
    check("goes on exactly from its state, in an optimizer made from its configuration", () => {
      const [optimizer, weights] = [new create(0.05, options), weightsOf()];
      train(optimizer, weights, [1, 2, 3]);
      const kept = Object.fromEntries(
        Object.entries(optimizer.state()).map(([path, variable]) => [path, variable.array()]),
      );
      const json = JSON.parse(JSON.stringify(serialize(optimizer))) as unknown;
      const other = deserialize(json) as optimizers.Optimizer;
      expect(other).toBeInstanceOf(create);
      expect(other.config()).toEqual(optimizer.config());
      const copies = weights.map((weight) => new Variable(weight, { name: weight.name }));
      other.build(copies).loadState(kept);
      train(optimizer, weights, [4, 5]);
      train(other, copies, [4, 5]);
      expect(valuesOf(copies)).toEqual(valuesOf(weights));
      const states = [optimizer, other].map((each) => valuesOf(Object.values(each.state())));
      expect(states[1]).toEqual(states[0]);
    });

    check("gives the same captured, fused and unfused", () => {
      const run = (wrap: (step: (a: Tensor, b: Tensor) => void) => typeof step): unknown => {
        const [optimizer, weights] = [new create(0.05, options), weightsOf()];
        const step = wrap((a, b) => optimizer.applyGradients([a, b], weights));
        for (const at of [1, 2, 3, 4, 5]) {
          tidy(() => {
            const [a, b] = gradientsAt(at);
            step(a, b);
          });
        }
        return weights.map((weight) => [...weight.data()]);
      };
      const eager = run((step) => step);
      for (const fuse of [true, false]) {
        const captured = run((step) => compiled(step, { fuse })) as number[][];
        captured.forEach((values, w) =>
          values.forEach((value, i) => expect(value).toBeCloseTo((eager as number[][])[w][i], 5)),
        );
      }
    });
  });

  check("refuses options that are none, before it makes anything", () => {
    expect(() => new create(0.1, { weightDcay: 1 })).toThrow(
      /expected options among .*weightDecay/,
    );
    expect(() => new create(0.1, { clipnorm: 1, clipvalue: 1 })).toThrow(
      /one of clipnorm, clipvalue/,
    );
    expect(() => new create(0.1, { gradientAccumulationSteps: 1 })).toThrow(/>= 2/);
    expect(() => new create(0.1, { emaMomentum: 2 })).toThrow(/in \[0, 1\] for emaMomentum/);
    expect(() => new create(-1)).toThrow(/non-negative number, a schedule or .* for learningRate/);
    expect(() => new create(new Variable([1, 2]))).toThrow(/float scalar Variable/);
  });
});

const halves = (): optimizers.schedules.Schedule =>
  new optimizers.schedules.ExponentialDecay({
    initialLearningRate: 1,
    decaySteps: 1,
    decayRate: 0.5,
  });

describe("the rate", () => {
  check("follows a schedule in a captured step, which is captured once", () => {
    const optimizer = new optimizers.SGD(halves());
    const w = new Variable([8]);
    let captures = 0;
    const step = compiled((g: Tensor) => {
      captures++;
      optimizer.applyGradients([g], [w]);
    });
    for (let i = 0; i < 4; i++) tidy(() => step(tensor([1])));
    expect(w.item()).toBe(8 - 1 - 0.5 - 0.25 - 0.125);
    expect(captures).toBe(1);
    expect(optimizer.learningRate.item()).toBe(1 / 16);
    expect(() => (optimizer.learningRate = 0.1)).toThrow(/a schedule for learningRate/);
    optimizer.learningRate = new optimizers.schedules.PiecewiseConstantDecay({
      boundaries: [4],
      values: [0.25, 0],
    });
    tidy(() => step(tensor([1])));
    expect(w.item()).toBe(5.875);
    tidy(() => step(tensor([1])));
    expect(w.item()).toBe(5.875);
  });

  check("is read from a Variable of the caller's, which several optimizers may share", () => {
    const rate = new Variable(0.5);
    const both = [new optimizers.SGD(rate), new optimizers.SGD(rate)];
    const w = new Variable([4]);
    const step = compiled((g: Tensor) => both.forEach((each) => each.applyGradients([g], [w])));
    tidy(() => step(tensor([1])));
    expect(w.item()).toBe(3);
    rate.assign(1);
    tidy(() => step(tensor([1])));
    expect(w.item()).toBe(1);
  });

  check(
    "of groups holds for their weights, by Variable, by name, and by a part of the name",
    () => {
      const [kernel, bias] = weightsOf().map((v) => new Variable(v.mul(0), { name: v.name }));
      const other = new Variable([0], { name: "other" });
      const optimizer = new optimizers.SGD(1, {
        groups: [
          { weights: [kernel], learningRate: 2 },
          { names: ["bias"], learningRate: halves() },
        ],
      });
      const g = tensor([1]);
      for (let i = 0; i < 2; i++) {
        const gradients = [kernel.mul(0).add(1), bias.mul(0).add(1), g];
        optimizer.applyGradients(gradients, [kernel, bias, other]);
      }
      expect([kernel.max().item(), bias.max().item(), other.item()]).toEqual([-4, -1.5, -2]);
      expect(optimizer.config().groups).toMatchObject([
        { weights: ["dense.kernel"], learningRate: 2 },
        { names: ["bias"] },
      ]);
      const groups = [{ weights: [3], learningRate: 1 }];
      expect(() => new optimizers.SGD(1, { groups: groups as never })).toThrow(/for groups\[0\]/);
    },
  );
});

describe("options", () => {
  // One hidden class for each class: what steps read of several optimizers stays fast.
  test("are properties that all optimizers of a class share", () => {
    const [one, other] = [0.1, 0.2].map((rate) =>
      Object.getOwnPropertyDescriptors(new optimizers.SGD(rate, { momentum: rate })),
    );
    expect(one.momentum.get).toBe(other.momentum.get);
    expect(one.clipnorm.set).toBe(other.clipnorm.set);
  });

  check("may change between captured steps", () => {
    const optimizer = new optimizers.SGD(1);
    const w = new Variable([0]);
    const step = compiled((g: Tensor) => optimizer.applyGradients([g], [w]));
    tidy(() => step(tensor([8])));
    expect(w.item()).toBe(-8);
    optimizer.clipvalue = 1;
    tidy(() => step(tensor([8])));
    expect(w.item()).toBe(-9);
    optimizer.momentum = 0.5;
    tidy(() => step(tensor([8])));
    tidy(() => step(tensor([8])));
    expect(w.item()).toBe(-9 - 1 - 1.5);
    expect(() => (optimizer.momentum = 2)).toThrow(/in \[0, 1\) for momentum/);
    expect(optimizer.momentum).toBe(0.5);
    optimizer.clipnorm = 1;
    expect(() => step(tensor([8]))).toThrow(/clipnorm and clipvalue/);
  });

  check(
    "weightDecay leaves out what is excluded, also after a round through the configuration",
    () => {
      const optimizer = new optimizers.SGD(0.5, { weightDecay: 0.5 });
      optimizer.excludeFromWeightDecay(["bias"]);
      for (const each of [optimizer, deserialize(serialize(optimizer)) as optimizers.Optimizer]) {
        const weights = weightsOf();
        each.applyGradients([weights[0].mul(0), weights[1].mul(0)], weights);
        expect(weights[0].array()).toEqual([[0.75, -1.5, 2.25], [0.375, expect.closeTo(0.075), -0.75]]); // prettier-ignore
        expect(weights[1].array()).toEqual([1, 2]);
      }
    },
  );

  test("names of weights that there are not are warned of, once the weights are known", () => {
    const warned = jest.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const [kernel, bias] = ["layers.0.kernel", "layers.0.bias"].map(
      (name) => new Variable(1, { name }),
    );
    const groups = [
      { weights: ["layers.0.kernel"], names: ["gamma"], learningRate: 1 },
      { names: ["gama", "beta"], learningRate: 1 },
    ];
    const optimizer = new optimizers.AdamW(0.1, { groups });
    optimizer.excludeFromWeightDecay(["baiss"]);
    optimizer.build([]);
    const update = (): void => optimizer.applyGradients([tensor(1), tensor(1)], [kernel, bias]);
    for (let i = 0; i < 2; i++) tidy(update);
    optimizer.excludeFromWeightDecay(["bias", "gamma"]);
    optimizer.excludeFromWeightDecay({ weights: ["bias"] });
    const of = "of the 2 weights that are updated: layers.0.kernel, layers.0.bias";
    expect(warned.mock.calls.map(([message]) => message)).toEqual([
      `AdamW: excludeFromWeightDecay: "baiss" matches none ${of}`,
      `AdamW: groups[1]: "gama", "beta" matches none ${of}`,
      `AdamW: excludeFromWeightDecay: "bias" matches none ${of}`,
    ]);
    warned.mockRestore();
  });

  check("gradientAccumulationSteps make one update of the mean, as one batch of all does", () => {
    const x = tensor([1, 2, 3, 4, 5, 6, 7, 8.5], [4, 2], "float64");
    const y = tensor([1, -1, 2, 0.5], [4, 1], "float64");
    const gradientOf = (w: Variable, from: number, size: number): Tensor => {
      const tape = new GradientTape();
      const loss = tape.record(() => {
        const rows = x.slice([from], [size]);
        return mean(squaredDifference(rows.matMul(w), y.slice([from], [size])));
      });
      return tape.gradient(loss, w);
    };
    const start = tensor([0.1, 0.2], [2, 1], "float64");
    const [whole, parts] = [new Variable(start), new Variable(start)];
    const once = new optimizers.SGD(0.01);
    const often = new optimizers.SGD(0.01, { gradientAccumulationSteps: 4 });
    for (let round = 0; round < 3; round++) {
      once.applyGradients([gradientOf(whole, 0, 4)], [whole]);
      for (let i = 0; i < 4; i++) often.applyGradients([gradientOf(parts, i, 1)], [parts]);
    }
    expect(often.iterations.item()).toBe(3);
    [...parts.data()].forEach((value, i) => expect(value).toBeCloseTo(whole.data()[i], 12));
  });

  check("useEma ends with the averages", () => {
    const optimizer = new optimizers.SGD(1, { useEma: true, emaMomentum: 0.5 });
    const w = new Variable([4]);
    for (let i = 0; i < 3; i++) optimizer.applyGradients([tensor([1])], [w]);
    expect(w.item()).toBe(1);
    optimizer.finalizeVariableValues([w]);
    expect(w.item()).toBe(0.5 * (0.5 * 3 + 0.5 * 2) + 0.5 * 1);
  });

  check("constraints hold after each update", () => {
    const w = new Variable([1, 1]);
    w.constraint = constraints.nonNeg();
    new optimizers.SGD(1).applyGradients([tensor([2, 0.5])], [w]);
    expect(w.array()).toEqual([0, 0.5]);
  });
});

check("loadState takes the paths of state alone, and says how to make slots", () => {
  const adam = new optimizers.Adam();
  const [weights] = [weightsOf()];
  train(adam, weights, [1]);
  const state = adam.state();
  const fresh = new optimizers.Adam();
  expect(() => fresh.loadState(state)).toThrow(/momentum\/dense.kernel.* unknown; call build\(/);
  fresh.build(weights);
  const { iterations: _, ...rest } = state;
  expect(() => fresh.loadState(rest)).toThrow(/iterations missing/);
  expect(() => fresh.loadState({ ...state, iterations: [1] as never })).toThrow(/int32\[\]/);
  expect(fresh.iterations.item()).toBe(0);
  fresh.loadState(state);
  expect(fresh.state()["velocity/dense.bias"].array()).toEqual(
    state["velocity/dense.bias"].array(),
  );
  expect(() => fresh.build([1] as never)).toThrow(/Variable for weights\[0\]/);
});

check("an optimizer of one's own has all of it, and can be registered", () => {
  class SignDescent extends optimizers.Optimizer {
    declare decay: number;
    constructor(rate: optimizers.Rate = 0.01, options: object = {}) {
      super(rate, { decay: 0.5, ...options }, ["decay"]);
    }
    protected override slotNames(): readonly string[] {
      return ["momentum"];
    }
    protected updateOne(
      weight: Variable,
      gradient: Tensor,
      { momentum }: optimizers.Slots,
      step: optimizers.StepScalars,
    ): void {
      momentum.assign(momentum.mul(this.decay).add(gradient));
      weight.assignSub(momentum.sign().mul(step.rate(weight.dtype)));
    }
  }
  register("SignDescent", SignDescent);
  const optimizer = new SignDescent(halves(), { weightDecay: 0.5 });
  const w = new Variable([4, -4]);
  optimizer.applyGradients([tensor([3, -3])], [w]);
  expect(w.array()).toEqual([4 - 2 - 1, -4 + 2 + 1]);
  const copy = deserialize(serialize(optimizer)) as SignDescent;
  expect([copy.decay, copy.weightDecay]).toEqual([0.5, 0.5]);
});

test("fit takes every optimizer by name, and ends with the averages", async () => {
  for (const name of namesOf("optimizer")) {
    if (name === "SignDescent") continue;
    const model = new Sequential([new Dense(1)]);
    model.compile({ optimizer: name.toLowerCase() as "adam", loss: "mse" });
    const { history } = await model.fit([[1], [2]], [[2], [4]], { epochs: 2, verbose: 0 });
    expect(history.loss.every(Number.isFinite)).toBe(true);
  }
  const model = new Sequential([new Dense(1)]);
  const optimizer = new optimizers.SGD(0.1, { useEma: true, emaMomentum: 0.5 });
  model.compile({ optimizer, loss: "mse" });
  await model.fit([[1], [2]], [[2], [4]], { epochs: 3, verbose: 0 });
  const state = optimizer.state();
  for (const weight of model.weights) {
    expect(weight.array()).toEqual(state[`average/${weight.name}`].array());
  }
});

test("an average begins with its weight, also of one that joins late", () => {
  const [early, late] = [new Variable([1, 2]), new Variable([3, 4])];
  const none = zeros([2]);
  const optimizer = new optimizers.SGD(0.1, { useEma: true });
  optimizer.applyGradients([none], [early]);
  optimizer.applyGradients([none, none], [early, late]);
  optimizer.finalizeVariableValues([early, late]);
  expect([...early.data(), ...late.data()]).toEqual([1, 2, 3, 4]);

  const plain = new optimizers.SGD(0.1);
  plain.applyGradients([none], [early]);
  plain.useEma = true;
  const step = jit((g: Tensor) => plain.applyGradients([g], [early]));
  step(none);
  plain.finalizeVariableValues([early]);
  expect([...early.data()]).toEqual([1, 2]);

  plain.useEma = false;
  early.assign(tensor([5, 6]));
  step(none);
  plain.useEma = true;
  step(none);
  plain.finalizeVariableValues([early]);
  expect([...early.data()]).toEqual([5, 6]);
});

test("an average begins anew where its option is set within a captured step", () => {
  const averages = [true, false].map((isCaptured) => {
    const weight = new Variable([0]);
    const optimizer = new optimizers.SGD(1, { useEma: true, emaMomentum: 0.5 });
    const update = (g: Tensor): void => {
      optimizer.applyGradients([g], [weight]);
      optimizer.useEma = false;
      optimizer.useEma = true;
    };
    const step = isCaptured ? jit(update) : update;
    return [1, 2, 3].map((x) => {
      step(tensor([x]));
      return [...optimizer.state()["average/variable"].data()];
    });
  });
  expect(averages).toEqual([
    [[-1], [-3], [-6]],
    [[-1], [-3], [-6]],
  ]);
});

test("slots begin anew where an option that was set asks for them again", () => {
  const update = (optimizer: optimizers.Optimizer, weight: Variable, g: number): void =>
    optimizer.applyGradients([tensor([g])], [weight]);
  const [early, late] = [new Variable([0]), new Variable([0])];
  const rms = new optimizers.RMSprop(0.1, { centered: true });
  for (let i = 0; i < 60; i++) update(rms, early, 1);
  rms.centered = false;
  for (let i = 0; i < 60; i++) update(rms, early, 0.001);
  rms.centered = true; // The mean of gradients of 1 would be greater than that of their squares.
  update(rms, early, 0.001);
  expect(early.data()[0]).toBeLessThan(0);

  const sums = new optimizers.SGD(1, { gradientAccumulationSteps: 2 });
  update(sums, late, 100);
  sums.gradientAccumulationSteps = null;
  update(sums, late, 1);
  sums.gradientAccumulationSteps = 2;
  update(sums, late, 1);
  expect(late.data()[0]).toBe(-1);
  update(sums, late, 3);
  expect(late.data()[0]).toBe(-3);
});

test("setting useEma passes by what was disposed of", () => {
  const [gone, kept] = [new Variable([1]), new Variable([2])];
  const optimizer = new optimizers.SGD(0.1, { useEma: true });
  optimizer.applyGradients([zeros([1]), zeros([1])], [gone, kept]);
  gone.dispose();
  optimizer.useEma = false;
  kept.assign(tensor([3]));
  optimizer.useEma = true;
  optimizer.finalizeVariableValues([kept]);
  expect(kept.data()[0]).toBe(3);
  expect(Object.keys(optimizer.state())).toContain("iterations");
});
