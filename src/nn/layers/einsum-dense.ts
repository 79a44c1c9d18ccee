import { add } from "../../ops/arithmetic";
import { einsum } from "../../ops/einsum";
import { reshape } from "../../ops/shape";
import { type OptionKind, type ValuesOf, optional, text } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";
import type { Variable } from "../../tensor/variable";
import type { ActivationLike } from "../activations/by-name";
import type { Initializer } from "../initializers/initializer";
import { scalesVariance } from "../initializers/variance-scaling";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { activation } from "../layer-options";
import { register } from "../registry";
import type { KnownShape } from "../types-alone";
import { type WeightChoices, chosenFor, weightKinds } from "../weight-choices";
import { type EinsumShapes, einsumShapes, parsedEquation } from "./einsum-shapes";

export interface EinsumDenseOptions
  extends LayerOptions, WeightChoices<"kernel">, WeightChoices<"bias"> {
  /** None by default. */
  activation?: ActivationLike;
  /** The letters of the result along which there is a bias of its own: "bd"; none without. */
  biasAxes?: string | null;
}

/** Sizes of the result without the batch: null for those of the input. */
const sizes: OptionKind<readonly (number | null)[]> = (given, where, name) => {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  const fits = (size: unknown): boolean =>
    size === null || (Number.isSafeInteger(size) && (size as number) > 0);
  if (list.every(fits)) return Object.freeze(list as (number | null)[]);
  throw new TypeError(
    `${where}: expected a positive integer, or an array of them and null, for ${name} but received ` +
      describeValue(given),
  );
};

const OPTIONS = {
  equation: text(),
  outputShape: sizes,
  activation: activation(),
  biasAxes: optional(text()),
  ...weightKinds("kernel", "glorotUniform"),
  ...weightKinds("bias", "zeros"),
};

/**
 * A dense layer whose product is an equation of `einsum`: y = activation(einsum(equation, x, kernel) +
 * bias). `outputShape` has the sizes of the result without the batch (and without what "..." stands
 * for), null for those that are the input's.
 *
 * ```ts
 * new EinsumDense("abc,cd->abd", [null, 64], { biasAxes: "d" }); // Dense(64) of sequences
 * ```
 */
export class EinsumDense extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["equation", "outputShape"];
  /** Of the shape that the equation asks for, null before the layer is built. */
  kernel: Variable | null = null;
  /** Of the axes that `biasAxes` names, null without them and before the layer is built. */
  bias: Variable | null = null;

  constructor(
    equation: string,
    outputShape: number | null | readonly (number | null)[],
    options: EinsumDenseOptions = {},
  ) {
    super(options, OPTIONS, { equation, outputShape });
    parsedEquation(equation);
  }

  protected override inputSpec(): InputSpec {
    return { shape: ["batch", "..."], dtype: this.dtype };
  }

  override build(inputShape: KnownShape): void {
    const { equation, outputShape, biasAxes } = this.options;
    const shapes = einsumShapes(parsedEquation(equation), inputShape, outputShape, biasAxes);
    this.kernel = this.addWeight("kernel", shapes.kernel, {
      ...chosenFor("kernel", this.options),
      initializer: initializerFor(this.options.kernelInitializer, shapes),
    });
    if (shapes.bias === null) return;
    this.bias = this.addWeight("bias", shapes.bias, chosenFor("bias", this.options));
  }

  forward(x: Tensor): Tensor {
    const product = einsum(this.options.equation, x, this.kernel as Variable);
    return this.options.activation(this.bias === null ? product : add(product, this.bias));
  }
}

/** Inputs of a kernel are the axes that are summed over, outputs the others, wherever they stand. */
function initializerFor(initial: Initializer, { fans }: EinsumShapes): Initializer {
  if (fans === null || !scalesVariance(initial)) return initial;
  return (shape, dtype) => reshape(initial(fans, dtype), shape);
}

register("EinsumDense", EinsumDense);
