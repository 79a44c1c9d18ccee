/** Where and with what a report was made. */

import { cpus, release, totalmem, type } from "node:os";

import { blas } from "nabla";

import type { Contender } from "./contenders/contender";
import { describeKernels } from "./kernels";
import type { Pace } from "./race";

export function environment(
  contenders: readonly Contender[],
  dataset: string,
  pace: Pace,
): Record<string, unknown> {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    blas: describeKernels(blas()),
    dataset,
    dtype: "float32",
    versions: Object.fromEntries(contenders.map(({ name, version }) => [name, version])),
    runs: pace.runs,
    rounds: pace.rounds,
    sliceMicroseconds: pace.slice,
    warmUpMicroseconds: pace.warmUp,
  };
}
