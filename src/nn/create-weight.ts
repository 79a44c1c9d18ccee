/** How the weights of layers are made. */

import { checkType } from "../ops/arguments";
import { type DType, isFloat } from "../tensor/dtype";
import { tidy } from "../tensor/memory";
import { checkFlag, checkOptions } from "../tensor/options";
import { outsideRecording } from "../tensor/recorder";
import { type Shape, Tensor, noTensor } from "../tensor/tensor";
import { checkShape, describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";
import { type ConstraintLike, constraintOf } from "./constraints/constraint";
import { type InitializerLike, initializerOf } from "./initializers/initializer";
import { loadedWeight } from "./loading";
import { type RegularizerLike, regularizerOf } from "./regularizers/regularizer";

/** Options of `addWeight`. */
export interface WeightOptions {
  /** "glorotUniform" by default; "zeros" for integers. */
  initializer?: InitializerLike;
  /** Whether training changes it; true. */
  trainable?: boolean;
  /** A penalty on the values, which training adds to the loss. */
  regularizer?: RegularizerLike | null;
  /** What optimizers apply to the values after each update. */
  constraint?: ConstraintLike | null;
  /** The layer's by default. */
  dtype?: DType;
}

const WEIGHT_OPTIONS = ["initializer", "trainable", "regularizer", "constraint", "dtype"];

/**
 * A weight, its values those that are loaded just now, or those of its initializer.
 * @param layer the dtype of the layer, and the call, for errors: "Dense: addWeight"
 */
export function createWeight(
  name: string,
  shape: Shape,
  options: WeightOptions,
  layer: { dtype: DType; where: string },
): Variable {
  const { where } = layer;
  if (typeof name !== "string") {
    throw new TypeError(
      `${where}: expected addWeight(name, shape, { options }) but received ${describeValue(name)} for name`,
    );
  }
  checkOptions(options, WEIGHT_OPTIONS, where);
  checkShape(shape, `the shape of ${name}`);
  const { trainable = true, dtype = layer.dtype, initializer, regularizer, constraint } = options;
  checkFlag(trainable, where, "trainable");
  const weight = outsideRecording(() =>
    tidy(() => {
      const make = initializerOf(
        initializer ?? (isFloat(dtype) ? "glorotUniform" : "zeros"),
        where,
        "initializer",
      );
      const loaded = loadedWeight(name, shape, dtype);
      if (loaded !== null) return new Variable(loaded, { name, trainable });
      const values: unknown = make(shape, dtype);
      const what = `what the initializer of ${name} returns`;
      if (!(values instanceof Tensor)) throw noTensor(values, where, what);
      checkType(values, dtype, shape, where.split(":")[0], what);
      return new Variable(values, { name, trainable });
    }),
  );
  if (regularizer) weight.regularizer = regularizerOf(regularizer, where);
  if (constraint) weight.constraint = constraintOf(constraint, where);
  return weight;
}
