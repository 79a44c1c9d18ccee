import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import {
  Dataset,
  Dense,
  Dropout,
  GradientTape,
  Sequential,
  type Tensor,
  Variable,
  jit,
  losses,
  memory,
  metrics,
  optimizers,
  setThreads,
  tensor,
  tidy,
} from "../../src";
import * as nabla from "../../src";
import { native } from "../../src/addon/native";
import { detached } from "../helpers/hostile";
import { NODE_ARGUMENTS } from "../helpers/program";

const root = resolve(__dirname, "..", "..");

interface Outcome {
  succeeded: number;
  failed: number;
  handles: number;
  plans: number;
  buffers: number;
}

/** Runs a fuzzer in a process of its own and returns what it printed. */
function fuzz(phase: string, seed: number, rounds: number): Outcome {
  const script = join(__dirname, "..", "helpers", "fuzz-addon.ts");
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [...NODE_ARGUMENTS, script, phase, String(seed), String(rounds)],
    { cwd: root, encoding: "utf8" },
  );
  if (status === 0) return JSON.parse(stdout) as Outcome;
  throw new Error(`the fuzzer ended with ${signal ?? status}:\n${stderr.slice(0, 4000)}`);
}

describe("the addon's functions", () => {
  test.each([
    ["arguments", 12_000],
    ["steps", 10_000],
    ["plans", 5_000],
  ])("throw or succeed, whatever they get: %s", (phase, rounds) => {
    const outcome = fuzz(phase, 20, rounds);
    // Unless both happen often, little was tried.
    expect(outcome.succeeded).toBeGreaterThan(rounds / 20);
    expect(outcome.failed).toBeGreaterThan(rounds / 20);
    expect(outcome).toMatchObject({ handles: 0, plans: 0, buffers: 0 });
  });

  test("throw once the memory in which steps are described was taken away", () => {
    expect(fuzz("words", 1, 100)).toEqual({
      ...{ succeeded: 1, failed: 300 },
      ...{ handles: 0, plans: 0, buffers: 0 },
    });
  });

  test("throw for handles and plans that were released", () => {
    const handle = native.create(0, [2], new Float32Array(2));
    native.release(handle);
    expect(() => native.read(handle, new Float32Array(2))).toThrow(/released/);
    expect(() => native.alias(handle, [2])).toThrow(/released/);
    expect(() => native.release(handle)).not.toThrow();
    expect(() => native.runPlan(123_456)).toThrow(/released/);
    expect(() => native.describePlan(-1)).toThrow(/released/);
  });

  test("survive a shape whose reading releases the tensor", () => {
    const handle = native.create(0, [2], new Float32Array(2));
    const shape = Object.defineProperty([2], "0", {
      get: () => {
        native.release(handle);
        return 2;
      },
    });
    expect(() => native.alias(handle, shape)).toThrow(/released/);
  });

  test("survive data that is detached while the shape is read", () => {
    const data = new Float32Array(2);
    const shape = Object.defineProperty([2], "0", {
      get: () => {
        detached(data);
        return 2;
      },
    });
    expect(() => native.create(0, shape, data)).toThrow(/does not fit/);
  });
});

/** The words of a plan: arguments, slots as [kind, which, dtype, ...dims], steps, outputs. */
function planWords(
  inputs: number,
  slots: readonly (readonly number[])[],
  steps: readonly [name: string, inputs: number[], outputs: number[], attributes: number[][]][],
  outputs: readonly number[],
): Float64Array {
  const words = [inputs, slots.length];
  for (const [kind, which, dtype, ...dims] of slots) {
    words.push(kind, which, dtype, dims.length, ...dims);
  }
  words.push(steps.length);
  for (const [name, stepInputs, stepOutputs, attributes] of steps) {
    const op = native.ops.findIndex((row) => row.name === name);
    words.push(op, -1, stepInputs.length, stepOutputs.length, ...stepInputs, ...stepOutputs);
    for (const values of attributes) words.push(values.length, ...values);
  }
  return Float64Array.from([...words, outputs.length, ...outputs]);
}

const [TEMP, INPUT, HELD, VARIABLE] = [0, 1, 2, 3];
const [FLOAT32, INT32] = [0, 2];

describe.each([true, false])("plans that the library would not record, fused: %s", (fuse) => {
  const malformed = (...words: Parameters<typeof planWords>): void => {
    expect(() => native.createPlan(planWords(...words), fuse)).toThrow(/malformed|reshape/);
  };

  test("a reshape of nothing", () => malformed(0, [], [["reshape", [], [], [[]]]], []));

  test("a reshape to more elements than there are", () => {
    const slots = [
      [INPUT, 0, FLOAT32, 1],
      [TEMP, -1, FLOAT32, 1_000_000],
      [TEMP, -1, FLOAT32, 1_000_000],
    ];
    const steps: Parameters<typeof planWords>[2] = [
      ["reshape", [0], [1], [[1_000_000]]],
      ["neg", [1], [2], []],
    ];
    malformed(1, slots, steps, [2]);
  });

  test("two slots for one argument and none for another", () => {
    malformed(
      2,
      [0, 0].map((which) => [INPUT, which, FLOAT32, 1]),
      [],
      [],
    );
  });

  test("an argument or a Variable as a result", () => {
    malformed(1, [[INPUT, 0, FLOAT32, 1]], [], [0]);
    const handle = native.create(FLOAT32, [1], new Float32Array(1));
    malformed(0, [[VARIABLE, handle, FLOAT32, 1]], [], [0]);
    native.release(handle);
  });

  test("one storage as a Variable and as something else", () => {
    const handle = native.create(INT32, [1], new Int32Array(1));
    for (const kind of [HELD, VARIABLE]) {
      const slots = [VARIABLE, kind].map((either) => [either, handle, INT32, 1]);
      malformed(0, slots, [], []);
    }
    native.release(handle);
  });

  test("a Variable that the plan writes, passed as the indices that it reads", () => {
    const variable = native.create(INT32, [1], new Int32Array(1));
    const table = native.create(FLOAT32, [2], new Float32Array(2));
    const far = native.create(INT32, [1], Int32Array.of(1 << 30));
    const slots = [
      [INPUT, 0, INT32, 1],
      [VARIABLE, variable, INT32, 1],
      [HELD, far, INT32, 1],
      [HELD, table, FLOAT32, 2],
      [TEMP, -1, FLOAT32, 1],
    ];
    const steps: Parameters<typeof planWords>[2] = [
      ["assign", [1, 2], [], []],
      ["gather", [3, 0], [4], [[FLOAT32]]],
    ];
    const plan = native.createPlan(planWords(1, slots, steps, [4]), fuse);
    native.words[0] = variable;
    expect(() => native.runPlan(plan)).toThrow(/argument 0 .* Variable that the plan writes/);
    native.releasePlan(plan);
    [variable, table, far].forEach((handle) => native.release(handle));
  });

  test("sizes whose product no integer holds, beside a size of 0", () => {
    malformed(1, [[INPUT, 0, FLOAT32, 0, 2 ** 45, 2 ** 45]], [], []);
  });
});

describe("the library's functions, classes and methods", () => {
  test.each([1, 2])(
    "throw in words of their own or succeed, whatever they get: seed %i",
    (seed) => {
      const script = join(__dirname, "..", "helpers", "fuzz-library.ts");
      const { status, signal, stdout, stderr } = spawnSync(
        process.execPath,
        [...NODE_ARGUMENTS, script, String(seed), "2500"],
        { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
      );
      if (status !== 0)
        throw new Error(`ended with ${signal ?? status}:\n${stderr.slice(0, 4000)}`);
      const outcome = JSON.parse(stdout.trimEnd().split("\n").pop()!) as Record<string, number>;
      expect(outcome).toMatchObject({ unchecked: {}, sum: 12 });
      // Unless both happen often, little was tried.
      expect(outcome.succeeded).toBeGreaterThan(500);
      expect(outcome.failed).toBeGreaterThan(500);
    },
  );

  test("refuse an array that holds itself", () => {
    const endless: unknown[] = [];
    endless.push(endless);
    expect(() => tensor(endless as never)).toThrow("rank of at most 8 for the nesting of values");
    expect(() => Dataset.fromTensorSlices(endless as never)).toThrow(RangeError);
  });
});

describe("labels and indices out of range", () => {
  const LABELS = /label 7 at position 2 is outside \[0, 4\)/;
  const good = (): Tensor => tensor([0, 3, 1], undefined, "int32");
  const bad = (): Tensor => tensor([0, 3, 7], undefined, "int32");

  afterEach(() => native.setWorthAPart(5000));

  /** A step that writes all kinds of Variables, and what they hold. */
  function training(): { step: (x: Tensor, y: Tensor) => void; state: () => number[][] } {
    nabla.setSeed(3);
    const model = new Sequential([
      new Dense(5, { activation: "relu" }),
      new Dropout(0.5),
      new Dense(4, { activation: "softmax" }),
    ]);
    model.build([null, 6]);
    model.train();
    const weights = model.trainableWeights;
    const adam = new optimizers.Adam(0.01);
    const seen = new Variable(0, { dtype: "int32" });
    const accuracy = new metrics.SparseCategoricalAccuracy();
    const mean = new metrics.Mean();
    const step = (x: Tensor, y: Tensor): void => {
      const tape = new GradientTape();
      const { loss, predicted } = tape.record(() => {
        const predicted = model.forward(x);
        return { loss: losses.sparseCategoricalCrossentropy(y, predicted), predicted };
      });
      const gradients = tape.gradient(loss, weights);
      adam.applyGradients(gradients, weights);
      nabla.assignAdd(seen, tensor(1, undefined, "int32"));
      mean.update(loss);
      accuracy.update(y, predicted);
    };
    const variables = [...model.weights, seen];
    const state = (): number[][] => [
      ...variables.map((variable) => [...variable.data()]),
      [mean.result(), accuracy.result()],
    ];
    return { step, state };
  }

  const images = (): Tensor => nabla.randomUniform([3, 6]);

  test.each([
    [true, 1],
    [true, 2],
    [false, 1],
    [false, 2],
  ])("of a captured step change no Variable; fused %s, %d threads", (fuse, threads) => {
    setThreads(threads);
    native.setWorthAPart(0);
    tidy(() => {
      const { step, state } = training();
      const captured = jit(step, { fuse });
      const x = images();
      captured(x, good());
      const before = state();
      expect(() => captured(x, bad())).toThrow(LABELS);
      expect(() => captured(x, tensor([-1, 0, 0], undefined, "int32"))).toThrow(
        /label -1 at position 0 is outside \[0, 4\)/,
      );
      expect(state()).toEqual(before);
      captured(x, good());
      expect(state()).not.toEqual(before);
      captured.dispose();
    });
    setThreads(1);
  });

  test("of a step's very first call change no Variable", () => {
    tidy(() => {
      const { step, state } = training();
      const before = state();
      const captured = jit(step);
      expect(() => captured(images(), bad())).toThrow(LABELS);
      expect(state()).toEqual(before);
    });
  });

  test("of an eager step change no weight and no metric", () => {
    tidy(() => {
      const { step, state } = training();
      step(images(), good());
      const before = state();
      expect(() => step(images(), bad())).toThrow(LABELS);
      expect(state()).toEqual(before);
    });
  });

  test("that the plan computes change no Variable that is written later", () => {
    tidy(() => {
      const w = new Variable([1, 2, 3]);
      const step = jit((x: Tensor) => {
        const rows = nabla.gather(w, x.mul(2).cast("int32"));
        nabla.assign(w, rows);
      });
      step(tensor([0, 0.5, 1]));
      expect([...w.data()]).toEqual([1, 2, 3]);
      expect(() => step(tensor([1, 1.5, 0]))).toThrow(/gather: index 3 at position 1/);
      expect([...w.data()]).toEqual([1, 2, 3]);
      step.dispose();
    });
  });

  test.each([1, 2, 3])("are found in every part of a step; %d threads", (threads) => {
    setThreads(threads);
    native.setWorthAPart(0);
    tidy(() => {
      const rows = 12;
      const table = nabla.ones([4, 2]);
      const compute = jit((x: Tensor, y: Tensor) => {
        const indices = x.cast("int32");
        const updates = y.add(1);
        return [
          nabla.scatterAdd(updates, indices, 4),
          nabla.gather(table, indices),
          nabla.oneHot(indices, 4),
          // Cut into parts in the phase of the scatter, which reads all that was computed so far.
          nabla.ones([rows, rows]).matMul(updates),
        ];
      });
      for (let at = 0; at < rows; at++) {
        const indices = tensor(Float32Array.from({ length: rows }, (_, i) => (i === at ? 1e9 : 1)));
        expect(() => compute(indices, nabla.ones([rows, 2]))).toThrow(
          new RegExp(`index 1000000000 at position ${at} is outside \\[0, 4\\)`),
        );
      }
      const [scattered] = compute(nabla.ones([rows]), nabla.ones([rows, 2]));
      expect([...scattered.data()]).toEqual([0, 0, 24, 24, 0, 0, 0, 0]);
      compute.dispose();
    });
    setThreads(1);
  });

  test.each(["uint8", "int32"] as const)("throw from every op that takes %s labels", (dtype) => {
    tidy(() => {
      const labels = tensor([1, 200], undefined, dtype);
      const p = nabla.fill([2, 4], 0.25);
      const loss = (fromLogits: boolean) => (): Tensor =>
        losses.sparseCategoricalCrossentropy(labels, p, { fromLogits });
      for (const call of [loss(false), loss(true), () => nabla.oneHot(labels, 4)]) {
        expect(call).toThrow(/(label|index) 200 at position 1 is outside \[0, 4\)/);
        expect(() => jit(call)()).toThrow(/(label|index) 200 at position 1 is outside \[0, 4\)/);
      }
    });
  });

  test("leave nothing behind", () => {
    const before = memory();
    tidy(() => {
      const captured = jit((x: Tensor, y: Tensor) => losses.sparseCategoricalCrossentropy(y, x));
      const p = nabla.fill([3, 4], 0.25);
      for (let i = 0; i < 20; i++) {
        expect(() => captured(p, bad())).toThrow(LABELS);
        expect(() => losses.sparseCategoricalCrossentropy(bad(), p)).toThrow(LABELS);
      }
      captured.dispose();
    });
    expect(memory()).toMatchObject({
      handles: before.handles,
      plans: before.plans,
      buffers: before.buffers,
    });
  });
});

describe("more memory than there is", () => {
  const MILLION = 1e6;
  const column = (): Tensor => nabla.ones([MILLION, 1]);
  const calls: [string, () => unknown][] = [
    ["zeros", () => nabla.zeros([MILLION, MILLION])],
    ["ones", () => nabla.ones([MILLION, MILLION], "uint8")],
    ["randomNormal", () => nabla.randomNormal([MILLION, MILLION])],
    ["broadcastTo", () => nabla.broadcastTo(1, [MILLION, MILLION])],
    ["add", () => column().add(column().transpose())],
    ["matMul", () => column().matMul(column().transpose())],
    ["oneHot", () => nabla.oneHot([1], 2 ** 40)],
    ["pad", () => nabla.pad([1], [[0, 2 ** 42]])],
    ["gather", () => nabla.gather(nabla.ones([1, MILLION]), nabla.zeros([MILLION], "int32"))],
    ["scatterAdd", () => nabla.scatterAdd([1], [0], 2 ** 42)],
    ["new Variable", () => new Variable(nabla.broadcastTo(1, [MILLION, MILLION]))],
  ];

  test.each(calls)("is an error of %s, and frees what was begun", (_name, call) => {
    const before = memory();
    expect(() => tidy(call)).toThrow(/out of memory|too large|Array buffer allocation failed/i);
    expect(memory().buffers).toBe(before.buffers);
  });

  test("is an error of a layer", () => {
    const model = new Sequential([new Dense(2 ** 32)]);
    expect(() => model.build([null, 2 ** 12])).toThrow(/out of memory/);
  });

  test("is an error of a plan", () => {
    tidy(() => {
      const x = column();
      const product = jit((a: Tensor) => a.matMul(a.transpose()));
      expect(() => product(x)).toThrow(/out of memory: an output needs 4000000000000 bytes/);
      const total = jit((a: Tensor) => a.matMul(a.transpose()).sum());
      expect(() => total(x)).toThrow(/out of memory: a plan needs/);
      expect(jit((a: Tensor) => a.sum())(x).item()).toBe(MILLION);
      product.dispose();
    });
  });

  test("is an error where the sum of sizes passes what an integer holds", () => {
    expect(() => tidy(() => nabla.zeros([0, 2 ** 45, 2 ** 45]))).toThrow(/at most 2\^45 elements/);
    expect(() =>
      tidy(() => nabla.concat([nabla.zeros([0, 2 ** 45]), nabla.zeros([0, 4])])),
    ).toThrow(/concat/);
  });
});

describe("more operands than a call takes", () => {
  test("are an error of an eager op", () => {
    tidy(() => {
      const parts = Array.from({ length: 2000 }, () => nabla.ones([1]));
      expect(() => nabla.concat(parts)).toThrow(
        /concat: expected 1 to 1024 tensors but received 2000/,
      );
    });
  });

  test.each([
    ["results", 0, 5000],
    ["arguments", 5000, 1],
  ])("are an error of a plan with many %s", (_what, inputs, outputs) => {
    const { plans } = memory();
    tidy(() => {
      const x = nabla.ones([2]);
      const many = jit((args: Tensor[]) =>
        Array.from({ length: outputs }, (_, i) => (args.length > 0 ? args[i] : x).add(i)),
      );
      const args = Array.from({ length: inputs }, () => x);
      expect(() => many(args)).toThrow(
        new RegExp(`at most 4096 arguments .* this one has ${inputs} and ${outputs}`),
      );
    });
    expect(memory().plans).toBe(plans);
  });

  test("fit a plan up to 4096 of each", () => {
    tidy(() => {
      const args = Array.from({ length: 4096 }, (_, i) => tensor([i]));
      const next = jit((all: Tensor[]) => all.map((x) => x.add(1)));
      next(args).forEach((x, i) => {
        if (x.item() !== i + 1) throw new Error(`result ${i} is ${x.item()}`);
      });
      next.dispose();
    });
  });
});

describe("array buffers that others take or share", () => {
  test("a detached one has no values", () => {
    expect(tidy(() => tensor(detached(new Float32Array(4))).shape)).toEqual([0]);
    expect(() => tensor(detached(new Float32Array(4)), [2, 2])).toThrow(
      /expected 4 values for shape \[2, 2\] but received 0/,
    );
  });

  test("one detached afterwards leaves the tensor as it was", () => {
    tidy(() => {
      const values = Float32Array.of(1, 2, 3);
      const x = tensor(values);
      const v = new Variable(values);
      const set = Dataset.fromTensorSlices(values).batch(3);
      detached(values);
      expect([...x.add(0).data()]).toEqual([1, 2, 3]);
      expect([...v.data()]).toEqual([1, 2, 3]);
      for (const batch of set) expect([...batch.data()]).toEqual([1, 2, 3]);
      v.dispose();
    });
  });

  test("a shared one is copied", () => {
    tidy(() => {
      const values = new Int32Array(new SharedArrayBuffer(12));
      values.set([1, 2, 3]);
      const x = tensor(values);
      Atomics.store(values, 1, 9);
      expect([...x.data()]).toEqual([1, 2, 3]);
    });
  });

  test("one that shrank below the view has no values", () => {
    const Resizable = ArrayBuffer as unknown as new (
      length: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { resize(length: number): void };
    const buffer = new Resizable(16, { maxByteLength: 16 });
    const values = new Float32Array(buffer, 4, 2);
    buffer.resize(8);
    expect(tidy(() => tensor(values).shape)).toEqual([0]);
  });

  test("what data() returned can be changed and taken away", () => {
    tidy(() => {
      const x = tensor([1, 2, 3]);
      x.data().fill(7);
      detached(x.data());
      expect([...x.data()]).toEqual([1, 2, 3]);
    });
  });
});

describe("disposed tensors", () => {
  const DISPOSED = /was disposed of/;
  const gone = (...shape: number[]): Tensor => {
    const x = nabla.ones(shape);
    x.dispose();
    return x;
  };
  const calls: [string, () => unknown][] = [
    ["data", () => gone(2).data()],
    ["array", () => gone(2).array()],
    ["item", () => gone().item()],
    ["clone", () => gone(2).clone()],
    ["add", () => nabla.ones([2]).add(gone(2))],
    ["matMul", () => gone(2, 2).matMul(nabla.ones([2, 2]))],
    ["reshape", () => gone(4).reshape([2, 2])],
    ["concat", () => nabla.concat([nabla.ones([2]), gone(2)])],
    ["gather", () => gone(2, 2).gather(tensor([0], undefined, "int32"))],
    ["assign", () => nabla.assign(new Variable([1, 1]), gone(2))],
    ["new Variable", () => new Variable(gone(2))],
    ["an argument of jit", () => jit((x: Tensor) => x.add(1))(gone(2))],
    [
      "a constant of jit",
      () => {
        const constant = gone(2);
        return jit((x: Tensor) => x.add(constant))(nabla.ones([2]));
      },
    ],
    ["a loss", () => losses.meanSquaredError(nabla.ones([2, 2]), gone(2, 2))],
    ["a model", () => new Sequential([new Dense(2)]).forward(gone(2, 2))],
    ["a dataset", () => Dataset.fromTensorSlices(gone(2, 2)).batch(2).toArray()],
    ["a metric", () => new metrics.Mean().update(gone(2))],
  ];

  test.each(calls)("throw when used by %s", (_name, call) => {
    expect(() => tidy(call)).toThrow(DISPOSED);
  });

  test("make a plan that refers to them throw, and no other", () => {
    tidy(() => {
      const [held, weight, x] = [nabla.ones([2]), new Variable([1, 1]), nabla.ones([2])];
      const both = jit((a: Tensor) => a.add(held).mul(weight));
      expect([...both(x).data()]).toEqual([2, 2]);
      held.dispose();
      expect(() => both(x)).toThrow(DISPOSED);
      const one = jit((a: Tensor) => a.mul(weight));
      expect([...one(x).data()]).toEqual([1, 1]);
      weight.dispose();
      expect(() => one(x)).toThrow(DISPOSED);
    });
  });

  test("throw when an optimizer or a tape needs them", () => {
    tidy(() => {
      const w = new Variable([1, 2]);
      const sgd = new optimizers.SGD(0.1);
      expect(() => sgd.applyGradients([gone(2)], [w])).toThrow(DISPOSED);
      const tape = new GradientTape();
      const loss = tape.record(() => w.mul(w).sum());
      w.dispose();
      expect(() => tape.gradient(loss, [w])).toThrow(DISPOSED);
    });
  });
});
