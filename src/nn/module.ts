/** Modules: objects whose fields hold weights and other modules. */

import { BY_IDENTITY } from "../tensor/by-identity";
import { checkFlag } from "../tensor/options";
import { answerToOtherNames } from "../tensor/other-names";
import { guardRead, type RunningModule, guardedValueChanged, recorder } from "../tensor/recorder";
import { type Shape, Tensor } from "../tensor/tensor";
import { type Values, brand, describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";
import { clone } from "../ops/shape";
import { clearLosses } from "./added-losses";
import { assignAll } from "./load-state";
import { checkPaths, collect, eachOnce, visit } from "./module-paths";
import { extendGraph, holdsSymbols } from "./symbolic";
import { type Contents, contentsOf } from "./walk";

/** Structured cloning refuses symbols, and puts their description into its error. */
const NOT_CLONEABLE = Symbol(
  "a layer or model; pass model.toBytes(), and make the model there by Model.fromBytes(bytes)",
);

/** Modules that are being shown. */
const shown = new Set<Module>();

/** Modules whose `forward` is running, outermost first. */
const running = recorder.modules as Module[];

/**
 * Base of layers and models. It finds weights and sub-modules by walking its own fields (also inside
 * arrays and plain objects) and names them by the path of fields: `dense1.kernel`,
 * `blocks.0.dense.bias`. Fields named with `#` are out of its sight: a module that is used from one
 * throws, since it would silently never train.
 */
export abstract class Module {
  /** @internal */
  get [BY_IDENTITY](): true {
    return true;
  }

  /** @internal Refuses `structuredClone` and `postMessage`: what they make has neither methods nor weights. */
  readonly transfer = NOT_CLONEABLE;
  readonly #forward: unknown;
  #isTraining = false;
  #isTrainable = true;
  #resultShape: Shape | null = null;
  #isNamed = false;
  /** What it was last seen to contain, while it ran. */
  #seen: ReadonlySet<Module> | null = null;

  constructor() {
    checkForward(this);
    const body = this.forward.bind(this) as (...args: unknown[]) => unknown;
    const forward = (...args: unknown[]): unknown => {
      if (holdsSymbols(args)) {
        return extendGraph(this, args, (...types) => this.#run(body, types));
      }
      const result = this.#run(body, args);
      if (result instanceof Tensor) this.#resultShape = result.shape;
      return result;
    };
    hide(this, "forward", (this.#forward = forward));
  }

  #run(body: (...args: unknown[]) => unknown, args: unknown[]): unknown {
    if (running.length === 0) clearLosses(this);
    running.push(this);
    recorder.capture?.addOwner(this);
    let result: unknown;
    try {
      this.prepare?.(args);
      result = body(...args);
      this.conclude?.(result);
    } finally {
      running.pop();
    }
    if (running.length > 0) this.#checkReachable();
    else this.#nameWeights();
    return result;
  }

  /** Gives each weight the path of its field as its name, for errors and optimizer states. */
  #nameWeights(): void {
    if (this.#isNamed) return;
    this.#isNamed = true;
    for (const [path, weight] of this.namedWeights()) weight.name = path;
  }

  /** Throws if none of the modules around it can see it in its fields. */
  #checkReachable(): void {
    for (let i = 0; i < running.length; i++) if (running[i].#seen?.has(this)) return;
    if (!this.hasState) return;
    for (const parent of running) parent.#seen = new Set(parent.modules());
    if (running.some((parent) => parent.#seen?.has(this))) return;
    const parent = running[running.length - 1];
    throw new Error(
      `${parent.constructor.name} uses a ${this.constructor.name} that it does not hold in a public or ` +
        "private (not #private) field, array or plain object: its weights would never train or be saved. " +
        "Keep it in a field",
    );
  }

  /** @internal False once `forward` of this object alone was replaced. */
  get runsItsClass(): boolean {
    return this.forward === this.#forward;
  }

  /** What `console.log` shows: the fields, but for what other programs alone ask for. */
  [Symbol.for("nodejs.util.inspect.custom")](
    depth: number,
    options: object,
    inspect: (value: object, options: object) => string,
  ): string {
    if (shown.has(this)) return `[Circular ${this.constructor.name}]`;
    const { transfer: _, ...fields } = this;
    shown.add(this);
    try {
      return `${this.constructor.name} ${inspect(fields, { ...options, depth })}`;
    } finally {
      shown.delete(this);
    }
  }

  /** Computes the module's result. */
  abstract forward(...args: never[]): unknown;

  /** @internal What is done before `forward` runs: layers check their input, create their weights. */
  prepare?(args: readonly unknown[]): void;

  /** @internal What is done with the result of `forward`: layers add the penalty on it. */
  conclude?(result: unknown): void;

  /** @internal Shape of the last result, for summaries. */
  get resultShape(): Shape | null {
    return this.#resultShape;
  }

  /**
   * Whether layers such as Dropout behave as in training. False, inference, until `train()`: `fit`
   * sets the mode by itself, a loop of one's own calls `model.train()`.
   */
  get training(): boolean {
    return guardRead(this, "training", this.#isTraining, () => this.#isTraining);
  }

  /** Puts this module and all below it in training mode, or out of it. */
  train(mode = true): this {
    if (typeof mode === "object") {
      throw new TypeError(
        `${this.constructor.name}: expected a boolean for mode but received ${describeValue(mode)}; ` +
          "a model learns by await model.fit(x, y, { epochs: 20 })",
      );
    }
    checkFlag(mode, this.constructor.name, "mode");
    for (const module of this.modules()) module.#isTraining = mode;
    guardedValueChanged();
    return this;
  }

  /** The same as `train(false)`: inference, in which modules start. */
  eval(): this {
    return this.train(false);
  }

  /** @internal Runs `fn` with this module and all below it in a mode, each in its own afterwards. */
  inMode<T>(mode: boolean, fn: () => T): T {
    const others = this.modules().filter((module) => module.#isTraining !== mode);
    if (others.length === 0) return fn();
    for (const module of others) module.#isTraining = mode;
    guardedValueChanged();
    try {
      return fn();
    } finally {
      for (const module of others) module.#isTraining = !mode;
      guardedValueChanged();
    }
  }

  /** False freezes the weights of this module and of all below it. */
  get trainable(): boolean {
    return guardRead(this, "trainable", this.#isTrainable, () => this.#isTrainable);
  }

  set trainable(value: boolean) {
    checkFlag(value, this.constructor.name, "trainable");
    this.#isTrainable = value;
    guardedValueChanged();
  }

  /** @internal What the module holds in its own fields. */
  contents(): Contents<Module> {
    return contentsOf(this, (value) => value instanceof Module);
  }

  /** This module and all below it, each once. */
  modules(): Module[] {
    return visit(this, () => true).map(([, module]) => module);
  }

  /** @internal The modules of `modules`, each with its path and with what its own fields hold. */
  modulesWithContents(): readonly [path: string, module: Module, contents: Contents<Module>][] {
    return visit(this, () => true);
  }

  /** The modules in this module's own fields, by path, without those further below. */
  childModules(): [path: string, module: Module][] {
    return this.contents().nodes;
  }

  /** @internal The path of the fields that lead to a module; for itself the name of its class. */
  pathOf(module: RunningModule): string {
    const found = visit(this, () => true).find(([, below]) => below === module);
    return found === undefined || found[0] === "" ? module.constructor.name : found[0];
  }

  /**
   * All weights by path, each module's own before those of the modules in its fields, as in Keras; a
   * shared one under its first path.
   */
  namedWeights(): [path: string, weight: Variable][] {
    return collect(this, "variables");
  }

  /** The weights in the order of `namedWeights`, which is Keras' order for a layer of Keras. */
  get weights(): Variable[] {
    return this.namedWeights().map(([, weight]) => weight);
  }

  /** The weights that training changes: all but the frozen ones. */
  get trainableWeights(): Variable[] {
    return collect(this, "variables", (module) => module.trainable)
      .map(([, weight]) => weight)
      .filter((weight) => weight.trainable);
  }

  /** The weights that training leaves alone: the frozen ones, and statistics such as moving means. */
  get nonTrainableWeights(): Variable[] {
    const trainable = new Set(this.trainableWeights);
    return this.weights.filter((weight) => !trainable.has(weight));
  }

  /** Number of elements in all weights. */
  countParams(): number {
    return this.weights.reduce((total, weight) => total + weight.size, 0);
  }

  /** Copies of the weights' values, in the order of `weights`. */
  getWeights(): Tensor[] {
    return this.weights.map((weight) => clone(weight));
  }

  /**
   * Assigns the weights in the order of `weights`: tensors of their shapes and dtypes, nested arrays
   * or typed arrays. Everything is checked before anything is changed.
   */
  setWeights(values: readonly (Tensor | Values)[]): void {
    const own = this.namedWeights();
    if (!Array.isArray(values) || values.length !== own.length) {
      const found = Array.isArray(values) ? `${values.length}` : describeValue(values);
      const hint = own.length === 0 ? "; build the layer first" : "";
      throw new RangeError(
        `${this.constructor.name}: expected ${own.length} values for its weights but received ${found}${hint}`,
      );
    }
    assignAll(
      "setWeights",
      own.map(([path, weight], i) => [path, weight, values[i] as Tensor | Values]),
    );
  }

  /**
   * All that training changes in the module, by path: the weights, and the states of random streams
   * such as Dropout's. What `loadState` takes back.
   */
  state(): Record<string, Variable> {
    return Object.fromEntries(eachOnce([...this.namedWeights(), ...collect(this, "streams")]));
  }

  /**
   * Assigns weights by path: tensors of the weights' shapes and dtypes, nested arrays of numbers, or
   * typed arrays of the values row by row. Random streams may be left out, and go on as they are.
   * Everything is checked before anything is changed.
   */
  loadState(state: Record<string, Tensor | Values>): void {
    const weights = this.namedWeights();
    const streams = collect(this, "streams");
    checkPaths(weights, streams, state);
    const given = [...weights, ...streams].filter(([path]) => Object.hasOwn(state, path));
    assignAll(
      "loadState",
      given.map(([path, variable]) => [path, variable, state[path]]),
    );
  }

  /** @internal True if the module's results depend on more than its arguments. */
  get hasState(): boolean {
    return this.weights.length > 0 || collect(this, "streams").length > 0;
  }
}

brand(Module);

/** Defines a property that the walk over fields passes by. */
export function hide(owner: object, name: string, value: unknown): void {
  Object.defineProperty(owner, name, { value, configurable: true, writable: true });
}

/** JavaScript makes objects also of classes that lack what TypeScript asks for. */
function checkForward(module: Module): void {
  if (typeof (module.forward as unknown) === "function") return;
  const hint = "call" in module ? ": name the method call so" : "";
  throw new TypeError(
    `${module.constructor.name}: expected a method forward(...), which computes the result, but there is none${hint}`,
  );
}

answerToOtherNames(Module.prototype);
