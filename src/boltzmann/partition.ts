/**
 * The partition function by enumeration of the smaller layer: with one layer given the units of the
 * other are independent, so that the sum over them is a product.
 */

import { jit } from "../capture/jit";
import { tidy } from "../tensor/memory";
import { add, exp, sub } from "../ops/arithmetic";
import { matMul } from "../ops/linear";
import { max } from "../ops/reduce";
import { cast, reshape, sum } from "../ops/shape";
import { neg } from "../ops/arithmetic";
import { type Tensor, tensor } from "../tensor/tensor";
import { type Weights, freeEnergy, visibleInput } from "./energy";
import type { VisibleUnits } from "./visible-units";

/** The largest layer that is enumerated: 2^20 states. */
export const MAX_ENUMERATED = 20;

/** Units whose states are enumerated in one run of the plan. */
const LOW_UNITS = 12;

/** The weights in float64. */
export function inFloat64({ kernel, visibleBias, hiddenBias }: Weights): Weights {
  return {
    kernel: cast(kernel, "float64"),
    visibleBias: cast(visibleBias, "float64"),
    hiddenBias: cast(hiddenBias, "float64"),
  };
}

/**
 * ln Z, Z being the sum (over Gaussian units, the integral) of e^-E(v, h) over all states.
 * @throws RangeError if neither layer can be enumerated
 */
export function logPartition(weights: Weights, units: VisibleUnits): number {
  const [visible, hidden] = weights.kernel.shape;
  const mayEnumerateVisible = units.kind === "bernoulli" && visible <= MAX_ENUMERATED;
  if (hidden > MAX_ENUMERATED && !mayEnumerateVisible) {
    throw new RangeError(
      `expected at most ${MAX_ENUMERATED} ${units.kind === "bernoulli" ? "visible or " : ""}hidden ` +
        `units to enumerate but the machine has ${visible} visible ${units.kind} and ${hidden} ` +
        "hidden units",
    );
  }
  const byVisible = mayEnumerateVisible && visible < hidden;
  return logSumOverStates(byVisible ? visible : hidden, (states) => {
    const exact = inFloat64(weights);
    return byVisible ? neg(freeEnergy(exact, units, states)) : hiddenLogMass(exact, units, states);
  });
}

/** ln of the sum of e^-E(v, h) over all v: [states, hidden] -> [states] */
function hiddenLogMass(weights: Weights, units: VisibleUnits, h: Tensor): Tensor {
  const ofHidden = reshape(matMul(h, reshape(weights.hiddenBias, [-1, 1])), [-1]);
  return add(ofHidden, units.logSum(visibleInput(weights, h), weights.visibleBias));
}

/** ln of the sum of e^value over all 2^n states of n binary units. */
function logSumOverStates(n: number, valuesOf: (states: Tensor) => Tensor): number {
  const low = Math.min(n, LOW_UNITS);
  const partial = jit((lowStates: Tensor, highState: Tensor) => {
    const values = valuesOf(add(lowStates, highState));
    const greatest = max(values);
    return { greatest, total: sum(exp(sub(values, greatest))) };
  });
  try {
    return tidy(() => {
      const lowStates = tensor(binaryStates(low, n), [2 ** low, n]);
      let [greatest, total] = [-Infinity, 0];
      for (let high = 0; high < 2 ** (n - low); high++) {
        const part = tidy(() => {
          const found = partial(lowStates, tensor(bitsOf(high, low, n)));
          return { greatest: found.greatest.item(), total: found.total.item() };
        });
        const reference = Math.max(greatest, part.greatest);
        total =
          total * Math.exp(greatest - reference) + part.total * Math.exp(part.greatest - reference);
        greatest = reference;
      }
      return greatest + Math.log(total);
    });
  } finally {
    partial.dispose();
  }
}

/** Every state of the first `low` of n units, the others 0: [2^low, n] */
function binaryStates(low: number, n: number): Float64Array {
  const states = new Float64Array(2 ** low * n);
  for (let state = 0; state < 2 ** low; state++) states.set(bitsOf(state, 0, n), state * n);
  return states;
}

/** The bits of a number as the values of units from `first` on. */
function bitsOf(number: number, first: number, n: number): Float64Array {
  const bits = new Float64Array(n);
  for (let i = first; i < n; i++) bits[i] = (number >> (i - first)) & 1;
  return bits;
}
