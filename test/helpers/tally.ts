/** Counts calls that succeed and calls that throw an Error. */
export class Tally {
  readonly counts = { succeeded: 0, failed: 0 };

  /** What `fn` returns, or undefined if it threw an Error; whatever else it throws passes. */
  call<T>(fn: () => T): T | undefined {
    try {
      const result = fn();
      this.counts.succeeded++;
      return result;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.counts.failed++;
      return undefined;
    }
  }
}
