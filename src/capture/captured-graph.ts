/**
 * A graph as the capture wrote it down, in numbers: hundreds of thousands of steps cost the garbage
 * collector nothing, and the planner takes them as they are.
 */

import { opByNumber } from "../ops/op";
import { attributesAt, dtypeOf, skipAttributes } from "../ops/step-words";
import { frozen } from "../tensor/shapes";
import type { Tensor } from "../tensor/tensor";
import type { Graph, GraphNode, GraphValue } from "./graph";

/** Kinds of values, in the order of `SlotKind` in `native/plan/graph.hpp`. */
const KINDS: readonly GraphValue["kind"][] = ["computed", "input", "constant", "variable"];

export const COMPUTED = KINDS.indexOf("computed");
export const INPUT = KINDS.indexOf("input");
export const CONSTANT = KINDS.indexOf("constant");
export const VARIABLE = KINDS.indexOf("variable");

/** Instead of a number of something that there is not. */
export const NONE = -1;

export class CapturedGraph {
  #graph: Graph | null = null;

  /**
   * @param words what `readGraph` in `native/binding/words.cpp` reads: the number of arguments; that of
   *   values, and for each its kind, the number of the argument or the tensor's handle, its type; that of
   *   nodes, and for each its op, predicate, numbers of inputs and outputs, these, its attributes; that of
   *   outputs, and these
   * @param sources tensors of outside, in the order of their values
   */
  constructor(
    private readonly words: Float64Array,
    private readonly sources: readonly Tensor[],
  ) {}

  /** The words for the planner. Throws if they refer to a tensor that is disposed of. */
  planWords(): Float64Array {
    for (const source of this.sources) source.liveHandle();
    return this.words;
  }

  /** The graph as objects. */
  get graph(): Graph {
    this.#graph ??= new Reader(this.words, this.sources).graph();
    return this.#graph;
  }
}

class Reader {
  private at = 1; // behind the number of arguments

  constructor(
    private readonly words: Float64Array,
    private readonly sources: readonly Tensor[],
  ) {}

  graph(): Graph {
    const sources = this.sources.values();
    const values = Array.from({ length: this.next() }, () => this.value(sources));
    const nodes = Array.from({ length: this.next() }, () => this.node());
    return { values, nodes, outputs: this.list(this.next()) };
  }

  private next(): number {
    return this.words[this.at++];
  }

  private list(count: number): number[] {
    this.at += count;
    return Array.from(this.words.subarray(this.at - count, this.at));
  }

  private value(sources: Iterator<Tensor>): GraphValue {
    const kind = KINDS[this.next()];
    const which = this.next();
    const dtype = dtypeOf(this.next());
    const shape = frozen(this.list(this.next()));
    if (kind === "computed") return { kind, source: null, shape, dtype };
    const source = kind === "input" ? which : (sources.next().value as Tensor);
    return { kind, source, shape, dtype };
  }

  private node(): GraphNode {
    const op = opByNumber(this.next());
    const predicate = this.next();
    const [inputCount, outputCount] = [this.next(), this.next()];
    const inputs = this.list(inputCount);
    const outputs = this.list(outputCount);
    const attributes = attributesAt(op, this.words, this.at);
    this.at = skipAttributes(op, this.words, this.at);
    return {
      op: op.name,
      attributes,
      inputs,
      outputs,
      predicate: predicate === NONE ? null : predicate,
    };
  }
}
