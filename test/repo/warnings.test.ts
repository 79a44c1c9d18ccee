/** What the library warns of is explained in docs/warnings.md, and goes by one way. */

import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { WARNING_CODES } from "../../src/addon/warn";

const ROOT = resolve(__dirname, "..", "..");

test("docs/warnings.md has a row for each code, and no other", () => {
  const page = readFileSync(join(ROOT, "docs", "warnings.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(NABLA_\w+)` *\| *\w.* *\| *[\w`]/gm)].map(
    ([, code]) => code,
  );
  expect(rows.sort()).toEqual([...WARNING_CODES]);
});

test("warnings go by warn alone, which asks for a code", () => {
  const sources = readdirSync(join(ROOT, "src"), { encoding: "utf8", recursive: true });
  const others = sources.filter(
    (file) =>
      file.endsWith(".ts") &&
      file !== join("addon", "warn.ts") &&
      /emitWarning|console\.(warn|error)/.test(readFileSync(join(ROOT, "src", file), "utf8")),
  );
  expect(others).toEqual([]);
});
