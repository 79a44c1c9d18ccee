/** One run of plans over batches, off the main thread, as a promise. */

import type { Entry } from "../capture/jit";
import { Lease } from "../tensor/lease";
import { type EpochReport, native } from "../addon/native";
import type { Tensor } from "../tensor/tensor";
import { Variable } from "../tensor/variable";
import { inTime } from "./event-loop";

export interface EpochOptions {
  /** Ends the run after the step that it is in; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Why Variables cannot be used meanwhile. */
  reason: string;
}

export interface EpochWork extends EpochOptions {
  /** The plan for batches of `inputs`' usual number of rows, and that of the smaller ones. */
  full: Entry;
  other?: Entry;
  /** Tensors whose rows are the plans' arguments. */
  inputs: readonly Tensor[];
  /** Batch b is rows offsets[b] to offsets[b + 1] - 1. */
  offsets: Int32Array | Float64Array;
  /** Receives the plans' first output, batch after batch. */
  result?: Tensor;
  /** The run ends once this is no finite number. */
  finite?: Variable;
  /** How often `onProgress` is called: after so many batches, or so many milliseconds. */
  progressBatches?: number;
  progressMilliseconds?: number;
  /**
   * Called while the run is parked and Variables may be used; not after the last batch. The run
   * ends if it returns false.
   */
  onProgress?: (batchesDone: number) => boolean | Promise<boolean>;
  /** Called with the number of batches done once the run has ended, also by an error or an abort. */
  onEnd?: (batchesDone: number) => void;
}

/** Resolves to the number of batches done; settles only once no thread uses the Variables. */
export async function runEpoch(work: EpochWork): Promise<number> {
  const { signal } = work;
  signal?.throwIfAborted();
  const run = new Run(work);
  const ended = run.start();
  signal?.addEventListener("abort", run.stop);
  try {
    const { done, failure } = await ended;
    work.onEnd?.(done);
    if (failure !== undefined) throw failure.reason;
    signal?.throwIfAborted();
    return done;
  } finally {
    signal?.removeEventListener("abort", run.stop);
  }
}

interface Outcome {
  readonly done: number;
  readonly failure: Failure | undefined;
}

interface Failure {
  readonly reason: unknown;
}

class Run {
  private readonly lease: Lease;
  private readonly written: readonly Variable[];
  private id = -1;
  private counted = 0;
  private hasEnded = false;
  private failure: Failure | undefined;

  private settle!: (outcome: Outcome) => void;

  constructor(private readonly work: EpochWork) {
    const { full, other, finite } = work;
    this.written = other === undefined ? full.written : [...full.written, ...other.written];
    const held = other === undefined ? full.held : [...full.held, ...other.held];
    for (const tensor of held) if (tensor.handle < 0) throw tensor.unusable();
    const variables = held.filter((tensor) => tensor instanceof Variable);
    this.lease = new Lease(finite ? [...variables, finite] : variables, work.reason);
  }

  start(): Promise<Outcome> {
    const { full, other, inputs, offsets, result, finite, onProgress } = this.work;
    const request = {
      full: full.resources.plan,
      other: other?.resources.plan ?? -1,
      inputs: inputs.map((input) => input.liveHandle()),
      offsets,
      result: result?.liveHandle() ?? -1,
      finite: finite?.liveHandle() ?? -1,
      progressMilliseconds: onProgress ? (this.work.progressMilliseconds ?? 0) : 0,
      progressBatches: onProgress ? (this.work.progressBatches ?? 0) : 0,
    };
    this.lease.take();
    try {
      this.id = native.startEpoch(request, this.report);
    } catch (error) {
      this.lease.release();
      throw error;
    }
    return new Promise((resolve) => (this.settle = resolve));
  }

  readonly stop = (): void => native.stopEpoch(this.id);

  /**
   * Node.js asks for a thread's next report at once if it came while JavaScript answered the one
   * before, up to a thousand times: short epochs would follow one another without a turn.
   */
  private readonly report: EpochReport = (...report) => inTime(() => this.receive(...report));

  private receive(isEnd: boolean, done: number, error: string | undefined): void {
    this.lease.release();
    for (const variable of this.written) variable.version += done - this.counted;
    this.counted = done;
    if (!isEnd) {
      void this.park(done);
      return;
    }
    this.hasEnded = true;
    if (error !== undefined) this.failure ??= { reason: new Error(error) };
    this.settle({ done, failure: this.failure });
  }

  private async park(done: number): Promise<void> {
    try {
      const goesOn = await this.work.onProgress?.(done);
      if (this.hasEnded) return; // aborted in the meantime
      if (!goesOn) {
        this.stop();
        return;
      }
      this.lease.take();
      native.resumeEpoch(this.id);
    } catch (reason) {
      this.failure ??= { reason };
      this.stop();
    }
  }
}
