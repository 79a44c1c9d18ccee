/** Who may run a model's plans: one `fit`, or one after the other of `evaluate` and `predict`. */

import { setImmediate } from "node:timers/promises";

export class Turns {
  private hasTrainer = false;
  private isInCallback = false;
  private isPreparing = false;
  /** Settles, and never rejects, once all that was asked for has ended. */
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /**
   * Runs `fit` once what was begun before has ended; a second one throws.
   * @param prepare runs before; until it has, others wait for their turns and are not refused
   */
  async train<T>(fn: () => Promise<T>, prepare?: () => void): Promise<T> {
    if (this.isTraining) {
      throw new Error(
        "fit: this model is training already; await the promise of the fit that runs, or abort it",
      );
    }
    this.hasTrainer = true;
    try {
      if (prepare !== undefined) await this.prepare(prepare);
      await this.last;
      return await fn();
    } finally {
      this.hasTrainer = false;
      this.isInCallback = false;
    }
  }

  /** Between two turns of the event loop, so that requests do not wait for what comes before or after. */
  private async prepare(fn: () => void): Promise<void> {
    this.isPreparing = true;
    await setImmediate();
    await this.use("fit", () => {
      try {
        fn();
      } finally {
        this.isPreparing = false;
      }
      return Promise.resolve();
    });
    await setImmediate();
  }

  /** Runs a callback of `fit`, in which the model can be used, and waits for what it began. */
  readonly inCallback = async <T>(fn: () => T | Promise<T>): Promise<T> => {
    this.isInCallback = true;
    try {
      return await fn();
    } finally {
      // From here on others are not let in: there might be no end of them.
      this.isInCallback = false;
      while (this.waiting > 0) await this.last;
    }
  };

  /** Whether `fit` has begun and not ended. */
  get isTraining(): boolean {
    return this.hasTrainer;
  }

  /** True if neither `fit` nor another method has begun and not ended. */
  get isIdle(): boolean {
    return this.waiting === 0 && !this.isTraining;
  }

  /** True if nobody has the model at present; also in callbacks. */
  get isFree(): boolean {
    return this.waiting === 0 && this.isOpen;
  }

  /** Runs `evaluate` or `predict` after those that were begun before. */
  async use<T>(method: string, fn: () => Promise<T>): Promise<T> {
    if (!this.isOpen) {
      throw new Error(
        `${method}: this model is training; await fit's promise, or use ${method} in one of its callbacks`,
      );
    }
    this.waiting++;
    const turn = this.last.then(fn);
    this.last = turn.then(ignore, ignore);
    try {
      return await turn;
    } finally {
      this.waiting--;
    }
  }

  /** False while `fit` has the model, but for its callbacks and before it is prepared. */
  get isOpen(): boolean {
    return !this.isTraining || this.isInCallback || this.isPreparing;
  }
}

function ignore(): void {
  // The caller of `use` hears of results and errors.
}
