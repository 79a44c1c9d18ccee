/**
 * A pass: a step taken for every batch of a dataset, once through. Over tensors in memory a native
 * epoch takes all steps (`native-pass.ts`); any other dataset feeds them batch by batch (`fed-pass.ts`).
 */

import { setImmediate } from "node:timers/promises";

import type { DatasetStanding } from "../data/dataset";
import { type Entry, type JitFunction, servingPlan } from "../capture/jit";
import type { Module } from "../nn/module";
import { type LibraryRandom, libraryRandom } from "../ops/random";
import { currentGuardEpoch, outsideRecording } from "../tensor/recorder";
import { frozen } from "../tensor/shapes";
import { SYMBOLIC, type Shape, Tensor } from "../tensor/tensor";
import type { DType } from "../tensor/dtype";
import type { Variable } from "../tensor/variable";
import type { EpochOptions } from "./epoch";
import { SettledPlans } from "./settled-plans";
import type { BatchSource } from "./windows";

/** A captured function of the tensors of a batch. */
export type Step = (...batch: Tensor[]) => void;

export interface PassOptions extends EpochOptions {
  method: string;
  model: Module;
  /** The mode of the model's layers while its steps are captured. */
  training: boolean;
  step: Step;
  /** The tensors of an element that are the step's arguments. */
  select: (element: unknown) => Tensor[];
  /** Looks for faults in the rows that the first run is to use; for data in memory. */
  checkLabels?: (columns: readonly Tensor[], rows: Iterable<number>) => void;
  /** Runs the step at every batch, on the calling thread, instead of capturing it. */
  runEagerly: boolean;
  /** Objects whose fields are not to change while the step is captured: metrics. */
  watched: readonly object[];
  /** Whether the step runs code of the library alone. */
  runsOwnCode: () => boolean;
  /** The pass ends once this is no finite number. */
  finite?: Variable;
}

/** What happens between steps; Variables may be used. */
export interface PassHooks {
  /** Called after every batch but the last, with the number of batches done. */
  onBatch?: (batchesDone: number) => Promise<void>;
  /** Called now and then, with the number of batches done. */
  onTick?: (batchesDone: number) => void;
  /** True if no further step is to be taken; asked after `onBatch`. */
  isStopped?: () => boolean;
  /** Whether another run is to follow this one: its batches can be drawn in the meantime. */
  isFollowed?: boolean;
}

/** Milliseconds between calls of `onTick`. */
export const TICK = 100;

/**
 * Rows whose numbers are drawn at once, some milliseconds' work: enough for an epoch of most data
 * sets, and for the thread that trains to be busy longer than the next ones take to be drawn.
 */
export const PIECE = 2 ** 16;

/** Where a pass stands in its dataset. */
export interface PassStanding extends DatasetStanding {
  /** Batches of the iteration that are done. */
  readonly batches: number;
  /** What the library's random draws go on from, and what they began from in this iteration. */
  readonly random: LibraryRandom;
  readonly randomAtStart: LibraryRandom;
}

export abstract class Pass {
  /** Batches of the current run that are done, those included that a resumed run passed over. */
  protected taken = 0;
  /** The iteration of the current run. */
  protected iteration = 0;
  protected randomAtStart = libraryRandom();
  /** Where the first run begins, if it resumes another. */
  protected resumed: PassStanding | undefined;

  private readonly plans: SettledPlans;

  protected constructor(
    protected readonly dataset: BatchSource,
    protected readonly options: PassOptions,
  ) {
    this.plans = new SettledPlans(options);
  }

  /** The caller's code ran: plans are to follow what it changed. */
  unsettle(): void {
    this.plans.unsettle();
  }

  /** Batches of the current run that are done, or of the last one. */
  get batches(): number {
    return this.taken;
  }

  /** Where the run stands, or stood when it ended. */
  get standing(): PassStanding {
    const { iteration, taken, randomAtStart } = this;
    const { seeds } = this.dataset.standing;
    return { iteration, seeds, batches: taken, random: this.random, randomAtStart };
  }

  /** The beginning of the next run. */
  get upcoming(): PassStanding {
    const random = libraryRandom();
    const { seeds } = this.dataset.standing;
    return { iteration: this.nextIteration, seeds, batches: 0, random, randomAtStart: random };
  }

  /** The first run goes on where another one stood. To be called before `prepare`. */
  resume(standing: PassStanding): void {
    this.dataset.restore(standing);
    this.resumed = standing;
  }

  /** Where the library's random draws stand for the batches that are done. */
  protected get random(): LibraryRandom {
    return libraryRandom();
  }

  protected get nextIteration(): number {
    return this.dataset.standing.iteration;
  }

  protected takeResumed(): PassStanding | undefined {
    const { resumed } = this;
    this.resumed = undefined;
    return resumed;
  }

  /** Number of batches; NaN if it is not known. */
  abstract readonly length: number;

  /** Finds faults, and captures the plans that are foreseen. Writes no Variable. */
  abstract prepare(): Promise<void>;

  /** Goes through the data once. Resolves to the number of batches done. */
  abstract run(hooks?: PassHooks): Promise<number>;

  /** Frees the plans. */
  abstract dispose(): void;

  /** A plan for each of some batches. */
  protected plansFor(step: JitFunction<Tensor[], void>, batches: readonly Tensor[][]): Entry[] {
    const known = batches.map((batch) => servingPlan(step, ...batch));
    if (known.every((entry) => entry !== undefined && this.plans.isSettled(entry))) {
      return known as Entry[];
    }
    const { model, training } = this.options;
    const entries = outsideRecording(() =>
      model.inMode(training, () => batches.map((batch) => this.plans.planFor(step, batch))),
    );
    entries.forEach(holdsNow);
    return entries;
  }

  /** Makes a plan ready; requests that come in meanwhile are answered between its captures. */
  protected async settlePlan(step: JitFunction<Tensor[], void>, ...batch: Tensor[]): Promise<void> {
    const { model, training, signal } = this.options;
    const settling = this.plans.settle(step, batch);
    const goOn = (): IteratorResult<void, Entry> =>
      outsideRecording(() => model.inMode(training, () => settling.next()));
    for (let result = goOn(); ; result = goOn()) {
      if (result.done === true) {
        holdsNow(result.value);
        return;
      }
      await setImmediate();
      signal?.throwIfAborted();
    }
  }
}

/**
 * The modes of layers are again what they were before the plan was found to hold in that of the pass.
 * Until one is set, there is no need to look into each layer.
 */
function holdsNow(entry: Entry): void {
  entry.guardEpoch = currentGuardEpoch();
}

/** Stands for an argument while a function of it is captured. */
export function placeholder(shape: Shape, dtype: DType): Tensor {
  return new Tensor(SYMBOLIC, frozen(shape), dtype);
}

/** The numbers of the first rows. */
export function* upTo(count: number): Iterable<number> {
  for (let row = 0; row < count; row++) yield row;
}
