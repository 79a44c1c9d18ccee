import { type OptionKind, type ValuesOf } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { Layer, type LayerOptions } from "../layer";
import { functionOf, register } from "../registry";

/** What a Lambda computes: a tensor, or a tree of them, of what it is given. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the function says itself what it takes
export type LambdaFunction = (x: any) => unknown;

const fn: OptionKind<LambdaFunction> = (given, where, name) =>
  functionOf("function", given, where, name) as LambdaFunction;

const OPTIONS = { fn };

/**
 * Any function of tensors as a layer: `new Lambda((x) => x.square())`. To save a model with it, give the
 * function a name by `register("square", fn)`, under which it can be passed too. A function that keeps
 * weights wants a `Layer` of its own.
 */
export class Lambda extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["fn"];

  constructor(fn: LambdaFunction | string, options: LayerOptions = {}) {
    super(options, OPTIONS, { fn });
  }

  forward(x: Tensor): Tensor {
    return this.options.fn(x) as Tensor;
  }
}

register("Lambda", Lambda);
