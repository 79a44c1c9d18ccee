/** Losses as metrics: their means over samples. */

import { mul, neg, notEqual, squaredDifference } from "../../ops/arithmetic";
import { cast } from "../../ops/shape";
import type { Tensor } from "../../tensor/tensor";
import type { AxisOptions } from "../function-options";
import * as losses from "../losses";
import { aligned, targetsFor } from "../losses/arguments";
import { wholeLabels } from "../losses/labels";
import { register } from "../registry";
import { alignedWeights } from "../sample-weights";
import type { MetricOptions } from "./metric";
import { MeanMetric, meanMetricClass } from "./reductions";

/** The mean over samples of `losses.meanSquaredError`; takes its options. */
export const MeanSquaredError = meanMetricClass("MeanSquaredError", losses.meanSquaredError, {
  direction: "min",
  aliases: ["mse"],
});

/** The mean over samples of `losses.meanAbsoluteError`; takes its options. */
export const MeanAbsoluteError = meanMetricClass("MeanAbsoluteError", losses.meanAbsoluteError, {
  direction: "min",
  aliases: ["mae"],
});

/** The mean over samples of `losses.meanAbsolutePercentageError`; takes its options. */
export const MeanAbsolutePercentageError = meanMetricClass(
  "MeanAbsolutePercentageError",
  losses.meanAbsolutePercentageError,
  { direction: "min", aliases: ["mape"] },
);

/** The mean over samples of `losses.meanSquaredLogarithmicError`; takes its options. */
export const MeanSquaredLogarithmicError = meanMetricClass(
  "MeanSquaredLogarithmicError",
  losses.meanSquaredLogarithmicError,
  { direction: "min", aliases: ["msle"] },
);

/** The mean over samples of `losses.logCosh`; takes its options. */
export const LogCoshError = meanMetricClass("LogCoshError", losses.logCosh, {
  direction: "min",
  aliases: ["logCosh"],
});

/** The root of the mean over samples of the squared error. */
export class RootMeanSquaredError extends MeanMetric {
  override readonly direction = "min";

  constructor(options: MetricOptions = {}) {
    super(options);
  }

  protected measure(yTrue: Tensor, yPred: Tensor): Tensor {
    const [truth, predicted] = aligned(targetsFor(yTrue, yPred), yPred, "RootMeanSquaredError");
    return squaredDifference(predicted, truth);
  }

  override result(): number {
    return Math.sqrt(super.result());
  }
}

register("RootMeanSquaredError", RootMeanSquaredError);
register("rmse", RootMeanSquaredError);

/** The cosine of the angle between targets and predictions: 1 for the same direction. */
export const CosineSimilarity = meanMetricClass(
  "CosineSimilarity",
  (yTrue: Tensor, yPred: Tensor, options?: AxisOptions) =>
    neg(losses.cosineSimilarity(yTrue, yPred, options)),
  { direction: "max", options: ["axis"] },
);

/** The mean over samples of `losses.hinge`; takes its options. */
export const Hinge = meanMetricClass("Hinge", losses.hinge, { direction: "min" });

/** The mean over samples of `losses.squaredHinge`; takes its options. */
export const SquaredHinge = meanMetricClass("SquaredHinge", losses.squaredHinge, {
  direction: "min",
});

/** The mean over samples of `losses.categoricalHinge`; takes its options. */
export const CategoricalHinge = meanMetricClass("CategoricalHinge", losses.categoricalHinge, {
  direction: "min",
});

/** The mean over samples of `losses.klDivergence`; takes its options. */
export const KLDivergence = meanMetricClass("KLDivergence", losses.klDivergence, {
  direction: "min",
  aliases: ["kld"],
});

/** The mean over samples of `losses.poisson`; takes its options. */
export const Poisson = meanMetricClass("Poisson", losses.poisson, { direction: "min" });

const CROSSENTROPY = ["fromLogits", "labelSmoothing", "axis"];

/** The mean over samples of `losses.binaryCrossentropy`; takes its options. */
export const BinaryCrossentropy = meanMetricClass("BinaryCrossentropy", losses.binaryCrossentropy, {
  direction: "min",
  options: CROSSENTROPY,
  aliases: ["bce"],
});

/** The mean over samples of `losses.categoricalCrossentropy`; takes its options. */
export const CategoricalCrossentropy = meanMetricClass(
  "CategoricalCrossentropy",
  losses.categoricalCrossentropy,
  { direction: "min", options: CROSSENTROPY },
);

/** The mean over samples of `losses.sparseCategoricalCrossentropy`; takes its options. */
export const SparseCategoricalCrossentropy = meanMetricClass(
  "SparseCategoricalCrossentropy",
  losses.sparseCategoricalCrossentropy,
  { direction: "min", options: ["fromLogits", "ignoreClass", "axis"], weights: withoutIgnored },
);

/** As in Keras, samples of `ignoreClass` weigh nothing where samples have weights. */
function withoutIgnored(
  yTrue: Tensor,
  sampleWeight: Tensor | null,
  { ignoreClass = null }: losses.SparseCrossentropyOptions,
): Tensor | null {
  if (sampleWeight === null || ignoreClass === null) return sampleWeight;
  const counted = notEqual(wholeLabels(yTrue), ignoreClass);
  const weights = alignedWeights(counted, sampleWeight, "SparseCategoricalCrossentropy");
  return mul(weights, cast(counted, weights.dtype));
}
