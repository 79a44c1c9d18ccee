/** Every registered class and random graphs, saved and loaded in a fresh process. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { type Tensor, writeSafetensors } from "../../src";
import { type Outcome, outcomeOf } from "../helpers/load-saved";
import { type SavedCase, savedCases } from "../helpers/saved-cases";
import { NODE_ARGUMENTS } from "../helpers/program";

/** Milliseconds, far more than it takes: only a process that hangs is ended by it. */
const LIMIT = 240_000;
jest.setTimeout(LIMIT + 60_000);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nabla-save-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Trains a model by the first targets that fit its loss and its metrics. */
async function trained({ name, model, x, y, others = [] }: SavedCase): Promise<Tensor> {
  const faults: unknown[] = [];
  for (const targets of [y, ...others]) {
    try {
      await model.fit(x, targets, { epochs: 2, batchSize: 5, shuffle: false, verbose: 0 });
      return targets;
    } catch (error) {
      faults.push(error);
    }
  }
  throw new AggregateError(faults, `${name} does not train`);
}

test("a model of every registered class predicts and trains on to the bit where it is loaded", async () => {
  const cases = savedCases();
  const expected: (Outcome & { name: string })[] = [];
  for (const [i, each] of cases.entries()) {
    const { name, model, x } = each;
    const y = await trained(each);
    await writeSafetensors(join(folder, `${i}.data.safetensors`), { x, y });
    await model.save(join(folder, `${i}.safetensors`));
    expected.push({ name, ...(await outcomeOf(model, x, y)) });
  }
  const script = join(__dirname, "..", "helpers", "load-saved.ts");
  const { stdout, stderr } = spawnSync(process.execPath, [...NODE_ARGUMENTS, script, folder], {
    cwd: resolve(__dirname, "..", ".."),
    encoding: "utf8",
    timeout: LIMIT,
    maxBuffer: 1e9,
  });
  expect(stderr).toBe("");
  const found = JSON.parse(stdout) as Outcome[];
  expect(found.map((outcome, i) => ({ name: expected[i].name, ...outcome }))).toEqual(expected);
  expect(cases.length).toBeGreaterThan(150);
});
