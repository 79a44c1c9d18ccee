/**
 * The pseudo-likelihood of binary data (Besag 1975, The Statistician 24:179): the sum over all bits
 * of ln P(bit | the other bits). Flipping bit i of v leads to v', and
 *
 *     P(v_i | the others) = e^-F(v) / (e^-F(v) + e^-F(v')) = sigmoid(F(v') - F(v)).
 */

import { jit } from "../capture/jit";
import { tidy } from "../tensor/memory";
import { add, mul, neg, softplus, sub } from "../ops/arithmetic";
import { gather } from "../ops/indexing";
import type { Generator } from "../ops/random";
import { cast, fill, reshape, sum, transpose } from "../ops/shape";
import { oneHot } from "../ops/indexing";
import { assignAdd } from "../ops/update";
import { outsideRecording } from "../tensor/recorder";
import { type Tensor, tensor } from "../tensor/tensor";
import { Variable } from "../tensor/variable";
import { type Weights, hiddenInput } from "./energy";

/**
 * F(v') - F(v) for bits that flip: by `step` (1 - 2 v_i) in column i, so that the input of the hidden
 * units changes by `step` times row i of W.
 * @param input b + v W [batch, hidden]
 * @param step [batch, 1]
 * @param bias of the flipped units, [batch, 1] or [1, 1]
 * @param kernelRow of the flipped units, [batch, hidden] or [1, hidden]
 * @returns [batch]
 */
function freeEnergyChange(input: Tensor, step: Tensor, bias: Tensor, kernelRow: Tensor): Tensor {
  const ofHidden = sub(softplus(add(input, mul(step, kernelRow))), softplus(input));
  return neg(add(reshape(mul(step, bias), [-1]), sum(ofHidden, 1)));
}

/** ln sigmoid(x) */
function logSigmoid(x: Tensor): Tensor {
  return neg(softplus(neg(x)));
}

/**
 * An estimate from one bit of each sample, drawn at random: the number of bits times its ln P, as in
 * scikit-learn's `BernoulliRBM.score_samples`.
 * @param v [batch, visible]
 * @returns [batch]
 */
export function estimatedPseudoLikelihood(
  weights: Weights,
  generator: Generator,
  v: Tensor,
): Tensor {
  const [samples, visible] = v.shape;
  const bits = cast(generator.uniform([samples], 0, visible), "int32");
  const chosen = sum(mul(v, oneHot(bits, visible, v.dtype)), 1, true);
  const change = freeEnergyChange(
    hiddenInput(weights, v),
    sub(1, mul(chosen, 2)),
    reshape(gather(weights.visibleBias, bits), [-1, 1]),
    gather(weights.kernel, bits),
  );
  return mul(logSigmoid(change), visible);
}

/**
 * The sum over all bits.
 * @param v [batch, visible]
 * @returns [batch]
 */
export function exactPseudoLikelihood(weights: Weights, v: Tensor): Tensor {
  const [samples, visible] = v.shape;
  const { kernel, visibleBias } = weights;
  const total = outsideRecording(() => tidy(() => new Variable(fill([samples], 0, v.dtype))));
  const columns = transpose(v);
  const input = hiddenInput(weights, v);
  const addBit = jit((bit: Tensor) => {
    const step = sub(1, mul(reshape(gather(columns, bit), [samples, 1]), 2));
    const bias = reshape(gather(visibleBias, bit), [1, 1]);
    const change = freeEnergyChange(input, step, bias, gather(kernel, bit));
    assignAdd(total, logSigmoid(change));
  });
  try {
    for (let bit = 0; bit < visible; bit++) tidy(() => addBit(tensor(Int32Array.of(bit))));
    return total.clone();
  } finally {
    addBit.dispose();
    total.dispose();
  }
}
