/**
 * Random programs of ops: chains and nets of ops over a few tensors and Variables, updates among them.
 * A program is drawn by running it once, so that each op fits the values it is given.
 */

import {
  type DType,
  Tensor,
  Variable,
  add,
  assign,
  assignAdd,
  assignSub,
  cast,
  concat,
  div,
  gather,
  greater,
  matMul,
  maximum,
  mean,
  minimum,
  mul,
  pow,
  reshape,
  scalar,
  softmax,
  stack,
  sub,
  sum,
  tensor,
  tidy,
  transpose,
  where,
} from "../../src";
import { Choices } from "../helpers/choices";

/** One step: what it reads by number, and what it does; updates give nothing. */
interface ProgramStep {
  readonly text: string;
  readonly inputs: readonly number[];
  /** The Variable that it writes, by number; null for none. */
  readonly written: number | null;
  readonly apply: (...inputs: Tensor[]) => Tensor | null;
}

export interface Program {
  readonly text: string;
  readonly inputs: readonly Data[];
  readonly variables: readonly Data[];
  readonly steps: readonly ProgramStep[];
  /** Numbers of the values that it returns. */
  readonly outputs: readonly number[];
  /** False where a rounding error may decide on the result: comparisons. */
  readonly isSmooth: boolean;
}

export interface Data {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Inputs, then results of steps, in the order of their numbers; Variables come before the results. */
export function runProgram(
  { steps, outputs }: Program,
  inputs: readonly Tensor[],
  variables: readonly Variable[],
): Tensor[] {
  const values: Tensor[] = [...inputs, ...variables];
  for (const { inputs: numbers, written, apply } of steps) {
    const given = numbers.map((number) => values[number]);
    const result = apply(...(written === null ? given : [variables[written], ...given]));
    if (result !== null) values.push(result);
  }
  return outputs.map((number) => values[number]);
}

export function tensorsOf(data: readonly Data[], dtype: DType): Tensor[] {
  return data.map(({ shape, values }) => tensor([...values], [...shape], dtype));
}

export function variablesOf(data: readonly Data[], dtype: DType): Variable[] {
  return tensorsOf(data, dtype).map((values) => new Variable(values, { name: "v" }));
}

// ---- drawing

const SPECIAL = [NaN, Infinity, -Infinity, -0, 0, 1e-40, 3e38, -3e38];

/** What an op makes of values; null if they do not fit. */
type Draw = (choices: Choices, values: readonly Tensor[]) => Drawn | null;

interface Drawn {
  readonly text: string;
  readonly inputs: readonly number[];
  readonly apply: (...inputs: Tensor[]) => Tensor;
  readonly isSmooth?: boolean;
}

const one =
  (text: string, apply: (x: Tensor) => Tensor, fits = (_: Tensor): boolean => true): Draw =>
  (choices, values) => {
    const x = choices.integer(0, values.length - 1);
    return fits(values[x]) ? { text: `${text}(%${x})`, inputs: [x], apply } : null;
  };

const two =
  (
    text: string,
    apply: (a: Tensor, b: Tensor) => Tensor,
    fits: (a: Tensor, b: Tensor) => boolean,
    isSmooth = true,
  ): Draw =>
  (choices, values) => {
    for (let tries = 0; tries < 4; tries++) {
      const a = choices.integer(0, values.length - 1);
      const b = choices.integer(0, values.length - 1);
      if (!fits(values[a], values[b])) continue;
      return { text: `${text}(%${a}, %${b})`, inputs: [a, b], apply, isSmooth };
    }
    return null;
  };

function broadcasts(a: Tensor, b: Tensor): boolean {
  const rank = Math.min(a.rank, b.rank);
  for (let i = 1; i <= rank; i++) {
    const x = a.shape[a.rank - i];
    const y = b.shape[b.rank - i];
    if (x !== y && x !== 1 && y !== 1) return false;
  }
  return Math.max(a.size, 1) * Math.max(b.size, 1) < 4096;
}

const sameShape = (a: Tensor, b: Tensor): boolean => String(a.shape) === String(b.shape);
const isMatrix = (x: Tensor): boolean => x.rank === 2;
const hasElements = (x: Tensor): boolean => x.rank > 0 && x.size > 0;

/** With a number as the second operand. */
const withNumber =
  (text: string, apply: (x: Tensor, number: number) => Tensor): Draw =>
  (choices, values) => {
    const x = choices.integer(0, values.length - 1);
    const number = choices.pick([0.5, -1, 2, 0.1, 1.5]);
    return { text: `${text}(%${x}, ${number})`, inputs: [x], apply: (x) => apply(x, number) };
  };

const reduce =
  (
    text: string,
    apply: (x: Tensor, axes: number[] | undefined, keepDims: boolean) => Tensor,
  ): Draw =>
  (choices, values) => {
    const x = choices.integer(0, values.length - 1);
    const { rank, size } = values[x];
    if (size === 0) return null;
    const all = Array.from({ length: rank }, (_, axis) => axis);
    const axes = choices.happens(0.3) ? undefined : all.filter(() => choices.happens(0.5));
    const keepDims = choices.happens(0.3);
    return {
      text: `${text}(%${x}, ${String(axes)}, ${keepDims})`,
      inputs: [x],
      apply: (x) => apply(x, axes, keepDims),
    };
  };

const OPS: readonly Draw[] = [
  one("relu", (x) => x.relu()),
  one("sigmoid", (x) => x.sigmoid()),
  one("tanh", (x) => x.tanh()),
  one("softplus", (x) => x.softplus()),
  one("square", (x) => x.square()),
  one("neg", (x) => x.neg()),
  one("abs", (x) => x.abs()),
  one("exp of tanh", (x) => x.tanh().exp()),
  one("sqrt", (x) => x.abs().add(0.1).sqrt()),
  one("log", (x) => x.abs().add(0.5).log()),
  one("sin", (x) => x.sin()),
  one("softmax", (x) => softmax(x), hasElements),
  one("transpose", (x) => transpose(x)),
  one("flatten", (x) => reshape(x, [x.size])),
  one("row", (x) => reshape(x, [1, x.size])),
  one("column", (x) => reshape(x, [x.size, 1])),
  one("cast", (x) => cast(cast(x, "float32"), x.dtype)),
  one("clone", (x) => x.clone()),
  one(
    "stack",
    (x) => stack([x, x.neg()]),
    (x) => x.rank < 4 && x.size < 256,
  ),
  one("gather", (x) => gather(x, tensor([0, x.shape[0] - 1], [2], "int32")), hasElements),
  withNumber("add", (x, number) => add(x, number)),
  withNumber("mul", (x, number) => mul(x, number)),
  withNumber("maximum", (x, number) => maximum(x, number)),
  withNumber("sub from", (x, number) => sub(number, x)),
  reduce("sum", (x, axes, keepDims) => sum(x, axes, keepDims)),
  reduce("mean", (x, axes, keepDims) => mean(x, axes, keepDims)),
  two("add", (a, b) => add(a, b), broadcasts),
  two("add", (a, b) => add(a, b), broadcasts),
  two("sub", (a, b) => sub(a, b), broadcasts),
  two("mul", (a, b) => mul(a, b), broadcasts),
  two("div", (a, b) => div(a, b.square().add(1)), broadcasts),
  two("maximum", (a, b) => maximum(a, b), broadcasts),
  two("minimum", (a, b) => minimum(a, b), broadcasts),
  two("pow", (a, b) => pow(a.abs().add(0.5), b.tanh()), broadcasts),
  two("where", (a, b) => where(greater(a, b), a, b.mul(0.5)), broadcasts, false),
  two(
    "concat",
    (a, b) => concat([a, b], 0),
    (a, b) => a.rank > 0 && sameShape(a, b) && a.size < 256,
  ),
  two(
    "matMul",
    (a, b) => matMul(a, b),
    (a, b) => isMatrix(a) && isMatrix(b) && a.shape[1] === b.shape[0],
  ),
  two(
    "matMul",
    (a, b) => matMul(a, b),
    (a, b) => isMatrix(a) && isMatrix(b) && a.shape[1] === b.shape[0],
  ),
  two(
    "product with the transposed",
    (a, b) => matMul(a, transpose(b)),
    (a, b) => isMatrix(a) && isMatrix(b) && a.shape[1] === b.shape[1],
  ),
  two(
    "dense",
    (a, b) => {
      const product = matMul(a, b);
      return product.add(mean(product, 0)).relu();
    },
    (a, b) => isMatrix(a) && isMatrix(b) && a.size > 0 && a.shape[1] === b.shape[0],
  ),
];

const UPDATES = [
  { text: "assign", apply: assign },
  { text: "assignAdd", apply: assignAdd },
  { text: "assignSub", apply: assignSub },
] as const;

/** Sizes that meet each other often. */
const SIZES = [1, 2, 3, 3, 5];

function drawData(choices: Choices, shape: readonly number[], isSpecial: boolean): Data {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, () =>
    isSpecial && choices.happens(0.2) ? choices.pick(SPECIAL) : Math.fround(choices.unit() * 2 - 1),
  );
  return { shape, values };
}

export interface ProgramOptions {
  /** Number of steps beside updates. */
  readonly length: number;
  /** Whether NaN, infinities and extremes stand among the inputs. */
  readonly isSpecial: boolean;
  /** Whether steps write Variables. */
  readonly hasUpdates: boolean;
}

export function drawProgram(choices: Choices, options: ProgramOptions): Program {
  const { length, isSpecial, hasUpdates } = options;
  const shape = (): number[] => {
    const rank = choices.pick([0, 1, 2, 2, 2, 3]);
    return Array.from({ length: rank }, () => choices.pick(SIZES));
  };
  const inputs = [0, 1, 2].map(() => drawData(choices, shape(), isSpecial));
  const variables = [0, 1].map(() => drawData(choices, shape(), isSpecial));
  const first = inputs.length + variables.length;
  const steps: ProgramStep[] = [];
  let isSmooth = true;
  tidy(() => {
    const own = variablesOf(variables, "float32");
    const values: Tensor[] = [...tensorsOf(inputs, "float32"), ...own];
    while (values.length < first + length) {
      if (hasUpdates && choices.happens(0.12)) {
        const update = drawUpdate(choices, values, own);
        if (update !== null) steps.push(update);
        continue;
      }
      const drawn = choices.pick(OPS)(choices, values);
      if (drawn === null) continue;
      const result = drawn.apply(...drawn.inputs.map((number) => values[number]));
      if (result.size > 512 || result.rank > 4) continue;
      isSmooth &&= drawn.isSmooth ?? true;
      steps.push({ ...drawn, text: `%${values.length} = ${drawn.text}`, written: null });
      values.push(result);
    }
    for (const variable of own) variable.dispose();
  });
  const outputs = Array.from({ length: 3 }, () => first + choices.integer(0, length - 1));
  const text = [...steps.map((step) => step.text), `return ${String(outputs)}`].join("\n");
  return { text, inputs, variables, steps, outputs, isSmooth };
}

function drawUpdate(
  choices: Choices,
  values: readonly Tensor[],
  variables: readonly Variable[],
): ProgramStep | null {
  const written = choices.integer(0, variables.length - 1);
  const fitting = values
    .map((value, number) => ({ value, number }))
    .filter(({ value }) => sameShape(value, variables[written]));
  if (fitting.length === 0) return null;
  const { number } = choices.pick(fitting);
  const { text, apply } = choices.pick(UPDATES);
  return {
    text: `${text}(variable ${written}, tanh(%${number}))`,
    inputs: [number],
    written,
    apply: (variable, value) => {
      apply(variable as Variable, value.tanh());
      return null;
    },
  };
}

/** The sum of all that a program returns, for gradients: a scalar. */
export function total(results: readonly Tensor[]): Tensor {
  return results.reduce(
    (sofar, result) => sofar.add(result.tanh().sum()),
    scalar(0, results[0].dtype),
  );
}
