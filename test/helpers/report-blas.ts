/**
 * Says, as a line of JSON, what OpenBLAS runs in this process, in a worker thread, and what the
 * variable that names its kernels is, here and in a child process:
 *
 *   node -r ts-node/register/transpile-only test/helpers/report-blas.ts [forget]
 *
 * With `forget` the variable goes before the library is imported, as if it had never been set.
 */

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { Worker, isMainThread, parentPort } from "node:worker_threads";

import type * as Nabla from "../../src";

if (process.argv[2] === "forget") delete process.env.OPENBLAS_CORETYPE;

function variableOfChild(): string {
  const code = "process.stdout.write(process.env.OPENBLAS_CORETYPE ?? '')";
  return execFileSync(process.execPath, ["-e", code], { encoding: "utf8" });
}

async function main(): Promise<void> {
  const { blas, matMul, tensor } = module.require("../../src") as typeof Nabla;
  const product = matMul(tensor([[1, 2]]), tensor([[3], [4]])).array();
  if (String(product) !== "11") throw new Error(`1 x 3 + 2 x 4 gave ${String(product)}`);
  if (!isMainThread) {
    parentPort!.postMessage(blas());
    return;
  }
  const [inWorker] = (await once(new Worker(__filename), "message")) as [unknown];
  const variable = process.env.OPENBLAS_CORETYPE ?? "";
  console.log(JSON.stringify({ here: blas(), inWorker, variable, inChild: variableOfChild() }));
}

void main();
