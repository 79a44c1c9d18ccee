/**
 * Families of ops in the form in which a new one is written: a file's default export is its gradient
 * rules, its named exports are the functions that users call, listed in `public.ts` too.
 */

import * as functions from "./functions";
import * as logic from "./logic";

export const familyRecords = {
  ...functions.default,
  ...logic.default,
};

/** Families whose functions are all methods of tensors too. */
export const methodFamilies = [functions, logic];
