/**
 * The formulas of a restricted Boltzmann machine (Smolensky 1986; in the notation of Hinton's
 * practical guide, UTML TR 2010-003). Visible units v and binary hidden units h have the energy
 *
 *     E(v, h) = energy of v alone - b h - v W h,    P(v, h) = e^-E(v, h) / Z.
 *
 * All are made of ops: they can be captured and differentiated.
 */

import { add, sigmoid, softplus, sub } from "../ops/arithmetic";
import { matMul } from "../ops/linear";
import { sum } from "../ops/shape";
import type { Tensor } from "../tensor/tensor";
import type { VisibleUnits } from "./visible-units";

/** The weights of a restricted Boltzmann machine. */
export interface Weights<T extends Tensor = Tensor> {
  /** W [visible, hidden] */
  readonly kernel: T;
  /** a [visible] */
  readonly visibleBias: T;
  /** b [hidden] */
  readonly hiddenBias: T;
}

/** b + v W: [batch, visible] -> [batch, hidden] */
export function hiddenInput({ kernel, hiddenBias }: Weights, v: Tensor): Tensor {
  return add(matMul(v, kernel), hiddenBias);
}

/** P(h = 1 | v) = sigmoid(b + v W) */
export function hiddenMean(weights: Weights, v: Tensor): Tensor {
  return sigmoid(hiddenInput(weights, v));
}

/** a + h W^T: [batch, hidden] -> [batch, visible] */
export function visibleInput({ kernel, visibleBias }: Weights, h: Tensor): Tensor {
  return add(matMul(h, kernel, false, true), visibleBias);
}

/** F(v) = -ln sum over h of e^-E(v, h) = energy of v alone - sum softplus(b + v W): [batch] */
export function freeEnergy(weights: Weights, units: VisibleUnits, v: Tensor): Tensor {
  const ofHidden = sum(softplus(hiddenInput(weights, v)), 1);
  return sub(units.energy(v, weights.visibleBias), ofHidden);
}
