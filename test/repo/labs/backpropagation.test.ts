/** The formulas of the lab "backpropagation" against differences, which know no rule of derivation. */

import {
  type Local,
  activationDerivatives,
  denseDerivatives,
  lossDerivatives,
} from "../../../scripts/labs/derivatives";
import { type Tensor, mul, numericalGradient, randomNormal, setSeed, tensor } from "../../../src";

function locals(): Local[] {
  setSeed(5);
  const labels = tensor([2, 0, 3], [3], "int32");
  const drawn = (...shape: number[]): Tensor => randomNormal(shape, 0, 1, "float64");
  return [
    ...activationDerivatives(),
    ...lossDerivatives(labels, drawn(3, 4)),
    ...denseDerivatives(drawn(3, 5), drawn(5, 2), drawn(2)),
  ];
}

test.each(locals().map((local) => [`${local.name}: ${local.formula}`, local] as const))(
  "%s",
  (_, { f, derivative, x }) => {
    const y = f(x);
    const dy = randomNormal(y.shape, 0, 1, "float64");
    const formula = [...derivative(dy, x, y).data()];
    const slopes = [...numericalGradient((x) => mul(f(x), dy).sum(), x).data()];
    const greatest = slopes.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
    slopes.forEach((slope, i) =>
      expect(Math.abs(slope - formula[i])).toBeLessThan(1e-5 * greatest),
    );
  },
);
