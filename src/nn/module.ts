/** Modules: objects whose fields hold weights and other modules. */

import { tidy } from "../tensor/memory";
import { isPlainObject } from "../tensor/nest";
import { checkFlag } from "../tensor/options";
import { guardRead, type RunningModule, guardedValueChanged, recorder } from "../tensor/recorder";
import { type Shape, Tensor, describeType, sameShape, tensor } from "../tensor/tensor";
import { type Values, describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";
import { assign } from "../ops/update";

/** Modules whose `forward` is running, outermost first. */
const running = recorder.modules as Module[];

/**
 * Base of layers and models. It finds weights and sub-modules by walking its own fields (also inside
 * arrays and plain objects) and names them by the path of fields: `dense1.kernel`,
 * `blocks.0.dense.bias`. Fields named with `#` are out of its sight: a module that is used from one
 * throws, since it would silently never train.
 */
export abstract class Module {
  private isTraining = true;
  private isTrainable = true;
  /** @internal Shape of the last result, for summaries. */
  outputShape: Shape | null = null;

  constructor() {
    const body = this.forward.bind(this) as (...args: unknown[]) => unknown;
    Object.defineProperty(this, "forward", {
      value: (...args: unknown[]) => runForward(this, body, args),
      configurable: true,
      writable: true,
    });
  }

  /** Computes the module's result. */
  abstract forward(...args: never[]): unknown;

  /** Whether layers such as Dropout behave as in training. True until `eval()`. */
  get training(): boolean {
    return guardRead(this, "training", this.isTraining, () => this.isTraining);
  }

  /** Puts this module and all below it in training mode, or out of it. */
  train(mode = true): this {
    checkFlag(mode, this.constructor.name, "mode");
    for (const module of this.modules()) module.isTraining = mode;
    guardedValueChanged();
    return this;
  }

  /** The same as `train(false)`: inference. */
  eval(): this {
    return this.train(false);
  }

  /** @internal Runs `fn` in inference mode, then puts every module back into its own mode. */
  inInference<T>(fn: () => T): T {
    const modes = this.modules().map((module) => [module, module.isTraining] as const);
    this.eval();
    try {
      return fn();
    } finally {
      for (const [module, mode] of modes) module.isTraining = mode;
      guardedValueChanged();
    }
  }

  /** @internal Runs `fn` with this module and all below it in a mode, each in its own afterwards. */
  inMode<T>(mode: boolean, fn: () => T): T {
    const others = this.modules().filter((module) => module.isTraining !== mode);
    if (others.length === 0) return fn();
    for (const module of others) module.isTraining = mode;
    guardedValueChanged();
    try {
      return fn();
    } finally {
      for (const module of others) module.isTraining = !mode;
      guardedValueChanged();
    }
  }

  /** False freezes the weights of this module and of all below it. */
  get trainable(): boolean {
    return guardRead(this, "trainable", this.isTrainable, () => this.isTrainable);
  }

  set trainable(value: boolean) {
    checkFlag(value, this.constructor.name, "trainable");
    this.isTrainable = value;
    guardedValueChanged();
  }

  /** This module and all below it, each once. */
  modules(): Module[] {
    const found = new Set<Module>();
    walk(this, "", { module: (module) => !found.has(module) && !!found.add(module) });
    return [...found];
  }

  /** The modules in this module's own fields, by path, without those further below. */
  childModules(): [path: string, module: Module][] {
    const children: [string, Module][] = [];
    const note = (module: Module, path: string): boolean => {
      if (path !== "") children.push([path, module]);
      return path === "";
    };
    walk(this, "", { module: note });
    return children;
  }

  /** @internal The path of the fields that lead to a module; for itself the name of its class. */
  pathOf(module: RunningModule): string {
    if (module === this) return this.constructor.name;
    let found = "";
    const seen = new Set<Module>();
    walk(this, "", {
      module: (current, path) => {
        if (current === module && found === "") found = path;
        return !seen.has(current) && !!seen.add(current);
      },
    });
    return found || module.constructor.name;
  }

  /** All weights by path, in the order of the fields; a shared one under its first path. */
  namedWeights(): [path: string, weight: Variable][] {
    return collectWeights(this, () => true);
  }

  get weights(): Variable[] {
    return this.namedWeights().map(([, weight]) => weight);
  }

  /** The weights that training changes: all but the frozen ones. */
  get trainableWeights(): Variable[] {
    return collectWeights(this, (module) => module.trainable)
      .map(([, weight]) => weight)
      .filter((weight) => weight.trainable);
  }

  get nonTrainableWeights(): Variable[] {
    const trainable = new Set(this.trainableWeights);
    return this.weights.filter((weight) => !trainable.has(weight));
  }

  /** Number of elements in all weights. */
  countParams(): number {
    return this.weights.reduce((total, weight) => total + weight.size, 0);
  }

  /** The weights by path: what saving writes and `loadState` reads. */
  state(): Record<string, Variable> {
    return Object.fromEntries(this.namedWeights());
  }

  /**
   * Assigns weights by path: tensors of the weights' shapes and dtypes, nested arrays of numbers, or
   * typed arrays of the values row by row. Everything is checked before anything is changed.
   */
  loadState(state: Record<string, Tensor | Values>): void {
    if (recorder.capture !== null) {
      throw new Error(
        "loadState cannot be called in a function that jit captures: call it outside",
      );
    }
    const own = this.state();
    checkPaths(Object.keys(own), state);
    tidy(() => {
      const loads = Object.entries(own).map(
        ([path, weight]) => [weight, loadedValue(path, weight, state[path])] as const,
      );
      for (const [weight, value] of loads) assign(weight, value);
    });
  }

  /** @internal True if the module's results depend on more than its arguments. */
  get hasState(): boolean {
    return this.weights.length > 0;
  }
}

function checkPaths(paths: readonly string[], state: unknown): void {
  if (typeof state !== "object" || state === null) {
    throw new TypeError(
      `loadState: expected an object of weights by path but received ${describeValue(state)}`,
    );
  }
  const missing = paths.filter((path) => !Object.hasOwn(state, path));
  const unknown = Object.keys(state).filter((path) => !paths.includes(path));
  if (missing.length === 0 && unknown.length === 0) return;
  const found =
    missing.length > 0 ? `${missing.join(", ")} missing` : `${unknown.join(", ")} unknown`;
  throw new Error(`expected a state with the paths of this module's weights but received ${found}`);
}

/** What `loadState` was given for one weight, as a tensor that fits it. */
function loadedValue(path: string, weight: Variable, given: Tensor | Values): Tensor {
  const { shape, dtype } = weight;
  const value =
    given instanceof Tensor
      ? given
      : tensor(given, ArrayBuffer.isView(given) ? shape : undefined, dtype);
  if (value.dtype === dtype && sameShape(value.shape, shape)) return value;
  throw new Error(
    `loadState: expected ${describeType(dtype, shape)} for ${path} but received ` +
      describeType(value.dtype, value.shape),
  );
}

function collectWeights(root: Module, enter: (module: Module) => boolean): [string, Variable][] {
  const paths = new Map<Variable, string>();
  const seen = new Set<Module>();
  walk(root, "", {
    module: (module) => {
      if (seen.has(module) || !enter(module)) return false;
      seen.add(module);
      return true;
    },
    variable: (variable, path) => {
      if (!paths.has(variable)) paths.set(variable, path);
    },
  });
  return [...paths].map(([variable, path]) => [path, variable]);
}

interface Visitor {
  /** Returns whether to go into the module. */
  module(module: Module, path: string): boolean;
  variable?(variable: Variable, path: string): void;
}

function walk(value: unknown, path: string, visitor: Visitor): void {
  if (value instanceof Variable) visitor.variable?.(value, path);
  else if (value instanceof Module) {
    if (visitor.module(value, path)) walkFields(value, path, visitor);
  } else if (Array.isArray(value) || isPlainObject(value)) walkFields(value, path, visitor);
}

function walkFields(owner: object, path: string, visitor: Visitor): void {
  for (const [key, value] of Object.entries(owner)) {
    walk(value, path === "" ? key : `${path}.${key}`, visitor);
  }
}

function runForward(
  module: Module,
  body: (...args: unknown[]) => unknown,
  args: unknown[],
): unknown {
  running.push(module);
  let result: unknown;
  try {
    result = body(...args);
  } finally {
    running.pop();
  }
  if (result instanceof Tensor) module.outputShape = result.shape;
  if (running.length > 0) checkReachable(module);
  else nameWeights(module);
  return result;
}

/** Outermost modules whose weights have names. */
const named = new WeakSet<Module>();

/** Gives each weight the path of its field as its name, for errors and optimizer states. */
function nameWeights(root: Module): void {
  if (named.has(root)) return;
  named.add(root);
  for (const [path, weight] of root.namedWeights()) weight.name = path;
}

/** What each running module was last seen to contain. */
const contents = new WeakMap<Module, Set<Module>>();

/** Throws if none of the modules around `module` can see it in its fields. */
function checkReachable(module: Module): void {
  const known = running.some((parent) => contents.get(parent)?.has(module));
  if (known || !module.hasState) return;
  for (const parent of running) contents.set(parent, new Set(parent.modules()));
  if (running.some((parent) => contents.get(parent)?.has(module))) return;
  const parent = running[running.length - 1];
  throw new Error(
    `${parent.constructor.name} uses a ${module.constructor.name} that it does not hold in a public or ` +
      "private (not #private) field, array or plain object: its weights would never train or be saved. " +
      "Keep it in a field",
  );
}
