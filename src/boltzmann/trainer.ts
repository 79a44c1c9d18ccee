/** Training of a machine: captured updates by contrastive divergence over minibatches. */

import type { BatchIndices } from "../data/batch-draw";
import { Dataset } from "../data/dataset";
import { type Entry, type JitFunction, jit, planFor } from "../capture/jit";
import { tidy } from "../tensor/memory";
import { add, mul } from "../ops/arithmetic";
import { gather } from "../ops/indexing";
import type { Generator } from "../ops/random";
import { mean } from "../ops/reduce";
import { fill } from "../ops/shape";
import { assign, momentumUpdate, sgdUpdate } from "../ops/update";
import { outsideRecording } from "../tensor/recorder";
import { type Tensor, tensor } from "../tensor/tensor";
import { runEpoch } from "../training/epoch";
import { PIECE, placeholder } from "../training/pass";
import { Variable } from "../tensor/variable";
import {
  type Statistics,
  addSparsity,
  chainStatistics,
  dataStatistics,
  descent,
} from "./contrastive-divergence";
import type { Weights } from "./energy";
import type { BoltzmannEpoch, CheckedOptions } from "./options";
import type { VisibleUnits } from "./visible-units";

const REASON = "its machine is being trained; await the promise of fit, or use it in onEpochEnd";

/** One update from the rows of these numbers, with this momentum. */
type Step = JitFunction<[rows: Tensor, momentum: number], void>;

/**
 * What training keeps beside the weights: velocities, the chains of persistent contrastive
 * divergence and the running activity of hidden units. A later `fit` goes on with it.
 */
export class Trainer {
  private readonly rate: Variable;
  private readonly velocities: Weights<Variable>;
  private activity: Variable | null = null;
  private chains: Variable | null = null;
  private running = false;
  /** Of all calls of `fit`: each has an order of the samples of its own. */
  private epochs = 0;

  constructor(
    private readonly weights: Weights<Variable>,
    private readonly units: VisibleUnits,
    private readonly generator: Generator,
    private readonly seed: number | undefined,
  ) {
    const { kernel, visibleBias, hiddenBias } = weights;
    this.rate = state(0, "learningRate", [], "float64");
    this.velocities = {
      kernel: state(0, "velocity", kernel.shape, kernel.dtype),
      visibleBias: state(0, "velocity", visibleBias.shape, kernel.dtype),
      hiddenBias: state(0, "velocity", hiddenBias.shape, kernel.dtype),
    };
  }

  /**
   * @param data [samples, visible], checked
   * @param errorOf the reconstruction error at the end of an epoch
   */
  async fit(
    data: Tensor,
    options: CheckedOptions,
    errorOf: () => number,
  ): Promise<BoltzmannEpoch[]> {
    if (this.running) throw new Error("fit: expected a machine at rest but it is being trained");
    this.running = true;
    const step = this.createStep(data, options);
    const history: BoltzmannEpoch[] = [];
    try {
      const samples = Dataset.fromTensorSlices(data);
      const ordered = options.shuffle
        ? samples.shuffle(samples.length, { seed: this.seed })
        : samples;
      const batches = ordered.batch(options.batchSize);
      for (let epoch = 0; epoch < options.epochs; epoch++) {
        tidy(() => assign(this.rate, options.learningRateAt(epoch)));
        const momentum = options.momentumAt(epoch);
        const seconds = await this.runEpoch(step, batches, momentum, options.signal);
        const logs = { epoch, reconstructionError: errorOf(), seconds };
        history.push(logs);
        await options.onEpochEnd?.(logs);
      }
    } finally {
      this.running = false;
      step.dispose();
    }
    return history;
  }

  /** Takes the updates of an epoch on another thread; resolves to the seconds they took. */
  private async runEpoch(
    step: Step,
    batches: Dataset<Tensor>,
    momentum: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const draw = batches.drawBatches(this.epochs++);
    let seconds = 0;
    for (let piece: BatchIndices | undefined; !draw.isOver;) {
      piece = draw.draw(PIECE, piece);
      seconds += await this.runPiece(step, piece, momentum, signal);
    }
    return seconds;
  }

  private async runPiece(
    step: Step,
    { indices, offsets }: BatchIndices,
    momentum: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const count = offsets.length - 1;
    const planOf = (batch: number): Entry => {
      const size = offsets[batch + 1] - offsets[batch];
      return planFor(step, placeholder([size], "int32"), momentum);
    };
    const rows = outsideRecording(() => tensor(indices));
    const start = performance.now();
    try {
      const [full, other] = [planOf(0), planOf(count - 1)];
      const work = { full, other: other === full ? undefined : other, inputs: [rows], offsets };
      await runEpoch({ ...work, signal, reason: REASON });
    } finally {
      rows.dispose();
    }
    return (performance.now() - start) / 1000;
  }

  private createStep(data: Tensor, options: CheckedOptions): Step {
    if (options.persistent) this.prepareChains(options.chains);
    if (options.sparsityTarget !== undefined) this.prepareActivity(options.sparsityTarget);
    return jit((rows, momentum) => {
      const v = gather(data, rows, 0, this.weights.kernel.dtype);
      const positive = dataStatistics(this.weights, v);
      const negative = this.negativePhase(positive, options);
      let gradient = descent(positive, negative);
      if (options.sparsityTarget !== undefined) {
        gradient = this.withSparsity(gradient, positive, options.sparsityTarget, options);
      }
      this.update(gradient, options.weightDecay, momentum);
      if (options.persistent) {
        assign(this.chains as Variable, this.generator.bernoulli(negative.h));
      }
    });
  }

  private negativePhase(positive: Statistics, { persistent, steps }: CheckedOptions): Statistics {
    const { weights, units, generator } = this;
    const start = persistent ? (this.chains as Variable) : generator.bernoulli(positive.h);
    return chainStatistics(weights, units, generator, start, steps);
  }

  private withSparsity(
    gradient: Weights,
    positive: Statistics,
    target: number,
    { sparsityDecay, sparsityCost }: CheckedOptions,
  ): Weights {
    const activity = this.activity as Variable;
    const q = add(mul(activity, sparsityDecay), mul(mean(positive.h, 0), 1 - sparsityDecay));
    assign(activity, q);
    return addSparsity(gradient, positive, q, target, sparsityCost);
  }

  private update(gradient: Weights, weightDecay: number, momentum: number): void {
    const { weights, velocities, rate } = this;
    const ofKernel =
      weightDecay === 0 ? gradient.kernel : add(gradient.kernel, mul(weights.kernel, weightDecay));
    const gradients: Weights = { ...gradient, kernel: ofKernel };
    for (const name of ["kernel", "visibleBias", "hiddenBias"] as const) {
      if (momentum === 0) sgdUpdate(weights[name], gradients[name], rate);
      else momentumUpdate(weights[name], velocities[name], gradients[name], rate, momentum, false);
    }
  }

  /** New chains start from hidden units that are all off. */
  private prepareChains(count: number): void {
    if (this.chains?.shape[0] === count) return;
    const { kernel } = this.weights;
    this.chains?.dispose();
    this.chains = state(0, "chains", [count, kernel.shape[1]], kernel.dtype);
  }

  /** At first units count as on as often as wanted. */
  private prepareActivity(target: number): void {
    const { hiddenBias } = this.weights;
    this.activity ??= state(target, "activity", hiddenBias.shape, hiddenBias.dtype);
  }
}

function state(
  value: number,
  name: string,
  shape: readonly number[],
  dtype: Tensor["dtype"],
): Variable {
  return outsideRecording(() =>
    tidy(() => new Variable(fill(shape, value, dtype), { name, trainable: false })),
  );
}
