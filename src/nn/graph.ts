/** Graphs of symbolic tensors: their order, their run, their configuration. */

import type { DType } from "../tensor/dtype";
import { forEachLeaf, isPlainObject, mapLeaves } from "../tensor/nest";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { type Callable, type GraphNode, SymbolicTensor, input } from "./symbolic";
import type { KnownShape } from "./types-alone";

/** What lies between the inputs and the outputs of a model. */
export class Graph {
  /** Each after those whose results it takes. */
  readonly nodes: readonly GraphNode[];
  /** The modules that the nodes call, each once, in Keras' order: by depth, from the inputs on. */
  readonly modules: readonly Callable[];

  /** Both are trees of symbolic tensors. */
  constructor(
    readonly inputs: unknown,
    readonly outputs: unknown,
  ) {
    const [sources, targets] = [symbolsIn(inputs, "inputs"), symbolsIn(outputs, "outputs")];
    const order = new Order(sources);
    for (const target of targets) order.visit(target);
    this.nodes = order.nodes;
    this.modules = order.modulesByDepth();
  }

  get inputNames(): string[] {
    return namesOf(this.inputs);
  }

  /** Of the layers that the outputs come from, or the keys of the outputs if these are an object. */
  get outputNames(): string[] {
    return namesOf(this.outputs);
  }

  /** The outputs for tensors in the place of the inputs. */
  run(x: unknown, model: string): unknown {
    const values = new Map<SymbolicTensor, unknown>();
    assignInputs(this.inputs, x, values, model, "x");
    const valueOf = (leaf: unknown): unknown =>
      leaf instanceof SymbolicTensor ? values.get(leaf) : leaf;
    for (const { module, args, outputs } of this.nodes) {
      const forward = module.forward.bind(module) as (...args: unknown[]) => unknown;
      const results: unknown = forward(...(mapLeaves(args, valueOf) as unknown[]));
      let next = 0;
      forEachLeaf(results, (leaf) => values.set(outputs[next++], leaf));
    }
    return mapLeaves(this.outputs, valueOf);
  }
}

function symbolsIn(tree: unknown, argument: string): SymbolicTensor[] {
  const found: SymbolicTensor[] = [];
  forEachLeaf(tree, (leaf, path) => {
    if (leaf instanceof SymbolicTensor) found.push(leaf);
    else {
      throw new TypeError(
        `Model: expected results of input() and of layers called on them for ${argument}${path} but ` +
          `received ${leaf instanceof Tensor ? leaf.describe() : describeValue(leaf)}`,
      );
    }
  });
  if (found.length > 0) return found;
  throw new TypeError(`Model: expected at least one symbolic tensor for ${argument}`);
}

function namesOf(tree: unknown): string[] {
  if (isPlainObject(tree)) return Object.keys(tree);
  const names: string[] = [];
  forEachLeaf(tree, (leaf) => names.push((leaf as SymbolicTensor).name));
  return names;
}

/** The order of nodes and modules, as Keras finds it. */
class Order {
  readonly nodes: GraphNode[] = [];
  private readonly visited = new Set<GraphNode>();
  private readonly found = new Map<Callable, number>();

  constructor(private readonly sources: readonly SymbolicTensor[]) {}

  visit(tensor: SymbolicTensor): void {
    if (this.sources.includes(tensor)) return;
    const { node } = tensor;
    if (node === null) {
      throw new Error(
        `Model: expected all inputs that the outputs depend on but inputs lacks ${tensor.name} ` +
          `(${tensor.describe()})`,
      );
    }
    if (this.visited.has(node)) return;
    this.visited.add(node);
    if (!this.found.has(node.module)) this.found.set(node.module, this.found.size);
    for (const argument of argumentsOf(node)) this.visit(argument);
    this.nodes.push(node);
  }

  modulesByDepth(): Callable[] {
    const depths = new Map<GraphNode, number>();
    const moduleDepths = new Map<Callable, number>();
    for (const node of [...this.nodes].reverse()) {
      const depth = Math.max(depths.get(node) ?? 0, moduleDepths.get(node.module) ?? 0);
      moduleDepths.set(node.module, depth);
      for (const { node: before } of argumentsOf(node)) {
        if (before !== null) depths.set(before, Math.max(depth + 1, depths.get(before) ?? 0));
      }
    }
    const place = (module: Callable): number => this.found.get(module) as number;
    return [...moduleDepths]
      .sort(([a, depthOfA], [b, depthOfB]) => depthOfB - depthOfA || place(a) - place(b))
      .map(([module]) => module);
  }
}

function argumentsOf(node: GraphNode): SymbolicTensor[] {
  const found: SymbolicTensor[] = [];
  forEachLeaf(node.args, (leaf) => {
    if (leaf instanceof SymbolicTensor) found.push(leaf);
  });
  return found;
}

// ---- inputs

/** Gives each input its tensor: by place, or by key or name where an object is passed. */
function assignInputs(
  inputs: unknown,
  x: unknown,
  values: Map<SymbolicTensor, unknown>,
  model: string,
  path: string,
): void {
  if (inputs instanceof SymbolicTensor) {
    checkFits(inputs, x, model, path);
    values.set(inputs, x);
    return;
  }
  const keys = Object.keys(inputs as object);
  const children = Object.values(inputs as object) as unknown[];
  const names = Array.isArray(inputs) && isPlainObject(x) ? children.map(nameOf) : keys;
  const given: unknown[] | null = childrenOf(x, names, Array.isArray(inputs));
  if (given === null) {
    const form = Array.isArray(inputs)
      ? `an array of ${keys.length}`
      : `an object of ${keys.join(", ")}`;
    throw new TypeError(
      `${model}: expected ${form} tensors for ${path} but received ${describeInputs(x)}`,
    );
  }
  children.forEach((child, i) =>
    assignInputs(child, given[i], values, model, `${path}.${names[i]}`),
  );
}

function nameOf(inputs: unknown, place: number): string {
  return inputs instanceof SymbolicTensor ? inputs.name : String(place);
}

function childrenOf(x: unknown, names: readonly string[], isList: boolean): unknown[] | null {
  if (isList && Array.isArray(x)) return x.length === names.length ? x : null;
  if (!isPlainObject(x) || Object.keys(x).length !== names.length) return null;
  return names.every((name) => Object.hasOwn(x, name)) ? names.map((name) => x[name]) : null;
}

function describeInputs(x: unknown): string {
  if (x instanceof Tensor) return x.describe();
  if (Array.isArray(x)) return `an array of ${x.length}`;
  return isPlainObject(x) ? `an object of ${Object.keys(x).join(", ")}` : describeValue(x);
}

function checkFits(expected: SymbolicTensor, x: unknown, model: string, path: string): void {
  const fits =
    x instanceof Tensor &&
    x.dtype === expected.dtype &&
    x.rank === expected.rank &&
    expected.shape.every((size, axis) => size === null || size === x.shape[axis]);
  if (fits) return;
  throw new TypeError(
    `${model}: expected ${expected.describe()} for ${path}, its input ${expected.name}, but received ` +
      describeInputs(x),
  );
}

// ---- configuration

/** A graph as JSON values, but for its modules. */
export interface GraphConfig {
  /** The inputs: tensors 0, 1, ... */
  readonly sources: readonly { name: string; shape: KnownShape; dtype: DType }[];
  readonly layers: readonly Callable[];
  /** In order of execution; the results of each get the next numbers of tensors. */
  readonly calls: readonly { layer: number; args: unknown }[];
  /** Trees of `{ tensor: number }`. */
  readonly inputs: unknown;
  readonly outputs: unknown;
}

export function graphConfig(graph: Graph): GraphConfig {
  const numbers = new Map<SymbolicTensor, number>();
  const add = (tensor: SymbolicTensor): unknown => numbers.set(tensor, numbers.size);
  const numbered = (tree: unknown): unknown =>
    mapLeaves(tree, (leaf) =>
      leaf instanceof SymbolicTensor ? { tensor: numbers.get(leaf) } : leaf,
    );
  const sources = symbolsIn(graph.inputs, "inputs");
  sources.forEach(add);
  const calls = graph.nodes.map(({ module, args, outputs }) => {
    const call = { layer: graph.modules.indexOf(module), args: numbered(args) };
    outputs.forEach(add);
    return call;
  });
  return {
    sources: sources.map(({ name, shape, dtype }) => ({ name, shape: [...shape], dtype })),
    layers: graph.modules,
    calls,
    inputs: numbered(graph.inputs),
    outputs: numbered(graph.outputs),
  };
}

/** The inputs and outputs of a graph of such a configuration. */
export function graphOf(config: GraphConfig): { inputs: unknown; outputs: unknown } {
  const tensors: unknown[] = config.sources.map(({ name, shape, dtype }) =>
    input({ batchShape: shape, name, dtype }),
  );
  const symbols = (tree: unknown): unknown => {
    if (isPlainObject(tree)) {
      if (typeof tree.tensor === "number" && Object.keys(tree).length === 1) {
        return tensors[tree.tensor];
      }
      return Object.fromEntries(Object.entries(tree).map(([key, item]) => [key, symbols(item)]));
    }
    return Array.isArray(tree) ? tree.map(symbols) : tree;
  };
  for (const { layer, args } of config.calls) {
    const module = config.layers[layer];
    const forward = module.forward.bind(module) as (...args: unknown[]) => unknown;
    forEachLeaf(forward(...(symbols(args) as unknown[])), (leaf) => tensors.push(leaf));
  }
  return { inputs: symbols(config.inputs), outputs: symbols(config.outputs) };
}

/** The graph that the options of a model describe; null for none. */
export function graphFrom(options: Readonly<Record<string, unknown>>): Graph | null {
  const { graph, inputs, outputs } = options;
  if (graph !== undefined) {
    const made = graphOf(graph as GraphConfig);
    return new Graph(made.inputs, made.outputs);
  }
  if (inputs === undefined && outputs === undefined) return null;
  if (inputs !== undefined && outputs !== undefined) return new Graph(inputs, outputs);
  throw new TypeError(
    `Model: expected inputs and outputs but received ${inputs === undefined ? "outputs" : "inputs"} alone`,
  );
}
