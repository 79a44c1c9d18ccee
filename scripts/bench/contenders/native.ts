/** nabla's modes and the bare GEMM calls. */

import { join } from "node:path";

import { COMPILED } from "../paths";
import { bareGemm, openblasVersion } from "./bare-gemm";
import { childContender } from "./child-contender";
import type { Contender, Session, Task } from "./contender";
import { BARE_GEMM, NABLA_EAGER, NABLA_FIT, NABLA_JIT, NABLA_PREDICT } from "./names";

function nablaContender(
  name: string,
  mode: string,
  threads: number,
  runs: (task: Task) => boolean,
): Promise<Contender> {
  const program = join(COMPILED, "programs", "nabla.js");
  return childContender({
    name,
    threads,
    runs,
    isFresh: true,
    command: [process.execPath, program, mode, String(threads)],
  });
}

export function nablaContenders(threadCounts: readonly number[]): Promise<Contender>[] {
  return threadCounts.flatMap((threads) => [
    nablaContender(NABLA_JIT, "jit", threads, ({ kind }) => kind !== "tutorial"),
    nablaContender(NABLA_EAGER, "eager", threads, ({ kind }) => kind === "step"),
    nablaContender(
      NABLA_FIT,
      "fit",
      threads,
      ({ kind }) => kind === "epoch" || kind === "tutorial" || kind === "pictureStep",
    ),
    nablaContender(
      NABLA_PREDICT,
      "predict",
      threads,
      ({ kind }) => kind === "predict" || kind === "picturePredict",
    ),
  ]);
}

/** The arithmetic alone, on OpenBLAS' own threads. */
export function bareGemmContenders(threadCounts: readonly number[]): Contender[] {
  const version = `OpenBLAS ${openblasVersion()}`;
  return threadCounts.map((threads) => ({
    name: BARE_GEMM,
    threads,
    version,
    runs: ({ kind }) => kind === "step" || kind === "predict",
    open: (task) => Promise.resolve(openBareGemm(task, threads)),
    stop: () => Promise.resolve(),
  }));
}

function openBareGemm({ kind, batch, sizes }: Task, threads: number): Session {
  const program = bareGemm({ threads, batch, sizes, forwardOnly: kind === "predict" });
  return {
    measure: async (repeat) => ({ microseconds: await program.measure(repeat) }),
    loss: () => Promise.resolve(null),
    close() {
      program.close();
      return Promise.resolve();
    },
  };
}
