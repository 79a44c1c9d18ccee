/** A progress bar on the terminal. */

import { SingleBar } from "cli-progress";

/** Hands the batches on, showing how far they are on a terminal. */
export function* withProgress<T>(
  batches: Iterable<T> & { length: number },
  label: string,
  unit = "batches",
): Generator<T> {
  if (!process.stderr.isTTY) {
    yield* batches;
    return;
  }
  const bar = new SingleBar({
    format: `${label} {bar} {value}/{total} ${unit}, {eta} s left`,
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(batches.length, 0);
  try {
    for (const batch of batches) {
      yield batch;
      bar.increment();
    }
  } finally {
    bar.stop();
  }
}
