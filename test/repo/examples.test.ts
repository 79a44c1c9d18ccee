/** Runs of the programs in examples/ on small data. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { writeDigits } from "../helpers/digit-files";

const root = resolve(__dirname, "..", "..");
const LIMIT = 120_000;
jest.setTimeout(LIMIT + 10_000);

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "nabla-examples-"));
  writeDigits(directory, "train", 1000, 1);
  writeDigits(directory, "t10k", 100, 2);
});
afterAll(() => rmSync(directory, { recursive: true }));

function example(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["-r", "ts-node/register", join("scripts", "example.ts"), ...args],
    { cwd: root, encoding: "utf8", timeout: LIMIT },
  );
  return { status, stdout, stderr };
}

test("mnist-convnet learns, tests and reports", () => {
  const file = join(directory, "report.json");
  const given = ["--data", directory, "--images", "600", "--epochs", "12", "--json", file];
  const run = example("mnist-convnet", ...given);
  expect(run).toMatchObject({ status: 0, stderr: "" });
  const lines = run.stdout.trimEnd().split("\n");
  expect(lines[0]).toBe("MNIST: 600 images to train and validate, 100 to test");
  expect(lines.at(-1)).toMatch(
    /^test_loss:\d+\.\d{4}, test_acc:[01]\.\d{4}, \d+\.\d s of training$/,
  );
  const report = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  expect(report.options).toEqual({ data: directory, images: 600, epochs: 12, json: file, seed: 1 });
  const { loss, valAccuracy } = report.history as Record<string, number[]>;
  expect([loss.length, valAccuracy.length]).toEqual([12, 12]);
  expect(loss[11]).toBeLessThan(0.7 * loss[0]);
  expect(report.accuracy).toBeGreaterThan(0.5);
});

test("says what is wrong with what is given, and which programs there are", () => {
  expect(example("mnist-convnet", "--epochs", "x").stderr).toContain("non-negative integer");
  expect(example("mnist-convnet", "--data", join(directory, "none"))).toMatchObject({ status: 1 });
  const unknown = example("../scripts/example");
  expect(unknown).toMatchObject({ status: 1, stdout: "" });
  expect(unknown.stderr).toContain("expected one of mnist-convnet but received ../scripts/example");
});
