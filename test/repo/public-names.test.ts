/** What the package exports, values and types: a name more or less is a change of the public API. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { publicNames } from "../helpers/public-names";
import { ROOT } from "../helpers/scratch-copy";

test("the public names are those of public-names.txt", () => {
  const expected = readFileSync(join(__dirname, "public-names.txt"), "utf8").trim().split("\n");
  expect(publicNames(join(ROOT, "src", "index.ts"))).toEqual(expected);
});
