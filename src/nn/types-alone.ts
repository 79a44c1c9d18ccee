/** Runs functions of tensors on types alone: nothing is computed, no Variable is written. */

import { type ActiveCapture, type Attributes, type RecordedOp, recorder } from "../tensor/recorder";
import { beginScope, endScope } from "../tensor/scope";
import type { DType } from "../tensor/dtype";
import { mapLeaves } from "../tensor/nest";
import { SYMBOLIC, type Shape, Tensor, type TensorType } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import type { Variable } from "../tensor/variable";

/** A shape whose first size, the batch's, may be unknown: null. */
export type KnownShape = readonly (number | null)[];

/** Stands for the size of a batch where it is unknown. */
const SOME_BATCH = 2;
const OTHER_BATCH = 3;

class TypesAlone implements ActiveCapture {
  private readonly written: Variable[] = [];

  symbol(shape: Shape, dtype: DType): Tensor {
    const tensor = new Tensor(SYMBOLIC, shape, dtype);
    tensor.capture = this;
    return tensor;
  }

  addStep(
    op: RecordedOp,
    inputs: readonly Tensor[],
    _attributes: Attributes,
    results: readonly TensorType[],
  ): Tensor[] {
    for (const i of op.written) this.written.push(inputs[i] as Variable);
    return results.map(({ shape, dtype }) => this.symbol(shape, dtype));
  }

  addGuard(): void {
    // Nothing is replayed.
  }

  /** Nothing was written. */
  undoVersions(): void {
    for (const variable of this.written) variable.version--;
  }
}

function runOnce<R>(fn: (symbol: TypesAlone["symbol"]) => R): R {
  const probe = new TypesAlone();
  const { capture, tapes } = recorder;
  recorder.capture = probe;
  recorder.tapes = [];
  beginScope();
  try {
    return fn((shape, dtype) => probe.symbol(shape, dtype));
  } finally {
    endScope(null);
    recorder.capture = capture;
    recorder.tapes = tapes;
    probe.undoVersions();
  }
}

/**
 * The shapes of what `fn` makes of tensors of such shapes: a tree like that which it returns. Sizes
 * that vary with the batch are null.
 * @param inputShape a shape, or shapes in arrays and plain objects
 */
export function shapesOf(fn: (x: unknown) => unknown, inputShape: unknown, dtype: DType): unknown {
  const run = (batch: number): unknown =>
    runOnce((symbol) => {
      const x = mapShapes(inputShape, (shape) => symbol(sizesOf(shape, batch), dtype));
      return mapLeaves(fn(x), (leaf) => (leaf instanceof Tensor ? new Leaf(leaf.shape) : leaf));
    });
  const [some, other] = [run(SOME_BATCH), run(OTHER_BATCH)];
  return mapPairs(some, other);
}

class Leaf {
  constructor(readonly shape: Shape) {}
}

/** Sizes that agree, and null for those that do not. */
function mapPairs(some: unknown, other: unknown): unknown {
  const others: unknown[] = [];
  mapLeaves(other, (leaf) => others.push(leaf));
  let next = 0;
  return mapLeaves(some, (leaf) => {
    const match = others[next++];
    if (!(leaf instanceof Leaf) || !(match instanceof Leaf)) return leaf;
    return leaf.shape.map((size, axis) => (size === match.shape[axis] ? size : null));
  });
}

function sizesOf(shape: KnownShape, batch: number): Shape {
  return shape.map((size, axis) => {
    if (size !== null) return size;
    if (axis === 0) return batch;
    throw new RangeError(
      `expected known sizes but for the first for inputShape but received [${shape.map((dim) => dim ?? "null").join(", ")}]`,
    );
  });
}

function checkedSizes(shape: KnownShape): KnownShape {
  for (const size of shape) {
    if (size === null || (Number.isSafeInteger(size) && size >= 0)) continue;
    throw new RangeError(
      `expected non-negative integers, or null, for inputShape but received [${shape.join(", ")}]`,
    );
  }
  return shape;
}

/** True for a list of sizes, rather than of shapes. */
export function isShape(value: unknown): value is KnownShape {
  return Array.isArray(value) && value.every((size) => size === null || typeof size === "number");
}

/** A tree with each shape in it replaced. */
export function mapShapes(tree: unknown, replace: (shape: KnownShape) => unknown): unknown {
  if (isShape(tree)) return replace(checkedSizes(tree));
  if (typeof tree !== "object" || tree === null) {
    throw new TypeError(`expected an array for inputShape but received ${describeValue(tree)}`);
  }
  if (Array.isArray(tree)) return tree.map((item) => mapShapes(item, replace));
  return Object.fromEntries(
    Object.entries(tree).map(([key, item]) => [key, mapShapes(item, replace)]),
  );
}
