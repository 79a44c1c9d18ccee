import { type Tensor, Variable, assignSub, ones, optimizers, tensor, zeros } from "../../src";
import { alive, compiled, leakFree } from "../helpers/leak-free";

// Formulas against PyTorch and numpy: golden-trajectories.test.ts.

const check = (title: string, body: () => void): void => test(title, leakFree(body));

const kinds: [string, () => optimizers.Optimizer][] = [
  ["SGD", () => new optimizers.SGD()],
  ["SGD with momentum", () => new optimizers.SGD(0.1, { momentum: 0.9 })],
  ["SGD with Nesterov", () => new optimizers.SGD(0.1, { momentum: 0.9, nesterov: true })],
  ["Adam", () => new optimizers.Adam()],
];

check("the rates by default are Keras'", () => {
  expect(new optimizers.SGD().learningRate.item()).toBe(0.01);
  expect(new optimizers.Adam().learningRate.item()).toBe(0.001);
});

describe.each(kinds)("%s", (_name, create) => {
  check("goes downhill, in float32 and float64", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const optimizer = create();
      optimizer.learningRate = 0.05;
      const w = new Variable([3, -2], { dtype });
      for (let i = 0; i < 200; i++) optimizer.applyGradients([w.mul(2)], [w]);
      expect(w.abs().max().item()).toBeLessThan(0.05);
      expect(optimizer.iterations.item()).toBe(200);
    }
  });

  check("makes no step with a rate of 0, and one again with another rate, also captured", () => {
    const optimizer = create();
    const w = new Variable([1]);
    const step = compiled(() => optimizer.applyGradients([ones([1])], [w]));
    optimizer.learningRate = 0;
    step();
    expect(w.array()).toEqual([1]);
    optimizer.learningRate = 0.5;
    step();
    expect(w.item()).toBeLessThan(1);
    optimizer.learningRate = new Variable(0, { dtype: "float64" });
    expect(optimizer.learningRate.item()).toBe(0);
  });

  check("counts its updates, captured as well", () => {
    const optimizer = create();
    const w = new Variable([1]);
    const step = compiled(() => optimizer.applyGradients([ones([1])], [w]));
    for (let i = 0; i < 3; i++) step();
    optimizer.applyGradients([ones([1])], [w]);
    expect(optimizer.iterations.item()).toBe(4);
  });

  check("captured gives the bits of eager, also when fused", () => {
    const run = (capture: boolean): unknown => {
      const optimizer = create();
      const w = new Variable([1, -2, 3]);
      const body = (g: Tensor): void => optimizer.applyGradients([g], [w]);
      const step = capture ? compiled(body) : body;
      for (let i = 0; i < 5; i++) step(tensor([0.1 * i, 0.3, -0.2]));
      return w.array();
    };
    expect(run(true)).toEqual(run(false));
  });

  check("changes nothing when gradients and weights do not fit", () => {
    const optimizer = create();
    const [a, b] = [new Variable([1, 2], { name: "a" }), new Variable([3], { name: "b" })];
    const g = ones([2]);
    const [c, gone, goneToo] = [
      new Variable([1, 2]),
      new Variable([1, 2], { name: "gone" }),
      ones([2]),
    ];
    const counts = new Variable([1, 2], { dtype: "int32" });
    gone.dispose();
    goneToo.dispose();
    const refused: [unknown, unknown, RegExp][] = [
      [[g], [a, b], /one gradient a weight but received 1 gradients and 2 weights/],
      [[g, g], [a, b], /like Variable b float32\[1\] for gradients\[1\] .* float32\[2\]/],
      [[g, zeros([1], "float64")], [a, b], /gradients\[1\] .* float64\[1\]/],
      [[g, g], [a, a], /each weight once/],
      [[g], [tensor([1, 2])], /float Variable for weights\[0\] .* float32\[2\]/],
      [[g, zeros([2], "int32")], [a, counts], /float Variable for weights\[1\] .* int32\[2\]/],
      [[g, g], [a, gone], /gone float32\[2\] was disposed of/],
      [[g, goneToo], [a, c], /float32\[2\] was disposed of/],
      [[[1, 1]], [a], /gradients\[0\] but received Array/],
      [null, [a], /gradient/],
      [[g], undefined, /weights/],
      [g, a, /gradient/],
    ];
    const before = alive();
    for (const [gradients, weights, message] of refused) {
      expect(() => optimizer.applyGradients(gradients as never, weights as never)).toThrow(message);
    }
    expect(alive()).toEqual(before);
    expect([a.array(), b.array(), optimizer.iterations.item()]).toEqual([[1, 2], [3], 0]);
  });

  check("refuses a rate that is none, and keeps its own", () => {
    const optimizer = create();
    const rate = optimizer.learningRate.item();
    for (const wrong of [-1, NaN, Infinity, "0.1", null, undefined, {}]) {
      expect(() => (optimizer.learningRate = wrong as never)).toThrow(/learningRate/);
    }
    expect(optimizer.learningRate.item()).toBe(rate);
  });
});

check("LAMB leaves a weight alone that does not change, however long it is", () => {
  for (const large of [1e20, Infinity]) {
    const w = new Variable([1, large, 2]);
    new optimizers.Lamb(0.1).applyGradients([zeros([3])], [w]);
    expect(w.array()).toEqual([1, Math.fround(large), 2]);
  }
});

check("Adafactor keeps numbers for weights without elements", () => {
  const optimizer = new optimizers.Adafactor();
  optimizer.applyGradients([zeros([0, 5])], [new Variable(zeros([0, 5]))]);
  for (const slot of Object.values(optimizer.state())) {
    expect([...slot.data()].every(Number.isFinite)).toBe(true);
  }
});

describe("state", () => {
  check("has the count, the rate, and slots by weight", () => {
    const w = new Variable([1], { name: "dense.kernel" });
    const adam = new optimizers.Adam();
    expect(Object.keys(adam.state())).toEqual(["iterations", "learningRate"]);
    adam.applyGradients([ones([1])], [w]);
    const slots = ["momentum/dense.kernel", "velocity/dense.kernel"];
    expect(Object.keys(adam.state())).toEqual(["iterations", "learningRate", ...slots]);
    expect(adam.state()["momentum/dense.kernel"].item()).toBeCloseTo(0.1, 6);
    expect(Object.values(adam.state()).every((variable) => !variable.trainable)).toBe(true);
  });

  check("keeps slots of weights apart that share a name", () => {
    const weights = [new Variable([1]), new Variable([2])];
    const sgd = new optimizers.SGD(0.1, { momentum: 0.5 });
    sgd.applyGradients([ones([1]), ones([1])], weights);
    const names = ["iterations", "learningRate", "momentum/variable", "momentum/variable/2"];
    expect(Object.keys(sgd.state())).toEqual(names);
  });
});

check("an optimizer of one's own overrides two methods", () => {
  class Signs extends optimizers.Optimizer {
    protected override slotNames(): readonly string[] {
      return ["last"];
    }
    protected updateOne(weight: Variable, gradient: Tensor, slots: Record<string, Variable>): void {
      assignSub(weight, gradient.sign().mul(0.5));
      slots.last.assign(gradient);
    }
  }
  const optimizer = new Signs(1);
  const w = new Variable([1, 2]);
  optimizer.applyGradients([tensor([3, -3])], [w]);
  expect(w.array()).toEqual([0.5, 2.5]);
  expect(optimizer.state()["last/variable"].array()).toEqual([3, -3]);
});
