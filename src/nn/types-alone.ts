/** Runs functions of tensors on types alone: nothing is computed, no Variable is written. */

import {
  type ActiveCapture,
  type InferredStep,
  type RecordedOp,
  recorder,
} from "../tensor/recorder";
import { beginScope, endScope } from "../tensor/scope";
import type { DType } from "../tensor/dtype";
import { forEachLeaf, isPlainObject, mapLeaves } from "../tensor/nest";
import { frozen } from "../tensor/shapes";
import { SYMBOLIC, type Shape, Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import type { Variable } from "../tensor/variable";

/** A shape of which sizes may be unknown, null: most often that of the batch, the first. */
export type KnownShape = readonly (number | null)[];

class TypesAlone implements ActiveCapture {
  private readonly written: Variable[] = [];

  symbol(shape: Shape, dtype: DType): Tensor {
    const tensor = new Tensor(SYMBOLIC, frozen(shape), dtype);
    tensor.capture = this;
    return tensor;
  }

  addStep(op: RecordedOp, inputs: readonly Tensor[], { results }: InferredStep): Tensor[] {
    for (const i of op.written) this.written.push(inputs[i] as Variable);
    return results.map(({ shape, dtype }) => this.symbol(shape, dtype));
  }

  addGuard(): void {
    // Nothing is replayed.
  }

  addOwner(): void {
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
    endScope([]);
    recorder.capture = capture;
    recorder.tapes = tapes;
    probe.undoVersions();
  }
}

/** The type of a tensor without values. */
export class TypeOnly {
  constructor(
    readonly shape: KnownShape,
    readonly dtype: DType,
  ) {}
}

/**
 * What `fn` makes of arguments among which types stand for tensors: the tree that it returns, with
 * types for tensors; sizes that follow from unknown ones are null.
 *
 * Where the batch's size alone is unknown, `fn` runs with two sizes of a batch, so that it may compute
 * with them in JavaScript. Other unknown sizes it sees as null.
 */
export function typesOf(fn: (...args: unknown[]) => unknown, args: readonly unknown[]): unknown {
  if (isUnknownBeyondBatch(args)) return runWith(fn, args, null);
  const [some, other] = [2, 3].map((batch) => runWith(fn, args, batch));
  const others = leavesOf(other);
  let next = 0;
  return mapLeaves(some, (leaf) => {
    const match = others[next++];
    if (!(leaf instanceof TypeOnly) || !(match instanceof TypeOnly)) return leaf;
    const shape = leaf.shape.map((size, axis) => (size === match.shape[axis] ? size : null));
    return new TypeOnly(shape, leaf.dtype);
  });
}

function isUnknownBeyondBatch(args: readonly unknown[]): boolean {
  return leavesOf(args).some(
    (leaf) => leaf instanceof TypeOnly && leaf.shape.indexOf(null, 1) >= 1,
  );
}

function runWith(
  fn: (...args: unknown[]) => unknown,
  args: readonly unknown[],
  batch: number | null,
): unknown {
  return runOnce((symbol) => {
    const symbols = mapLeaves(args, (leaf) => {
      if (!(leaf instanceof TypeOnly)) return leaf;
      return symbol(leaf.shape.map((size) => size ?? batch) as Shape, leaf.dtype);
    });
    return mapLeaves(fn(...(symbols as unknown[])), (leaf) =>
      leaf instanceof Tensor ? new TypeOnly(leaf.shape, leaf.dtype) : leaf,
    );
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

/** Number of elements of a shape; null if a size is unknown. */
export function knownSizeOf(shape: KnownShape): number | null {
  return shape.reduce<number | null>((product, size) => {
    return product === null || size === null ? null : product * size;
  }, 1);
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

/** The types of the tensors in a tree, the size of the batch left open; that of a scalar for none. */
export function typesIn(x: unknown): unknown {
  let tensors = 0;
  const types = mapLeaves(x, (leaf) => {
    if (!(leaf instanceof Tensor)) return leaf;
    tensors++;
    return openBatch(leaf.shape, leaf.dtype);
  });
  return tensors === 0 ? new TypeOnly([], "float32") : types;
}

export function shapesIn(types: unknown): KnownShape {
  return mapTypes(types, ({ shape }) => shape) as KnownShape;
}

export function openBatch(shape: KnownShape, dtype: DType): TypeOnly {
  return new TypeOnly(shape.length === 0 ? shape : [null, ...shape.slice(1)], dtype);
}

/** A size of the input that `build` needs; counted from the end when negative. */
export function knownSize(inputShape: KnownShape, axis: number, layer: string): number {
  const size = inputShape.at(axis);
  if (typeof size === "number" && Number.isInteger(size) && size > 0) return size;
  throw new RangeError(
    `${layer}: expected a known size of axis ${axis} for inputShape but received ` +
      describeShape(inputShape),
  );
}
