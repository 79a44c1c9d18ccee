/** Elements of datasets, [x, y] or { x, y }, perhaps with weights: as trees of tensors, and as tensors in a row. */

import { forEachLeaf, isPlainObject, mapLeaves } from "../tensor/nest";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";

/** Samples, targets and weights of a batch: tensors, or arrays and objects of them. */
export interface Batch {
  x: unknown;
  y: unknown;
  /** Null where all weigh alike. */
  sampleWeight: unknown;
}

/** The form that all elements of a dataset have. */
export class ElementForm {
  private form: unknown;
  private key: string | undefined;

  /** @param method for errors */
  constructor(private readonly method: string) {}

  /** The tensors of an element, one after the other. */
  readonly flatten = (given: unknown): Tensor[] => {
    const element = tupleOf(given);
    checkElement(element, this.method);
    const tensors: Tensor[] = [];
    const form = mapLeaves(element, (leaf) => tensors.push(leaf as Tensor) - 1);
    const key = JSON.stringify(form);
    if (this.key === undefined) [this.form, this.key] = [form, key];
    if (key === this.key) return tensors;
    throw new TypeError(
      `${this.method}: expected elements like the first of the dataset but received ${describeElement(element)}`,
    );
  };

  /** The batch whose tensors, in a row, are these. */
  restore(tensors: readonly Tensor[]): Batch {
    const element = mapLeaves(this.form, (place) => tensors[place as number]);
    const [x, y, sampleWeight = null] = element as unknown[];
    return { x, y, sampleWeight };
  }
}

/** The names that parts of an element may have, the last of them TensorFlow.js'. */
const NAMED = [
  ["x", "y"],
  ["x", "y", "sampleWeight"],
  ["xs", "ys"],
];

/** [x, y] or [x, y, sampleWeight] of an element that has them by name; any other is left as it is. */
export function tupleOf(element: unknown): unknown {
  if (!isPlainObject(element)) return element;
  const count = Object.keys(element).length;
  const names = NAMED.find(
    (each) => each.length === count && each.every((name) => Object.hasOwn(element, name)),
  );
  return names === undefined ? element : names.map((name) => element[name]);
}

const ONE_TENSOR = "; nested arrays of numbers alone are one tensor: give { x, y }";

function checkElement(element: unknown, method: string): void {
  const isTuple = Array.isArray(element) && (element.length === 2 || element.length === 3);
  let areTensors = isTuple;
  forEachLeaf(element, (leaf) => (areTensors &&= leaf instanceof Tensor));
  if (areTensors) return;
  throw new TypeError(
    `${method}: expected elements [x, y] or [x, y, sampleWeight] of the dataset but received ` +
      `${describeElement(element)}${element instanceof Tensor ? ONE_TENSOR : ""}`,
  );
}

export function describeElement(element: unknown): string {
  if (element instanceof Tensor) return element.describe();
  if (Array.isArray(element)) return `${element.length} in an array`;
  return describeValue(element);
}
