/**
 * A pass: a step taken for every batch of a dataset, once through. Over tensors in memory a native
 * epoch takes all steps; any other dataset feeds them batch by batch.
 */

import { setImmediate } from "node:timers/promises";

import type { BatchDraw, BatchIndices } from "../data/batch-draw";
import type { DatasetStanding } from "../data/dataset";
import { type Entry, type JitFunction, jit } from "../capture/jit";
import type { Module } from "../nn/module";
import { gather } from "../ops";
import {
  type LibraryRandom,
  drawsFromLibrary,
  libraryRandom,
  restoreLibraryRandom,
} from "../ops/random";
import { tidy } from "../tensor/memory";
import { outsideRecording } from "../tensor/recorder";
import { SYMBOLIC, type Shape, Tensor, frozen, tensor } from "../tensor/tensor";
import type { DType } from "../tensor/dtype";
import type { Variable } from "../tensor/variable";
import { checkRows } from "./batches";
import { type EpochOptions, runEpoch } from "./epoch";
import { SettledPlans } from "./settled-plans";
import { unlessAborted } from "./unless-aborted";
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
  checkRows?: (columns: readonly Tensor[], rows: Iterable<number>) => void;
  /** Runs the step at every batch, on the calling thread, instead of capturing it. */
  runEagerly: boolean;
  /** Objects whose fields are not to change while the step is captured: metrics. */
  watched: readonly object[];
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
    this.plans = new SettledPlans(options.method, options.watched);
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

  protected planFor(step: JitFunction<Tensor[], void>, ...batch: Tensor[]): Entry {
    const { model, training } = this.options;
    return outsideRecording(() => model.inMode(training, () => this.plans.planFor(step, batch)));
  }

  /** Makes a plan ready; requests that come in meanwhile are answered between its captures. */
  protected async settlePlan(step: JitFunction<Tensor[], void>, ...batch: Tensor[]): Promise<void> {
    const { model, training, signal } = this.options;
    const settling = this.plans.settle(step, batch);
    const goOn = (): boolean =>
      outsideRecording(() => model.inMode(training, () => settling.next().done === true));
    while (!goOn()) {
      await setImmediate();
      signal?.throwIfAborted();
    }
  }
}

export function createPass(dataset: BatchSource, options: PassOptions): Pass {
  const isInMemory = dataset.source !== undefined && dataset.isBatched;
  return isInMemory && !options.runEagerly
    ? new NativePass(dataset, options)
    : new FedPass(dataset, options);
}

/** Stands for an argument while a function of it is captured. */
export function placeholder(shape: Shape, dtype: DType): Tensor {
  return new Tensor(SYMBOLIC, frozen(shape), dtype);
}

/** The loop in plain TypeScript: for each element of the dataset, the step. */
class FedPass extends Pass {
  private readonly step: JitFunction<Tensor[], void>;

  /** Before the batch that is drawn ahead; undefined if the steps themselves draw. */
  private randomBefore: LibraryRandom | undefined;

  constructor(dataset: BatchSource, options: PassOptions) {
    super(dataset, options);
    this.step = jit(options.step);
  }

  protected override get random(): LibraryRandom {
    return this.randomBefore ?? libraryRandom();
  }

  get length(): number {
    return this.dataset.length;
  }

  prepare(): Promise<void> {
    return Promise.resolve(); // what batches look like is known when they come
  }

  async run(hooks: PassHooks = {}): Promise<number> {
    const { finite } = this.options;
    const { signal } = this.options;
    const iterator = await this.begin();
    let done = this.taken;
    let ticked = performance.now();
    try {
      for (let element = await unlessAborted(iterator.next(), signal); element.done !== true;) {
        this.randomBefore = libraryRandom();
        const running = this.runStep(element.value);
        // The next batch is made while this one is in use.
        const upcoming = unlessAborted(iterator.next(), signal);
        upcoming.catch(() => undefined); // its error comes after that of the step
        await running;
        done++;
        element = await upcoming;
        if (element.done === true) break;
        if (finite !== undefined && !Number.isFinite(finite.item())) break;
        await hooks.onBatch?.(done);
        signal?.throwIfAborted();
        if (hooks.isStopped?.() === true) break;
        if (performance.now() - ticked < TICK) continue;
        hooks.onTick?.(done);
        ticked = performance.now();
      }
    } finally {
      await iterator.return?.();
    }
    return done;
  }

  /** Begins an iteration, or goes on in one where another run stood. */
  private async begin(): Promise<AsyncIterator<unknown>> {
    const resumed = this.takeResumed();
    const { batches = 0, random, randomAtStart = libraryRandom() } = resumed ?? {};
    this.iteration = this.nextIteration;
    this.taken = batches;
    this.randomAtStart = randomAtStart;
    this.randomBefore = undefined;
    if (random === undefined || batches === 0) return this.dataset.iterateFrom(0);
    restoreLibraryRandom(randomAtStart);
    // What maps made of the batches before matters only if it drew random numbers.
    const hasDrawn = JSON.stringify(random) !== JSON.stringify(randomAtStart);
    const iterator = this.dataset.iterateFrom(hasDrawn ? 0 : batches);
    for (let i = 0; hasDrawn && i < batches; i++) await iterator.next();
    restoreLibraryRandom(random);
    return iterator;
  }

  private async runStep(element: unknown): Promise<void> {
    const { select, method, signal, reason } = this.options;
    const batch = select(element);
    checkRows(method, batch, "the tensors of a batch");
    if (this.options.runEagerly) {
      this.runNow(batch);
      return;
    }
    const full = this.planFor(this.step, ...batch);
    if (drawsFromLibrary(full.held)) this.randomBefore = undefined;
    const offsets = Int32Array.of(0, batch[0].shape[0]);
    const onEnd = (steps: number): number => (this.taken += steps);
    await runEpoch({ full, inputs: batch, offsets, signal, reason, onEnd });
  }

  private runNow(batch: readonly Tensor[]): void {
    const { model, training, step } = this.options;
    this.options.checkRows?.(batch, upTo(batch[0].shape[0]));
    this.randomBefore = undefined;
    outsideRecording(() => tidy(() => model.inMode(training, () => step(...batch))));
    this.taken++;
  }

  dispose(): void {
    this.dataset.close?.();
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

/** An iteration of a dataset whose batches are drawn. */
interface Drawing {
  /** The iteration's number. */
  epoch: number;
  draw: BatchDraw;
  /** Its first batches. */
  first: BatchIndices;
}

/**
 * The same loop over row numbers, taken natively: piece after piece of the run's batches, each drawn
 * while the one before it is in use.
 */
class NativePass extends Pass {
  private readonly step: JitFunction<Tensor[], void>;
  private readonly columns: readonly Tensor[];
  /** The run that was begun ahead. */
  private ahead: Drawing | undefined;
  /** Whether the dataset counts that run as begun. */
  private isBegun = false;
  /** Batches that nobody needs any more, to be drawn into. */
  private spent: BatchIndices | undefined;
  /** When `onTick` was called last. */
  private ticked = 0;

  constructor(dataset: BatchSource, options: PassOptions) {
    super(dataset, options);
    const columns = options.select(dataset.source);
    this.columns = columns;
    this.step = jit((rows) => options.step(...columns.map((column) => gather(column, rows))));
  }

  get length(): number {
    return this.dataset.length;
  }

  async prepare(): Promise<void> {
    this.ahead = this.drawFirst(this.dataset.nextEpoch());
    this.isBegun = true;
    for (const size of sizesOf(this.ahead.first.offsets)) {
      await this.settlePlan(this.step, placeholder([size], "int32"));
      await setImmediate();
    }
    await this.checkRows(this.ahead);
  }

  async run(hooks: PassHooks = {}): Promise<number> {
    const { epoch, draw, first } = this.begin();
    this.ticked = performance.now();
    let done = this.taken;
    for (let piece = first; ;) {
      const isLast = draw.isOver;
      const drawOn = (): BatchIndices | undefined => {
        if (!isLast) return draw.draw(PIECE, this.takeSpent());
        if (hooks.isFollowed === true) this.ahead = this.drawFirst(epoch + 1);
        return undefined;
      };
      const { taken, upcoming } = await this.runPiece(piece, done, hooks, drawOn);
      done += taken;
      this.spent = piece;
      if (isLast || taken < piece.offsets.length - 1) return done;
      if (!(await this.goesOn(done, hooks))) return done;
      piece = upcoming()!;
    }
  }

  /**
   * Runs a piece to its end, or until it is stopped. Resolves to the number of batches done, and to
   * what `drawOn` gave, which is called meanwhile.
   */
  private async runPiece(
    { indices, offsets }: BatchIndices,
    before: number,
    hooks: PassHooks,
    drawOn: () => BatchIndices | undefined,
  ): Promise<{ taken: number; upcoming: () => BatchIndices | undefined }> {
    const rows = outsideRecording(() => tensor(indices));
    try {
      let upcoming: (() => BatchIndices | undefined) | undefined;
      let { taken, isStale } = { taken: 0, isStale: true };
      while (isStale) {
        const running = this.runFrom(taken, rows, offsets, before, hooks);
        upcoming ??= attempt(drawOn);
        ({ taken, isStale } = await running);
      }
      return { taken, upcoming: upcoming! };
    } finally {
      rows.dispose();
    }
  }

  /** Stale: the plans do not hold any longer, since a hook changed a setting that they rely on. */
  private async runFrom(
    first: number,
    rows: Tensor,
    offsets: Int32Array,
    before: number,
    hooks: PassHooks,
  ): Promise<{ taken: number; isStale: boolean }> {
    const { finite, signal, reason } = this.options;
    const sizes = sizesOf(offsets);
    const plans = this.plansFor(sizes);
    const { onBatch, onTick } = hooks;
    let isStale = false;
    const onEnd = (batches: number): number => (this.taken = before + first + batches);
    const onProgress = async (batches: number): Promise<boolean> => {
      onEnd(batches);
      await onBatch?.(before + first + batches);
      if (hooks.isStopped?.() === true) return false;
      this.tick(before + first + batches, hooks);
      const current = onBatch === undefined ? plans : this.plansFor(sizes);
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
      onEnd,
    });
    return { taken: first + done, isStale };
  }

  /** What happens between two pieces is what happens between two batches. False if the run ends. */
  private async goesOn(done: number, hooks: PassHooks): Promise<boolean> {
    const { finite, signal } = this.options;
    if (finite !== undefined && !Number.isFinite(finite.item())) return false;
    await hooks.onBatch?.(done);
    signal?.throwIfAborted();
    if (hooks.isStopped?.() === true) return false;
    this.tick(done, hooks);
    return true;
  }

  private tick(done: number, { onTick }: PassHooks): void {
    if (onTick === undefined || performance.now() - this.ticked < TICK) return;
    onTick(done);
    this.ticked = performance.now();
  }

  dispose(): void {
    this.step.dispose();
  }

  private plansFor(sizes: readonly number[]): { full: Entry; other?: Entry } {
    const [full, other] = sizes.map((size) =>
      this.planFor(this.step, placeholder([size], "int32")),
    );
    return { full, other };
  }

  protected override get nextIteration(): number {
    const { ahead, isBegun } = this;
    return ahead !== undefined && isBegun ? ahead.epoch : super.nextIteration;
  }

  /** The next run. */
  private begin(): Drawing {
    const drawing = this.beginDrawing();
    const resumed = this.takeResumed();
    this.iteration = drawing.epoch;
    this.taken = resumed?.batches ?? 0;
    this.randomAtStart = libraryRandom();
    return drawing;
  }

  private beginDrawing(): Drawing {
    const { ahead, isBegun } = this;
    this.ahead = undefined;
    this.isBegun = false;
    if (ahead !== undefined && isBegun) return ahead;
    const epoch = this.dataset.nextEpoch();
    return ahead?.epoch === epoch ? ahead : this.drawFirst(epoch);
  }

  private drawFirst(epoch: number): Drawing {
    const draw = this.dataset.drawBatches(epoch);
    if (this.resumed !== undefined) draw.pass(this.resumed.batches);
    return { epoch, draw, first: draw.draw(PIECE, this.takeSpent()) };
  }

  private takeSpent(): BatchIndices | undefined {
    const { spent } = this;
    this.spent = undefined;
    return spent;
  }

  /** Looks for faults in the rows of a whole run. */
  private async checkRows({ epoch, draw, first }: Drawing): Promise<void> {
    const { columns } = this;
    const { checkRows, signal } = this.options;
    if (checkRows === undefined) return;
    checkRows(columns, first.indices);
    if (draw.isOver || isSound(() => checkRows(columns, upTo(columns[0].shape[0])))) return;
    // Some row has a fault; whether the run comes to use it takes a look at all of its batches.
    const rest = this.dataset.drawBatches(epoch);
    for (let piece: BatchIndices | undefined; !rest.isOver;) {
      piece = rest.draw(PIECE, piece);
      checkRows(columns, piece.indices);
      await setImmediate();
      signal?.throwIfAborted();
    }
  }
}

function* upTo(count: number): Iterable<number> {
  for (let row = 0; row < count; row++) yield row;
}

function isSound(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

/** The batches' sizes, largest first. There are at most two: batches of rows are made once. */
function sizesOf(offsets: Int32Array): number[] {
  const sizes = new Set<number>();
  for (let i = 1; i < offsets.length; i++) sizes.add(offsets[i] - offsets[i - 1]);
  return [...sizes].sort((a, b) => b - a);
}
