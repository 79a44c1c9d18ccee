/** How losses and metrics are told. */

import type { Logs } from "./callbacks/callback";

/** "1 batch", "40 batches" */
export function formatBatches(batches: number): string {
  return `${batches} ${batches === 1 ? "batch" : "batches"}`;
}

/** " - loss: 0.4123 - accuracy: 0.8771" */
export function formatLogs(logs: Logs): string {
  return Object.entries(logs)
    .map(([name, value]) => ` - ${name}: ${formatNumber(value)}`)
    .join("");
}

function formatNumber(value: number): string {
  const size = Math.abs(value);
  return value !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(4) : value.toFixed(4);
}
