/** Variables: persistent buffers that update ops write. */

import { native } from "../addon/native";
import { type DType, type TypedArray, codeOf } from "./dtype";
import { checkFlag, checkOptions } from "./options";
import { guardRead, guardedValueChanged, recorder } from "./recorder";
import { leaveToCollector } from "./scope";
import { frozen } from "./shapes";
import { type Shape, Tensor, createHandle } from "./tensor";
import { type Values, describeValue, flatten } from "./values";

/** Options of a `Variable`. */
export interface VariableOptions {
  /** Shown in errors and summaries; modules set it to the path of the field. */
  name?: string;
  /** Whether `trainableWeights` lists it and tapes differentiate with respect to it; true. */
  trainable?: boolean;
  /** By default that of the initial values. */
  dtype?: DType;
}

/** Native memory that nobody else has: a Variable takes it over. */
export class OwnMemory {
  constructor(
    readonly handle: number,
    readonly shape: Shape,
    readonly dtype: DType,
  ) {}

  /** Memory whose content is undefined, to be filled before anyone reads it. */
  static unfilled(shape: Shape, dtype: DType): OwnMemory {
    return new OwnMemory(native.allocate(codeOf(dtype), shape), shape, dtype);
  }
}

/**
 * A tensor whose values change: a weight, a slot of an optimizer, a learning rate, the state of a
 * metric or of a random generator. Written only by `assign`, `assignAdd`, `assignSub` and the
 * optimizers' update ops; every write advances `version`. No scope frees a Variable.
 */
export class Variable extends Tensor {
  /**
   * As listings, errors and selections of weights call it. Weights get their path when a model is built.
   */
  name: string;
  /** @internal Number of writes so far. */
  override version = 0;
  private isTrainable: boolean;
  /** A penalty on the values, a scalar, which training adds to the loss; or null. */
  regularizer: ((values: Tensor) => Tensor) | null = null;
  /** What optimizers apply to the values after each update, such as a limit of the norm; or null. */
  constraint: ((values: Tensor) => Tensor) | null = null;

  /** Starts with a copy of `initial`. Throws inside a function that jit captures. */
  constructor(initial: Tensor | Values | OwnMemory, options: VariableOptions = {}) {
    checkOptions(options, ["name", "trainable", "dtype"], "Variable");
    const { name = "variable", trainable = true } = options;
    if (typeof name !== "string") {
      throw new TypeError(
        `Variable: expected a string for name but received ${describeValue(name)}`,
      );
    }
    checkFlag(trainable, "Variable", "trainable");
    if (recorder.capture !== null) throw createdInCapture(name);
    const memory = memoryOf(initial, options.dtype);
    super(memory.handle, frozen(memory.shape), memory.dtype);
    this.name = name;
    this.isTrainable = trainable;
    leaveToCollector(this);
  }

  /** Whether training changes it; true by default. Plans follow a change. */
  get trainable(): boolean {
    return guardRead(this, "trainable", this.isTrainable, () => this.isTrainable);
  }

  set trainable(value: boolean) {
    checkFlag(value, this.describe(), "trainable");
    this.isTrainable = value;
    guardedValueChanged();
  }

  /**
   * A copy of the values of this moment, row by row. Throws inside a function that jit captures: they
   * would be those of the capture at each call.
   */
  override data(): TypedArray {
    if (recorder.capture !== null) throw readInCapture(this);
    return super.data();
  }

  /** The only element, at this moment. Throws where `data` does. */
  override item(): number {
    if (recorder.capture !== null) throw readInCapture(this);
    return super.item();
  }

  override describe(): string {
    return `Variable ${this.name} ${super.describe()}`;
  }
}

function memoryOf(initial: Tensor | Values | OwnMemory, dtype: DType | undefined): OwnMemory {
  if (initial instanceof OwnMemory) return initial;
  const isTensor = initial instanceof Tensor;
  if (isTensor && (dtype ?? initial.dtype) === initial.dtype) {
    const handle = native.duplicate(initial.liveHandle());
    return new OwnMemory(handle, initial.shape, initial.dtype);
  }
  const values = isTensor ? initial.data() : initial;
  const flat = flatten(values, isTensor ? initial.shape : undefined, dtype);
  return new OwnMemory(createHandle(flat.data, flat.shape, flat.dtype), flat.shape, flat.dtype);
}

function createdInCapture(name: string): Error {
  return new Error(
    `Variable ${name} cannot be created in a function that jit captures: it would be created once, ` +
      "not at each call. Create it outside and close over it; a layer makes its weights by addWeight, in " +
      "build or in forward",
  );
}

function readInCapture(variable: Variable): Error {
  return new Error(
    `${variable.describe()} cannot be read in a function that jit captures: its values would be frozen ` +
      "into the plan. Read it outside, or compute with ops instead of JavaScript numbers",
  );
}
