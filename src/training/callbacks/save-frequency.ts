/** How often callbacks save. */

import type { OptionKind } from "../../tensor/option-kinds";
import { describeValue } from "../../tensor/values";

/** After each epoch, or after so many batches. */
export type SaveFrequency = "epoch" | number;

export const saveFrequency =
  (): OptionKind<SaveFrequency> =>
  (given = "epoch", where, name) => {
    if (given === "epoch") return given;
    if (Number.isSafeInteger(given) && (given as number) > 0) return given as number;
    throw new RangeError(
      `${where}: expected "epoch" or a positive number of batches for ${name} but received ` +
        describeValue(given),
    );
  };
