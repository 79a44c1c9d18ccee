/** Steps that are too small to be worth several threads, cut all the same. */

import { getThreads, setThreads } from "../../src";
import { native } from "../../src/addon/native";

/** As in native/table/cost.cpp: nanoseconds of work that make a part. */
const PART_COST = 8000;

/** As in native/plan/pieces.cpp: what a piece of a part touches. */
export const PIECE_BYTES = 6e6;

/** For a file of tests, after which the number of threads is what it was. */
export function cutSmallSteps(): void {
  const threads = getThreads();
  beforeAll(() => native.setWorthAPart(0));
  afterAll(() => {
    native.setWorthAPart(PART_COST);
    setThreads(threads);
  });
}
