/** The shapes of the weights of EinsumDense, from its equation. */

import { type KnownShape, describeShape } from "../types-alone";

/** The letters of an equation, those of "..." left out. */
export interface Equation {
  readonly input: readonly string[];
  readonly kernel: readonly string[];
  readonly output: readonly string[];
  /** Whether "..." stands before the letters of input and output. */
  readonly isOpen: boolean;
}

export interface EinsumShapes {
  readonly kernel: readonly number[];
  readonly bias: readonly number[] | null;
  /** Numbers of inputs and outputs of the kernel; null where an axis is neither. */
  readonly fans: readonly [number, number] | null;
}

const FORM = /^(\.\.\.)?([a-zA-Z]+),([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)$/;

/** Throws unless an equation has the form "ab,bc->ac" or "...b,bc->...c". */
export function parsedEquation(equation: string): Equation {
  const found = FORM.exec(equation.replaceAll(" ", ""));
  if (found !== null && found[1] === found[4]) {
    const [input, kernel, output] = [2, 3, 5].map((i) => Array.from(found[i]));
    return { input, kernel, output, isOpen: found[1] !== undefined };
  }
  throw new RangeError(
    `EinsumDense: expected an equation like "ab,bc->ac" or "...b,bc->...c" but received "${equation}"`,
  );
}

/**
 * The shapes for inputs of a shape.
 * @param outputShape of the result, without the batch and what "..." stands for; null for sizes of the input
 */
export function einsumShapes(
  equation: Equation,
  inputShape: KnownShape,
  outputShape: KnownShape,
  biasAxes: string | null,
): EinsumShapes {
  const { input, kernel, output, isOpen } = equation;
  const named = isOpen ? inputShape.slice(-input.length) : inputShape;
  const asked = isOpen ? outputShape : [inputShape[0], ...outputShape];
  const rank = isOpen ? input.length + 1 : input.length;
  if (isOpen ? inputShape.length < rank : inputShape.length !== rank) {
    throw misfit(`an input of ${isOpen ? `at least ${rank}` : rank} axes`, inputShape);
  }
  if (asked.length !== output.length) {
    const count = isOpen ? output.length : output.length - 1;
    throw misfit(`${count} sizes for outputShape`, outputShape);
  }
  const sizes = new Map<string, number | null>();
  output.forEach((letter, i) => sizes.set(letter, asked[i]));
  input.forEach((letter, i) => {
    const told = sizes.get(letter);
    const size = named[i];
    if (typeof told === "number" && size !== null && told !== size) {
      throw misfit(`${told} elements on axis ${letter}, as outputShape says,`, inputShape);
    }
    sizes.set(letter, size ?? told ?? null);
  });
  const sizeOf = (letter: string): number => {
    const size = sizes.get(letter);
    if (typeof size === "number") return size;
    throw misfit(`a known size of ${letter} in the input or in outputShape`, inputShape);
  };
  return {
    kernel: kernel.map(sizeOf),
    bias: biasAxes === null ? null : biasShape(output, Array.from(biasAxes), sizeOf),
    fans: fansOf(equation, sizeOf),
  };
}

function misfit(expected: string, received: KnownShape): Error {
  return new RangeError(
    `EinsumDense: expected ${expected} but received ${describeShape(received)}`,
  );
}

/** From the first axis with a bias of its own on, 1 along the others. */
function biasShape(
  output: readonly string[],
  biasAxes: readonly string[],
  sizeOf: (letter: string) => number,
): readonly number[] {
  const strange = biasAxes.find((letter) => !output.includes(letter));
  if (strange !== undefined) {
    throw new RangeError(
      `EinsumDense: expected letters of the result, ${output.join("")}, for biasAxes but received ` +
        `"${biasAxes.join("")}"`,
    );
  }
  const first = Math.min(...biasAxes.map((letter) => output.indexOf(letter)));
  return output.slice(first).map((letter) => (biasAxes.includes(letter) ? sizeOf(letter) : 1));
}

function fansOf(
  { input, kernel, output }: Equation,
  sizeOf: (letter: string) => number,
): readonly [number, number] | null {
  const [inputs, outputs] = [input, output].map((side) =>
    kernel.filter((letter) => side.includes(letter)),
  );
  if (inputs.length + outputs.length !== kernel.length) return null;
  const product = (letters: string[]): number =>
    letters.reduce((total, letter) => total * sizeOf(letter), 1);
  return [product(inputs), product(outputs)];
}
