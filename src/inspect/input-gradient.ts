/** What a network looks at: the gradient of a prediction with respect to the input. */

import { isFloat } from "../tensor/dtype";
import { tidy } from "../tensor/memory";
import { Module } from "../nn/module";
import { log, mul } from "../ops/arithmetic";
import { oneHot } from "../ops/indexing";
import { cast } from "../ops/shape";
import { checkFlag, checkOptions } from "../tensor/options";
import { GradientTape } from "../autograd/tape";
import { Tensor, tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";

/** Options of `inputGradient`. */
export interface InputGradientOptions {
  /**
   * True for the gradient of the prediction's natural logarithm, which stays telling where a softmax
   * is all but sure; the predictions must be positive. False by default.
   */
  logarithm?: boolean;
}

/**
 * The gradient of a class's prediction with respect to the input: how much, and in which direction,
 * each element of each sample sways it (the saliency of Simonyan, Vedaldi and Zisserman 2014,
 * arXiv:1312.6034, which shows its absolute values).
 *
 * The model is run in inference mode, without dropout, and is left as it was.
 *
 * ```ts
 * const saliency = inputGradient(model, images, labels).abs();
 * ```
 *
 * @param model any module from x to predictions [samples, classes] in which samples do not mix
 * @param x a batch [samples, ...]; uint8 and int32 are cast to float32, for models that take them
 * @param label a class for all samples, or one for each: numbers, or uint8 or int32 [samples]
 * @returns the shape of x, float
 */
export function inputGradient(
  model: Module,
  x: Tensor,
  label: number | readonly number[] | Tensor,
  options: InputGradientOptions = {},
): Tensor {
  checkOptions(options, ["logarithm"], "inputGradient");
  const { logarithm = false } = options;
  checkFlag(logarithm, "inputGradient", "logarithm");
  if (!(model instanceof Module)) {
    throw new TypeError(
      `inputGradient: expected a Module for model but received ${describeValue(model)}`,
    );
  }
  if (!(x instanceof Tensor) || x.rank === 0) {
    const found = x instanceof Tensor ? x.describe() : describeValue(x);
    throw new TypeError(
      `inputGradient: expected a batch [samples, ...] for x but received ${found}`,
    );
  }
  return tidy(() => {
    const input = isFloat(x.dtype) ? x : cast(x, "float32");
    const tape = new GradientTape();
    tape.watch(input);
    const target = model.inMode(false, () =>
      tape.record(() => {
        const predicted = predict(model, input);
        const chosen = chosenBy(label, predicted);
        return mul(logarithm ? log(predicted) : predicted, chosen);
      }),
    );
    return tape.gradient(target, input, { unconnected: "zero" });
  });
}

function predict(model: Module, x: Tensor): Tensor {
  const predicted = (model as Module & { forward(x: Tensor): unknown }).forward(x);
  const fits =
    predicted instanceof Tensor &&
    isFloat(predicted.dtype) &&
    predicted.rank === 2 &&
    predicted.shape[0] === x.shape[0];
  if (fits) return predicted;
  const found = predicted instanceof Tensor ? predicted.describe() : describeValue(predicted);
  throw new TypeError(
    `inputGradient: expected float predictions [${x.shape[0]}, classes] of the model but received ${found}`,
  );
}

/** 1 at each sample's class, 0 elsewhere, in the predictions' shape and dtype. */
function chosenBy(label: number | readonly number[] | Tensor, predicted: Tensor): Tensor {
  const [samples, classes] = predicted.shape;
  const labels = label instanceof Tensor ? label : tensor(checkedLabels(label, samples, classes));
  const isLabels = labels.dtype === "uint8" || labels.dtype === "int32";
  if (!isLabels || labels.rank !== 1 || labels.size !== samples) {
    throw new TypeError(
      `inputGradient: expected uint8 or int32 [${samples}] for label but received ${labels.describe()}`,
    );
  }
  return oneHot(labels, classes, predicted.dtype);
}

function checkedLabels(label: unknown, samples: number, classes: number): Int32Array {
  const isClass = (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) < classes;
  const given: unknown[] = Array.isArray(label) ? label : [label];
  const wrong = given.findIndex((value) => !isClass(value));
  if (wrong >= 0) {
    throw new RangeError(
      `inputGradient: expected classes in [0, ${classes}) for label but received ` +
        describeValue(given[wrong]),
    );
  }
  if (!Array.isArray(label)) return new Int32Array(samples).fill(label as number);
  if (given.length === samples) return Int32Array.from(given as number[]);
  throw new RangeError(
    `inputGradient: expected ${samples} classes, one a sample, for label but received ${given.length}`,
  );
}
