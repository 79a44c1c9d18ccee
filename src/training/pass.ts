/**
 * A pass: a step taken for every batch of a dataset, once through. Over tensors in memory a native
 * epoch takes all steps; any other dataset feeds them batch by batch.
 */

import type { BatchIndices, Dataset } from "../data/dataset";
import { type Entry, type JitFunction, jit, planFor } from "../capture/jit";
import type { Module } from "../nn/module";
import { gather } from "../ops";
import { outsideRecording } from "../tensor/recorder";
import { SYMBOLIC, type Shape, Tensor, tensor } from "../tensor/tensor";
import type { DType } from "../tensor/dtype";
import type { Variable } from "../tensor/variable";
import { checkRows } from "./batches";
import { type EpochOptions, runEpoch } from "./epoch";

/** A captured function of the tensors of a batch. */
export type Step = (...batch: Tensor[]) => void;

export interface PassOptions extends EpochOptions {
  method: string;
  model: Module;
  /** The mode of the model's layers while its steps are captured. */
  training: boolean;
  step: Step;
  /** The tensors of an element that are the step's arguments. */
  select: (element: unknown, method: string) => Tensor[];
  /** Looks for faults in the rows that the first run is to use; for data in memory. */
  checkRows?: (columns: readonly Tensor[], rows: Int32Array) => void;
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
const TICK = 100;

export abstract class Pass {
  protected constructor(protected readonly options: PassOptions) {}

  /** Number of batches; NaN if it is not known. */
  abstract readonly length: number;

  /** Finds faults, and captures the plans that are foreseen. Writes no Variable. */
  abstract prepare(): void;

  /** Goes through the data once. Resolves to the number of batches done. */
  abstract run(hooks?: PassHooks): Promise<number>;

  /** Frees the plans. */
  abstract dispose(): void;

  protected planFor(step: JitFunction<Tensor[], void>, ...batch: Tensor[]): Entry {
    const { model, training } = this.options;
    return outsideRecording(() => model.inMode(training, () => planFor(step, ...batch)));
  }
}

export function createPass(dataset: Dataset<unknown>, options: PassOptions): Pass {
  const isInMemory = dataset.source !== undefined && dataset.isBatched;
  return isInMemory ? new NativePass(dataset, options) : new FedPass(dataset, options);
}

/** Stands for an argument while a function of it is captured. */
export function placeholder(shape: Shape, dtype: DType): Tensor {
  return new Tensor(SYMBOLIC, shape, dtype);
}

/** The loop in plain TypeScript: for each element of the dataset, the step. */
class FedPass extends Pass {
  private readonly step: JitFunction<Tensor[], void>;

  constructor(
    private readonly dataset: Dataset<unknown>,
    options: PassOptions,
  ) {
    super(options);
    this.step = jit(options.step);
  }

  get length(): number {
    return this.dataset.length;
  }

  prepare(): void {
    // What batches look like is known when they come.
  }

  async run(hooks: PassHooks = {}): Promise<number> {
    const { finite } = this.options;
    const iterator = this.dataset[Symbol.iterator]();
    let done = 0;
    let ticked = performance.now();
    try {
      for (let element = iterator.next(); element.done !== true;) {
        const running = this.runStep(element.value);
        // The next batch is made while this one is in use.
        const upcoming = attempt(() => iterator.next());
        await running;
        done++;
        element = upcoming();
        if (element.done === true) break;
        if (finite !== undefined && !Number.isFinite(finite.item())) break;
        await hooks.onBatch?.(done);
        this.options.signal?.throwIfAborted();
        if (hooks.isStopped?.() === true) break;
        if (performance.now() - ticked < TICK) continue;
        hooks.onTick?.(done);
        ticked = performance.now();
      }
    } finally {
      iterator.return?.();
    }
    return done;
  }

  private async runStep(element: unknown): Promise<void> {
    const { select, method, signal, reason } = this.options;
    const batch = select(element, method);
    checkRows(method, batch, "the tensors of a batch");
    const full = this.planFor(this.step, ...batch);
    const offsets = Int32Array.of(0, batch[0].shape[0]);
    await runEpoch({ full, inputs: batch, offsets, signal, reason });
  }

  dispose(): void {
    this.step.dispose();
  }
}

/** What `fn` returns or throws, later. */
function attempt<T>(fn: () => T): () => T {
  try {
    const value = fn();
    return () => value;
  } catch (error) {
    return () => {
      throw error as Error;
    };
  }
}

/** The same loop over row numbers, taken natively. */
class NativePass extends Pass {
  private readonly step: JitFunction<Tensor[], void>;
  private readonly columns: readonly Tensor[];
  /** The batches of a run that were drawn ahead, and that run's number. */
  private drawn: { epoch: number; batches: BatchIndices } | undefined;
  /** Whether the dataset counts that run as begun. */
  private isBegun = false;
  /** The batches of the run that ended last, to be drawn into. */
  private spent: BatchIndices | undefined;

  constructor(
    private readonly dataset: Dataset<unknown>,
    options: PassOptions,
  ) {
    super(options);
    const columns = options.select(dataset.source, options.method);
    this.columns = columns;
    this.step = jit((rows) => options.step(...columns.map((column) => gather(column, rows))));
  }

  get length(): number {
    return this.dataset.length;
  }

  prepare(): void {
    const epoch = this.dataset.nextEpoch();
    const batches = this.dataset.batchIndices(epoch);
    this.drawn = { epoch, batches };
    this.isBegun = true;
    this.plansFor(batches.offsets);
    this.options.checkRows?.(this.columns, batches.indices);
  }

  async run(hooks: PassHooks = {}): Promise<number> {
    const { epoch, batches } = this.draw();
    const rows = outsideRecording(() => tensor(batches.indices));
    try {
      let { done, isStale } = { done: 0, isStale: true };
      for (let isFirst = true; isStale; isFirst = false) {
        const running = this.runFrom(done, rows, batches.offsets, hooks);
        if (isFirst && hooks.isFollowed === true) this.drawAhead(epoch + 1);
        ({ done, isStale } = await running);
      }
      return done;
    } finally {
      rows.dispose();
      this.spent = batches;
    }
  }

  /** Stale: the plans do not hold any longer, since a hook changed a setting that they rely on. */
  private async runFrom(
    first: number,
    rows: Tensor,
    offsets: Int32Array,
    hooks: PassHooks,
  ): Promise<{ done: number; isStale: boolean }> {
    const { finite, signal, reason } = this.options;
    const plans = this.plansFor(offsets);
    const { onBatch, onTick } = hooks;
    let isStale = false;
    let ticked = performance.now();
    const onProgress = async (batches: number): Promise<boolean> => {
      await onBatch?.(first + batches);
      if (hooks.isStopped?.() === true) return false;
      if (onTick !== undefined && performance.now() - ticked >= TICK) {
        onTick(first + batches);
        ticked = performance.now();
      }
      const current = onBatch === undefined ? plans : this.plansFor(offsets);
      isStale = current.full !== plans.full || current.other !== plans.other;
      return !isStale;
    };
    const done = await runEpoch({
      ...plans,
      inputs: [rows],
      offsets: offsets.subarray(first),
      finite,
      signal,
      reason,
      progressBatches: onBatch === undefined ? 0 : 1,
      progressMilliseconds: onTick === undefined ? 0 : TICK,
      onProgress: onBatch === undefined && onTick === undefined ? undefined : onProgress,
    });
    return { done: first + done, isStale };
  }

  dispose(): void {
    this.step.dispose();
  }

  private plansFor(offsets: Int32Array): { full: Entry; other?: Entry } {
    const [full, other] = sizesOf(offsets).map((size) =>
      this.planFor(this.step, placeholder([size], "int32")),
    );
    return { full, other };
  }

  /** The batches of the next run. */
  private draw(): { epoch: number; batches: BatchIndices } {
    const { drawn, isBegun } = this;
    this.drawn = undefined;
    this.isBegun = false;
    if (drawn !== undefined && isBegun) return drawn;
    const epoch = this.dataset.nextEpoch();
    if (drawn?.epoch === epoch) return drawn;
    return { epoch, batches: this.dataset.batchIndices(epoch) };
  }

  private drawAhead(epoch: number): void {
    this.drawn = { epoch, batches: this.dataset.batchIndices(epoch, this.spent) };
  }
}

/** The batches' sizes, largest first. There are at most two: batches of rows are made once. */
function sizesOf(offsets: Int32Array): number[] {
  const sizes = new Set<number>();
  for (let i = 1; i < offsets.length; i++) sizes.add(offsets[i] - offsets[i - 1]);
  return [...sizes].sort((a, b) => b - a);
}
