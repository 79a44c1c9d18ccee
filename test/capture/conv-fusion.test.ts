/** What plans merge of convolutions' gradients, and that results stay the same. */

import {
  Conv2D,
  Dense,
  Flatten,
  GradientTape,
  MaxPooling2D,
  Sequential,
  type Tensor,
  getThreads,
  jit,
  maxPool,
  randomNormal,
  setThreads,
  where,
  zeros,
} from "../../src";
import { leakFree } from "../helpers/leak-free";

const threads = getThreads();
afterAll(() => setThreads(threads));

/** Two convolutions with what lies between them; gradients to all weights and to the pictures. */
function gradients(activation: "relu" | "sigmoid" | "tanh", pool: [number, number] | null) {
  const more = { activation, dtype: "float64" } as const;
  const pooling = (): MaxPooling2D[] =>
    pool === null ? [] : [new MaxPooling2D(pool[0], { strides: pool[1] })];
  const model = new Sequential([
    new Conv2D(5, 3, { ...more, padding: "same" }),
    ...pooling(),
    new Conv2D(6, 2, { ...more, strides: 2 }),
    ...pooling(),
    new Flatten(),
    new Dense(1, { dtype: "float64" }),
  ]);
  model.forward(zeros([1, 16, 16, 3], "float64"));
  return (x: Tensor): Tensor[] => {
    const tape = new GradientTape();
    tape.watch(x);
    const loss = tape.record(() => model.forward(x).square().sum());
    return tape.gradient(loss, [x, ...model.trainableWeights]);
  };
}

// Activation, windows of the pooling, and what the plan has to merge.
const CASES: ["relu" | "sigmoid" | "tanh", [number, number] | null, string[]][] = [
  ["relu", null, ["convBiasInputGrad", "convKernelShares"]],
  ["tanh", null, ["convBiasInputGrad", "convKernelShares"]],
  ["sigmoid", [2, 2], ["convBiasInputGrad", "convKernelShares", "maxPoolGrad"]],
  ["relu", [2, 2], ["convInputGrad", "convKernelShares", "maxPoolFlooredGrad"]],
  ["relu", [2, 1], ["convInputGrad", "convKernelShares", "maxPoolFlooredGrad"]],
];

test.each(CASES)("%s with pooling %j is merged to %j", (activation, pool, merged) => {
  leakFree(() => {
    const f = gradients(activation, pool);
    const x = randomNormal([64, 16, 16, 3], 0, 1, "float64");
    const wanted = f(x).map((t) => Array.from(t.data()));
    const captured = jit(f);
    const ops = new Set(captured.steps(x).map(({ op }) => op));
    expect([...ops]).toEqual(expect.arrayContaining(merged));
    for (const count of [1, 2, 3]) {
      setThreads(count);
      captured(x).forEach((t, i) => {
        const found = Array.from(t.data());
        const greatest = wanted[i].reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
        const apart = found.map((value, k) => Math.abs(value - wanted[i][k]) / greatest);
        expect(Math.max(...apart)).toBeLessThan(1e-11);
      });
    }
    captured.dispose();
  })();
});

/** Compares captured results with eager ones; the plan must do `without` some ops. */
function expectSame(f: (x: Tensor) => Tensor[], x: Tensor, without: string[]): void {
  const wanted = f(x).map((t) => Array.from(t.data()));
  const captured = jit(f);
  const ops = captured.steps(x).map(({ op }) => op);
  without.forEach((op) => expect(ops).not.toContain(op));
  captured(x).forEach((t, i) => {
    Array.from(t.data()).forEach((value, k) => expect(value).toBeCloseTo(wanted[i][k], 9));
  });
  captured.dispose();
}

/** Gradients of two convolutions: to the first one's results, what they activate, x and weights. */
function between(activate: (z: Tensor) => Tensor) {
  const first = new Conv2D(4, 3, { dtype: "float64" });
  const second = new Conv2D(3, 3, { dtype: "float64" });
  second.forward(first.forward(zeros([1, 12, 12, 2], "float64")));
  return (x: Tensor): Tensor[] => {
    const tape = new GradientTape();
    tape.watch(x);
    const [z, y, loss] = tape.record(() => {
      const z = first.forward(x);
      const y = activate(z);
      return [z, y, second.forward(y).square().sum()] as const;
    });
    return tape.gradient(loss, [z, y, x, ...first.weights, ...second.weights]);
  };
}

describe("is not merged", () => {
  test.each([
    ["relu", (z: Tensor) => z.relu()],
    ["tanh", (z: Tensor) => z.tanh()],
  ])("a gradient of %s that is returned too", (_, activate) => {
    leakFree(() => {
      const x = randomNormal([40, 12, 12, 2], 0, 1, "float64");
      expectSame(between(activate), x, ["convBiasInputGrad"]);
    })();
  });

  test("a gradient of an activation that another step reads", () => {
    leakFree(() => {
      const f = between((z) => z.relu());
      const x = randomNormal([40, 12, 12, 2], 0, 1, "float64");
      const doubled = (t: Tensor): Tensor[] => {
        const [z, , ...others] = f(t);
        return [z.mul(2).sum(), ...others];
      };
      expectSame(doubled, x, ["convBiasInputGrad"]);
    })();
  });

  test("a kernel's gradient of few windows", () => {
    leakFree(() => {
      const f = between((z) => z.relu());
      const x = randomNormal([2, 12, 12, 2], 0, 1, "float64");
      expectSame((t) => f(t).slice(2), x, ["convKernelShares"]);
    })();
  });

  test("the gradient of a pooling of something else than the results of relu", () => {
    leakFree(() => {
      const x = randomNormal([4, 8, 8, 3], 0, 1, "float64");
      const f = (t: Tensor): Tensor[] => {
        const tape = new GradientTape();
        tape.watch(t);
        const loss = tape.record(() => maxPool(t.relu().neg(), 2).square().sum());
        return tape.gradient(loss, [t]);
      };
      expectSame(f, x, ["maxPoolFlooredGrad"]);
    })();
  });
});

describe("the index of a pooling's greatest values", () => {
  const poolings = (x: Tensor): Tensor[] => [
    maxPool(x, 2),
    maxPool(x, 3, { strides: 2, padding: "same" }),
  ];

  test("is not made where no gradient reads it; NaN and zeros of both signs stay", () => {
    leakFree(() => {
      const x = randomNormal([3, 9, 9, 19], 0, 1, "float32").mul(3).round();
      const odd = where(x.equal(2), NaN, x);
      const captured = jit(poolings);
      expect(captured.steps(odd).map(({ op }) => op)).toEqual(["maxPoolValues", "maxPoolValues"]);
      captured(odd).forEach((y, i) => {
        expect(Array.from(y.data())).toEqual(Array.from(poolings(odd)[i].data()));
      });
      captured.dispose();
    })();
  });

  test("is made where one does", () => {
    leakFree(() => {
      const x = randomNormal([2, 8, 8, 3], 0, 1, "float64");
      const f = (t: Tensor): Tensor[] => {
        const tape = new GradientTape();
        tape.watch(t);
        const loss = tape.record(() => maxPool(t, 2).square().sum());
        return tape.gradient(loss, [t]);
      };
      expectSame(f, x, ["maxPoolValues"]);
    })();
  });
});
