/** All cases, in the order in which they run. */

import type { Case } from "./context";
import { footprintCases } from "./footprint";
import { growthCases } from "./growth";
import { neighbourCases } from "./neighbour";
import { pictureCases } from "./pictures";
import { predictionCases } from "./predictions";
import { stepCases } from "./steps";
import { trainingCases } from "./training";

export const CASES: readonly Case[] = [
  ...stepCases,
  ...predictionCases,
  ...trainingCases,
  ...pictureCases,
  ...footprintCases,
  ...growthCases,
  ...neighbourCases,
];
