/** Files of a run of `fit` that are written while it goes on. */

import { warn } from "../addon/warn";

export class Writing {
  private flight: Promise<void> = Promise.resolve();
  private fault: { readonly error: unknown } | null = null;

  /**
   * Begins to write. The file before has to be written: see `settled`.
   * @param write takes copies of what it needs before it first waits
   */
  begin(write: () => Promise<void>): void {
    this.flight = write().catch((error: unknown) => {
      this.fault ??= { error };
    });
  }

  /** Throws, once, if a file could not be written. */
  check(): void {
    const { fault } = this;
    this.fault = null;
    if (fault !== null) throw fault.error;
  }

  /** Waits for the file that is being written, and throws as `check` does. */
  async settled(): Promise<void> {
    await this.flight;
    this.check();
  }

  /** Waits likewise where a run ends by another error, beside which this one's is a warning. */
  async abandon(): Promise<void> {
    await this.flight;
    try {
      this.check();
    } catch (error) {
      warn("NABLA_LOST_CHECKPOINT", `fit: a checkpoint is missing: ${(error as Error).message}`);
    }
  }
}
