/** A dataset in pieces of so many batches: what `stepsPerEpoch` makes of it. */

import type { BatchDraw } from "../data/batch-draw";
import type { Dataset, DatasetStanding } from "../data/dataset";

/** What a pass goes through. */
export interface BatchSource {
  readonly source: unknown;
  readonly isBatched: boolean;
  readonly length: number;
  /** Where its shuffles and iterations stand. */
  readonly standing: DatasetStanding;
  nextEpoch(): number;
  drawBatches(epoch?: number): BatchDraw;
  /** Goes on as from a `standing`. */
  restore(standing: DatasetStanding): void;
  /** The iteration from a batch on. */
  iterateFrom(batches: number): AsyncIterator<unknown>;
  /** Frees what is kept from one run to the next. */
  close?(): void;
}

/** The error for a run whose place in its data is not kept. */
export function notResumable(): Error {
  return new Error(
    "fit: expected a run without stepsPerEpoch to resume: where such a run stands in its data is not kept",
  );
}

/**
 * Each run goes through the next batches. As in Keras the last ones of the dataset may be fewer; then
 * comes its next iteration.
 */
export class Windows implements BatchSource {
  /** Runs that an iteration of the dataset is enough for; NaN if its length is not known. */
  private readonly perIteration: number;
  private window = 0;
  private readonly iterations: number[] = [];
  private iterator: AsyncIterator<unknown> | undefined;

  constructor(
    private readonly dataset: Dataset<unknown>,
    readonly length: number,
  ) {
    this.perIteration = Math.ceil(dataset.length / length);
  }

  get source(): unknown {
    return this.dataset.source;
  }

  get isBatched(): boolean {
    return this.dataset.isBatched;
  }

  nextEpoch(): number {
    return this.window++;
  }

  get standing(): DatasetStanding {
    return { ...this.dataset.standing, iteration: this.window };
  }

  restore(): never {
    throw notResumable();
  }

  iterateFrom(batches: number): AsyncIterator<unknown> {
    if (batches > 0) this.restore();
    let given = 0;
    return {
      next: async () => {
        if (given === this.length) return { done: true, value: undefined };
        const isFresh = this.iterator === undefined;
        let next = await this.following();
        if (next.done === true && given === 0 && !isFresh) next = await this.following();
        given = next.done === true ? this.length : given + 1;
        return next;
      },
    };
  }

  drawBatches(window = this.nextEpoch()): BatchDraw {
    const iteration = this.perIteration === Infinity ? 0 : Math.floor(window / this.perIteration);
    const before = window - (iteration === 0 ? 0 : iteration * this.perIteration);
    const batches = this.dataset.skip(before * this.length).take(this.length);
    while (this.iterations.length <= iteration) this.iterations.push(this.dataset.nextEpoch());
    return batches.drawBatches(this.iterations[iteration]);
  }

  /** The next element of the iteration; none at its end, and then the first of another. */
  private async following(): Promise<IteratorResult<unknown>> {
    this.iterator ??= this.dataset.iterateFrom(0);
    const next = await this.iterator.next();
    if (next.done === true) this.iterator = undefined;
    return next;
  }

  close(): void {
    void this.iterator?.return?.();
    this.iterator = undefined;
  }
}
