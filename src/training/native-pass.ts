/** A pass over tensors in memory: row numbers are drawn here, the steps are taken natively. */

import { setImmediate } from "node:timers/promises";

import type { BatchDraw, BatchIndices } from "../data/batch-draw";
import { type Entry, type JitFunction, jit } from "../capture/jit";
import { gather } from "../ops";
import { libraryRandom } from "../ops/random";
import { outsideRecording } from "../tensor/recorder";
import { type Tensor, tensor } from "../tensor/tensor";
import { runEpoch } from "./epoch";
import { PIECE, Pass, type PassHooks, type PassOptions, TICK, placeholder, upTo } from "./pass";
import type { BatchSource } from "./windows";

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

/** Piece after piece of the run's batches, each drawn while the one before it is in use. */
export class NativePass extends Pass {
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
    await this.checkLabels(this.ahead);
  }

  async run(hooks: PassHooks = {}): Promise<number> {
    const { epoch, draw, first } = this.begin();
    if (hooks.onTick !== undefined) this.ticked = performance.now();
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
    const { full, other } = this.plansOf(sizes);
    const { onBatch, onTick } = hooks;
    let isStale = false;
    const onEnd = (batches: number): number => (this.taken = before + first + batches);
    const onProgress = async (batches: number): Promise<boolean> => {
      onEnd(batches);
      await onBatch?.(before + first + batches);
      if (hooks.isStopped?.() === true) return false;
      this.tick(before + first + batches, hooks);
      if (onBatch === undefined) return true;
      const current = this.plansOf(sizes);
      isStale = current.full !== full || current.other !== other;
      return !isStale;
    };
    const done = await runEpoch({
      full, // one by one: spread from another object they take V8 as long as a small step
      other,
      inputs: [rows],
      offsets: first === 0 ? offsets : offsets.subarray(first),
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

  private plansOf(sizes: readonly number[]): { full: Entry; other?: Entry } {
    const batches = sizes.map((size) => [placeholder([size], "int32")]);
    const [full, other] = this.plansFor(this.step, batches);
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
  private async checkLabels({ epoch, draw, first }: Drawing): Promise<void> {
    const { columns } = this;
    const { checkLabels, signal } = this.options;
    if (checkLabels === undefined) return;
    checkLabels(columns, first.indices);
    if (draw.isOver || isSound(() => checkLabels(columns, upTo(columns[0].shape[0])))) return;
    // Some row has a fault; whether the run comes to use it takes a look at all of its batches.
    const rest = this.dataset.drawBatches(epoch);
    for (let piece: BatchIndices | undefined; !rest.isOver;) {
      piece = rest.draw(PIECE, piece);
      checkLabels(columns, piece.indices);
      await setImmediate();
      signal?.throwIfAborted();
    }
  }
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
  if (offsets.length === 1) return [];
  let [largest, smallest] = [0, Infinity];
  for (let i = 1; i < offsets.length; i++) {
    const size = offsets[i] - offsets[i - 1];
    if (size > largest) largest = size;
    if (size < smallest) smallest = size;
  }
  return smallest < largest ? [largest, smallest] : [largest];
}
