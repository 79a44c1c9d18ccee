/** Chains of element-wise steps that run together: what joins one, what must not, same bits. */

import {
  GradientTape,
  Tensor,
  Variable,
  add,
  assign,
  assignAdd,
  assignSub,
  div,
  fill,
  jit,
  maximum,
  minimum,
  mul,
  optimizers,
  reciprocal,
  setThreads,
  sub,
  tensor,
  tidy,
  where,
} from "../../src";
import { native } from "../../src/addon/native";
import { PIECE_BYTES, cutSmallSteps } from "../helpers/small-parts";

cutSmallSteps();

/** Numbers of both signs, with what arithmetic treats in a way of its own in between. */
function mixed(shape: number[], dtype: "float32" | "float64" = "float32"): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const special = [NaN, Infinity, -Infinity, -0, 1e-40, 3e38];
  const values = Array.from({ length: size }, (_, i) =>
    i % 97 === 5 ? special[i % special.length] : Math.sin(i * 0.7) * 3,
  );
  return tensor(values, shape, dtype);
}

/** The lengths of a plan's chains. */
function chainsOf(plan: string): string[] {
  return [...plan.matchAll(/(\d+ element-wise steps) -> chain(, \d+ times)?/g)].map(
    ([, length, times]) => `${length}${times ?? ""}`,
  );
}

/** The bytes of a tensor, all NaNs alike: which of two operands' NaNs a sum keeps is not told. */
function bits(x: Tensor | Variable): Buffer {
  const values = x.data();
  values.forEach((value, i) => {
    if (Number.isNaN(value)) values[i] = NaN;
  });
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** Runs `program` eagerly, captured, and captured without fusion, on one thread and on two. */
function checkBits(program: (...args: Tensor[]) => Tensor[], args: Tensor[]): string[] {
  const expected = tidy(() => program(...args).map(bits));
  const run = jit(program);
  for (const count of [1, 2]) {
    setThreads(count);
    for (const captured of [run, jit(program, { fuse: false })]) {
      for (let again = 0; again < 2; again++) {
        const actual = tidy(() => captured(...args).map(bits));
        actual.forEach((value, i) => expect(value.equals(expected[i])).toBe(true));
      }
    }
  }
  return chainsOf(run.plan(...args));
}

const eight = (x: Tensor): Tensor =>
  maximum(maximum(x.add(1).mul(0.5).add(-2), -1).mul(3).add(0.25).mul(-1), -8);

describe("a chain comes to the same bits", () => {
  test.each(["float32", "float64"] as const)("of eight steps with numbers, %s", (dtype) => {
    for (const shape of [[1], [7], [100], [20011], [37, 601], [7, 3, 1001]]) {
      const x = mixed(shape, dtype);
      expect(checkBits((a) => [eight(a)], [x])).toEqual(["8 element-wise steps"]);
    }
  });

  test.each([3, 601, 1920, 5003])("beside rows of %d that are repeated", (n) => {
    const rows = Math.ceil(12000 / n);
    const x = mixed([rows, n]);
    const scale = mixed([n]).add(4);
    const program = (a: Tensor, row: Tensor): Tensor[] => [
      minimum(a.mul(row).add(row.reshape([1, n])), 2).sub(row),
    ];
    expect(checkBits(program, [x, scale])).toEqual(["4 element-wise steps"]);
  });

  test.each([479, 601, 1920, 5003])("beside one number for each row of %d elements", (n) => {
    const x = mixed([4, 3, n]);
    const others = [[4, 1, 1], [3, 1], [4, 3, 1], [n], [3, n], [4, 1, n]].map((shape) =>
      mixed(shape).add(4),
    );
    const program = (a: Tensor, ...given: Tensor[]): Tensor[] => {
      const [outer, inner, each, row, rows, mixture] = given;
      const scaled = a.mul(outer).div(inner).add(row).sub(each.mul(1));
      return [scaled.exp().mul(inner).add(rows), maximum(scaled, mixture).sub(outer)];
    };
    const chains = checkBits(program, [x, ...others]);
    expect(chains.length).toBeGreaterThan(0);
    const alone = (a: Tensor, number: Tensor): Tensor[] => [a.mul(number).add(number).sqrt()];
    expect(checkBits(alone, [x, others[1]])).toEqual(["3 element-wise steps"]);
  });

  test("through comparisons, casts, choices and functions", () => {
    const program = (a: Tensor): Tensor[] => [
      where(a.greater(0), a.exp(), a.neg()).add(a.less(1).cast("float32")),
    ];
    expect(checkBits(program, [mixed([129, 200])])).toEqual(["7 element-wise steps"]);
  });

  test("where values on its way are returned or read elsewhere", () => {
    const program = (a: Tensor): Tensor[] => {
      const b = a.add(1);
      const c = b.mul(2);
      const d = c.sub(b);
      return [b, d.square(), c.sum()];
    };
    expect(checkBits(program, [tensor(Array.from({ length: 20000 }, (_, i) => i % 7))])).toEqual([
      "4 element-wise steps",
    ]);
  });

  test("in which Variables are written and read again", () => {
    const run = (options: { fuse: boolean }, count: number): Buffer[] => {
      setThreads(count);
      const weight = new Variable(mixed([150, 150]));
      const momentum = new Variable(mixed([150, 150]));
      const step = jit((g: Tensor) => {
        momentum.assign(momentum.mul(0.9).add(g));
        weight.assignSub(momentum.mul(0.1));
        return weight.mul(2).sub(momentum);
      }, options);
      const gradient = mixed([150, 150]);
      step(gradient);
      return [bits(step(gradient)), bits(weight), bits(momentum)];
    };
    const plain = run({ fuse: false }, 1);
    for (const count of [1, 2]) {
      run({ fuse: true }, count).forEach((value, i) => expect(value.equals(plain[i])).toBe(true));
    }
  });
});

describe.each(["float32", "float64"] as const)(
  "each op in registers does as its kernel, %s",
  (dtype) => {
    /** `op` between others, once as the first that a tile meets and once on what it holds. */
    const around =
      (op: (x: Tensor) => Tensor) =>
      (x: Tensor): Tensor[] => [op(x).mul(1), op(x.mul(1)).mul(1)];

    test.each<[string, (x: Tensor) => Tensor]>([
      ["neg", (x) => x.neg()],
      ["abs", (x) => x.abs()],
      ["sign", (x) => x.sign()],
      ["square", (x) => x.square()],
      ["sqrt", (x) => x.sqrt()],
      ["rsqrt", (x) => x.rsqrt()],
      ["reciprocal", reciprocal],
      ["relu", (x) => x.relu()],
      ["clipByValue", (x) => x.clipByValue(-0.5, 1)],
    ])("%s", (_, op) => {
      for (const size of [5, 103, 4001]) {
        expect(checkBits(around(op), [mixed([size], dtype)])).toEqual(["5 element-wise steps"]);
      }
    });

    const pairs: [string, (a: Tensor, b: Tensor | number) => Tensor][] = [
      ["add", add],
      ["sub", sub],
      ["mul", mul],
      ["div", div],
      ["maximum", maximum],
      ["minimum", minimum],
    ];
    const swapped =
      (op: (a: Tensor, b: Tensor | number) => Tensor) => (number: number) => (x: Tensor) =>
        op(fill([], number, x.dtype), x);

    test.each(pairs)("%s", (_, op) => {
      const x = mixed([7, 103], dtype);
      const y = mixed([103, 7], dtype).reshape([7, 103]);
      for (const other of [y, mixed([103], dtype), mixed([7, 1], dtype), mixed([1, 1], dtype)]) {
        const program = (a: Tensor, b: Tensor): Tensor[] => [
          op(a, b).mul(1),
          op(a.mul(1), b).mul(1),
          op(b, a).mul(1),
          op(b, a.mul(1)).mul(1),
          op(a, a).mul(1),
        ];
        expect(checkBits(program, [x, other])).toEqual(["12 element-wise steps"]);
      }
      for (const number of [NaN, Infinity, 0, -0, 0.3, 1e-40]) {
        checkBits(
          around((a) => op(a, number)),
          [x],
        );
        checkBits(around(swapped(op)(number)), [x]);
      }
    });

    test("the gradient of relu", () => {
      const program = (dy: Tensor, x: Tensor): Tensor[] => {
        const tape = new GradientTape();
        tape.watch(x);
        const y = tape.record(() => x.relu().mul(dy));
        return [...tape.gradient(y, [x]), y];
      };
      const args = [mixed([7, 103], dtype), mixed([103, 7], dtype).reshape([7, 103])];
      expect(checkBits(program, args)[0]).toContain("element-wise steps");
    });
  },
);

test("a product with a number is that of what stood there when it was taken", () => {
  const run = (fuse: boolean): Buffer[] => {
    const weight = new Variable(mixed([300]));
    const step = jit(
      (g: Tensor) => {
        const early = weight.mul(0.9);
        const other = g.mul(0.5);
        weight.assign(g.add(other));
        return [early.add(weight).sub(other), weight.mul(3).sub(early).div(other)];
      },
      { fuse },
    );
    return [...step(mixed([300]).add(1)).map(bits), bits(weight)];
  };
  setThreads(1);
  const plain = run(false);
  run(true).forEach((value, i) => expect(value.equals(plain[i])).toBe(true));
});

test("a chain that a predicate stops does nothing", () => {
  const weights = [new Variable(mixed([300])), new Variable(mixed([20, 30]))];
  const gradients = [mixed([300]), mixed([20, 30])];
  const trajectory = (isCaptured: boolean, count: number): string => {
    setThreads(count);
    const copies = weights.map((weight) => new Variable(weight));
    const rule = new optimizers.RMSprop(0.1, { momentum: 0.5, gradientAccumulationSteps: 3 });
    rule.build(copies);
    const step = (...given: Tensor[]): void => rule.applyGradients(given, copies);
    const captured = jit(step);
    if (isCaptured) expect(chainsOf(captured.plan(...gradients)).length).toBeGreaterThan(0);
    const states: Buffer[] = [];
    for (let i = 0; i < 7; i++) {
      (isCaptured ? captured : step)(...gradients);
      states.push(...[...copies, ...Object.values(rule.state())].map(bits));
    }
    return Buffer.concat(states).toString("base64");
  };
  const eager = trajectory(false, 1);
  for (const count of [1, 2]) expect(trajectory(true, count)).toBe(eager);
});

test("an update whose steps could run in several phases is one chain", () => {
  const lengths = { Lion: 10, Adadelta: 18, RMSprop: 10 };
  for (const [name, length] of Object.entries(lengths)) {
    const run = (options: { fuse: boolean }, count: number): [string[], Buffer[]] => {
      setThreads(count);
      const weight = new Variable(mixed([20, 30]));
      const rule = new optimizers[name as keyof typeof lengths](0.1);
      const step = jit((g: Tensor) => rule.applyGradients([g], [weight]), options);
      const gradient = mixed([20, 30]).mul(0.5);
      for (let i = 0; i < 3; i++) step(gradient);
      return [chainsOf(step.plan(gradient)), [weight, ...Object.values(rule.state())].map(bits)];
    };
    const [, plain] = run({ fuse: false }, 1);
    for (const count of [1, 2]) {
      const [chains, fused] = run({ fuse: true }, count);
      expect(chains).toEqual([`${length} element-wise steps`]);
      fused.forEach((value, i) => expect(value.equals(plain[i])).toBe(true));
    }
  }
});

test.each(["float32", "float64"] as const)(
  "what optimizers often do keeps its bits, %s",
  (dtype) => {
    for (const size of [5, 103, 4001]) {
      const run = (options?: { fuse: boolean }): Buffer[] => {
        const [moved, mean, sum, rest] = [1, 2, 3, 4].map(
          (k) => new Variable(mixed([size]).mul(k).cast(dtype)),
        );
        const step = (g: Tensor): void => {
          assignAdd(moved, g.sub(moved).mul(0.1));
          assign(mean, mean.mul(0.9).add(g.square().mul(0.1)));
          assignAdd(sum, g.mul(moved));
          assignSub(rest, mean.abs().sqrt().add(0.5).mul(g));
        };
        const program = options === undefined ? step : jit(step, options);
        for (let i = 0; i < 3; i++) program(mixed([size]).mul(0.3).cast(dtype));
        return [moved, mean, sum, rest].map(bits);
      };
      const eager = run();
      for (const fuse of [true, false]) {
        run({ fuse }).forEach((value, i) => expect(value.equals(eager[i])).toBe(true));
      }
    }
  },
);

test.each(["float32", "float64"] as const)(
  "what is subtracted times a number stays what it was, %s",
  (dtype) => {
    const columns = 601;
    for (const rows of [1, 7]) {
      const run = (options?: { fuse: boolean }): Buffer[] => {
        const [weight, other, changes] = [1, 2, 3].map(
          (k) => new Variable(mixed([rows, columns]).mul(k).cast(dtype)),
        );
        const ofRow = mixed([rows, 1]).add(2).cast(dtype);
        const step = (g: Tensor): void => {
          const change = g.mul(changes.abs().sqrt());
          assignSub(weight, change.mul(0.1)); // read again below, never stored
          assign(changes, changes.mul(0.9).add(change.square().mul(0.1)));
          assignSub(other, ofRow.mul(changes));
          assignSub(other, other.mul(0.5)); // of what it writes
          assignSub(weight, weight.add(other).mul(0.3));
          assignSub(weight, weight.square().mul(0.01));
          assignAdd(other, weight);
        };
        const program = options === undefined ? step : jit(step, options);
        for (let i = 0; i < 3; i++) program(mixed([rows, columns]).mul(0.3).cast(dtype));
        return [weight, other, changes].map(bits);
      };
      const eager = run();
      for (const fuse of [true, false]) {
        run({ fuse }).forEach((value, i) => expect(value.equals(eager[i])).toBe(true));
      }
    }
  },
);

test.each(["float32", "float64"] as const)(
  "what moves towards another, where a chain alone sees both, %s",
  (dtype) => {
    const program = (x: Tensor, y: Tensor): Tensor => {
      const from = x.abs();
      const moved = add(mul(sub(y.abs(), from), 0.3), from); // read twice, never stored
      return mul(moved.add(1).sqrt(), mul(moved, y));
    };
    for (const size of [5, 4001]) {
      const [x, y] = [mixed([size], dtype), mixed([size], dtype).mul(1.3)];
      const captured = jit(program);
      expect(bits(captured(x, y)).equals(bits(program(x, y)))).toBe(true);
      expect(chainsOf(captured.plan(x, y))).toHaveLength(1);
    }
  },
);

test("rows and columns outlive what later steps of a chain write", () => {
  // A result of [n, 2] in float32 takes as many bytes as a column of float64.
  const program = (x: Tensor): Tensor[] => {
    const column = x.cast("float64").sum(1, true);
    const y = x.cast("float64").sub(column).cast("float32").mul(2);
    return [y.sum(1), y];
  };
  checkBits(program, [mixed([9000, 2])]);
});

test("what lives within a chain takes no room in the arena", () => {
  const run = jit(eight);
  const plan = run.plan(mixed([100000]));
  expect(plan).toContain("within chain 0\n");
  expect(plan).toMatch(/\narena: 0 bytes\n$/);
});

describe("no chain is made", () => {
  const chainsFor = (program: (...args: Tensor[]) => Tensor | Tensor[], ...args: Tensor[]) =>
    chainsOf(jit(program).plan(...args));

  test("of few elements, unless registers hold them", () => {
    expect(chainsFor((x) => x.exp().tanh(), mixed([15359]))).toEqual([]);
    expect(chainsFor((x) => x.exp().tanh(), mixed([15360]))).toEqual(["2 element-wise steps"]);
    expect(chainsFor((x) => x.exp().add(1), mixed([15359]))).toEqual([]);
    expect(chainsFor((x) => x.mul(2).add(1), mixed([2]))).toEqual(["2 element-wise steps"]);
  });

  test("of integers, whose kernels are as fast, unless they are many", () => {
    expect(chainsFor((x) => x.mul(2).add(1), mixed([100]).cast("int32"))).toEqual([]);
  });

  test("of steps without fusion", () => {
    expect(chainsOf(jit(eight, { fuse: false }).plan(mixed([20000])))).toEqual([]);
  });

  test("of one step between others that see more than its elements", () => {
    expect(chainsFor((x) => x.add(1).softmax().mul(2).sum(), mixed([200, 100]))).toEqual([]);
  });

  test("across shapes", () => {
    expect(chainsFor((a, b) => [a.add(1), b.add(1)], mixed([200, 100]), mixed([100, 200]))).toEqual(
      [],
    );
  });
});

test("columns, and rows of several lengths join", () => {
  const x = mixed([200, 100]);
  expect(checkBits((a, b) => [a.add(b).add(1)], [x, mixed([200, 1])])).toEqual([
    "2 element-wise steps",
  ]);
  for (const length of [5, 100, 2000]) {
    const args = [[3, 2, length], [length], [2, length], [3, 1, length]].map((shape) =>
      mixed(shape),
    );
    expect(checkBits((a, b, c, d) => [a.add(b).mul(c).exp().sub(d)], args)).toEqual([
      "4 element-wise steps",
    ]);
  }
});

test.each(["float32", "float64"] as const)("a number times, another added: %s", (dtype) => {
  for (const shape of [[7], [3, 1001]]) {
    const x = mixed(shape, dtype);
    const ofRow = mixed([shape[0], 1], dtype);
    checkBits((x) => [x.mul(0.3).add(0.7).mul(-3).add(-0).abs().mul(2).sub(1)], [x]);
    checkBits((x, y) => [x.abs().mul(y).add(0.7), x.mul(0.3).add(y).sqrt()], [x, ofRow]);
  }
});

test("what shares nothing makes chains of its own, where they are worth it", () => {
  const update = (weights: Variable[], gradients: Tensor[]): string => {
    const optimizer = new optimizers.RMSprop(0.01);
    const step = jit((...given: Tensor[]) => optimizer.applyGradients(given, weights));
    return step.plan(...gradients);
  };
  const ofSize = (size: number): string => {
    const weights = [1, 2, 3].map((k) => new Variable(mixed([size]).mul(k)));
    return update(
      weights,
      [1, 2, 3].map(() => mixed([size])),
    );
  };
  expect(ofSize(1000)).toContain("the loop compiled for RMSprop, 3 times");
  expect(chainsOf(ofSize(1000))).toEqual(["10 element-wise steps, 3 times"]);
  expect(chainsOf(ofSize(10))).toEqual(["30 element-wise steps"]);
});

test("steps between which another shares storages stay one chain", () => {
  const [x, y] = [1, 2].map((k) => mixed([1000]).mul(k));
  const run = jit((x: Tensor, y: Tensor) => x.add(1).abs().add(y.sub(2).abs()));
  expect(chainsOf(run.plan(x, y))).toEqual(["5 element-wise steps"]);
  checkBits((x, y) => [x.add(1).abs().add(y.sub(2).abs())], [x, y]);
});

test("a phase is cut in pieces for what passes from step to step, not within a chain", () => {
  native.setPieceBytes(0);
  try {
    setThreads(1);
    const optimizer = new optimizers.AdamW(0.1);
    const weight = new Variable(mixed([8, 100]));
    const update = jit((g: Tensor) => optimizer.applyGradients([g], [weight]));
    expect(update.plan(mixed([8, 100]))).not.toMatch(/part of \d+ pieces/);
    const passing = jit((x: Tensor) => x.mul(2).softmax().mul(3).softmax());
    expect(passing.plan(mixed([8, 100]))).toMatch(/part of \d+ pieces/);
  } finally {
    native.setPieceBytes(PIECE_BYTES);
  }
});
