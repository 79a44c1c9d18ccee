/** The loop of a pass in plain TypeScript: for each element of the dataset, the step. */

import { setImmediate } from "node:timers/promises";

import { type JitFunction, jit } from "../capture/jit";
import {
  type LibraryRandom,
  drawsFromLibrary,
  libraryRandom,
  restoreLibraryRandom,
} from "../ops/random";
import { tidy } from "../tensor/memory";
import { outsideRecording } from "../tensor/recorder";
import type { Tensor } from "../tensor/tensor";
import { checkRows } from "./batches";
import { runEpoch } from "./epoch";
import { Pass, type PassHooks, type PassOptions, TICK, upTo } from "./pass";
import { unlessAborted } from "./unless-aborted";
import type { BatchSource } from "./windows";

export class FedPass extends Pass {
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
      await setImmediate(); // after each, not by time: the order of random draws would depend on it
      signal?.throwIfAborted();
      return;
    }
    const [full] = this.plansFor(this.step, [batch]);
    if (drawsFromLibrary(full.held)) this.randomBefore = undefined;
    const offsets = Int32Array.of(0, batch[0].shape[0]);
    const onEnd = (steps: number): number => (this.taken += steps);
    await runEpoch({ full, inputs: batch, offsets, signal, reason, onEnd });
  }

  private runNow(batch: readonly Tensor[]): void {
    const { model, training, step } = this.options;
    this.options.checkLabels?.(batch, upTo(batch[0].shape[0]));
    this.randomBefore = undefined;
    outsideRecording(() => tidy(() => model.inMode(training, () => step(...batch))));
    this.taken++;
  }

  dispose(): void {
    this.dataset.close?.();
    this.step.dispose();
  }
}
