/** The typed graph of a captured function: what it holds, how it reaches the planner. */

import {
  type Tensor,
  Variable,
  getThreads,
  jit,
  optimizers,
  ones,
  setThreads,
  sum,
  tensor,
  tidy,
} from "../../src";
import { native } from "../../src/addon/native";
import { when } from "../../src/capture/when";

const matrix = (): Tensor =>
  tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

describe("graph()", () => {
  test("tells values and nodes, with attributes by name as the rules resolved them", () => {
    const w = new Variable([[1], [1], [1]], { name: "w" });
    const scale = ones([]);
    const run = jit((x: Tensor) => {
      const y = x.matMul(w).mul(scale);
      w.assignAdd(sum(x, 0).reshape([-1, 1]));
      return [y.softmax(), sum(x, -1, true)];
    });
    const { values, nodes, outputs } = run.graph(matrix());
    expect(nodes.map(({ op, attributes }) => ({ op, attributes }))).toEqual([
      { op: "matMul", attributes: { transposeA: false, transposeB: false } },
      { op: "mul", attributes: {} },
      { op: "sum", attributes: { axis: [0], keepDims: false } },
      { op: "reshape", attributes: { shape: [3, 1] } },
      { op: "assignAdd", attributes: {} },
      { op: "softmax", attributes: {} },
      { op: "sum", attributes: { axis: [1], keepDims: true } },
    ]);
    const [product, , , , update] = nodes;
    const [x, weights] = product.inputs.map((number) => values[number]);
    expect(x).toEqual({ kind: "input", source: 0, dtype: "float32", shape: [2, 3] });
    expect(weights).toEqual({ kind: "variable", source: w, dtype: "float32", shape: [3, 1] });
    expect(values[nodes[1].inputs[1]]).toMatchObject({ kind: "constant", source: scale });
    expect(values[product.outputs[0]]).toEqual({
      ...{ kind: "computed", source: null, dtype: "float32", shape: [2, 1] },
    });
    expect(update).toMatchObject({ outputs: [], predicate: null });
    expect(values[update.inputs[0]]).toBe(weights);
    expect(outputs).toEqual([...nodes[5].outputs, ...nodes[6].outputs]);
  });

  test("is frozen, and the same at every call", () => {
    const run = jit((x: Tensor) => x.transpose([1, 0]).add(1));
    const graph = run.graph(matrix());
    expect(run.graph(matrix())).toBe(graph);
    const { values, nodes, outputs } = graph;
    const [{ attributes, inputs }] = nodes;
    for (const part of [graph, values, nodes, outputs, values[0], values[0].shape, nodes[0]]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    for (const part of [attributes, attributes.perm, inputs]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(run(matrix()).shape).toEqual([3, 2]);
  });

  test("does not follow the caller's arrays", () => {
    const shape = [3, 2];
    const run = jit((x: Tensor) => x.reshape(shape));
    const graph = run.graph(matrix());
    shape[0] = 7;
    expect(graph.nodes[0].attributes).toEqual({ shape: [3, 2] });
    expect(Object.isFrozen(shape)).toBe(false);
  });
});

test("attributes stand by name in a plan's listing", () => {
  const run = jit((x: Tensor) => sum(x.matMul(x.transpose()), -1));
  const plan = run.plan(matrix());
  expect(plan).toContain("transpose %0 {perm: [1, 0]} -> %1 float32[3, 2]");
  expect(plan).toContain("matMul %0 %1 {transposeA: false, transposeB: false} -> %2 float32[2, 2]");
  expect(plan).toContain("sum %2 {axis: [1], keepDims: false} -> %3 float32[2]");
});

describe("updates under a predicate", () => {
  const PART_COST = 8000;
  const threads = getThreads();
  beforeAll(() => native.setWorthAPart(0));
  afterAll(() => {
    native.setWorthAPart(PART_COST);
    setThreads(threads);
  });

  /** Adds up gradients and applies each third sum. */
  function accumulating(): { step: (gradient: Tensor) => void; weight: Variable } {
    const weight = new Variable([[1], [2]]);
    const total = new Variable([[0], [0]]);
    const count = new Variable(0, { dtype: "int32" });
    const step = (gradient: Tensor): void => {
      total.assignAdd(gradient);
      count.assignAdd(1);
      when(count.equal(3), () => {
        weight.assignSub(total.mul(0.5));
        total.assign(total.mul(0));
        count.assign(0);
      });
    };
    return { step, weight };
  }

  test.each([
    ["eagerly", null, 1],
    ["captured", true, 1],
    ["captured, on three threads", true, 3],
    ["captured without fusion", false, 2],
  ])("run where it is not 0: %s", (_, fuse, count) => {
    setThreads(count);
    const { step, weight } = accumulating();
    const run = fuse === null ? step : jit(step, { fuse });
    const seen = Array.from({ length: 7 }, (_, i) => {
      run(tensor([[i], [2 * i]]));
      return weight.array();
    });
    const [first, second, third] = [
      [[1], [2]],
      [[-0.5], [-1]],
      [[-6.5], [-13]],
    ];
    expect(seen).toEqual([first, first, second, second, second, third, third]);
  });

  test("carry it in the graph and the listing; what is computed does not", () => {
    const v = new Variable([1, 2]);
    const run = jit((x: Tensor, go: Tensor) => when(go, () => v.assign(x.mul(2))));
    const args = [ones([2]), ones([], "uint8")] as const;
    const { nodes } = run.graph(...args);
    expect(nodes.map(({ op, predicate }) => [op, predicate])).toEqual([
      ["mul", null],
      ["assign", 1],
    ]);
    expect(run.plan(...args)).toMatch(/assign %\d+ %\d+ if %1 /);
  });

  test("refuse a predicate that is no scalar, and one within another", () => {
    const v = new Variable([1, 2]);
    expect(() => when(ones([2]), () => undefined)).toThrow(
      "when: expected a scalar for predicate but received float32[2]",
    );
    const nested = jit((x: Tensor) => when(x, () => when(x, () => v.assign(v.mul(2)))));
    expect(() => nested(ones([]))).toThrow("when: expected no other `when` around it");
  });

  test("refuse an update that has results, which others would miss", () => {
    const v = new Variable([1, 2]);
    const lamb = new optimizers.Lamb();
    const run = jit((go: Tensor) => when(go, () => lamb.applyGradients([ones([2])], [v])));
    expect(() => run(ones([]))).toThrow("lambMoments: expected no `when` around an update");
  });
});

describe("numbers that ops read", () => {
  test("are one constant for each number and dtype, made in an inner scope or not", () => {
    const run = jit((x: Tensor, n: Tensor) => {
      const inner = tidy(() => x.mul(2).add(0.5));
      return [inner.mul(2).add(0.5), n.mul(2)];
    });
    const args = [tensor([3]), tensor([4], undefined, "int32")] as const;
    const { values } = run.graph(...args);
    const constants = values.filter(({ kind }) => kind === "constant");
    expect(constants.map(({ source, dtype }) => [(source as Tensor).item(), dtype])).toEqual([
      [2, "float32"],
      [0.5, "float32"],
      [2, "int32"],
    ]);
    const [y, m] = run(...args);
    expect([y.item(), m.item()]).toEqual([13.5, 8]);
    run.dispose();
  });

  test("tell 0 from -0", () => {
    const signs = jit((x: Tensor) => [x.div(0), x.div(-0), x.div(0), x.div(-0)]);
    expect(signs(tensor([1])).map((y) => y.item())).toEqual([
      Infinity,
      -Infinity,
      Infinity,
      -Infinity,
    ]);
  });
});

test("a capture of 50,000 steps works", () => {
  const STEPS = 50_000;
  const count = jit((x: Tensor) => {
    let y = x;
    for (let i = 0; i < STEPS; i++) y = y.add(x);
    return y;
  });
  expect(count(tensor([1, 2])).array()).toEqual([STEPS + 1, 2 * (STEPS + 1)]);
  expect(count.graph(tensor([1, 2])).nodes).toHaveLength(STEPS);
  count.dispose();
}, 120_000);
