/**
 * Contrastive divergence. The gradient of the mean ln P(v) is a difference of two means,
 *
 *     d/dW = <v h>data - <v h>model,   d/da = <v>data - <v>model,   d/db = <h>data - <h>model,
 *
 * the second of which takes a Markov chain. CD-k (Hinton 2002, "Training products of experts by
 * minimizing contrastive divergence", Neural Computation 14:1771) starts the chain at the data and
 * stops it after k Gibbs steps. Persistent CD (Tieleman 2008, "Training restricted Boltzmann machines
 * using approximations to the likelihood gradient", ICML) goes on with the chains of the last update.
 */

import { add, mul, sub } from "../ops/arithmetic";
import { matMul } from "../ops/linear";
import type { Generator } from "../ops/random";
import { mean } from "../ops/reduce";
import { concat } from "../ops/shape";
import type { Tensor } from "../tensor/tensor";
import { type Weights, hiddenMean, visibleInput } from "./energy";
import type { VisibleUnits } from "./visible-units";

/** A state of both layers; hidden units by their probabilities. */
export interface Statistics {
  /** [batch, visible] */
  readonly v: Tensor;
  /** P(h = 1 | v) [batch, hidden] */
  readonly h: Tensor;
}

/** The statistics of data, with probabilities for hidden units: less noise than states (guide, 3). */
export function dataStatistics(weights: Weights, v: Tensor): Statistics {
  return { v, h: hiddenMean(weights, v) };
}

/**
 * The statistics after `steps` Gibbs steps h -> v -> h from given hidden states. All states on the
 * way are drawn; only the last hidden ones are probabilities.
 * @param h 0 or 1, [batch, hidden]
 */
export function chainStatistics(
  weights: Weights,
  units: VisibleUnits,
  generator: Generator,
  h: Tensor,
  steps: number,
): Statistics {
  let states = h;
  for (let step = 1; ; step++) {
    const v = units.sample(units.mean(visibleInput(weights, states)), generator);
    const probabilities = hiddenMean(weights, v);
    if (step === steps) return { v, h: probabilities };
    states = generator.bernoulli(probabilities);
  }
}

/** The direction in which the likelihood falls: means under the chains less means under the data. */
export function descent(data: Statistics, model: Statistics): Weights {
  // One product over both batches: the mean over the chains less the mean over the data.
  const v = concat([data.v, model.v], 0);
  const h = concat([mul(data.h, -1 / data.h.shape[0]), mul(model.h, 1 / model.h.shape[0])], 0);
  return {
    kernel: matMul(v, h, true, false),
    visibleBias: sub(mean(model.v, 0), mean(data.v, 0)),
    hiddenBias: sub(mean(model.h, 0), mean(data.h, 0)),
  };
}

/**
 * The gradient of a penalty on hidden units that are on more or less often than wanted, added to
 * `gradient` (guide, section 11): the cross-entropy of the target p and a running mean q of the
 * units' probabilities has the derivative q - p by a unit's input, which goes to its bias and, times
 * the mean of the data, to its weights.
 * @param q [hidden]
 */
export function addSparsity(
  gradient: Weights,
  data: Statistics,
  q: Tensor,
  target: number,
  cost: number,
): Weights {
  const push = mul(sub(q, target), cost);
  const meanOfData = mean(data.v, 0, true);
  return {
    kernel: add(gradient.kernel, matMul(meanOfData, push.reshape([1, -1]), true, false)),
    visibleBias: gradient.visibleBias,
    hiddenBias: add(gradient.hiddenBias, push),
  };
}
