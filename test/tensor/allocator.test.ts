import { PerformanceObserver, constants } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
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
  tensor,
  tidy,
} from "../../src";
import * as nabla from "../../src";
import { native } from "../../src/addon/native";
import { alive, compiled, leakFree } from "../helpers/leak-free";
import { gradients, runSample, toTensor, toVariable } from "../helpers/sample-runner";
import { badInputs, samples, updates } from "../samples";

// That the memory is aligned to 64 bytes cannot be seen from here: native/test/memory/buffer-test.cpp.

const MIB = 2 ** 20;
/** The most that waits for reuse. */
const POOL_LIMIT = 64 * MIB;

const check = (title: string, body: () => void): void => test(title, leakFree(body));

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Collects garbage until `holds`, or gives up. */
async function collectUntil(holds: () => boolean): Promise<boolean> {
  for (let turn = 0; turn < 100 && !holds(); turn++) {
    collect();
    // Finalizers run between turns of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return holds();
}

describe("no buffer stays alive", () => {
  check("after any op", () => {
    for (const sample of samples) tidy(() => runSample(sample, "float32"));
  });

  check("after the gradient of any op", () => {
    for (const sample of samples) {
      if (sample.sources.length === 0) continue;
      tidy(() => {
        const inputs = sample.inputs.map((input) => toTensor(input, "float64"));
        return gradients(sample, inputs);
      }).forEach((gradient) => gradient.dispose());
    }
  });

  check("after any update", () => {
    for (const { variables, inputs, run } of updates) {
      const written = variables.map((variable) => toVariable(variable, "float32"));
      tidy(() =>
        run(
          written,
          inputs.map((input) => toTensor(input, "float32")),
        ),
      );
      for (const variable of written) variable.dispose();
    }
  });

  check("after any refused call", () => {
    for (const { given, call } of badInputs) {
      tidy(() => {
        const inputs = given();
        expect(() => call(...inputs)).toThrow();
        const captured = jit(() => call(...inputs));
        expect(captured).toThrow();
        captured.dispose();
      });
    }
  });
});

const INPUTS = 6;
const CLASSES = 3;

/** A training step with all that makes Variables, metrics included. */
function trainingStep(): (x: Tensor, y: Tensor) => void {
  const model = new Sequential([
    new Dense(5, { activation: "tanh" }),
    new Dropout(0.5),
    new Dense(CLASSES, { activation: "softmax" }),
  ]);
  model.build([null, INPUTS]);
  model.train();
  const weights = model.trainableWeights;
  const optimizer = new optimizers.Adam(0.01);
  const [mean, accuracy] = [new metrics.Mean(), new metrics.SparseCategoricalAccuracy()];
  const step = (x: Tensor, y: Tensor): void => {
    const tape = new GradientTape();
    const { loss, predicted } = tape.record(() => {
      const predicted = model.forward(x);
      return { loss: losses.sparseCategoricalCrossentropy(y, predicted), predicted };
    });
    optimizer.applyGradients(tape.gradient(loss, weights), weights);
    mean.update(loss);
    accuracy.update(y, predicted);
  };
  // The optimizer's and the metrics' Variables come with the first step.
  tidy(() => step(...batch(2)));
  return step;
}

function batch(rows: number): [Tensor, Tensor] {
  const labels = Uint8Array.from({ length: rows }, (_, i) => i % CLASSES);
  return [nabla.randomUniform([rows, INPUTS]), tensor(labels)];
}

describe("training takes no more memory with every step", () => {
  check("eager, in tidy", () => {
    const step = trainingStep();
    const before = alive();
    for (let i = 0; i < 50; i++) {
      tidy(() => step(...batch(8)));
      expect(alive()).toEqual(before);
    }
  });

  check("captured, in batches of several sizes", () => {
    const step = compiled(trainingStep());
    for (const rows of [8, 5]) tidy(() => step(...batch(rows)));
    const before = alive();
    for (let i = 0; i < 100; i++) {
      tidy(() => step(...batch(i % 4 === 3 ? 5 : 8)));
      expect(alive()).toEqual(before);
    }
  });

  check("when a step fails now and then", () => {
    const step = trainingStep();
    const captured = compiled(step);
    tidy(() => captured(...batch(8)));
    const before = alive();
    for (let i = 0; i < 30; i++) {
      tidy(() => {
        const [x] = batch(8);
        const wrong = nabla.fill([8], 7, "uint8");
        expect(() => captured(x, wrong)).toThrow(/label 7/);
        expect(() => step(x, wrong)).toThrow(/label 7/);
      });
      expect(alive()).toEqual(before);
    }
  });

  check("when the function throws while it is captured", () => {
    const before = alive();
    for (let i = 0; i < 20; i++) {
      tidy(() => {
        const failing = jit((x: Tensor) => {
          x.add(tensor([1, 2]));
          throw new Error("in the middle");
        });
        expect(() => failing(nabla.ones([2]))).toThrow("in the middle");
      });
      expect(alive()).toEqual(before);
    }
  });

  check("with results, which are the caller's", () => {
    const w = new Variable([1, 2, 3]);
    const f = compiled((x: Tensor) => {
      nabla.assignAdd(w, x);
      return { sum: w.sum(), all: [w.mul(2), x.reshape([3, 1])] };
    });
    const x = nabla.ones([3]);
    tidy(() => f(x));
    const before = alive();
    const results = Array.from({ length: 20 }, () => f(x));
    expect(memory().handles).toBe(before.handles + 60);
    for (const { sum, all } of results) [sum, ...all].forEach((result) => result.dispose());
    expect(alive()).toEqual(before);
  });

  check("through datasets: to the end, left early, failing, mapped", () => {
    const set = Dataset.fromTensorSlices(batch(20));
    const variants = [
      set.batch(6),
      set.shuffle(7).batch(4, { dropRemainder: true }),
      set.repeat(2),
    ];
    const before = alive();
    for (const variant of variants) {
      for (const element of variant) expect(element).toHaveLength(2);
      for (const element of variant) {
        expect(element).toHaveLength(2);
        break;
      }
      const fail = (): void => {
        for (const [x] of variant) throw new Error(`in the loop, at ${x.describe()}`);
      };
      expect(fail).toThrow("in the loop");
      const doubled = variant.map(([x, y]) => [x.mul(2), y]);
      for (const [x] of doubled) tidy(() => void x.add(1));
      expect(alive()).toEqual(before);
    }
  });
});

describe("the pool", () => {
  // Whatever ran before in this process may have filled it.
  check("gives back what was freed, and drops the oldest when it is full", () => {
    const shape = [100_003];
    const full = Array.from({ length: 20 }, () => nabla.zeros([4 * MIB], "uint8"));
    for (const x of full) x.dispose();
    const first = nabla.zeros(shape);
    const { bytes, buffers } = memory();
    first.dispose();
    const freed = memory();
    const size = bytes - freed.bytes;
    expect(size).toBeGreaterThanOrEqual(4 * shape[0]);
    expect(freed.buffers).toBe(buffers - 1);
    expect(freed.pooledBytes).toBeLessThanOrEqual(POOL_LIMIT);
    const second = nabla.zeros(shape);
    expect(memory()).toMatchObject({ bytes, buffers, pooledBytes: freed.pooledBytes - size });
    second.dispose();
  });

  check("serves a loop from the same few buffers", () => {
    const round = (i: number): void => tidy(() => void nabla.ones([50_000]).add(i).mul(2));
    round(0);
    const { pooledBytes } = memory();
    for (let i = 0; i < 200; i++) {
      round(i);
      expect(memory().pooledBytes).toBe(pooledBytes);
    }
  });

  check("keeps no more than 64 MiB", () => {
    const all = Array.from({ length: 30 }, () => nabla.zeros([4 * MIB], "uint8"));
    expect(memory().bytes).toBeGreaterThanOrEqual(30 * 4 * MIB);
    for (const x of all) x.dispose();
    expect(memory().pooledBytes).toBeLessThanOrEqual(POOL_LIMIT);
    expect(memory().pooledBytes).toBeGreaterThan(POOL_LIMIT / 2);
  });

  check("hands no buffer to two tensors", () => {
    const rounds = 60;
    const all: Tensor[] = [];
    for (let i = 0; i < rounds; i++) {
      nabla.fill([1000 + i], -1).dispose();
      all.push(nabla.fill([1000 + i], i));
    }
    all.forEach((x, i) => {
      if (!x.data().every((value) => value === i)) throw new Error(`tensor ${i} was overwritten`);
    });
  });
});

describe("shared memory", () => {
  test("lives until the last handle to it is released", () => {
    const { buffers } = memory();
    const first = native.create(0, [4], Float32Array.of(1, 2, 3, 4));
    const second = native.alias(first, [2, 2]);
    expect(memory().buffers).toBe(buffers + 1);
    native.release(first);
    const target = new Float32Array(4);
    native.read(second, target);
    expect([...target]).toEqual([1, 2, 3, 4]);
    native.release(second);
    expect(memory().buffers).toBe(buffers);
  });

  check("outlives the tensors that a plan refers to", () => {
    const { buffers } = memory();
    const constant = nabla.ones([3]);
    const f = compiled((x: Tensor) => x.add(constant));
    f(nabla.ones([3])).dispose();
    constant.dispose();
    // The plan still holds it, though it refuses to run.
    expect(memory().buffers).toBeGreaterThan(buffers);
    f.dispose();
  });
});

/** Full collections while `fn` runs. */
async function collectionsDuring(fn: () => void): Promise<number> {
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as unknown as { detail: { kind: number } }).detail;
      if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) count++;
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  fn();
  // Entries arrive between turns of the event loop.
  await new Promise((resolve) => setTimeout(resolve, 20));
  observer.disconnect();
  return count;
}

describe("what V8 is told of the bytes that tensors hold", () => {
  test("makes it collect tensors that nobody refers to, in time", async () => {
    const size = 8 * MIB;
    const rounds = 150;
    const { bytes } = memory();
    let peak = 0;
    for (let i = 0; i < rounds; i++) {
      nabla.zeros([size], "uint8");
      peak = Math.max(peak, memory().bytes - bytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(peak).toBeLessThan((rounds * size) / 2);
    expect(await collectUntil(() => memory().bytes <= bytes)).toBe(true);
  });

  test("does not make it collect again and again where all is disposed of", async () => {
    const f = jit((x: Tensor) => x.add(1));
    const count = await collectionsDuring(() => {
      for (let i = 0; i < 300; i++) tidy(() => void f(nabla.zeros([2 * MIB])));
    });
    expect(count).toBeLessThan(10);
    f.dispose();
  });
});

test("the plans of a captured function that nobody refers to are freed", async () => {
  const before = alive();
  (() => {
    const x = nabla.ones([3]);
    const f = jit((a: Tensor) => a.add(tensor([1, 2, 3])));
    f(x).dispose();
    x.dispose();
  })();
  expect(memory().plans).toBe(before.plans + 1);
  expect(await collectUntil(() => memory().plans <= before.plans)).toBe(true);
  expect(await collectUntil(() => memory().buffers <= before.buffers)).toBe(true);
});
