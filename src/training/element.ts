/** Elements of datasets, [x, y] or [x, y, sampleWeight]: as trees of tensors, and as tensors in a row. */

import { forEachLeaf, mapLeaves } from "../tensor/nest";
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
  readonly flatten = (element: unknown): Tensor[] => {
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

function checkElement(element: unknown, method: string): void {
  const isTuple = Array.isArray(element) && (element.length === 2 || element.length === 3);
  let areTensors = isTuple;
  forEachLeaf(element, (leaf) => (areTensors &&= leaf instanceof Tensor));
  if (areTensors) return;
  throw new TypeError(
    `${method}: expected elements [x, y] or [x, y, sampleWeight] of the dataset but received ` +
      describeElement(element),
  );
}

export function describeElement(element: unknown): string {
  if (element instanceof Tensor) return element.describe();
  if (Array.isArray(element)) return `${element.length} in an array`;
  return describeValue(element);
}
