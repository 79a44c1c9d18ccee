/** Chains of element-wise steps that run block by block: what joins one, what must not, same bits. */

import {
  Tensor,
  Variable,
  getThreads,
  jit,
  maximum,
  minimum,
  setThreads,
  tensor,
  tidy,
  where,
} from "../../src";

const threads = getThreads();
afterAll(() => setThreads(threads));

/** Numbers of both signs, with what arithmetic treats in a way of its own in between. */
function mixed(shape: number[], dtype: "float32" | "float64" = "float32"): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const special = [NaN, Infinity, -Infinity, -0, 1e-40, 3e38];
  const values = Array.from({ length: size }, (_, i) =>
    i % 97 === 5 ? (special[i % special.length] as number) : Math.sin(i * 0.7) * 3,
  );
  return tensor(values, shape, dtype);
}

/** The lengths of a plan's chains. */
function chainsOf(plan: string): string[] {
  return [...plan.matchAll(/(\d+ element-wise steps) -> chain of blocks(, \d+ times)?/g)].map(
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
        actual.forEach((value, i) => expect(value.equals(expected[i] as Buffer)).toBe(true));
      }
    }
  }
  return chainsOf(run.plan(...args));
}

const eight = (x: Tensor): Tensor =>
  maximum(maximum(x.add(1).mul(0.5).add(-2), -1).mul(3).add(0.25).mul(-1), -8);

describe("a chain runs block by block to the same bits", () => {
  test.each(["float32", "float64"] as const)("of eight steps with numbers, %s", (dtype) => {
    for (const shape of [[16384], [20011], [37, 601], [7, 3, 1001]]) {
      const x = mixed(shape, dtype);
      expect(checkBits((a) => [eight(a)], [x])).toEqual(["8 element-wise steps"]);
    }
  });

  test.each([3, 601, 2048, 5003])("beside rows of %d that are repeated", (n) => {
    const rows = Math.ceil(40000 / n);
    const x = mixed([rows, n]);
    const scale = mixed([n]).add(4);
    const program = (a: Tensor, row: Tensor): Tensor[] => [
      minimum(a.mul(row).add(row.reshape([1, n])), 2).sub(row),
    ];
    expect(checkBits(program, [x, scale])).toEqual(["4 element-wise steps"]);
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
      run({ fuse: true }, count).forEach((value, i) =>
        expect(value.equals(plain[i] as Buffer)).toBe(true),
      );
    }
  });
});

test("what lives within a chain takes no room in the arena", () => {
  const run = jit(eight);
  const plan = run.plan(mixed([100000]));
  expect(plan).toContain("in the blocks of chain 0\n");
  expect(plan).toMatch(/\narena: 0 bytes\n$/);
});

describe("no chain is made", () => {
  const chainsFor = (program: (...args: Tensor[]) => Tensor | Tensor[], ...args: Tensor[]) =>
    chainsOf(jit(program).plan(...args));

  test("of few elements", () => {
    expect(chainsFor((x) => eight(x), mixed([16383]))).toEqual([]);
  });

  test("of steps without fusion", () => {
    expect(chainsOf(jit(eight, { fuse: false }).plan(mixed([20000])))).toEqual([]);
  });

  test("of one step between others that see more than its elements", () => {
    expect(chainsFor((x) => x.add(1).softmax().mul(2).sum(), mixed([200, 100]))).toEqual([]);
  });

  test("across shapes, columns or rows of two lengths", () => {
    const x = mixed([200, 100]);
    const y = mixed([100, 200]);
    expect(chainsFor((a, b) => [a.add(1), b.add(1)], x, y)).toEqual([]);
    const column = mixed([200, 1]);
    expect(checkBits((a, b) => [a.add(b).add(1)], [x, column])).toEqual([]);
    const cube = mixed([20, 10, 100]);
    const row = mixed([100]);
    const plane = mixed([10, 100]);
    expect(checkBits((a, b, c) => [a.add(b).mul(c)], [cube, row, plane])).toEqual([]);
  });
});
