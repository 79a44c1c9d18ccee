import { register } from "../../nn/registry";
import { greater, where } from "../../ops/arithmetic";
import { fill } from "../../ops/shape";
import { type ValuesOf, numbers } from "../../tensor/option-kinds";
import type { Tensor } from "../../tensor/tensor";
import { Schedule } from "./schedule";

/** Options of `PiecewiseConstantDecay`. */
export interface PiecewiseConstantDecayOptions {
  /** The last step of each value but the last, in ascending order. */
  boundaries: readonly number[];
  /** One more than boundaries. */
  values: readonly number[];
}

const OPTIONS = { boundaries: numbers({ least: 0 }), values: numbers({ least: 0 }) };

/** values[0] up to and including step boundaries[0], then values[1], and so on. */
export class PiecewiseConstantDecay extends Schedule<ValuesOf<typeof OPTIONS>> {
  constructor(options: PiecewiseConstantDecayOptions) {
    super(options, OPTIONS);
    const { boundaries, values } = this.options;
    if (values.length !== boundaries.length + 1) {
      throw new RangeError(
        `PiecewiseConstantDecay: expected ${boundaries.length + 1} values, one more than boundaries, ` +
          `but received ${values.length}`,
      );
    }
    if (boundaries.every((boundary, i) => i === 0 || boundary > boundaries[i - 1])) return;
    throw new RangeError(
      `PiecewiseConstantDecay: expected boundaries in ascending order but received [${boundaries.join(", ")}]`,
    );
  }

  call(step: Tensor): Tensor {
    const { boundaries, values } = this.options;
    return boundaries.reduce(
      (rate, boundary, i) => where(greater(step, boundary), values[i + 1], rate),
      fill([], values[0], "float64"),
    );
  }
}

register("PiecewiseConstantDecay", PiecewiseConstantDecay);
