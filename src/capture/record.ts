/** Runs a function under capture: its tensors are symbols, its ops the nodes of a graph. */

import { clone } from "../ops/shape";
import { mapLeaves } from "../tensor/nest";
import { recorder } from "../tensor/recorder";
import {
  type Holder,
  type Owned,
  addHolder,
  beginScope,
  endHolds,
  endScope,
  removeHolder,
} from "../tensor/scope";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { isInput } from "./arguments";
import { Capture } from "./capture";
import type { CapturedGraph } from "./captured-graph";

/** Stands for output number `index` in a result template. */
export class Output {
  constructor(readonly index: number) {}
}

/** Tensors that the function created from JavaScript values while it was captured: the plan's own. */
export class Constants implements Holder {
  private readonly tensors: Owned[] = [];

  hold(tensor: Owned): void {
    tensor.holds++;
    this.tensors.push(tensor);
  }

  dispose(): void {
    endHolds(this.tensors);
  }
}

/** What a run of a function under capture left. */
interface Recorded {
  readonly capture: Capture;
  readonly graph: CapturedGraph;
  /** The function's result, with the numbers of outputs for tensors. */
  readonly template: unknown;
  readonly outputs: readonly Tensor[];
  /** Filled once what is made of all this was returned. */
  readonly constants: Constants;
}

/** Captures a function; `use` makes of it what is to stay. */
export function record<T>(
  fn: (...args: unknown[]) => unknown,
  args: readonly unknown[],
  use: (recorded: Recorded) => T,
): T {
  const capture = new Capture();
  const constants = new Constants();
  // `plan` and its like may be called within another capture, or while tapes record.
  const { capture: outer, tapes } = recorder;
  recorder.capture = capture;
  recorder.tapes = [];
  addHolder(constants);
  beginScope();
  let done = false;
  try {
    const symbols = mapLeaves(args, (leaf) =>
      isInput(leaf) ? capture.addInput(leaf.shape, leaf.dtype) : leaf,
    ) as unknown[];
    const outputs: Tensor[] = [];
    const template = mapLeaves(fn(...symbols), (leaf, path) =>
      toOutput(leaf, path, capture, outputs),
    );
    const graph = capture.finish(outputs);
    const made = use({ capture, graph, template, outputs, constants });
    done = true;
    return made;
  } finally {
    endScope([]);
    removeHolder(constants);
    recorder.capture = outer;
    recorder.tapes = tapes;
    undoVersions(capture);
    if (!done) constants.dispose();
  }
}

/** Capturing wrote nothing; the replay that follows counts the writes. */
function undoVersions(capture: Capture): void {
  for (const variable of capture.written) variable.version--;
}

function toOutput(leaf: unknown, path: string, capture: Capture, outputs: Tensor[]): unknown {
  if (leaf === undefined) return undefined;
  if (!(leaf instanceof Tensor)) {
    throw new TypeError(
      `expected tensors in what a jit function returns but received ${describeValue(leaf)}` +
        `${path && ` at ${path}`}: a plain value would be frozen at the capture`,
    );
  }
  // Arguments and tensors of outside are handed back as copies: the result is the caller's own.
  outputs.push(capture.isComputed(leaf) ? leaf : clone(leaf));
  return new Output(outputs.length - 1);
}
