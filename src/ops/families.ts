/**
 * Families of ops in the form in which a new one is written: a file's default export is its gradient
 * rules, its named exports are the functions that users call, listed in `public.ts` too.
 */

import * as cumulative from "./cumulative";
import * as functions from "./functions";
import gatheringRecords from "./gathering";
import * as logic from "./logic";
import * as sorting from "./sorting";
import * as statistics from "./statistics";
import * as striding from "./striding";

export const familyRecords = {
  ...cumulative.default,
  ...functions.default,
  ...gatheringRecords,
  ...logic.default,
  ...sorting.default,
  ...striding.default,
};

/** Families whose functions are all methods of tensors too. */
export const methodFamilies = [cumulative, functions, logic, sorting, statistics, striding];
