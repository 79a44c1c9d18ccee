/**
 * Ops one after the other: random programs give the same eagerly, captured, without fusion, on several
 * threads and, as far as float32 goes, in float64.
 */

import {
  assignSub,
  GradientTape,
  Tensor,
  Variable,
  jit,
  memory,
  setThreads,
  tidy,
} from "../../src";
import { native } from "../../src/addon/native";
import { Choices, SEED } from "../helpers/choices";
import { PIECE_BYTES, cutSmallSteps } from "../helpers/small-parts";
import { type Program, drawProgram, runProgram, tensorsOf, total, variablesOf } from "./programs";

/** A long run takes more: NABLA_TEST_PROGRAMS=100000. */
const PROGRAMS = Number(process.env.NABLA_TEST_PROGRAMS ?? 400);

cutSmallSteps();
afterAll(() => native.setPieceBytes(PIECE_BYTES));

/** All that a program does, as flat lists: results, gradients, Variables afterwards. */
type Outcome = readonly (readonly number[])[];

interface Mode {
  readonly name: string;
  readonly threads: number;
  readonly dtype: "float32" | "float64";
  readonly isCaptured: boolean;
  readonly fuse?: boolean;
  /** Each slice of a part goes through all steps of a phase before the next. */
  readonly inPieces?: boolean;
}

const EAGER: Mode = { name: "eager", threads: 1, dtype: "float32", isCaptured: false };
const CAPTURED: Mode = { ...EAGER, name: "captured", isCaptured: true };
const OTHERS: readonly Mode[] = [
  CAPTURED,
  { ...EAGER, name: "captured without fusion", isCaptured: true, fuse: false },
  { ...EAGER, name: "eager on 2 threads", threads: 2 },
  { ...EAGER, name: "captured on 2 threads", threads: 2, isCaptured: true },
  { ...EAGER, name: "captured on 4 threads", threads: 4, isCaptured: true },
  { ...EAGER, name: "captured in pieces", isCaptured: true, inPieces: true },
  {
    ...EAGER,
    name: "captured in pieces on 2 threads",
    threads: 2,
    isCaptured: true,
    inPieces: true,
  },
];

/** Programs whose plans hold chains. */
let withChains = 0;

/** Runs a program twice, since a plan's second run meets what its first left behind. */
function outcomeOf(program: Program, mode: Mode, takesGradient: boolean, nudge = 0): Outcome {
  setThreads(mode.threads);
  native.setPieceBytes(mode.inPieces ? 0 : PIECE_BYTES);
  const nudged = program.inputs.map(({ shape, values }) => ({
    shape,
    values: values.map((value, i) => value * (1 + (i % 2 === 0 ? nudge : -nudge))),
  }));
  return tidy(() => {
    const inputs = tensorsOf(nudged, mode.dtype);
    const variables = variablesOf(program.variables, mode.dtype);
    const run = (...given: Tensor[]): Tensor[] => body(program, given, variables, takesGradient);
    const captured = jit(run, { fuse: mode.fuse ?? true });
    if (mode === CAPTURED && captured.plan(...inputs).includes("-> chain")) withChains++;
    const step = mode.isCaptured ? captured : run;
    step(...inputs);
    const results = step(...inputs);
    const all = [...results, ...variables].map((result) => [...result.data()]);
    captured.dispose();
    for (const variable of variables) variable.dispose();
    return all;
  });
}

function body(
  program: Program,
  inputs: readonly Tensor[],
  variables: readonly Variable[],
  takesGradient: boolean,
): Tensor[] {
  if (!takesGradient) return runProgram(program, inputs, variables);
  const tape = new GradientTape();
  for (const input of inputs) tape.watch(input);
  const { loss, results } = tape.record(() => {
    const results = runProgram(program, inputs, variables);
    return { loss: total(results), results };
  });
  const sources = [...inputs, ...variables];
  const gradients = tape.gradient(loss, sources, { unconnected: "zero" });
  for (const [i, variable] of variables.entries()) {
    assignSub(variable, gradients[inputs.length + i].mul(0.1));
  }
  return [...results, ...gradients];
}

/** Largest difference beyond what is allowed at that place; NaN and infinities have to agree. */
function disagreement(
  actual: Outcome,
  expected: Outcome,
  allowed: (list: number) => number,
): string {
  for (const [list, values] of expected.entries()) {
    for (const [i, value] of values.entries()) {
      const other = actual[list][i];
      if (Object.is(other, value) || Math.abs(other - value) <= allowed(list)) continue;
      // Where sums overflow, their order decides.
      if (Math.abs(value) > 1e30 || Math.abs(other) > 1e30) continue;
      return `list ${list}, element ${i}: ${other} instead of ${value}`;
    }
  }
  return "";
}

function largest(values: readonly number[]): number {
  return values.reduce(
    (most, value) => (Math.abs(value) < 1e30 ? Math.max(most, Math.abs(value)) : most),
    0,
  );
}

describe(`random programs, NABLA_TEST_SEED=${SEED}`, () => {
  const choices = new Choices(SEED);

  it(`${PROGRAMS} programs agree in all modes and leave no buffers`, () => {
    const before = memory().handles;
    for (let i = 0; i < PROGRAMS; i++) {
      const isSpecial = i % 10 === 0;
      const takesGradient = choices.happens(0.4);
      const program = drawProgram(choices, {
        length: choices.integer(2, 14),
        isSpecial,
        hasUpdates: !takesGradient,
      });
      checkModes(program, i, takesGradient);
      if (!isSpecial && program.isSmooth) checkExact(program, i, takesGradient);
    }
    expect(memory().handles).toBe(before);
    expect(withChains).toBeGreaterThan(PROGRAMS / 10);
  });

  function checkModes(program: Program, number: number, takesGradient: boolean): void {
    const expected = outcomeOf(program, EAGER, takesGradient);
    // Values of about 1 cancel, and leave their rounding errors.
    const allowed = (list: number): number => 2e-5 * Math.max(largest(expected[list]), 0.1);
    for (const mode of OTHERS) {
      const found = disagreement(outcomeOf(program, mode, takesGradient), expected, allowed);
      report(program, number, mode.name, found);
    }
  }

  /** Float64 tells how far a rounding error of the inputs carries. */
  function checkExact(program: Program, number: number, takesGradient: boolean): void {
    const exact: Mode = { ...EAGER, dtype: "float64" };
    const expected = outcomeOf(program, exact, takesGradient);
    const nudged = outcomeOf(program, exact, takesGradient, 1e-6);
    const carried = expected.map((values, list) =>
      largest(values.map((value, i) => nudged[list][i] - value)),
    );
    // The loss ends in tanh; where that is saturated its slope, 1 - y^2, is a rounding error of 1, and a
    // gradient sums one of these for each element of the results.
    const terms = program.outputs.reduce((sum, _, list) => sum + expected[list].length, 0);
    const allowed = (list: number): number =>
      20 * carried[list] + 1e-4 * Math.max(largest(expected[list]), 0.3) + 1e-7 * terms;
    const actual = outcomeOf(program, EAGER, takesGradient);
    report(program, number, "float32 beside float64", disagreement(actual, expected, allowed));
  }

  function report(program: Program, number: number, mode: string, found: string): void {
    if (found === "") return;
    throw new Error(`program ${number}, ${mode}: ${found}\n${program.text}`);
  }
});
