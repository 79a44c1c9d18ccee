/**
 * The table that every op's tests are driven by: what goes in, how the op is called, what a plain
 * reference gives, what must be refused. `ops.test.ts` reads it; the rows are in `samples/`.
 */

import { badInputs } from "./samples/bad-inputs";
import { creation } from "./samples/creation";
import { elementwise } from "./samples/elementwise";
import { layout } from "./samples/layout";
import { productsAndIndexing } from "./samples/products";
import { reductions } from "./samples/reductions";
import type { Sample } from "./samples/sample";
import { updates } from "./samples/updates";

export const samples: readonly Sample[] = [
  ...elementwise,
  ...layout,
  ...reductions,
  ...productsAndIndexing,
  ...creation,
];

export { badInputs, updates };
