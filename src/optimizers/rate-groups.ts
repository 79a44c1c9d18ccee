/** Groups of weights with learning rates of their own. */

import { isPlainObject } from "../tensor/nest";
import type { OptionKind } from "../tensor/option-kinds";
import { describeValue } from "../tensor/values";
import { type Rate, checkRate } from "./learning-rate";
import { type WeightSelection, weightSelection } from "./weight-selection";

/** Some weights and their rate. A weight of several groups belongs to the first. */
export interface RateGroup extends WeightSelection {
  /** A number, a schedule, or a float scalar Variable. */
  learningRate: Rate;
}

const selection = weightSelection();

export const rateGroups =
  (): OptionKind<readonly RateGroup[]> =>
  (given = [], where, name) => {
    if (!Array.isArray(given)) {
      throw new TypeError(
        `${where}: expected an array of { weights, learningRate } for ${name} but received ` +
          describeValue(given),
      );
    }
    return Object.freeze(given.map((group, i) => checkedGroup(group, where, `${name}[${i}]`)));
  };

function checkedGroup(given: unknown, where: string, name: string): RateGroup {
  if (!isPlainObject(given)) {
    throw new TypeError(
      `${where}: expected { weights, learningRate } for ${name} but received ${describeValue(given)}`,
    );
  }
  const { learningRate, ...selected } = given;
  checkRate(learningRate, where, `${name}.learningRate`);
  return { ...selection(selected, where, name), learningRate };
}
