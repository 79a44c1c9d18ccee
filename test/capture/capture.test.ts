/** The contract of capture: what a plan takes, refers to, returns, and when it is captured anew. */

import {
  Dense,
  Dropout,
  Generator,
  GradientTape,
  Model,
  Module,
  Rescaling,
  Sequential,
  Tensor,
  Variable,
  assign,
  assignAdd,
  initializers,
  keep,
  losses,
  matMul,
  memory,
  metrics,
  ones,
  optimizers,
  tensor,
  tidy,
  zeros,
} from "../../src";
import { compiled, leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

/** A jit function of `fn` and the number of times that it was captured. */
function counted<A extends unknown[], R>(
  fn: (...args: A) => R,
): { run: (...args: A) => R; captures: () => number } {
  let captures = 0;
  const run = compiled((...args: A) => {
    captures++;
    return fn(...args);
  });
  return { run, captures: () => captures };
}

/** Two dense layers whose weights are the same at every call, and a batch of `rows` rows. */
function network(): Sequential {
  return new Sequential([
    new Rescaling(0.5),
    new Dense(3, { activation: "tanh", kernelInitializer: pattern }),
    new Dense(2, { activation: "softmax", kernelInitializer: pattern }),
  ]);
}

const pattern: initializers.Initializer = (shape, dtype) =>
  tensor(
    Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i + 1)),
    shape,
    dtype,
  );

function batch(rows: number): [x: Tensor, y: Tensor] {
  const x = Array.from({ length: rows * 2 }, (_, i) => Math.cos(3 * i));
  return [tensor(x, [rows, 2]), tensor(Uint8Array.from({ length: rows }, (_, i) => i % 2))];
}

type Step = (x: Tensor, y: Tensor) => void;

/** A training step with every kind of state, and how to look at all of it. */
function training(makeOptimizer: () => optimizers.Optimizer): {
  step: Step;
  model: Sequential;
  optimizer: optimizers.Optimizer;
  loss: metrics.Mean;
  state: () => unknown;
} {
  const model = network();
  const optimizer = makeOptimizer();
  const loss = new metrics.Mean();
  const accuracy = new metrics.SparseCategoricalAccuracy();
  const step: Step = (x, y) => {
    const tape = new GradientTape();
    const result = tape.record(() => {
      const predicted = model.forward(x);
      return { predicted, loss: losses.sparseCategoricalCrossentropy(y, predicted) };
    });
    const weights = model.trainableWeights;
    optimizer.applyGradients(tape.gradient(result.loss, weights), weights);
    loss.update(result.loss);
    accuracy.update(y, result.predicted);
  };
  const state = (): unknown => ({
    weights: model.weights.map((weight) => [...weight.data()]),
    slots: Object.values(optimizer.state()).map((slot) => [...slot.data()]),
    metrics: [loss.result(), accuracy.result()],
  });
  return { step, model, optimizer, loss, state };
}

/** Numbers of a nest, in order. */
function numbersOf(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return Object.values(value as object).flatMap(numbersOf);
}

function expectClose(actual: unknown, expected: unknown, tolerance = 1e-5): void {
  const [a, b] = [numbersOf(actual), numbersOf(expected)];
  expect(a).toHaveLength(b.length);
  a.forEach((value, i) =>
    expect(Math.abs(value - b[i])).toBeLessThan(tolerance * Math.max(1, Math.abs(b[i]))),
  );
}

// ---- 1. inputs and the key

describe("arguments", () => {
  check("that are tensors are inputs: other values need no other capture", () => {
    const { run, captures } = counted((a: Tensor, b: Tensor) => a.sub(b));
    for (let i = 0; i < 5; i++) {
      expect(run(tensor([i, 2 * i]), tensor([1, i])).array()).toEqual([i - 1, i]);
    }
    expect(captures()).toBe(1);
  });

  check("may be nested in arrays and objects", () => {
    const { run, captures } = counted(
      ({ xs, scale }: { xs: Tensor[]; scale: { by: Tensor } }, [last]: [Tensor]) =>
        xs[0].add(xs[1]).mul(scale.by).sub(last),
    );
    for (let i = 0; i < 3; i++) {
      const given = { xs: [tensor(i), tensor(2)], scale: { by: tensor(10) } };
      expect(run(given, [tensor(i)]).item()).toBe((i + 2) * 10 - i);
    }
    expect(captures()).toBe(1);
  });

  check("may be the same tensor twice, and another one later", () => {
    const { run, captures } = counted((a: Tensor, b: Tensor) => a.sub(b));
    const [x, y] = [tensor([3]), tensor([1])];
    expect([run(x, x), run(x, y), run(y, x)].map((t) => t.item())).toEqual([0, 2, -2]);
    expect(captures()).toBe(1);
  });

  check("of another shape, rank or dtype need another capture, once", () => {
    const { run, captures } = counted((x: Tensor) => x.mul(2));
    const given = [ones([2]), ones([3]), ones([1, 2]), ones([]), ones([2], "float64"), ones([2], "int32")]; // prettier-ignore
    for (let round = 0; round < 3; round++) {
      for (const x of given) {
        const y = run(x);
        expect([y.dtype, y.shape]).toEqual([x.dtype, x.shape]);
        expect(y.sum().item()).toBe(2 * x.size);
      }
    }
    expect(captures()).toBe(given.length);
  });

  check("that are plain values are part of the key", () => {
    const { run, captures } = counted((x: Tensor, factor: number, options: { negate: boolean }) =>
      options.negate ? x.mul(-factor) : x.mul(factor),
    );
    const x = tensor([1]);
    for (let round = 0; round < 2; round++) {
      for (const factor of [2, 3]) {
        for (const negate of [false, true]) {
          expect(run(x, factor, { negate }).item()).toBe(negate ? -factor : factor);
        }
      }
    }
    expect(captures()).toBe(4);
  });

  check(
    "are told apart: 0 and -0, a number and its text, null and undefined, NaN and itself",
    () => {
      const { run, captures } = counted((x: Tensor, value: unknown) =>
        x.add(value === undefined || value === null ? 0 : 1),
      );
      const x = tensor([1]);
      const values = [0, -0, "0", false, null, undefined, NaN, "NaN", 1n, ""];
      for (let round = 0; round < 2; round++) for (const value of values) run(x, value);
      expect(captures()).toBe(values.length);
    },
  );

  check("that are text never stand for a nest", () => {
    const { run, captures } = counted((...args: unknown[]) => tensor([args.length]));
    expect(run(["a"]).item()).toBe(1);
    expect(run("[1", "a").item()).toBe(2);
    expect(run({ a: 1 }).item()).toBe(1);
    expect(run("{a", 1).item()).toBe(2);
    expect(captures()).toBe(4);
  });

  check("of another nesting, or other names, are other arguments", () => {
    const { run, captures } = counted((...args: unknown[]) => {
      const [first] = args;
      return tensor([Array.isArray(first) ? first.length : Object.keys(first as object).length]);
    });
    const given: [unknown[], number][] = [
      [[[1, 2], 3], 2],
      [[[1], 2, 3], 1],
      [[[1, 2, 3]], 3],
      [[{ a: 1, b: 2 }], 2],
      [[{ b: 1, a: 2 }], 2],
      [[{ a: 1 }, 2], 1],
      [[[]], 0],
      [[{}], 0],
    ];
    for (let round = 0; round < 2; round++) {
      for (const [args, size] of given) expect(run(...args).item()).toBe(size);
    }
    expect(captures()).toBe(given.length);
  });

  check("that are Variables are held by reference, each with a plan of its own", () => {
    const { run, captures } = counted((w: Variable) => w.mul(2));
    const [v, w] = [new Variable([1]), new Variable([5])];
    expect([run(v), run(w)].map((t) => t.item())).toEqual([2, 10]);
    assign(v, [3]);
    expect([run(v), run(w)].map((t) => t.item())).toEqual([6, 10]);
    expect(captures()).toBe(2);
  });

  check("that were disposed of make the call throw", () => {
    const f = compiled((x: Tensor) => x.mul(2));
    const x = ones([2]);
    f(x);
    x.dispose();
    expect(() => f(x)).toThrow("float32[2] was disposed of");
    expect(f(ones([2])).array()).toEqual([2, 2]);
  });
});

describe("plans", () => {
  check("of the last, smaller batch are others, of the same Variables", () => {
    const eager = training(() => new optimizers.Adam(0.1));
    const captured = training(() => new optimizers.Adam(0.1));
    const { plans } = memory();
    const step = compiled(captured.step);
    for (let epoch = 0; epoch < 3; epoch++) {
      for (const rows of [4, 4, 3]) {
        eager.step(...batch(rows));
        step(...batch(rows));
      }
      expectClose(captured.state(), eager.state());
    }
    expect(memory().plans).toBe(plans + 2);
    expect(captured.optimizer.iterations.item()).toBe(9);
    // Samples, not batches, are what the metric's mean counts.
    expect(captured.loss.state().count.item()).toBe(3 * 11);
  });

  check("are at most 16 a function; the one used longest ago goes", () => {
    const { plans } = memory();
    const { run, captures } = counted((x: Tensor) => x.add(1));
    const warning = jest.spyOn(process, "emitWarning").mockImplementation();
    try {
      for (let size = 1; size <= 16; size++) run(ones([size]));
      expect([captures(), memory().plans]).toEqual([16, plans + 16]);
      run(ones([1])); // so that size 2 is the oldest
      run(ones([17]));
      expect([captures(), memory().plans]).toEqual([17, plans + 16]);
      for (const size of [1, 3, 16, 17]) run(ones([size]));
      expect(captures()).toBe(17);
      expect(run(ones([2])).array()).toEqual([2, 2]);
      expect([captures(), memory().plans]).toEqual([18, plans + 16]);
    } finally {
      warning.mockRestore();
    }
  });

  check("are freed by dispose; a later call captures anew", () => {
    const { plans } = memory();
    let captures = 0;
    const f = compiled((x: Tensor) => {
      captures++;
      return x.add([1, 2]);
    });
    const first = f(zeros([2]));
    f.dispose();
    f.dispose();
    expect(memory().plans).toBe(plans);
    expect(first.array()).toEqual([1, 2]);
    expect(f(zeros([2])).array()).toEqual([1, 2]);
    expect(captures).toBe(2);
  });

  check("are listed without being run", () => {
    const w = new Variable([1]);
    const f = compiled((x: Tensor) => assignAdd(w, x));
    expect(f.plan(ones([1]))).toContain("assignAdd");
    expect(w.array()).toEqual([1]);
    f(ones([1]));
    expect(w.array()).toEqual([2]);
  });
});

describe("capturing too often", () => {
  /** The warnings while `fn` runs. */
  function warnings(fn: () => void): string[] {
    const spy = jest.spyOn(process, "emitWarning").mockImplementation();
    try {
      fn();
      return spy.mock.calls.map(([text]) => String(text));
    } finally {
      spy.mockRestore();
    }
  }

  check("warns once, naming the argument whose shape keeps changing", () => {
    const f = compiled(function scaled(x: Tensor, y: Tensor) {
      return x.mul(y.sum());
    });
    const seen = warnings(() => {
      for (let size = 1; size <= 40; size++) f(ones([2]), ones([size]));
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatch(/\(scaled\).*argument 1 keeps changing \(float32\[\d+\], then float32\[\d+\]\)/); // prettier-ignore
    expect(seen[0]).toContain("Variable");
  });

  check("warns once, naming the number that keeps changing", () => {
    const f = compiled((x: Tensor, options: { rate: number }) => x.mul(options.rate));
    const seen = warnings(() => {
      for (let i = 1; i <= 40; i++) f(ones([2]), { rate: 0.5 ** i });
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatch(/argument 1 keeps changing \(0\.\d+, then 0\.\d+\)/);
  });

  check("says so when no argument but a setting keeps changing", () => {
    const layer = new Dropout(0.5, { seed: 1 }).train();
    const f = compiled((x: Tensor) => layer.forward(x));
    const seen = warnings(() => {
      for (let i = 1; i <= 20; i++) {
        layer.rate = 0.5 ** i;
        f(ones([2]));
      }
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toContain("a setting that it reads");
  });

  check("is not what two sizes of batch do", () => {
    const f = compiled((x: Tensor) => x.sum());
    const seen = warnings(() => {
      for (let i = 0; i < 40; i++) f(ones([i % 2 ? 32 : 7]));
    });
    expect(seen).toEqual([]);
  });
});

// ---- guards

describe("a plan is replayed only where what it read still holds:", () => {
  check("training", () => {
    const model = new Sequential([new Dropout(0.5, { seed: 1 }), new Rescaling(2)]);
    const { run, captures } = counted((x: Tensor) => model.forward(x));
    const x = ones([64]);
    const zerosIn = (y: Tensor): number => [...y.data()].filter((value) => value === 0).length;
    for (let round = 0; round < 3; round++) {
      model.train();
      expect(zerosIn(run(x))).toBeGreaterThan(0);
      model.eval();
      expect(zerosIn(run(x))).toBe(0);
    }
    expect(captures()).toBe(2);
  });

  check("training of one layer alone", () => {
    const [a, b] = [0, 1].map(() => new Dropout(0.5, { seed: 1 }).train());
    const { run, captures } = counted((x: Tensor) => a.forward(x));
    const x = ones([64]);
    run(x);
    b.eval();
    run(x);
    expect(captures()).toBe(1);
    a.eval();
    expect(run(x).array()).toEqual(x.array());
    expect(captures()).toBe(2);
  });

  check("trainable of a layer and of a Variable", () => {
    const { step, model } = training(() => new optimizers.SGD(0.1));
    model.build([null, 2]);
    const { run, captures } = counted(step);
    const [x, y] = batch(4);
    const changed = (): boolean[] => {
      const before = model.weights.map((weight) => String(weight.data()));
      run(x, y);
      return model.weights.map((weight, i) => String(weight.data()) !== before[i]);
    };
    const layer = model.layers[1] as Dense;
    for (let round = 0; round < 2; round++) {
      expect(changed()).toEqual([true, true, true, true]);
      layer.trainable = false;
      expect(changed()).toEqual([false, false, true, true]);
      layer.trainable = true;
      (layer.kernel as Variable).trainable = false;
      expect(changed()).toEqual([false, true, true, true]);
      (layer.kernel as Variable).trainable = true;
    }
    expect(captures()).toBe(3);
  });

  check("rate", () => {
    const layer = new Dropout(0.5, { seed: 1 }).train();
    const { run, captures } = counted((x: Tensor) => layer.forward(x));
    const x = ones([64]);
    for (let round = 0; round < 2; round++) {
      for (const rate of [0.5, 0.75, 0]) {
        layer.rate = rate;
        expect(run(x).max().item()).toBe(1 / (1 - rate));
      }
    }
    expect(captures()).toBe(3);
  });

  check("also when it was read by a function that is jit itself", () => {
    const layer = new Dropout(0.5, { seed: 1 }).train();
    const inner = compiled((x: Tensor) => layer.forward(x));
    const { run, captures } = counted((x: Tensor) => inner(x).add(1));
    const x = ones([64]);
    run(x);
    layer.eval();
    expect(new Set(run(x).data())).toEqual(new Set([2]));
    expect(captures()).toBe(2);
  });
});

// ---- 2. by reference

describe("persistent state is held by reference:", () => {
  const makers: [string, () => optimizers.Optimizer][] = [
    ["SGD", () => new optimizers.SGD(0.1)],
    ["momentum", () => new optimizers.SGD(0.1, { momentum: 0.9 })],
    ["Nesterov", () => new optimizers.SGD(0.1, { momentum: 0.9, nesterov: true })],
    ["Adam", () => new optimizers.Adam(0.1)],
  ];

  test.each(makers)(
    "weights, slots, step, rate and metrics, lazily created inside the capture; %s",
    leakFree((_name: string, make: () => optimizers.Optimizer) => {
      const eager = training(make);
      const captured = training(make);
      const { run, captures } = counted(captured.step);
      const both = (change: (one: typeof eager) => void): void => [eager, captured].forEach(change);
      const [x, y] = batch(4);
      for (let i = 0; i < 8; i++) {
        if (i === 2) both(({ optimizer }) => (optimizer.learningRate = 0.01));
        if (i === 4) both(({ loss }) => loss.reset());
        if (i === 5) both(({ model }) => assign(model.weights[1], [0.5, -0.5, 0.25]));
        if (i === 6) both(({ optimizer }) => assign(optimizer.iterations, 100));
        eager.step(x, y);
        run(x, y);
        expectClose(captured.state(), eager.state());
      }
      expect(captures()).toBe(1);
      expect(captured.optimizer.iterations.item()).toBe(102);
    }),
  );

  check("random state; see random.test.ts", () => {
    const generator = new Generator(1);
    const { run, captures } = counted(() => generator.uniform([4]));
    expect(run().array()).not.toEqual(run().array());
    generator.setSeed(1);
    const again = run().array();
    generator.setSeed(1);
    expect(run().array()).toEqual(again);
    expect(captures()).toBe(1);
  });

  check("a metric or an optimizer that is created inside the capture", () => {
    const w = new Variable([1]);
    let optimizer: optimizers.SGD | null = null;
    let mean: metrics.Mean | null = null;
    const f = compiled((x: Tensor) => {
      optimizer ??= new optimizers.SGD(0.5);
      mean ??= new metrics.Mean();
      optimizer.applyGradients([x], [w]);
      mean.update(w);
    });
    f(tensor([2]));
    f(tensor([4]));
    expect(w.array()).toEqual([-2]);
    expect((mean as unknown as metrics.Mean).result()).toBe(-1);
  });
});

describe("what a function closes over", () => {
  check("is frozen at the capture if it is a number or a flag", () => {
    let factor = 2;
    let negate = false;
    const f = compiled((x: Tensor) => (negate ? x.mul(-factor) : x.mul(factor)));
    expect(f(tensor([1])).item()).toBe(2);
    factor = 3;
    negate = true;
    expect(f(tensor([1])).item()).toBe(2);
    expect(f(tensor([1, 1])).array()).toEqual([-3, -3]);
  });

  check("is by reference if it is a tensor", () => {
    const c = tensor([10, 20]);
    const buffers = memory().buffers;
    const f = compiled((x: Tensor) => x.add(c).add(c));
    const y = f(ones([2]));
    expect(y.array()).toEqual([21, 41]);
    // Only the argument, the result and a chain's workspace are new: nothing of c was copied.
    expect(memory().buffers).toBeLessThanOrEqual(buffers + 4);
  });

  check("lives as long as the plan, though a tidy ends in between", () => {
    const f = tidy(() => {
      const c = keep(tensor([10, 20]));
      const f = compiled((x: Tensor) => x.add(c));
      f(ones([2]));
      return { f, c };
    });
    expect(f.f(ones([2])).array()).toEqual([11, 21]);
    f.c.dispose();
  });

  check("makes the plan throw once it is disposed of, naming it", () => {
    const c = tensor([10, 20]);
    const w = new Variable([1, 2], { name: "kernel" });
    const f = compiled((x: Tensor) => x.add(c));
    const g = compiled((x: Tensor) => {
      assignAdd(w, x);
      return w;
    });
    const x = ones([2]);
    f(x);
    g(x);
    c.dispose("its data set ended");
    w.dispose();
    expect(() => f(x)).toThrow("float32[2] was disposed of: its data set ended");
    expect(() => g(x)).toThrow("Variable kernel float32[2] was disposed of");
  });

  check("may be a constant made inside: the plan's own, also in tidy and from a tape", () => {
    const w = new Variable([1, 1]);
    const f = compiled((x: Tensor) => {
      const c = tidy(() => tensor([2, 3]));
      const tape = new GradientTape();
      const y = tape.record(() => x.mul(w).mul(tidy(() => tensor([5, 7]).mul(c))));
      return [y, tape.gradient(y, w), c];
    });
    for (let i = 1; i < 4; i++) {
      expect(f(tensor([i, i])).map((t) => t.array())).toEqual([
        [10 * i, 21 * i],
        [10 * i, 21 * i],
        [2, 3],
      ]);
    }
  });
});

// ---- 3. reading

describe("reading while capturing throws, saying what to do instead:", () => {
  const readers: [string, (x: Tensor) => unknown][] = [
    ["data()", (x) => x.data()],
    ["array()", (x) => x.array()],
    ["item()", (x) => x.sum().item()],
    ["a condition on a result", (x) => (x.sum().item() > 0 ? x : x.neg())],
    ["a Variable made of it", (x) => new Variable(x)],
  ];

  test.each(readers)(
    "%s",
    leakFree((_title: string, read: (x: Tensor) => unknown) => {
      const f = compiled((x: Tensor) => {
        read(x.add(1));
        return x;
      });
      expect(() => f(ones([2]))).toThrow(/Return it from the function and read it outside, or compute with ops|Create it outside and close over it/); // prettier-ignore
    }),
  );

  check("a Variable, whose values would be frozen", () => {
    const w = new Variable([2], { name: "rate" });
    const mean = new metrics.Mean();
    const message = /Variable \w+ float(32|64)\[1?\] cannot be read.*Read it outside/;
    for (const read of [() => w.item(), () => w.data()[0], () => w.array(), () => mean.result()]) {
      expect(() => compiled((x: Tensor) => x.mul(read() as number))(ones([1]))).toThrow(message);
    }
    expect(w.item()).toBe(2);
  });

  check("printing does not throw", () => {
    const w = new Variable([2]);
    const printed: string[] = [];
    const f = compiled((x: Tensor) => {
      printed.push(String(x.add(1)), String(w));
      return x;
    });
    f(ones([2]));
    expect(printed[0]).toContain("has no values yet");
    expect(printed[1]).toContain("2");
  });
});

// ---- 4. results

describe("returned tensors are the caller's:", () => {
  check("the next call does not overwrite them, nor does the end of the plans", () => {
    const f = compiled((x: Tensor) => [x.add(1), x.add(1).mul(2), x.reshape([2, 1]).relu()]);
    const seen = [1, 2, 3].map((i) => f(tensor([i, -i])));
    f.dispose();
    seen.forEach((results, call) => {
      const i = call + 1;
      const expected = [[i + 1, 1 - i], [2 * i + 2, 2 - 2 * i], [[i], [0]]]; // prettier-ignore
      expect(results.map((result) => result.array())).toEqual(expected);
    });
  });

  check("disposing of one disturbs neither the plan nor another result", () => {
    const f = compiled((x: Tensor) => {
      const y = x.add(1);
      return { y, same: y, view: y.reshape([2, 1]) };
    });
    const first = f(ones([2]));
    first.y.dispose();
    expect(first.same.array()).toEqual([2, 2]);
    first.same.dispose();
    expect(first.view.array()).toEqual([[2], [2]]);
    expect(f(tensor([3, 4])).same.array()).toEqual([4, 5]);
  });

  check("an argument, a closed-over tensor, a Variable or a constant comes as a copy", () => {
    const c = tensor([5]);
    const w = new Variable([6]);
    const f = compiled((x: Tensor) => [x, x.reshape([1, 1]), c, c.reshape([1, 1]), w, tensor([7])]);
    const x = tensor([4]);
    const results = f(x);
    assign(w, [0]);
    for (const source of [x, c, w]) {
      expect(results).not.toContain(source);
      source.dispose();
    }
    f.dispose();
    expect(results.map((result) => result.array())).toEqual([[4], [[4]], [5], [[5]], [6], [7]]);
    for (const result of results) expect(result).not.toBeInstanceOf(Variable);
  });

  check("their nest is new at each call", () => {
    const f = compiled((x: Tensor) => ({ list: [x.add(1), undefined], nothing: undefined }));
    const first = f(ones([1]));
    first.list.pop();
    const second = f(ones([1]));
    expect(second).not.toBe(first);
    expect(second.list).toHaveLength(2);
    expect(Object.keys(second)).toEqual(["list", "nothing"]);
  });

  check("undefined, a tensor, or a nest of tensors", () => {
    expect(compiled((): unknown => undefined)()).toBeUndefined();
    expect(compiled((x: Tensor) => x.neg())(ones([1])).array()).toEqual([-1]);
    const nest = compiled((x: Tensor) => ({ a: { b: [[x.neg()], x] }, c: x.add(1) }))(ones([1]));
    expect((nest.a.b[0] as Tensor[])[0].array()).toEqual([-1]);
    expect(nest.c.array()).toEqual([2]);
  });

  check("a nest without tensors, at every call", () => {
    const empty = compiled(() => []);
    for (let n = 0; n < 2; n++) expect(empty()).toEqual([]);
    expect(compiled(() => ({ a: [undefined] }))()).toEqual({ a: [undefined] });
  });

  const leaves: [string, unknown, string][] = [
    ["a number", 3, "received 3:"],
    ["null", null, "received null:"],
    ["text", "loss", 'received "loss":'],
    ["a flag in a list", [undefined, true], "received true at [1]:"],
    ["a number in an object", { loss: { value: 0.5 } }, "received 0.5 at .loss.value:"],
    ["a promise", Promise.resolve(), "received Promise:"],
    ["a typed array", { data: new Float32Array(1) }, "received Float32Array at .data:"],
    ["a map", new Map(), "received Map:"],
    ["a function", () => undefined, "received the function without a name:"],
  ];

  test.each(leaves)(
    "%s is refused at the capture",
    leakFree((_title: string, value: unknown, message: string) => {
      const w = new Variable([1]);
      const f = compiled(() => {
        assign(w, [2]);
        return value;
      });
      expect(() => f()).toThrow(`expected tensors in what a jit function returns but ${message}`);
      expect(w.array()).toEqual([1]);
    }),
  );
});

describe("a tensor that leaks out of a capture", () => {
  /** The inside of a function that is captured, after the fact. */
  function leak(): Tensor {
    let inside: Tensor | null = null;
    const f = compiled((x: Tensor) => {
      inside = x.add(1);
      return inside;
    });
    f(ones([2]));
    return inside as unknown as Tensor;
  }

  check("throws when it is used eagerly", () => {
    const inside = leak();
    const w = new Variable([1, 1]);
    for (const use of [
      () => inside.data(),
      () => inside.add(1),
      () => ones([2]).mul(inside),
      () => inside.reshape([2, 1]),
      () => inside.clone(),
      () => assign(w, inside),
      () => new Variable(inside),
    ]) {
      expect(use).toThrow("float32[2] has no values yet: it stands for a result of the function that jit"); // prettier-ignore
    }
    expect(w.array()).toEqual([1, 1]);
  });

  check("throws when it is used in another capture, or given to one", () => {
    const inside = leak();
    const w = new Variable([1, 1]);
    const message = "float32[2] leaked out of a function captured by jit";
    expect(() => compiled((x: Tensor) => x.add(inside))(ones([2]))).toThrow(message);
    expect(() => compiled(() => inside)()).toThrow(message);
    expect(() => compiled(() => assign(w, inside))()).toThrow(message);
    expect(() => compiled((x: Tensor) => x.add(1))(inside)).toThrow("has no values yet");
    expect(w.array()).toEqual([1, 1]);
  });

  check("throws also after a capture that failed, and may be disposed of", () => {
    let inside: Tensor | null = null;
    const f = compiled((x: Tensor) => {
      inside = x.add(1);
      throw new Error("no");
    });
    expect(() => f(ones([2]))).toThrow("no");
    expect(() => (inside as unknown as Tensor).neg()).toThrow("has no values yet");
    (inside as unknown as Tensor).dispose();
  });
});

// ---- nesting

describe("nesting", () => {
  check("jit inside of a capture runs inline: one plan, not two", () => {
    const { plans } = memory();
    const inner = counted((x: Tensor) => ({ y: x.mul(2), plain: "kept" }));
    const outer = compiled((x: Tensor) => {
      const { y, plain } = inner.run(x);
      expect(plain).toBe("kept");
      return y.add(1);
    });
    for (let i = 0; i < 3; i++) expect(outer(tensor([i])).item()).toBe(2 * i + 1);
    expect(memory().plans).toBe(plans + 1);
    expect(inner.captures()).toBe(1);
  });

  check("jit inside of a capture passes gradients on", () => {
    const w = new Variable([3]);
    const inner = compiled((x: Tensor) => x.mul(w).square());
    const outer = compiled((x: Tensor) => {
      const tape = new GradientTape();
      const y = tape.record(() => inner(x));
      return tape.gradient(y, w);
    });
    for (const x of [1, 2]) expect(outer(tensor([x])).item()).toBe(2 * x * x * 3);
  });

  check("jit under a recording tape runs its body eagerly, so that gradients flow", () => {
    const { plans } = memory();
    const w = new Variable([3]);
    let calls = 0;
    const f = compiled((x: Tensor) => {
      calls++;
      return x.mul(w).square();
    });
    for (const x of [1, 2, 3]) {
      const tape = new GradientTape();
      const y = tape.record(() => f(tensor([x])));
      expect(y.item()).toBe((3 * x) ** 2);
      expect(tape.gradient(y, w).item()).toBe(2 * x * x * 3);
    }
    expect([calls, memory().plans]).toEqual([3, plans]);
    // Outside of the tape it is captured as ever.
    f(tensor([1]));
    f(tensor([2]));
    expect([calls, memory().plans]).toEqual([4, plans + 1]);
  });

  check("a tape begun outside cannot be used inside", () => {
    const w = new Variable([3]);
    const tape = new GradientTape({ persistent: true });
    const loss = tape.record(() => w.square());
    const message = (method: string): string =>
      `a GradientTape begun outside a function captured by jit cannot ${method} inside it`;
    expect(() => compiled(() => tape.record(() => w.mul(2)))()).toThrow(message("record"));
    expect(() => compiled(() => tape.gradient(loss, w))()).toThrow(message("gradient"));
    expect(tape.gradient(loss, w).item()).toBe(6);
    tape.dispose();
  });

  check("a tape begun inside cannot be used outside, nor in another capture", () => {
    const w = new Variable([3]);
    let tape: GradientTape | null = null;
    const f = compiled(() => {
      tape = new GradientTape({ persistent: true });
      return tape.record(() => w.square());
    });
    f();
    const leaked = tape as unknown as GradientTape;
    const message = "a GradientTape begun inside a function captured by jit cannot";
    expect(() => leaked.record(() => w.mul(2))).toThrow(message);
    expect(() => leaked.gradient(w, w)).toThrow(message);
    expect(() => compiled(() => leaked.record(() => w.mul(2)))()).toThrow(message);
    leaked.dispose();
  });

  check("a capture that failed leaves no trace: the next call captures again", () => {
    let fail = true;
    const f = compiled((x: Tensor) => {
      using tape = new GradientTape();
      return tape.record(() => {
        if (fail) throw new Error("not yet");
        return x.add(1);
      });
    });
    expect(() => f(ones([1]))).toThrow("not yet");
    expect(ones([1]).mul(5).item()).toBe(5);
    fail = false;
    expect(f(ones([1])).item()).toBe(2);
  });

  check("jit refuses what is no function", () => {
    expect(() => compiled(3 as never)).toThrow("expected a function for jit but received 3");
  });
});

// ---- layers

describe("layers", () => {
  check("are created by the capture's first call, outside of it, and once", () => {
    const model = network();
    const eager = network();
    const f = compiled((x: Tensor) => model.forward(x));
    for (const rows of [4, 3, 4]) {
      const [x] = batch(rows);
      expectClose(f(x).array(), eager.forward(x).array());
    }
    expect(model.weights).toHaveLength(4);
    const weights = model.weights;
    f(batch(2)[0]);
    expect(model.weights).toEqual(weights);
    // They are ordinary Variables, of use outside.
    expect(model.weights[0].array()).toEqual(eager.weights[0].array());
  });

  class Hidden extends Model {
    readonly #dense = new Dense(2, { kernelInitializer: "ones" });
    override forward(x: Tensor): Tensor {
      return this.#dense.forward(x);
    }
  }

  class Outer extends Model {
    readonly inner = new Hidden();
    override forward(x: Tensor): Tensor {
      return this.inner.forward(x);
    }
  }

  test.each([
    ["eagerly", (model: Model) => (x: Tensor) => model.forward(x)],
    ["captured", (model: Model) => compiled((x: Tensor) => model.forward(x))],
  ] as [string, (model: Model) => (x: Tensor) => Tensor][])(
    "in a #private field throw, since they would never train; %s",
    leakFree((_mode: string, run: (model: Model) => (x: Tensor) => Tensor) => {
      const message = "Hidden uses a Dense that it does not hold";
      expect(() => run(new Hidden())(ones([1, 2]))).toThrow(message);
      expect(() => run(new Outer())(ones([1, 2]))).toThrow(message);
    }),
  );

  check("in a private field of TypeScript, an array or an object are found", () => {
    class Visible extends Model {
      private readonly first = new Dense(2, { kernelInitializer: "ones" });
      readonly rest: { list: Module[] } = { list: [new Dense(1, { kernelInitializer: "ones" })] };
      override forward(x: Tensor): Tensor {
        return (this.rest.list[0] as Dense).forward(this.first.forward(x));
      }
    }
    const model = new Visible();
    expect(compiled((x: Tensor) => model.forward(x))(ones([1, 3])).item()).toBe(6);
    expect(model.namedWeights().map(([path]) => path)).toEqual([
      "first.kernel",
      "first.bias",
      "rest.list.0.kernel",
      "rest.list.0.bias",
    ]);
  });
});

// ---- random programs

describe("random programs give captured what they give eagerly", () => {
  /** A small generator of numbers below a bound: programs are the same at every run. */
  function dice(seed: number): (bound: number) => number {
    let state = seed * 2654435761 + 1;
    const { imul } = Math;
    return (bound) => {
      state = (imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * bound);
    };
  }

  const SHAPES = [[2, 2], [4], [1, 4]]; // prettier-ignore

  /** Steps over four elements: arithmetic, reshapes, products, and writes of two Variables. */
  function program(seed: number, variables: Variable[]): (...args: Tensor[]) => Tensor[] {
    return (...args) => {
      const roll = dice(seed);
      const known: Tensor[] = [...args, ...variables];
      const pick = (): Tensor => known[roll(known.length)];
      const flat = (x: Tensor): Tensor => x.reshape([4]);
      const square = (): Tensor => pick().reshape([2, 2]);
      const makers: (() => Tensor)[] = [
        () => flat(pick()).add(flat(pick())),
        () => flat(pick()).sub(flat(pick())),
        () => flat(pick()).mul(flat(pick())),
        () => pick().relu(),
        () => pick().tanh(),
        () => pick().sigmoid(),
        () => pick().mul(0.5),
        () => pick().reshape(SHAPES[roll(SHAPES.length)]),
        () => square().transpose(),
        () => matMul(square(), square(), roll(2) === 1, roll(2) === 1).mul(0.25),
        () =>
          matMul(square(), square())
            .add(square().slice([0, 0], [1, 2]))
            .relu(),
        () => square().sub(square().sum(0)),
        () => pick().clone(),
        () => tensor([0.5, -1, 1.5, 0.25]).mul(flat(pick())),
      ];
      for (let i = 0; i < 14; i++) {
        if (roll(4) > 0) known.push(makers[roll(makers.length)]());
        else {
          const target = variables[roll(variables.length)];
          const value = pick().reshape(target.shape).tanh();
          if (roll(2) === 0) target.assign(value);
          else target.assignSub(value.mul(0.5));
        }
      }
      return known.filter((_, i) => i === 0 || roll(3) === 0);
    };
  }

  function trace(seed: number, mode: "eager" | "fused" | "plain"): number[] {
    const variables = [
      new Variable([[0.5, -0.25], [1, 0.75]]), // prettier-ignore
      new Variable([1, -0.5, 0.25, -1]),
    ];
    const body = program(seed, variables);
    // Eager results that are Variables or arguments themselves are copied, as captured ones are.
    const eager = (...args: Tensor[]): Tensor[] => body(...args).map((x) => x.clone());
    const run = mode === "eager" ? eager : compiled(body, { fuse: mode === "fused" });
    const seen: number[][] = [];
    const results: Tensor[] = [];
    for (let call = 0; call < 3; call++) {
      results.push(...run(tensor([call, -1, 0.5, 2]), tensor([[0.5, call], [-1, 1]]))); // prettier-ignore
      seen.push(...variables.map((variable) => [...variable.data()]));
    }
    // Read at the end: a later call must not have overwritten them.
    return [...seen, ...results.map((result) => [...result.data()])].flat();
  }

  test.each(Array.from({ length: 10 }, (_, i) => 40 * i))(
    "programs %i and on",
    leakFree((first: number) => {
      for (let seed = first; seed < first + 40; seed++) {
        tidy(() => {
          const expected = trace(seed, "eager");
          expect({ seed, values: trace(seed, "plain") }).toEqual({ seed, values: expected });
          trace(seed, "fused").forEach((value, i) => {
            const allowed = 1e-5 * Math.max(1, Math.abs(expected[i]));
            if (Math.abs(value - expected[i]) <= allowed) return;
            throw new Error(`program ${seed}, number ${i}: ${value} is not ${expected[i]}`);
          });
        });
      }
    }),
  );
});
