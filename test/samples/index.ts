/**
 * The table that every op's tests are driven by: what goes in, how the op is called, what a plain
 * reference gives, what must be refused. `ops.test.ts` reads it; the rows are in the files beside this one.
 */

import { affine } from "./affine";
import { badInputs } from "./bad-inputs";
import { creation } from "./creation";
import { batches } from "./batched";
import { cumulative } from "./cumulative";
import { elementwise } from "./elementwise";
import { gathering } from "./gathering";
import { layout } from "./layout";
import { normalization } from "./normalization";
import { ordering } from "./ordering";
import { productsAndIndexing } from "./products";
import { reductions } from "./reductions";
import type { Sample } from "./sample";
import { updates } from "./updates";
import { windows } from "./windows";

export const samples: readonly Sample[] = [
  ...affine,
  ...elementwise,
  ...layout,
  ...reductions,
  ...productsAndIndexing,
  ...creation,
  ...windows,
  ...batches,
  ...cumulative,
  ...gathering,
  ...normalization,
  ...ordering,
];

export { badInputs, updates };
