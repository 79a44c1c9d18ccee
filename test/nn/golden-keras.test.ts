/** Small cases that Keras 3 computed; scripts/peers/README.md tells how they are made and compared. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Case, readCases } from "../../scripts/peers/case";
import { runCase } from "../../scripts/peers/run";

const FOLDER = join(__dirname, "..", "golden", "keras");

function titled(item: Case): [string, Case] {
  return [`${item.className}, case ${item.number}, ${JSON.stringify(item.options)}`, item];
}

describe.each(readdirSync(FOLDER).sort())("Keras' values: %s", (file) => {
  const { cases } = readCases(join(FOLDER, file));

  test.each(cases.map(titled))("%s", (_title, item) => {
    const { verdict, message } = runCase(item);
    expect({ verdict, message }).toEqual({ verdict: "agrees", message: "" });
  });
});
