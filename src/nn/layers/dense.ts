import type { ActivationFunction } from "../activations/arguments";
import { type ActivationLike, activationOf } from "../activations/by-name";
import { type DType, isFloat } from "../../tensor/dtype";
import { type InitializerLike, initializerOf } from "../initializer-names";
import type { Initializer } from "../initializers";
import { tidy } from "../../tensor/memory";
import { Module } from "../module";
import { checkArray, checkTensor, checkType } from "../../ops/arguments";
import { add } from "../../ops/arithmetic";
import { matMul } from "../../ops/linear";
import { reshape } from "../../ops/shape";
import { checkFlag, checkOptions } from "../../tensor/options";
import { outsideRecording } from "../../tensor/recorder";
import type { Shape, Tensor } from "../../tensor/tensor";
import { describeValue } from "../../tensor/values";
import { Variable } from "../../tensor/variable";

export interface DenseOptions {
  activation?: ActivationLike;
  /** True by default. */
  useBias?: boolean;
  /** "glorotUniform" by default. */
  kernelInitializer?: InitializerLike;
  /** "zeros" by default. */
  biasInitializer?: InitializerLike;
  /** Of the weights and of the input: "float32" by default. */
  dtype?: DType;
}

const OPTIONS = ["activation", "useBias", "kernelInitializer", "biasInitializer", "dtype"];

/**
 * Fully connected layer: y = activation(x kernel + bias).
 *
 * x [..., inputs] -> y [..., units]; kernel [inputs, units], bias [units]. The number of inputs is
 * taken from the first call, or from `build`.
 */
export class Dense extends Module {
  readonly units: number;
  kernel: Variable | null = null;
  bias: Variable | null = null;
  private readonly activation: ActivationFunction;
  private readonly useBias: boolean;
  private readonly kernelInitializer: Initializer;
  private readonly biasInitializer: Initializer;
  private readonly dtype: DType;

  constructor(units: number, options: DenseOptions = {}) {
    super();
    checkOptions(options, OPTIONS, "Dense");
    if (!Number.isInteger(units) || units < 1) {
      throw new RangeError(
        `Dense: expected a positive integer for units but received ${describeValue(units)}`,
      );
    }
    this.units = units;
    this.activation = activationOf(options.activation);
    const { useBias = true } = options;
    checkFlag(useBias, "Dense", "useBias");
    this.useBias = useBias;
    this.kernelInitializer = initializerOf(
      options.kernelInitializer ?? "glorotUniform",
      "kernelInitializer",
    );
    this.biasInitializer = initializerOf(options.biasInitializer ?? "zeros", "biasInitializer");
    this.dtype = options.dtype ?? "float32";
    if (!isFloat(this.dtype)) {
      throw new TypeError(
        `Dense: expected a float dtype but received ${describeValue(options.dtype)}`,
      );
    }
  }

  /** Creates the weights for inputs of shape [..., inputs]. Once they are there, they stay. */
  build(inputShape: readonly (number | null)[]): void {
    checkArray(inputShape, "Dense", "inputShape");
    const inputs = inputShape[inputShape.length - 1];
    if (!Number.isInteger(inputs) || (inputs as number) < 1) {
      throw new RangeError(
        `Dense: expected a known last axis of the input but received [${inputShape.join(", ")}]`,
      );
    }
    if (this.kernel !== null) {
      if (this.kernel.shape[0] === inputs) return;
      throw new RangeError(
        `Dense: expected [..., ${this.kernel.shape[0]}] since it was built for ${this.kernel.shape[0]} ` +
          `inputs but received [${inputShape.join(", ")}]`,
      );
    }
    const kernel = this.initialize("kernel", this.kernelInitializer, [
      inputs as number,
      this.units,
    ]);
    if (this.useBias) this.bias = this.initialize("bias", this.biasInitializer, [this.units]);
    this.kernel = kernel;
  }

  private initialize(name: string, initializer: Initializer, shape: Shape): Variable {
    const create = (): Variable => {
      const values: unknown = initializer(shape, this.dtype);
      checkTensor(values, "Dense", `what ${name}Initializer returns`);
      checkType(values, this.dtype, shape, "Dense", `what ${name}Initializer returns`);
      return new Variable(values, { name });
    };
    return outsideRecording(() => tidy(create));
  }

  forward(x: Tensor): Tensor {
    this.checkInput(x);
    if (this.kernel === null) this.build(x.shape);
    const rows = x.rank === 2 ? x : reshape(x, [-1, x.shape[x.rank - 1]]);
    const product = matMul(rows, this.kernel as Variable);
    const y = this.activation(this.bias === null ? product : add(product, this.bias));
    return x.rank === 2 ? y : reshape(y, [...x.shape.slice(0, -1), this.units]);
  }

  private checkInput(x: Tensor): void {
    checkTensor(x, "Dense", "x");
    const inputs = this.kernel === null ? x.shape[x.rank - 1] : this.kernel.shape[0];
    if (x.dtype === this.dtype && x.rank >= 1 && x.shape[x.rank - 1] === inputs) return;
    const hint = isFloat(x.dtype) ? "" : "; use Rescaling or cast";
    throw new TypeError(
      `Dense: expected ${this.dtype}[..., ${inputs ?? "inputs"}] for x but received ${x.describe()}${hint}`,
    );
  }
}
