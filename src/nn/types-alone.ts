/** Runs functions of tensors on types alone: nothing is computed, no Variable is written. */

import { type ActiveCapture, type Attributes, type RecordedOp, recorder } from "../tensor/recorder";
import { beginScope, endScope } from "../tensor/scope";
import type { DType } from "../tensor/dtype";
import { forEachLeaf, isPlainObject, mapLeaves } from "../tensor/nest";
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

/** The type of a tensor without values; the first size, the batch's, may be unknown. */
export class TypeOnly {
  constructor(
    readonly shape: KnownShape,
    readonly dtype: DType,
  ) {}
}

/**
 * What `fn` makes of arguments among which types stand for tensors: the tree that it returns, with
 * types for tensors. Sizes that vary with the batch are null.
 */
export function typesOf(fn: (...args: unknown[]) => unknown, args: readonly unknown[]): unknown {
  const run = (batch: number): unknown =>
    runOnce((symbol) => {
      const symbols = mapLeaves(args, (leaf) =>
        leaf instanceof TypeOnly ? symbol(sizesOf(leaf.shape, batch), leaf.dtype) : leaf,
      ) as unknown[];
      return mapLeaves(fn(...symbols), (leaf) =>
        leaf instanceof Tensor ? new TypeOnly(leaf.shape, leaf.dtype) : leaf,
      );
    });
  const [some, other] = [leavesOf(run(SOME_BATCH)), run(OTHER_BATCH)];
  let next = 0;
  return mapLeaves(other, (leaf) => {
    const match = some[next++];
    if (!(leaf instanceof TypeOnly) || !(match instanceof TypeOnly)) return leaf;
    const shape = leaf.shape.map((size, axis) => (size === match.shape[axis] ? size : null));
    return new TypeOnly(shape, leaf.dtype);
  });
}

/** The shapes of what `fn` makes of tensors of such shapes, which may stand in arrays and objects. */
export function shapesOf(fn: (x: unknown) => unknown, inputShape: unknown, dtype: DType): unknown {
  const types = typesOf(fn, [mapShapes(inputShape, (shape) => new TypeOnly(shape, dtype))]);
  return mapLeaves(types, (leaf) => (leaf instanceof TypeOnly ? leaf.shape : leaf));
}

function leavesOf(tree: unknown): unknown[] {
  const leaves: unknown[] = [];
  forEachLeaf(tree, (leaf) => leaves.push(leaf));
  return leaves;
}

function sizesOf(shape: KnownShape, batch: number): Shape {
  return shape.map((size, axis) => {
    if (size !== null) return size;
    if (axis === 0) return batch;
    throw new RangeError(
      `expected known sizes but for the first for inputShape but received ${describeShape(shape)}`,
    );
  });
}

/** "[null, 784]" */
export function describeShape(shape: KnownShape): string {
  return `[${shape.map((size) => size ?? "null").join(", ")}]`;
}

function checkedSizes(shape: KnownShape): KnownShape {
  for (const size of shape) {
    if (size === null || (Number.isSafeInteger(size) && size >= 0)) continue;
    throw new RangeError(
      `expected non-negative integers, or null, for inputShape but received ${describeShape(shape)}`,
    );
  }
  return shape;
}

/** True for a list of sizes, rather than of shapes. */
export function isShape(value: unknown): value is KnownShape {
  return Array.isArray(value) && value.every((size) => size === null || typeof size === "number");
}

/** A tree with each type in it replaced: a `TypeOnly`, or an object like one. */
export function mapTypes(
  tree: unknown,
  replace: (type: { shape: KnownShape; dtype: DType }) => unknown,
): unknown {
  if (isType(tree)) return replace(tree);
  if (Array.isArray(tree)) return tree.map((item) => mapTypes(item, replace));
  if (!isPlainObject(tree)) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, item]) => [key, mapTypes(item, replace)]),
  );
}

function isType(value: unknown): value is { shape: KnownShape; dtype: DType } {
  if (value instanceof TypeOnly) return true;
  return isPlainObject(value) && isShape(value.shape) && typeof value.dtype === "string";
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
