/** Tensors: immutable, contiguous n-dimensional arrays in native memory. */

import { type DType, type TypedArray, checkDType, codeOf, dtypeOfArray, typedArray } from "./dtype";
import { formatArray } from "./format";
import { native } from "../addon/native";
import { recorder } from "./recorder";
import { forget, track } from "./scope";
import { type Shape, frozen } from "./shapes";
import { type TensorJSON, encodeTensor, isTensorJSON } from "./tensor-json";
import {
  MAX_RANK,
  type Values,
  brand,
  checkedNumber,
  describeValue,
  flatten,
  nested,
} from "./values";

export type { Shape };

/** Shape and dtype. */
export interface TensorType {
  /** Sizes of the axes; [] for a single number. */
  readonly shape: Shape;
  /** Type of the elements. */
  readonly dtype: DType;
}

/** Numbers nested as deep as a tensor's rank. */
export type NestedNumbers = number | NestedNumbers[];

/** States of a tensor that has no memory of its own to read. */
export const DISPOSED = -1;
/** Stands for a value of a plan that is being captured. */
export const SYMBOLIC = -2;
/** A Variable that another thread uses; see `lease.ts`. */
export const LEASED = -3;

let lastId = 0;

/** "float32[2, 3]" */
export function describeType(dtype: DType, shape: Shape): string {
  return `${dtype}[${shape.join(", ")}]`;
}

/** The error for an argument that has to be a tensor. */
export function noTensor(given: unknown, where: string, argument: string): Error {
  return new TypeError(
    `${where}: expected a Tensor for ${argument} but received ${describeValue(given)}` +
      wayToTensor(given),
  );
}

/** What makes a tensor of arrays: by the first thing that is none. */
function wayToTensor(given: unknown): string {
  let leaf = given;
  for (let depth = 0; Array.isArray(leaf) && depth <= MAX_RANK; depth++) leaf = leaf[0] as unknown;
  if (leaf instanceof Tensor) return "; stack(tensors) makes one of several";
  const isNumber = typeof leaf === "number" || typeof leaf === "boolean";
  const isTyped = ArrayBuffer.isView(leaf) && dtypeOfArray(leaf) !== undefined;
  const areNumbers = (Array.isArray(given) && isNumber) || isTyped;
  return areNumbers ? "; tensor(values) makes one of arrays" : "";
}

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis];
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** Structured cloning refuses symbols, and puts their description into its error. */
const NOT_CLONEABLE = Symbol(
  "a tensor; pass its toJSON(), or its data() and shape, and make a tensor of them there",
);

/**
 * An immutable array of numbers. Create one with `tensor`, `zeros` and their like; compute with its
 * methods or the functions of the same names. Ops are installed as methods by `src/ops/methods.ts`.
 *
 * Memory is freed by `dispose`, by `tidy`, by `using`, or at last by the garbage collector.
 */
export class Tensor {
  /** Sizes of the axes, frozen; [] for a single number. */
  readonly shape: Shape;
  /** Type of the elements: "float32", "float64", "int32" or "uint8". */
  readonly dtype: DType;
  /** Distinguishes tensors in error messages. */
  readonly id = ++lastId;

  /** @internal A native handle, or DISPOSED, SYMBOLIC. */
  handle: number;
  /** @internal While symbolic: the capture it belongs to, and its number there. */
  capture: object | null = null;
  /** @internal */
  slot = -1;
  /** @internal */
  holds = 0;
  /** @internal */
  collected = false;
  /** @internal */
  kept = false;
  /** @internal */
  survives = false;
  /** @internal Scratch of `GradientTape.gradient`: the pass that marked this tensor, its gradient. */
  mark = 0;
  /** @internal */
  grad: Tensor | null = null;
  /** @internal Of Variables alone: see there. */
  declare version?: number;
  /** @internal What probabilities were made of; see `ops/logits.ts`. */
  origin: object | null = null;
  /** @internal How a loss read it as labels; see `nn/losses/labels.ts`. */
  labelUse: object | null = null;
  /** @internal Refuses `structuredClone` and `postMessage`: they copy fields, not native memory. */
  readonly transfer = NOT_CLONEABLE;
  /** @internal Why the tensor was disposed of or leased, for the error on later use. */
  reason = "";

  /**
   * @hidden Called by the library alone: use `tensor`, `zeros`, ...
   * @param shape a frozen list
   */
  constructor(handle: number, shape: Shape, dtype: DType) {
    this.handle = handle;
    this.shape = shape;
    this.dtype = dtype;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Whether the memory was freed, so that use would throw. */
  get isDisposed(): boolean {
    return this.handle === DISPOSED;
  }

  /** "float32[2, 3]", with its name if it has one. */
  describe(): string {
    return describeType(this.dtype, this.shape);
  }

  /** @internal The native handle; throws, saying why, when there is none to use. */
  liveHandle(): number {
    if (this.handle < 0) throw this.unusable();
    return this.handle;
  }

  /** @internal The error for using a tensor without memory. */
  unusable(): Error {
    if (this.handle === LEASED) return new Error(`${this.describe()} is in use: ${this.reason}`);
    if (this.handle === SYMBOLIC && recorder.reader !== null) {
      return new Error(
        `${this.describe()} has no values yet: ${recorder.reader} runs layers, losses and metrics to note ` +
          "their ops, and repeats these natively. To look at values, as by console.log, " +
          "compile({ runEagerly: true }); to compute with them, use ops instead of JavaScript numbers",
      );
    }
    if (this.handle === SYMBOLIC) {
      return new Error(
        `${this.describe()} has no values yet: it stands for a result of the function that jit ` +
          "is capturing. Return it from the function and read it outside, or compute with ops " +
          "instead of JavaScript numbers",
      );
    }
    return new Error(`${this.describe()} was disposed of${this.reason && `: ${this.reason}`}`);
  }

  /** A copy of the values, row by row. */
  data(): TypedArray {
    return this.read();
  }

  /** Reads the values, without the checks of `data`. */
  private read(): TypedArray {
    const handle = this.liveHandle();
    const target = typedArray(this.dtype, this.size);
    native.read(handle, target);
    return target;
  }

  /**
   * A copy of the values as nested arrays; a number for rank 0.
   * @throws RangeError for more values than arrays of JavaScript can well hold, some 33 million
   */
  array(): NestedNumbers {
    checkNesting(this);
    return nested(this.data(), this.shape);
  }

  /** The only element. Throws unless there is exactly one. */
  item(): number {
    if (this.size !== 1) {
      throw new Error(`item() expects a tensor of one element but this one is ${this.describe()}`);
    }
    return native.readNumber(this.liveHandle());
  }

  /** The values as numpy prints them. */
  toString(): string {
    if (this.handle < 0) return `Tensor(${this.unusable().message})`;
    return formatArray(this.read(), this.shape, this.dtype);
  }

  /** Writes the values to the console, as `toString` has them. */
  print(): void {
    console.log(this.toString());
  }

  /** Shape, dtype and the values as base64: what `JSON.stringify` writes, to the bit. */
  toJSON(): TensorJSON {
    return encodeTensor(this.data(), this.shape, this.dtype);
  }

  /** A tensor of what `toJSON` gave; `tensor`, and whatever else takes values, take it as well. */
  static fromJSON(json: TensorJSON): Tensor {
    if (isTensorJSON(json)) return tensor(json);
    throw new TypeError(
      `Tensor.fromJSON: expected { shape, dtype, data } for json but received ${describeValue(json)}`,
    );
  }

  /**
   * A tensor in a text is written as `toString` does.
   * @throws TypeError where JavaScript wants a number: in arithmetic and comparisons
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new TypeError(
      `${this.describe()} cannot be used in JavaScript's arithmetic, comparisons or concatenation: ` +
        "compute with its methods (add, greater, ...), read a single number with item(), or write " +
        "it into a template string",
    );
  }

  /**
   * Frees the memory, unless another tensor shares it; use afterwards throws, also by a tape that
   * needs the values.
   * @param reason told by the error on later use
   */
  dispose(reason = ""): void {
    if (this.handle === LEASED) throw this.unusable();
    if (this.handle < 0) return;
    native.release(this.giveUp());
    this.reason = typeof reason === "string" ? reason : "";
  }

  /** @internal */
  giveUp(): number {
    const { handle } = this;
    forget(this);
    this.handle = DISPOSED;
    return handle;
  }

  /** Ends with `using`: frees the memory, as `dispose` does. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Tensor ${this.describe()}\n${this.toString()}`;
  }
}

brand(Tensor);

/** Numbers and arrays that nested arrays have at most: 256 MiB for numbers alone. */
const MAX_NESTED = 2 ** 25;

/** V8 ends the process when its heap is full: throws before that. */
function checkNesting(x: Tensor): void {
  let arrays = 1;
  let count = 0;
  for (const dim of x.shape) count += arrays *= dim;
  if (count <= MAX_NESTED) return;
  throw new RangeError(
    `array() expects a tensor of at most ${MAX_NESTED} values, counting each inner array as one, ` +
      `but this one is ${x.describe()}; use data()`,
  );
}

/** @internal A tracked tensor over a native handle, of a shape that is frozen. */
export function wrap(handle: number, shape: Shape, dtype: DType): Tensor {
  const result = new Tensor(handle, shape, dtype);
  track(result);
  return result;
}

/** @internal A handle to a copy of flat data. */
export function createHandle(data: TypedArray, shape: Shape, dtype: DType): number {
  return native.create(codeOf(dtype), shape, data);
}

const SCALAR: Shape = Object.freeze([]);

function numberTensor(value: number, dtype: DType = "float32"): Tensor {
  checkDType(dtype);
  return wrap(native.createNumber(codeOf(dtype), checkedNumber(value, dtype)), SCALAR, dtype);
}

/**
 * A tensor of the given values, copied.
 * @param values a number, nested arrays (float32 unless `dtype` says otherwise), or a typed array
 *   (of its own dtype)
 * @param shape the shape to give a flat list of values; by default as nested
 */
export function tensor(values: Values, shape?: Shape, dtype?: DType): Tensor {
  if (typeof values === "number" && shape === undefined) return numberTensor(values, dtype);
  const flat = flatten(values, shape, dtype);
  return wrap(createHandle(flat.data, flat.shape, flat.dtype), frozen(flat.shape), flat.dtype);
}
