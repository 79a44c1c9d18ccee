/** What is packed of the compiled library: few files, which npm unpacks quickly, with all that it has. */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { publicNames } from "../helpers/public-names";
import { ROOT } from "../helpers/scratch-copy";

const BUNDLE = join(ROOT, "dist", "nabla");

test("import finds the names that require gives", () => {
  const program = `
    import * as imported from "nabla";
    import { createRequire } from "node:module";
    const required = createRequire(process.cwd() + "/program.js")("nabla");
    console.log(JSON.stringify([Object.keys(imported), ["default", ...Object.keys(required)]]));
  `;
  const args = ["--input-type=module", "--eval", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  expect(stderr).toBe("");
  const [imported, required] = JSON.parse(stdout) as [string[], string[]];
  expect(imported.length).toBeGreaterThan(200);
  expect(imported.sort()).toEqual(required.sort());
});

test("its types export the public names", () => {
  const expected = readFileSync(join(__dirname, "public-names.txt"), "utf8").trim().split("\n");
  expect(publicNames(join(BUNDLE, "index.d.ts"))).toEqual(expected);
});

test("its types lead editors to the sources", () => {
  const text = readFileSync(join(BUNDLE, "index.d.ts.map"), "utf8");
  const { sources } = JSON.parse(text) as { sources: string[] };
  expect(sources).toContain("../../src/tensor/tensor.ts");
  expect(sources.filter((source) => !existsSync(join(BUNDLE, source)))).toEqual([]);
});
