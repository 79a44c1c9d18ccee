import { add } from "../../ops/arithmetic";
import { matMul } from "../../ops/linear";
import { reshape } from "../../ops/shape";
import { type ValuesOf, flag, positiveInteger } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import type { Variable } from "../../tensor/variable";
import type { ActivationLike } from "../activations/by-name";
import type { InputSpec } from "../input-spec";
import { Layer, type LayerOptions } from "../layer";
import { activation } from "../layer-options";
import { register } from "../registry";
import { type WeightChoices, chosenFor, weightKinds } from "../weight-choices";
import { knownSize } from "../types-alone";

export interface DenseOptions extends LayerOptions, WeightChoices<"kernel">, WeightChoices<"bias"> {
  /** None by default. */
  activation?: ActivationLike;
  /** True by default. */
  useBias?: boolean;
}

const OPTIONS = {
  units: positiveInteger(),
  activation: activation(),
  useBias: flag(true),
  ...weightKinds("kernel", "glorotUniform"),
  ...weightKinds("bias", "zeros"),
};

/**
 * Fully connected layer: y = activation(x kernel + bias).
 *
 * x [batch, ..., inputs] -> y [batch, ..., units]; kernel [inputs, units], bias [units]. The number of
 * inputs is taken from the first call, or from `build`.
 */
export class Dense extends Layer<ValuesOf<typeof OPTIONS>> {
  static override readonly positional = ["units"];
  /** [inputs, units], null before the layer is built. */
  kernel: Variable | null = null;
  /** [units], null without a bias and before the layer is built. */
  bias: Variable | null = null;

  constructor(units: number, options: DenseOptions = {}) {
    super(options, OPTIONS, { units });
  }

  /** Number of units: the size of the last axis of results. */
  get units(): number {
    return this.options.units;
  }

  protected override inputSpec(): InputSpec {
    const inputs = this.kernel === null ? "inputs" : this.kernel.shape[0];
    return { shape: ["batch", "...", inputs], dtype: this.dtype };
  }

  override build(inputShape: readonly (number | null)[]): void {
    const { options, units } = this;
    const inputs = knownSize(inputShape, -1, "Dense");
    this.kernel = this.addWeight("kernel", [inputs, units], chosenFor("kernel", options));
    if (options.useBias) this.bias = this.addWeight("bias", [units], chosenFor("bias", options));
  }

  forward(x: Tensor): Tensor {
    const rows = x.rank === 2 ? x : reshape(x, [-1, x.shape[x.rank - 1]]);
    const product = matMul(rows, this.kernel as Variable);
    const y = this.options.activation(this.bias === null ? product : add(product, this.bias));
    return x.rank === 2 ? y : reshape(y, [...x.shape.slice(0, -1), this.units]);
  }
}

register("Dense", Dense);
