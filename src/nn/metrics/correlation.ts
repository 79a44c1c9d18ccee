/** How far predictions go along with targets. */

import { add, div, mul, sqrt, square, sub } from "../../ops/arithmetic";
import { mean } from "../../ops/reduce";
import type { Tensor } from "../../tensor/tensor";
import { type AxisOptions, axisOf } from "../function-options";
import { EPSILON, aligned, targetsFor } from "../losses/arguments";
import { meanMetricClass } from "./reductions";

/** Pearson's correlation along an axis, the last by default. */
export const PearsonCorrelation = meanMetricClass("PearsonCorrelation", pearson, {
  direction: "max",
  options: ["axis"],
});

/** Lin's concordance correlation along an axis, the last by default. */
export const ConcordanceCorrelation = meanMetricClass("ConcordanceCorrelation", concordance, {
  direction: "max",
  options: ["axis"],
});

function pearson(yTrue: Tensor, yPred: Tensor, options: AxisOptions = {}): Tensor {
  const [y, p] = aligned(targetsFor(yTrue, yPred), yPred, "PearsonCorrelation");
  const axis = axisOf(p, options, "PearsonCorrelation");
  const standard = (x: Tensor): Tensor => {
    const centered = sub(x, mean(x, axis, true));
    return div(centered, sqrt(mean(square(centered), axis, true)));
  };
  return mean(mul(standard(y), standard(p)), axis);
}

function concordance(yTrue: Tensor, yPred: Tensor, options: AxisOptions = {}): Tensor {
  const [y, p] = aligned(targetsFor(yTrue, yPred), yPred, "ConcordanceCorrelation");
  const axis = axisOf(p, options, "ConcordanceCorrelation");
  const [meanY, meanP] = [mean(y, axis, true), mean(p, axis, true)];
  const variance = (x: Tensor, center: Tensor): Tensor => mean(square(sub(x, center)), axis, true);
  const spread = add(variance(y, meanY), variance(p, meanP));
  const scale = add(add(spread, square(sub(meanY, meanP))), EPSILON);
  // As Keras computes it, about the mean of predictions on both sides.
  const covariance = mul(sub(y, meanP), sub(p, meanP));
  return mean(div(mul(covariance, 2), scale), axis);
}
