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
  mul,
  scalar,
  square,
  sub,
  tensor,
  tidy,
} from "../../src";
import type { Choices } from "../helpers/choices";
import { OPS, sameShape } from "./ops";

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

const UPDATES = [
  { text: "assign", apply: assign },
  { text: "assignAdd", apply: assignAdd },
  { text: "assignSub", apply: assignSub },
  // What optimizers do with slots.
  { text: "move", apply: (v: Variable, x: Tensor) => assignAdd(v, mul(sub(x, v), 0.3)) },
  {
    text: "mix",
    apply: (v: Variable, x: Tensor) => assign(v, add(mul(v, 0.9), mul(square(x), 0.1))),
  },
] as const;

/** Sizes that meet each other often. */
const SIZES = [1, 2, 3, 3, 5];
/** Of the last axis of some programs: rows of several registers. */
const LONG_SIZES = [1, 131, 131];
/** The largest result that is kept. */
const MOST = 512;
const MOST_OF_LONG = 2000;

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
  const isLong = choices.happens(0.1);
  const shape = (): number[] => {
    const rank = choices.pick([0, 1, 2, 2, 2, 3]);
    const sizes = Array.from({ length: rank }, () => choices.pick(SIZES));
    if (isLong && rank > 0) sizes[rank - 1] = choices.pick(LONG_SIZES);
    return sizes;
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
      if (result.size > (isLong ? MOST_OF_LONG : MOST) || result.rank > 4) continue;
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
