/** Variables: written only by updates, versions, and write after read. */

import {
  Dense,
  GradientTape,
  Tensor,
  Variable,
  add,
  assign,
  assignAdd,
  assignSub,
  accumulate,
  matMul,
  metrics,
  ones,
  optimizers,
  tensor,
  tidy,
  zeros,
} from "../../src";
import { adamUpdate, momentumUpdate, sgdUpdate } from "../../src/ops";
import { compiled, leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

describe("a Variable", () => {
  check("starts with a copy of its values, in the dtype asked for", () => {
    const x = tensor([1, 2]);
    const w = new Variable(x, { name: "w", dtype: "float64" });
    expect([w.name, w.dtype, w.trainable]).toEqual(["w", "float64", true]);
    x.dispose();
    expect(w.array()).toEqual([1, 2]);
    expect(new Variable(tensor([[1], [2]])).shape).toEqual([2, 1]);
    expect(new Variable(w).assign([3, 4]).array()).toEqual([3, 4]);
    expect(w.array()).toEqual([1, 2]);
    expect(new Variable(0, { trainable: false }).trainable).toBe(false);
  });

  check("is a Tensor: ops read its values of that moment", () => {
    const w = new Variable([1, 2]);
    const before = w.mul(10);
    assign(w, [3, 4]);
    expect(before.array()).toEqual([10, 20]);
    expect(w.mul(10).array()).toEqual([30, 40]);
  });

  check("is written by assign, assignAdd and assignSub, which count its version", () => {
    const w = new Variable([1, 2]);
    expect(w.version).toBe(0);
    expect(w.assign([5, 6])).toBe(w);
    expect(w.assignAdd(tensor([1, 1])).array()).toEqual([6, 7]);
    expect(w.assignSub([2, 3]).array()).toEqual([4, 4]);
    expect(w.version).toBe(3);
    w.array();
    w.add(1);
    expect(w.version).toBe(3);
  });

  check("may be assigned what was computed from itself", () => {
    const w = new Variable([1, 2]);
    assign(w, w);
    assign(w, w.mul(w).add(w));
    assignAdd(w, w);
    expect(w.array()).toEqual([4, 12]);
  });

  check("refuses another shape or dtype, and stays as it was", () => {
    const w = new Variable([1, 2], { name: "w" });
    expect(() => assign(w, [1, 2, 3])).toThrow("expected float32[2] for value");
    expect(() => assign(w, 1)).toThrow("expected float32[2] for value");
    expect(() => assignAdd(w, [[1, 2]])).toThrow("expected float32[2] for value");
    expect(() => assign(w, tensor([1, 2], [2], "int32"))).toThrow("cast");
    expect(() => assign(w, undefined as never)).toThrow("for value but received undefined");
    expect([w.array(), w.version]).toEqual([[1, 2], 0]);
  });

  check("cannot be created inside of a captured function", () => {
    const f = compiled((x: Tensor) => x.add(new Variable([1], { name: "late" })));
    expect(() => f(ones([1]))).toThrow("Variable late cannot be created in a function that jit");
  });
});

check("a Tensor's values never change: no update writes one", () => {
  const x = ones([1]);
  const w = new Variable([1]);
  const rate = tensor(0.1);
  const step = tensor(1, [], "int32");
  const updates: [string, (target: Variable) => void][] = [
    ["assign", (target) => assign(target, [2])],
    ["assignAdd", (target) => assignAdd(target, [2])],
    ["assignSub", (target) => assignSub(target, [2])],
    ["sgdUpdate", (target) => sgdUpdate(target, w, rate)],
    ["momentumUpdate", (target) => momentumUpdate(target, w, w, rate, 0.9, false)],
    ["momentumUpdate", (target) => momentumUpdate(w, target, w, rate, 0.9, false)],
    [
      "adamUpdate",
      (target) => adamUpdate(w, w, target, w, rate, step, { beta1: 0.9, beta2: 0.9, epsilon: 0 }),
    ],
    ["accumulate", (target) => accumulate(target, w)],
  ];
  for (const [name, update] of updates) {
    const message = `${name}: expected a Variable to write to but received float32[1]`;
    expect(() => update(x as Variable)).toThrow(message);
    const captured = compiled((y: Tensor) => update(y as Variable));
    expect(() => captured(x)).toThrow(message);
  }
  expect(x.array()).toEqual([1]);
  expect([w.array(), w.version]).toEqual([[1], 0]);
});

describe("versions", () => {
  /** Records x * w, has `write` change w, takes the gradient. */
  function gradientAfter(w: Variable, write: () => void): Tensor {
    const tape = new GradientTape();
    const x = ones([2]);
    tape.watch(x);
    const loss = tape.record(() => x.mul(w).sum());
    write();
    try {
      return tape.gradient(loss, x);
    } finally {
      tape.dispose();
    }
  }

  const message = "Variable w float32[2] was assigned after op mul was recorded with it";

  check("a gradient through a Variable that was assigned since throws", () => {
    const w = new Variable([2, 3], { name: "w" });
    expect(gradientAfter(w, () => undefined).array()).toEqual([2, 3]);
    expect(() => gradientAfter(w, () => assign(w, [5, 5]))).toThrow(message);
    expect(() => gradientAfter(w, () => assignAdd(w, [0, 0]))).toThrow(message);
    expect(() => gradientAfter(w, () => sgdUpdate(w, ones([2]), tensor(0.1)))).toThrow(message);
  });

  check("an assignment of another Variable does not matter", () => {
    const w = new Variable([2, 3]);
    const other = new Variable([1]);
    expect(gradientAfter(w, () => assign(other, [2])).array()).toEqual([2, 3]);
  });

  check("an assignment while the tape records counts as well", () => {
    const w = new Variable([2, 3], { name: "w" });
    const tape = new GradientTape({ persistent: true });
    const x = ones([2]);
    tape.watch(x);
    const [before, after] = tape.record(() => {
      const before = x.mul(w);
      assign(w, [4, 5]);
      return [before, x.mul(w)];
    });
    expect(() => tape.gradient(before, x)).toThrow(message);
    expect(tape.gradient(after, x).array()).toEqual([4, 5]);
    tape.dispose();
  });

  check("an assignment by the replay of a captured function counts as well", () => {
    const w = new Variable([2, 3], { name: "w" });
    const write = compiled((value: Tensor) => {
      assign(w, value);
    });
    expect(() => gradientAfter(w, () => write(ones([2])))).toThrow(message);
    expect(w.version).toBe(1);
    expect(() => gradientAfter(w, () => write(ones([2])))).toThrow(message);
    expect(w.version).toBe(2);
    expect(gradientAfter(w, () => undefined).array()).toEqual([1, 1]);
  });

  check("count one write a replay, however often a function is captured", () => {
    const w = new Variable([0]);
    const twice = compiled((x: Tensor) => {
      assignAdd(w, x.sum().reshape([1]));
      assignAdd(w, [1]);
    });
    twice(ones([2]));
    twice(ones([2]));
    twice(ones([3]));
    expect(w.version).toBe(6);
    expect(w.array()).toEqual([2 + 2 + 3 + 3]);
    twice.plan(ones([4]));
    expect([w.array(), w.version]).toEqual([[10], 6]);
  });

  check("stay as they were when a capture fails", () => {
    const w = new Variable([0]);
    const fails = compiled(() => {
      assign(w, [1]);
      throw new Error("no");
    });
    expect(() => fails()).toThrow("no");
    expect([w.array(), w.version]).toEqual([[0], 0]);
  });

  check("are checked inside of a capture too", () => {
    const w = new Variable([2, 3], { name: "w" });
    const f = compiled((x: Tensor) => {
      const tape = new GradientTape();
      tape.watch(x);
      const loss = tape.record(() => x.mul(w).sum());
      assign(w, [1, 1]);
      return tape.gradient(loss, x);
    });
    expect(() => f(ones([2]))).toThrow(message);
    expect(w.array()).toEqual([2, 3]);
  });
});

describe.each([true, false])(
  "a captured write never comes before an earlier read; fuse: %s",
  (fuse) => {
    const options = { fuse };

    check("of a value that is returned", () => {
      const w = new Variable([1, 2]);
      const swap = compiled((x: Tensor) => {
        const old = w.clone();
        assign(w, x);
        return { old, now: w };
      }, options);
      let last = [1, 2];
      for (const value of [
        [3, 4],
        [5, 6],
        [7, 8],
      ]) {
        // prettier-ignore
        const { old, now } = swap(tensor(value));
        expect([old.array(), now.array()]).toEqual([last, value]);
        last = value;
      }
    });

    check("by a reshape, a slice or a broadcast", () => {
      const w = new Variable([1, 2]);
      const f = compiled((x: Tensor) => {
        const views = [
          w.reshape([2, 1]),
          w.reshape([2]),
          w.slice(0, 1),
          w.broadcastTo([2, 2]),
          w.transpose(),
          w.cast("float64"),
        ];
        assignAdd(w, x);
        return views;
      }, options);
      for (const [a, b] of [
        [1, 2],
        [11, 22],
        [21, 42],
      ]) {
        // prettier-ignore
        expect(f(tensor([10, 20])).map((view) => view.array())).toEqual([
        [[a], [b]],
        [a, b],
        [a],
        [[a, b], [a, b]], // prettier-ignore
        [a, b],
        [a, b],
      ]);
      }
    });

    check("in a chain of element-wise steps around it", () => {
      const w = new Variable([1]);
      const f = compiled((x: Tensor) => {
        const a = x.mul(w).add(1);
        assignAdd(w, x);
        const b = a.mul(w).neg();
        assign(w, b.add(w));
        return b.sub(w).mul(a);
      }, options);
      let value = 1;
      for (const x of [2, 3, -1]) {
        const a = x * value + 1;
        value += x;
        const b = -(a * value);
        value += b;
        expect(f(tensor([x])).array()).toEqual([(b - value) * a]);
        expect(w.array()).toEqual([value]);
      }
    });

    check("of a weight that the gradient of the layer below needs", () => {
      // The step of two linear layers, its reference in plain numbers: y = (x a) b, loss = y^2 / 2.
      const [a, b] = [new Variable([[2]]), new Variable([[3]])];
      const optimizer = new optimizers.SGD(0.125);
      const step = compiled((x: Tensor) => {
        const tape = new GradientTape();
        const loss = tape.record(() => matMul(matMul(x, a), b).square().mul(0.5));
        const [db, da] = tape.gradient(loss, [b, a]);
        // The upper layer's weight first: the lower gradient must have read the old one.
        optimizer.applyGradients([db, da], [b, a]);
        return loss;
      }, options);
      let [p, q] = [2, 3];
      for (const x of [0.5, 0.25, -0.5]) {
        const y = x * p * q;
        expect(step(tensor([[x]])).item()).toBeCloseTo((y * y) / 2, 5);
        [p, q] = [p - 0.125 * y * x * q, q - 0.125 * y * x * p];
        expect(a.item()).toBeCloseTo(p, 5);
        expect(b.item()).toBeCloseTo(q, 5);
      }
    });

    check("of two weights that are each other's gradient", () => {
      // loss = a b for row a and column b, so da = b^T and db = a^T; b is written first.
      const [a, b] = [new Variable([[2, 3]]), new Variable([[5], [7]])];
      const optimizer = new optimizers.SGD(0.5);
      const step = compiled(() => {
        const tape = new GradientTape();
        const loss = tape.record(() => matMul(a, b));
        const [db, da] = tape.gradient(loss, [b, a]);
        optimizer.applyGradients([db, da], [b, a]);
      }, options);
      step();
      expect(b.array()).toEqual([[5 - 0.5 * 2], [7 - 0.5 * 3]]);
      expect(a.array()).toEqual([[2 - 0.5 * 5, 3 - 0.5 * 7]]);
    });

    check("of a weight whose gradient is a product with itself", () => {
      // Larger than what a product reads before it writes.
      const size = 600;
      const values = Float32Array.from({ length: size * size }, (_, i) => (i % 7) - 3);
      const w = new Variable(tensor(values, [size, size]));
      const expected = tidy(() => w.sub(matMul(w, w)).data());
      const step = compiled((rate: Tensor) => sgdUpdate(w, matMul(w, w), rate), options);
      step(tensor(1));
      expect(w.data()).toEqual(expected); // whole numbers: exact in any order
    });

    check("where the same Variable is updated twice", () => {
      const w = new Variable([[1, 2], [3, 4]]); // prettier-ignore
      const rate = new Variable(0.5, { dtype: "float64", trainable: false });
      const f = compiled((x: Tensor) => {
        sgdUpdate(w, matMul(x, x, false, true), rate);
        const between = w.sum();
        sgdUpdate(w, matMul(w, x), rate);
        return between;
      }, options);
      const x = tensor([[1, 0], [0, 2]]); // prettier-ignore
      // w - x x^T / 2 = [[0.5, 2], [3, 2]]; then minus half of its product with x.
      expect(f(x).item()).toBe(7.5);
      expect(w.array()).toEqual([[0.25, 0], [1.5, 0]]); // prettier-ignore
    });

    check("of a Variable that is argument and closed over at once", () => {
      const w = new Variable([1]);
      const f = compiled((v: Variable) => {
        const before = add(w, v);
        assignAdd(v, [1]);
        return [before, add(w, v)];
      }, options);
      for (const value of [1, 2, 3]) {
        expect(f(w).map((x) => x.item())).toEqual([2 * value, 2 * value + 2]);
      }
    });

    check("when the write's own operand is reused", () => {
      const w = new Variable([1, 1]);
      const f = compiled((x: Tensor) => {
        const y = x.mul(2);
        assign(w, y);
        const z = y.add(1);
        assignSub(w, z);
        return y;
      }, options);
      expect(f(tensor([4, 5])).array()).toEqual([8, 10]);
      expect(w.array()).toEqual([-1, -1]);
    });
  },
);

describe("precision", () => {
  check("metric state is float64: 2^25 ones are not lost beside float32 values", () => {
    const mean = new metrics.Mean();
    for (const state of Object.values(mean.state())) expect(state.dtype).toBe("float64");
    mean.update(tensor([2 ** 25]));
    for (let i = 0; i < 3; i++) mean.update(tensor([1]));
    // In float32 2^25 + 1 rounds to 2^25.
    expect(mean.result()).toBe((2 ** 25 + 3) / 4);
  });

  check("a layer runs in float64 when told to", () => {
    const layer = new Dense(1, { dtype: "float64", kernelInitializer: "ones", activation: "tanh" });
    const y = layer.forward(tensor([[0.1, 0.2]], undefined, "float64"));
    expect([y.dtype, ...layer.weights.map((weight) => weight.dtype)]).toEqual(
      Array(3).fill("float64"),
    );
    expect(Math.abs(y.item() - Math.tanh(0.1 + 0.2))).toBeLessThan(1e-15);
    expect(() => layer.forward(zeros([1, 2]))).toThrow("float64[batch, ..., 2]");
  });
});
