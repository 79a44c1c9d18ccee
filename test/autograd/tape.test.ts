/** Tapes: gradients, what they need, second derivatives, and what a tape holds. */

import {
  Dense,
  Generator,
  GradientTape,
  type GradientTapeOptions,
  Sequential,
  Tensor,
  Variable,
  argMax,
  assign,
  cast,
  exp,
  initializers,
  losses,
  memory,
  mul,
  ones,
  setSeed,
  sin,
  stridedSlice,
  tanh,
  tensor,
  tidy,
} from "../../src";
import { alive, compiled, leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

const float64 = (values: number | number[] | number[][]): Tensor =>
  tensor(values, undefined, "float64");

/** A tape that watches `sources`. */
function watching(sources: Tensor | Tensor[], options?: GradientTapeOptions): GradientTape {
  const tape = new GradientTape(options);
  for (const source of [sources].flat()) tape.watch(source);
  return tape;
}

/** The derivative of `f` at x, in all elements. */
function derivative(f: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  return (x) => {
    const tape = watching(x);
    return tape.gradient(
      tape.record(() => f(x)),
      x,
    );
  };
}

/** Central differences of the sum of f's elements, of fourth order. */
function differences(f: (x: Tensor) => Tensor, x: Tensor, step = 1e-3): number[] {
  const at = (i: number, offset: number): number => {
    const data = x.data();
    data[i] += offset;
    return f(tensor(data, x.shape)).sum().item();
  };
  return Array.from({ length: x.size }, (_, i) => {
    const near = at(i, step) - at(i, -step);
    const far = at(i, 2 * step) - at(i, -2 * step);
    return (8 * near - far) / (12 * step);
  });
}

/** Expects equality up to `tolerance` of the greatest element. */
function expectClose(actual: Tensor, expected: readonly number[], tolerance: number): void {
  const values = [...actual.data()];
  expect(values).toHaveLength(expected.length);
  const scale = Math.max(...expected.map(Math.abs), 1e-3);
  values.forEach((value, i) =>
    expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(tolerance * scale),
  );
}

describe("a gradient", () => {
  check("has the shape and dtype of its source, one for one and a list for a list", () => {
    const w = new Variable([[1, 2], [3, 4]], { dtype: "float64" }); // prettier-ignore
    const b = new Variable([5, 6], { dtype: "float64" });
    const loss = (): Tensor => w.mul(b).sum();
    const tape = new GradientTape({ persistent: true });
    const target = tape.record(loss);
    const single = tape.gradient(target, w);
    expect([single.dtype, ...single.shape]).toEqual(["float64", 2, 2]);
    expect(single.array()).toEqual([[5, 6], [5, 6]]); // prettier-ignore
    const list = tape.gradient(target, [b, w]);
    expect(list.map((gradient) => gradient.array())).toEqual([[4, 6], [[5, 6], [5, 6]]]); // prettier-ignore
    expect(tape.gradient(target, [])).toEqual([]);
    tape.dispose();
  });

  check("of a target that is no scalar is that of its sum", () => {
    const x = tensor([1, 2, 3]);
    expect(derivative((x) => x.square())(x).array()).toEqual([2, 4, 6]);
    expect(derivative((x) => x.square().mean())(x).array()).toEqual(
      [2, 4, 6].map((v) => Math.fround(v / 3)),
    );
    const perSample = derivative((logits) =>
      losses.sparseCategoricalCrossentropy(tensor(Uint8Array.of(0, 1)), logits, {
        fromLogits: true,
      }),
    )(tensor([[0, 0], [0, 0]])); // prettier-ignore
    expect(perSample.array()).toEqual([[-0.5, 0.5], [0.5, -0.5]]); // prettier-ignore
  });

  check("adds up over all uses of a source", () => {
    const x = float64([2, -3]);
    const f = (x: Tensor): Tensor => x.mul(x).add(x).add(mul(x, x).mul(x));
    expect(derivative(f)(x).array()).toEqual([2 * 2 + 1 + 12, -6 + 1 + 27]);
  });

  check("is ones for the target itself, and reaches what was computed in between", () => {
    const w = new Variable([1, 2]);
    const tape = new GradientTape();
    const [y, z] = tape.record(() => {
      const y = w.mul(3);
      return [y, y.square()];
    });
    const gradients = tape.gradient(z, [z, y, w]);
    expect(gradients.map((g) => g.array())).toEqual([[1, 1], [6, 12], [18, 36]]); // prettier-ignore
  });

  check("of a source given twice comes in two tensors", () => {
    const w = new Variable([3]);
    const tape = new GradientTape();
    const [a, b] = tape.gradient(
      tape.record(() => w.square()),
      [w, w],
    );
    a.dispose();
    expect(b.array()).toEqual([6]);
  });

  check("of a sum comes in tensors of its own for both operands", () => {
    const [v, w] = [new Variable([3]), new Variable([4])];
    const tape = new GradientTape();
    const [a, b] = tape.gradient(
      tape.record(() => v.add(w)),
      [v, w],
    );
    a.dispose();
    expect(b.array()).toEqual([1]);
  });

  check("comes with respect to weights and inputs at once", () => {
    const w = new Variable([[1], [2]]);
    const x = tensor([[3, 4]]);
    const tape = watching(x);
    const loss = tape.record(() => x.matMul(w));
    const [dw, dx] = tape.gradient(loss, [w, x]);
    expect([dw.array(), dx.array()]).toEqual([[[3], [4]], [[1, 2]]]); // prettier-ignore
  });

  check("follows several calls of record", () => {
    const w = new Variable([2]);
    const tape = new GradientTape();
    const y = tape.record(() => w.square());
    y.mul(100); // unrecorded
    const z = tape.record(() => y.mul(w));
    expect(tape.gradient(z, w).array()).toEqual([12]);
  });

  check("ignores what runs in stopRecording", () => {
    const w = new Variable([2]);
    const tape = new GradientTape();
    const loss = tape.record(() => w.mul(tape.stopRecording(() => w.square())));
    expect(tape.gradient(loss, w).array()).toEqual([4]);
  });

  check("is taken by each of several persistent calls", () => {
    const x = tensor([2]);
    const tape = watching(x, { persistent: true });
    const [y, z] = tape.record(() => [x.square(), x.mul(5)]);
    for (let i = 0; i < 2; i++) {
      expect(tape.gradient(y, x).array()).toEqual([4]);
      expect(tape.gradient(z, x).array()).toEqual([5]);
    }
    tape.dispose();
    expect(() => tape.gradient(y, x)).toThrow("freed");
  });

  check("of a network agrees with central differences", () => {
    setSeed(3);
    const model = new Sequential([
      new Dense(4, { activation: "tanh", dtype: "float64" }),
      new Dense(3, { activation: "softmax", dtype: "float64" }),
    ]);
    const labels = tensor(Uint8Array.of(2, 0));
    const f = (x: Tensor): Tensor => losses.sparseCategoricalCrossentropy(labels, model.forward(x));
    const x = float64([[0.5, -1, 2], [0.25, 1, -0.75]]); // prettier-ignore
    const gradient = derivative(f)(x);
    tidy(() => expectClose(gradient, differences(f, x), 1e-9));
    // The initializers' generators are collected; see scope.test.ts.
  });
});

describe("a gradient is refused, with what to do:", () => {
  check("of a target that was not recorded", () => {
    const w = new Variable([2]);
    const tape = new GradientTape();
    const inside = tape.record(() => w.square());
    expect(() => tape.gradient(inside.mul(2), w)).toThrow("float32[1] was not computed while this tape recorded"); // prettier-ignore
    expect(() => tape.gradient(3 as never, w)).toThrow("expected a Tensor for target");
    expect(tape.gradient(inside, w).array()).toEqual([4]);
  });

  check("of a source that was not watched", () => {
    const x = tensor([2]);
    const frozen = new Variable([1], { name: "frozen", trainable: false });
    const tape = new GradientTape();
    const loss = tape.record(() => x.mul(frozen));
    expect(() => tape.gradient(loss, [x])).toThrow("source 0, float32[1], was not watched: call tape.watch(x)"); // prettier-ignore
    expect(() => tape.gradient(loss, frozen)).toThrow("Variable frozen float32[1], was not watched"); // prettier-ignore
    expect(() => tape.gradient(loss, [1 as never])).toThrow("expected Tensors for sources");
    tape.dispose();
    const watched = watching(frozen);
    expect(watched.gradient(watched.record(() => frozen.mul(4)), frozen).array()).toEqual([4]); // prettier-ignore
  });

  check("of a source that the target does not depend on, unless zeros are asked for", () => {
    const [v, w] = [new Variable([2, 3], { name: "v" }), new Variable([1])];
    const tape = new GradientTape({ persistent: true });
    const [y] = tape.record(() => [w.square(), v.square()]);
    expect(() => tape.gradient(y, [w, v])).toThrow("does not depend on source 1, Variable v float32[2]"); // prettier-ignore
    const gradients = tape.gradient(y, [w, v], { unconnected: "zero" });
    expect(gradients.map((g) => g.array())).toEqual([[2], [0, 0]]);
    tape.dispose();
  });

  check("through an op without a gradient, naming the op", () => {
    const p = tensor([0.25, 0.5]);
    const tape = watching(p);
    const y = tape.record(() => new Generator(1).bernoulli(p.square()).mul(3));
    expect(() => tape.gradient(y, p)).toThrow("op bernoulli has no gradient");
    tape.dispose();
  });

  check("through integers, which carry none", () => {
    const x = tensor([[1, 2]]);
    const tape = watching(x);
    const y = tape.record(() => cast(argMax(x, 1), "float32"));
    expect(() => tape.gradient(y, x)).toThrow("does not depend on source 0");
    tape.dispose();
  });

  check("by a tape whose gradient was taken", () => {
    const w = new Variable([2]);
    const tape = new GradientTape();
    const y = tape.record(() => w.square());
    tape.gradient(y, w);
    expect(() => tape.gradient(y, w)).toThrow("{ persistent: true }");
    expect(() => tape.record(() => w)).toThrow("{ persistent: true }");
  });

  check("through a tensor that was disposed of by hand", () => {
    const x = tensor([2]);
    const tape = watching(x);
    const z = tape.record(() => {
      const y = x.square();
      const z = y.square();
      y.dispose();
      return z;
    });
    expect(() => tape.gradient(z, x)).toThrow("float32[1] was disposed of");
    tape.dispose();
  });

  check("and the next one is right all the same", () => {
    const w = new Variable([2]);
    const bad = new GradientTape();
    const y = bad.record(() => w.square());
    assign(w, [3]);
    expect(() => bad.gradient(y, w)).toThrow("assigned");
    bad.dispose();
    const tape = new GradientTape();
    expect(tape.gradient(tape.record(() => w.square()), w).array()).toEqual([6]); // prettier-ignore
  });
});

check("record and watch refuse what they cannot follow", () => {
  const tape = new GradientTape();
  expect(() => tape.watch(tensor(Int32Array.of(1)))).toThrow("expected a float tensor to watch but received int32[1]"); // prettier-ignore
  expect(() => tape.watch(2 as never)).toThrow("expected a Tensor to watch but received number");
  expect(() => tape.record(async () => Promise.resolve(1))).toThrow("synchronous");
  expect(() =>
    tape.record(() => {
      throw new Error("no");
    }),
  ).toThrow("no");
  const before = memory().handles;
  tidy(() => void ones([1]).square());
  expect(memory().handles).toBe(before);
  tape.dispose();
});

// ---- second derivatives

type Run = (f: (x: Tensor) => Tensor) => (x: Tensor) => Tensor;

describe.each<[string, Run]>([
  ["eagerly", (f) => f],
  ["captured", (f) => compiled(f)],
  ["captured without fusion", (f) => compiled(f, { fuse: false })],
])("second derivatives by nested tapes, %s:", (_mode, run) => {
  const x = [0.5, -1.25, 2];
  const functions: [string, (x: Tensor) => Tensor, (x: number) => number][] = [
    ["x^3", (x) => x.mul(x).mul(x), (x) => 6 * x],
    ["exp(2x)", (x) => exp(x.mul(2)), (x) => 4 * Math.exp(2 * x)],
    ["sin", sin, (x) => -Math.sin(x)],
    ["tanh", tanh, (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2)],
    ["x^4 by squares", (x) => x.square().square(), (x) => 12 * x * x],
    ["1 / x", (x) => x.reciprocal(), (x) => 2 / x ** 3],
  ];

  test.each(functions)(
    "%s",
    leakFree((_title: string, f: (x: Tensor) => Tensor, second: (x: number) => number) => {
      const captured = run(derivative(derivative(f)));
      for (let call = 0; call < 2; call++) expectClose(captured(float64(x)), x.map(second), 1e-12);
    }),
  );

  check("the third and fourth of exp(x) are exp(x)", () => {
    const third = derivative(derivative(derivative(exp)));
    expectClose(run(third)(float64(x)), x.map(Math.exp), 1e-12);
    expectClose(run(derivative(third))(float64(x)), x.map(Math.exp), 1e-12);
  });

  check("the Hessian of a coupled function, row by row", () => {
    // f = x0^2 x1 + x1 x2: the Hessian is [[2 x1, 2 x0, 0], [2 x0, 0, 1], [0, 1, 0]].
    const row = (i: number): ((x: Tensor) => Tensor) =>
      run((x) => {
        const outer = watching(x);
        const slope = outer.record(() => {
          const f = (x: Tensor): Tensor => {
            const [a, b, c] = [0, 1, 2].map((k) => x.slice(k, 1));
            return a.square().mul(b).add(b.mul(c));
          };
          return derivative(f)(x).slice(i, 1);
        });
        return outer.gradient(slope, x);
      });
    const expected = [[-2.5, 1, 0], [1, 0, 1], [0, 1, 0]]; // prettier-ignore
    expected.forEach((values, i) => expectClose(row(i)(float64(x)), values, 1e-12));
  });

  check("of a network with its loss, against central differences of the gradient", () => {
    const labels = tensor(Uint8Array.of(2, 0));
    const kernels = [
      [[0.5, -1, 0.25, 2], [1, 0.75, -0.5, 0.125], [-0.25, 1.5, 0.5, -1]],
      [[1, -0.5, 0.25], [0.75, 0.5, -1], [-0.25, 1, 0.5], [0.5, 0.25, -0.75]],
    ].map((values) => new Variable(values, { dtype: "float64" })); // prettier-ignore
    const bias = new Variable([0.5, -0.5, 0.25], { dtype: "float64" });
    const inputs = float64([[0.5, -1, 2], [0.25, 1, -0.75]]); // prettier-ignore
    const nets: ((x: Tensor) => Tensor)[] = [
      (x) =>
        losses.sparseCategoricalCrossentropy(
          labels,
          x.matMul(kernels[0]).sigmoid().matMul(kernels[1]).add(bias).softmax(),
        ),
      (x) =>
        losses.sparseCategoricalCrossentropy(
          labels,
          x.matMul(kernels[0]).tanh().matMul(kernels[1]).add(bias),
          { fromLogits: true },
        ),
    ];
    for (const net of nets) {
      // The gradient's square, a penalty on slopes: its own gradient is a Hessian times a vector.
      const penalty = (x: Tensor): Tensor => derivative(net)(x).square();
      expectClose(run(derivative(penalty))(inputs), differences(penalty, inputs), 1e-8);
    }
  });

  check("a penalty on slopes trains weights", () => {
    const w = new Variable([3, 4], { dtype: "float64" });
    const f = run((x) => {
      const outer = new GradientTape();
      const penalty = outer.record(() => derivative((x) => w.mul(x).square())(x));
      return outer.gradient(penalty, w);
    });
    // d (w x)^2 / dx = 2 w^2 x, whose derivative by w is 4 w x.
    expectClose(f(float64([5, 7])), [60, 112], 1e-12);
  });

  check("an inner tape's gradient that nobody records is a constant", () => {
    const w = new Variable([3], { dtype: "float64" });
    const f = run((x) => {
      const inner = new GradientTape();
      const slope = inner.gradient(inner.record(() => w.square().mul(x)), w); // prettier-ignore
      const outer = new GradientTape();
      return outer.gradient(outer.record(() => w.mul(slope)), w); // prettier-ignore
    });
    expectClose(f(float64([5])), [30], 1e-12);
  });
});

// ---- what a tape holds

test("a gradient with respect to watched probabilities, though a loss knows their logits", () => {
  tidy(() => {
    const p = tensor([[0.5, -1]]).sigmoid();
    const y = tensor([[1, 0]]);
    const tape = new GradientTape();
    tape.watch(p);
    const loss = tape.record(() => losses.binaryCrossentropy(y, p).sum());
    const [first, second] = p.data();
    const expected = [-1 / first / 2, 1 / (1 - second) / 2];
    tape
      .gradient(loss, p)
      .data()
      .forEach((slope, i) => expect(slope).toBeCloseTo(expected[i], 5));
  });
});

test("the gradient of a strided slice whose stride no integer holds", () => {
  tidy(() => {
    const x = tensor([1, 2, 3]);
    const tape = new GradientTape();
    tape.watch(x);
    const loss = tape.record(() => stridedSlice(x, [1], [null], [1e300]).sum());
    expect(tape.gradient(loss, x).array()).toEqual([0, 1, 0]);
  });
});

describe("what a tape holds", () => {
  const w = (): Variable => new Variable([0.5, 1]);

  check("is freed once its gradient was taken; what record returned stays", () => {
    const weight = w();
    const before = alive();
    const tape = new GradientTape();
    let between: Tensor | null = null;
    const loss = tape.record(() => {
      between = weight.mul(2);
      return between.exp().square().sum();
    });
    expect((between as unknown as Tensor).isDisposed).toBe(false);
    expect(memory().handles).toBeGreaterThan(before.handles + 1);
    const gradient = tape.gradient(loss, weight);
    expect((between as unknown as Tensor).isDisposed).toBe(true);
    expect(memory().handles).toBe(before.handles + 2);
    expect(loss.item()).toBeGreaterThan(0);
    for (const tensor of [loss, gradient]) tensor.dispose();
    expect(alive()).toEqual(before);
  });

  check("stays while a persistent tape lives, and goes by dispose or using", () => {
    const weight = w();
    const before = alive();
    {
      using tape = new GradientTape({ persistent: true });
      const loss = tape.record(() => weight.exp().square().sum());
      const held = memory().handles;
      tape.gradient(loss, weight).dispose();
      expect(memory().handles).toBe(held);
      tape.dispose();
      loss.dispose();
      expect(alive()).toEqual(before);
    }
    expect(alive()).toEqual(before);
  });

  check("stays while another live tape holds it, in whichever order they end", () => {
    const weight = w();
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      // prettier-ignore
      const before = alive();
      const tapes = [0, 1].map(() => new GradientTape({ persistent: true }));
      let between: Tensor | null = null;
      const loss = tapes[0].record(() =>
        tapes[1].record(() => {
          between = weight.mul(2);
          return between.exp();
        }),
      );
      tapes[order[0]].dispose();
      expect((between as unknown as Tensor).isDisposed).toBe(false);
      const gradient = tapes[order[1]].gradient(loss, weight);
      expect(gradient.data()[0]).toBeCloseTo(2 * Math.E, 5);
      tapes[order[1]].dispose();
      expect((between as unknown as Tensor).isDisposed).toBe(true);
      for (const tensor of [loss, gradient]) tensor.dispose();
      expect(alive()).toEqual(before);
    }
  });

  check("of an inner tape goes with the outer one", () => {
    const x = float64([1, 2]);
    const before = alive();
    tidy(() => derivative(derivative((x) => x.exp().mul(x)))(x)).dispose();
    expect(alive()).toEqual(before);
    const outer = watching(x, { persistent: true });
    const slope = tidy(() => outer.record(() => derivative((x) => x.exp().mul(x))(x)));
    const held = memory().handles;
    expect(held).toBeGreaterThan(before.handles + 1);
    for (let i = 0; i < 3; i++) tidy(() => outer.gradient(slope, x)).dispose();
    expect(memory().handles).toBe(held);
    outer.dispose();
    slope.dispose();
    expect(alive()).toEqual(before);
  });

  check("is freed when taking the gradient throws, at the latest by dispose", () => {
    const weight = w();
    const other = ones([2]);
    const before = alive();
    const tape = new GradientTape();
    const loss = tape.record(() => weight.exp().square().sum());
    assign(weight, other);
    expect(() => tape.gradient(loss, weight)).toThrow("assigned");
    tape.dispose();
    loss.dispose();
    expect(alive()).toEqual(before);
  });

  check("does not grow over many eager steps", () => {
    const model = new Sequential([
      new Dense(3, { activation: "relu", kernelInitializer: initializers.constant(0.5) }),
      new Dense(1, { kernelInitializer: initializers.constant(0.5) }),
    ]);
    model.build([null, 2]);
    const before = alive();
    for (let i = 0; i < 5; i++) {
      tidy(() => {
        const tape = new GradientTape();
        const loss = tape.record(() => model.forward(ones([4, 2])).square());
        const gradients = tape.gradient(loss, model.trainableWeights);
        gradients.forEach((gradient, k) => model.trainableWeights[k].assignSub(gradient.mul(0.01)));
      });
      expect(alive()).toEqual(before);
    }
  });
});
