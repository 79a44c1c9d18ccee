/** Samples of ops that write Variables. */

import * as nabla from "../../src";
import type { Variable } from "../../src";
import * as ops from "../../src/ops";
import { type NdArray, nd, total, zip } from "../helpers/nd-array";
import { integers, spread } from "../helpers/numbers";
import { type Input, type Kind, type UpdateSample, input } from "./sample";

const SHAPES = [[], [1], [33], [3, 17], [2, 1, 3, 2], [0], [1037]];

function update(parts: Omit<UpdateSample, "title">, note = ""): UpdateSample {
  const types = [...parts.variables, ...parts.inputs].map(
    ({ dtype, shape }) => `${dtype}[${shape.join(", ")}]`,
  );
  return { ...parts, title: `${parts.op}(${types.join(", ")})${note}` };
}

function values(dtype: Kind, shape: number[], seed: number): Input {
  const data = dtype === "float" ? spread(shape, -3, 3, { seed }) : integers(shape, 0, 99, seed);
  return input(dtype, shape, data);
}

const ASSIGNED: Record<"assign" | "assignAdd" | "assignSub", (v: number, x: number) => number> = {
  assign: (_v, x) => x,
  assignAdd: (v, x) => v + x,
  assignSub: (v, x) => v - x,
};

const assignments = (Object.keys(ASSIGNED) as (keyof typeof ASSIGNED)[]).flatMap((op) => {
  const dtypes: Kind[] = op === "assign" ? ["float", "int32", "uint8"] : ["float", "int32"];
  return dtypes.flatMap((dtype) =>
    SHAPES.map((shape) =>
      update({
        op,
        variables: [values(dtype, shape, 1)],
        inputs: [values(dtype, shape, 2)],
        run: ([v], [x]) => nabla[op](v, x),
        reference: ([v], [x]) => [zip(ASSIGNED[op], v, x)],
      }),
    ),
  );
});

const toItself = (["assign", "assignAdd", "assignSub"] as const).map((op) =>
  update(
    {
      op,
      variables: [values("float", [17], 1)],
      inputs: [],
      run: ([v]) => nabla[op](v, v),
      reference: ([v]) => [zip(ASSIGNED[op], v, v)],
    },
    " of itself",
  ),
);

const RATE = input("float", [], [0.125]);
const EPSILON = input("float", [], [0.25]);
const ZERO = input("float", [], [0]);

const descents = SHAPES.map((shape) =>
  update({
    op: "sgdUpdate",
    variables: [values("float", shape, 1)],
    inputs: [values("float", shape, 2), RATE],
    run: ([w], [g, rate]) => ops.sgdUpdate(w, g, rate),
    reference: ([w], [g]) => [zip((v, slope) => v - 0.125 * slope, w, g)],
  }),
);

const otherRate = update(
  {
    op: "sgdUpdate",
    variables: [values("float", [33], 1)],
    inputs: [values("float", [33], 2), input("float64", [], [0.125])],
    run: ([w], [g, rate]) => ops.sgdUpdate(w, g, rate),
    reference: ([w], [g]) => [zip((v, slope) => v - 0.125 * slope, w, g)],
  },
  ", rate in float64",
);

const momenta = SHAPES.flatMap((shape) =>
  [false, true].map((nesterov) =>
    update(
      {
        op: "momentumUpdate",
        variables: [values("float", shape, 1), values("float", shape, 3)],
        inputs: [values("float", shape, 2), RATE],
        run: ([w, v], [g, rate]) => ops.momentumUpdate(w, v, g, rate, 0.875, nesterov),
        reference: ([w, v], [g]) => momentumStep(w, v, g, nesterov),
      },
      nesterov ? ", Nesterov" : "",
    ),
  ),
);

function momentumStep(w: NdArray, v: NdArray, g: NdArray, nesterov: boolean): NdArray[] {
  const velocity = zip((old, slope) => 0.875 * old - 0.125 * slope, v, g);
  const step = nesterov
    ? zip((fresh, slope) => 0.875 * fresh - 0.125 * slope, velocity, g)
    : velocity;
  return [zip((a, b) => a + b, w, step), velocity];
}

const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

const adams = SHAPES.flatMap((shape) =>
  [1, 7].map((step) =>
    update(
      {
        op: "adamUpdate",
        variables: [values("float", shape, 1), values("float", shape, 3), squares(shape)],
        inputs: [values("float", shape, 2), RATE, input("int32", [], [step])],
        run: ([w, m, v], [g, rate, t]) => ops.adamUpdate(w, m, v, g, rate, t, ADAM),
        reference: ([w, m, v], [g]) => adamStep(w, m, v, g, step),
      },
      `, step ${step}`,
    ),
  ),
);

function squares(shape: number[]): Input {
  return input("float", shape, spread(shape, 0.1, 2, { seed: 4 }));
}

function adamStep(w: NdArray, m: NdArray, v: NdArray, g: NdArray, step: number): NdArray[] {
  const { beta1, beta2, epsilon } = ADAM;
  const mean = zip((old, slope) => old + (slope - old) * (1 - beta1), m, g);
  const square = zip((old, slope) => old + (slope * slope - old) * (1 - beta2), v, g);
  const rate = (0.125 * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
  const weight = zip((x, a, b) => x - (rate * a) / (Math.sqrt(b) + epsilon), w, mean, square);
  return [weight, mean, square];
}

const adafactors = [
  [1, 1],
  [3, 17],
  [130, 5],
  [2, 3, 4, 5],
  [0, 3],
].map((shape) => {
  const ofRows = shape.slice(0, -1);
  const ofColumns = [...shape.slice(0, -2), shape.at(-1)!];
  return update({
    op: "adafactorUpdate",
    variables: [values("float", shape, 1)],
    inputs: [values("float", shape, 2), squares(ofRows), squares(ofColumns)],
    run: ([w], [g, row, column]) => ops.adafactorUpdate(w, g, row, column),
    reference: ([w], [g, row, column]) => [adafactorStep(w, g, row, column)],
  });
});

function adafactorStep(w: NdArray, g: NdArray, row: NdArray, column: NdArray): NdArray {
  const [m, n] = w.shape.slice(-2);
  return nd(
    w.shape,
    w.data.map((x, i) => {
      const r = Math.floor(i / n);
      return x - row.data[r] * g.data[i] * column.data[Math.floor(r / m) * n + (i % n)];
    }),
  );
}

const LAMB = { beta1: 0.9, beta2: 0.999 };

const lambs = SHAPES.map((shape) =>
  update({
    op: "lambMoments",
    variables: [values("float", shape, 1), squares(shape), ZERO, ZERO],
    inputs: [values("float", shape, 2), values("float", shape, 3), RATE, EPSILON],
    run: ([m, v, ofWeight, ofChange], [g, w, ofMean, floor]) => {
      const sums = ops.lambMoments(m, v, g, w, { ofMean, floor }, LAMB);
      nabla.assign(ofWeight, sums.ofWeight);
      nabla.assign(ofChange, sums.ofChange);
    },
    reference: ([m, v], [g, w]) => {
      const mean = zip((old, slope) => old + (slope - old) * (1 - LAMB.beta1), m, g);
      const square = zip((old, slope) => old + (slope * slope - old) * (1 - LAMB.beta2), v, g);
      const change = zip((a, b) => (0.125 * a) / (Math.sqrt(b) + 0.25), mean, square);
      return [mean, square, sumOfSquares(w), sumOfSquares(change)];
    },
  }),
);

function sumOfSquares({ data }: NdArray): NdArray {
  return nd([], [total(data.map((value) => value ** 2))]);
}

const totals = [[], [33], [3, 17], [0], [1037]].flatMap((shape) =>
  (["float", "int32", "uint8"] as const).map((dtype) =>
    update({
      op: "accumulate",
      variables: [input("float64", [], [0.5])],
      inputs: [values(dtype, shape, 2)],
      run: ([sum], [x]) => nabla.accumulate(sum, x),
      reference: ([sum], [x]) => [nd([], [sum.data[0] + total(x.data)])],
    }),
  ),
);

export const updates: readonly UpdateSample[] = [
  ...assignments,
  ...toItself,
  ...descents,
  otherRate,
  ...momenta,
  ...adams,
  ...adafactors,
  ...lambs,
  ...totals,
];

/** Ops that take a Variable first, called with a Tensor in its place. */
export const writesToTensors: Record<string, (target: Variable) => void> = {
  assign: (target) => nabla.assign(target, [1, 2]),
  assignAdd: (target) => nabla.assignAdd(target, [1, 2]),
  assignSub: (target) => nabla.assignSub(target, [1, 2]),
  sgdUpdate: (target) => ops.sgdUpdate(target, target, nabla.scalar(1)),
  momentumUpdate: (target) =>
    ops.momentumUpdate(target, target, target, nabla.scalar(1), 0.9, false),
  adamUpdate: (target) =>
    ops.adamUpdate(target, target, target, target, nabla.scalar(1), nabla.scalar(1, "int32"), ADAM),
  adafactorUpdate: (target) => ops.adafactorUpdate(target, target, target, target),
  lambMoments: (target) => {
    const scalars = { ofMean: nabla.scalar(1), floor: nabla.scalar(1) };
    ops.lambMoments(target, target, target, target, scalars, LAMB);
  },
  accumulate: (target) => nabla.accumulate(target, nabla.scalar(1)),
};
