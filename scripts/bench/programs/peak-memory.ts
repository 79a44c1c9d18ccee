/**
 * To be required before a program: when it ends, writes the most memory that it ever held, in bytes,
 * to the file that NABLA_BENCH_PEAK names.
 */

import { readFileSync, writeFileSync } from "node:fs";

/** Linux' VmHWM, since its maxRSS counts that of the parent before the program began. */
function peakBytes(): number {
  if (process.platform === "linux") {
    const match = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
    if (match) return Number(match[1]) * 1024;
  }
  return process.resourceUsage().maxRSS * 1024;
}

process.on("exit", () => {
  writeFileSync(process.env.NABLA_BENCH_PEAK!, String(peakBytes()));
});
