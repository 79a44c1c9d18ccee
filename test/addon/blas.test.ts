/** Which of OpenBLAS' kernels compute, in processes of their own: they are chosen once in each. */

import { execFileSync, spawnSync } from "node:child_process";
import { join, resolve } from "node:path";

import { type BlasInfo, blas } from "../../src";
import { addonFile } from "../../src/addon/load-addon";
import { NODE_ARGUMENTS } from "../helpers/program";
import { onlyWhere } from "../helpers/only-where";

const ROOT = resolve(__dirname, "../..");
const PROGRAM = join(__dirname, "../helpers", "report-blas.ts");

interface Answer {
  here: BlasInfo;
  inWorker: BlasInfo;
  /** OPENBLAS_CORETYPE once nabla is imported; empty where it is not set. */
  variable: string;
  inChild: string;
  warnings: string;
}

function run(env: Record<string, string>, ...args: string[]): Answer {
  const { OPENBLAS_CORETYPE, ...rest } = process.env;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...NODE_ARGUMENTS, PROGRAM, ...args],
    { cwd: ROOT, encoding: "utf8", env: { ...rest, ...env } },
  );
  if (status !== 0) throw new Error(stderr);
  return { ...(JSON.parse(stdout) as Omit<Answer, "warnings">), warnings: stderr };
}

/** The OpenBLAS that the addon loads; none where the addon contains it. */
function sharedOpenBlas(): string | undefined {
  if (process.platform !== "linux") return undefined;
  const libraries = execFileSync("ldd", [addonFile()], { encoding: "utf8" });
  return /libopenblas\S* => (\S+)/.exec(libraries)?.[1];
}

const { config, instructionSet, processor } = blas();
const choosesAtLoad = config.includes("DYNAMIC_ARCH") && process.arch === "x64";
const { test: whereItChooses } = onlyWhere(
  choosesAtLoad,
  "the choice of OpenBLAS' kernels is not tested: this OpenBLAS has one set of kernels",
);

test("with nothing set the kernels are of the processor's class", () => {
  const { here, inWorker, variable, inChild, warnings } = run({});
  expect(here.config).toContain(here.kernels);
  expect(here.config).toContain(here.version);
  expect(here.version).toMatch(/^\d+\.\d+/);
  if (choosesAtLoad) expect(here.instructionSet).toBe(here.processor);
  expect(inWorker).toEqual(here);
  expect([variable, inChild, warnings]).toEqual(["", "", ""]);
});

whereItChooses("a core type that the user set is kept, and a lesser one warned of, once", () => {
  const { here, inWorker, variable, inChild, warnings } = run({ OPENBLAS_CORETYPE: "Nehalem" });
  expect(here).toMatchObject({ kernels: "Nehalem", instructionSet: "older", forced: false });
  expect(inWorker).toEqual(here);
  expect([variable, inChild]).toEqual(["Nehalem", "Nehalem"]);
  if (processor === "older") return;
  expect(warnings.match(/\[NABLA_BLAS_KERNELS\] NablaWarning: /g)).toHaveLength(1);
  expect(warnings).toContain(`Nehalem kernels (older), though the processor has ${processor}`);
  expect(warnings).toMatch(/OPENBLAS_CORETYPE is set to "Nehalem": unset it, or set it to "\w+"/);
});

whereItChooses("a core type of the processor's class is kept without a word", () => {
  const { kernels } = blas();
  const { here, variable, warnings } = run({ OPENBLAS_CORETYPE: kernels });
  expect(here).toMatchObject({ kernels, instructionSet, forced: false });
  expect([variable, warnings]).toEqual([kernels, ""]);
});

// A preloaded OpenBLAS chooses when the process starts, and knows nothing of what is unset later.
whereItChooses("where OpenBLAS misjudges the processor, its kernels are chosen anew", () => {
  const library = sharedOpenBlas();
  if (library === undefined || processor === "older") return;
  const env = { LD_PRELOAD: library, OPENBLAS_CORETYPE: "Prescott" };
  const { here, inWorker, variable, inChild, warnings } = run(env, "forget");
  expect(here).toMatchObject({ instructionSet: processor, processor, forced: true });
  expect(here.config).toContain(here.kernels);
  expect(inWorker).toEqual(here);
  expect([variable, inChild]).toEqual(["", ""]);
  expect(warnings).not.toContain("NABLA_BLAS_KERNELS");
});
