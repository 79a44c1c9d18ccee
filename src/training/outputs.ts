/** The outputs of a model that losses and metrics belong to, and their names. */

import { isPlainObject } from "../tensor/nest";
import { camelCase } from "../tensor/spelling";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";

/** One of the outputs; the only one has no name. */
export class Output {
  constructor(
    readonly name: string,
    readonly index: number,
  ) {}

  /** The output's part of a tree that has the form of the outputs, or is keyed by their names. */
  of(tree: unknown, what: string): Tensor {
    const found = this.name === "" ? tree : this.partOf(tree);
    if (found instanceof Tensor) return found;
    const where = this.name === "" ? "one tensor" : `a tensor for the output ${this.name}`;
    const hint =
      this.name === "" && (Array.isArray(tree) || isPlainObject(tree))
        ? "; give losses by output name for a model of several outputs"
        : "";
    throw new TypeError(
      `expected ${where} in ${what} but received ${describeTree(tree, found)}${hint}`,
    );
  }

  /** The name of a log of this output: "lossName" -> "outputLossName". */
  log(name: string): string {
    if (this.name === "") return name;
    return `${camelCase(this.name)}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  }

  private partOf(tree: unknown): unknown {
    if (Array.isArray(tree)) return tree[this.index] as unknown;
    return isPlainObject(tree) ? tree[this.name] : undefined;
  }
}

function describeTree(tree: unknown, found: unknown): string {
  if (Array.isArray(tree)) return `${tree.length} in an array`;
  if (isPlainObject(tree)) return `an object with ${Object.keys(tree).join(", ")}`;
  if (found instanceof Tensor || tree instanceof Tensor) return "one tensor";
  return describeValue(tree);
}

/** What is known of a model's outputs before it runs: their names; null for a single output. */
export type OutputNames = readonly string[] | null;

/**
 * Values that an option gives for each output: one for all, an array in the outputs' order, or an
 * object by name.
 * @param names of the model's outputs, if they are known
 * @param isOne whether an array is a value of its own
 */
export function byOutput(
  option: unknown,
  names: OutputNames,
  where: string,
  isOne: (option: unknown) => boolean,
): [Output, unknown][] {
  if (isOne(option)) {
    if (names === null) return [[new Output("", 0), option]];
    return names.map((name, i) => [new Output(name, i), option]);
  }
  if (Array.isArray(option)) {
    if (names !== null && names.length !== option.length) {
      throw new RangeError(
        `${where}, one for each of the outputs ${names.join(", ")}, but received ${option.length}`,
      );
    }
    return option.map((value: unknown, i) => [new Output(names?.[i] ?? `output${i}`, i), value]);
  }
  if (!isPlainObject(option)) {
    throw new TypeError(`${where} but received ${describeValue(option)}`);
  }
  return Object.entries(option).map(([name, value], i) => {
    if (names !== null && !names.includes(name)) {
      throw new RangeError(`${where}, by names among ${names.join(", ")}, but received ${name}`);
    }
    return [new Output(name, names === null ? i : names.indexOf(name)), value];
  });
}

/** An option with each of its values replaced, whatever form it has. */
export function mapOptions(option: unknown, replace: (value: unknown) => unknown): unknown {
  if (Array.isArray(option)) return option.map((item) => mapOptions(item, replace));
  if (!isPlainObject(option)) return replace(option);
  return Object.fromEntries(
    Object.entries(option).map(([name, value]) => [name, mapOptions(value, replace)]),
  );
}
