/** The state of a metric as plain values. */

import type { Metric, MetricResult } from "../nn/metrics";
import type { TensorJSON } from "../tensor/tensor-json";

export type SavedState = Readonly<Record<string, TensorJSON>>;

export function savedState(metric: Metric<MetricResult, object>): SavedState {
  return Object.fromEntries(
    Object.entries(metric.state()).map(([name, variable]) => [name, variable.toJSON()]),
  );
}
