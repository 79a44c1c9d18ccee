/** Restricted Boltzmann machines. */

import { type DType, isFloat } from "../tensor/dtype";
import { type InitializerLike, initializerOf } from "../nn/initializers/initializer";
import { jit } from "../capture/jit";
import { tidy } from "../tensor/memory";
import { Module } from "../nn/module";
import { neg, square, sub } from "../ops/arithmetic";
import type { TensorLike } from "../ops/arguments";
import { Generator } from "../ops/random";
import { mean } from "../ops/reduce";
import { cast, fill, slice } from "../ops/shape";
import { assign } from "../ops/update";
import { checkOptions } from "../tensor/options";
import { outsideRecording } from "../tensor/recorder";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { Variable } from "../tensor/variable";
import { chainStatistics, dataStatistics, descent } from "./contrastive-divergence";
import { type Expected, checkedRows, toRows } from "./data";
import { type Weights, freeEnergy, hiddenMean, visibleInput } from "./energy";
import {
  type BoltzmannEpoch,
  type BoltzmannFitOptions,
  checkFitOptions,
  count,
  flag,
  stepCount,
} from "./options";
import { inFloat64, logPartition } from "./partition";
import { estimatedPseudoLikelihood, exactPseudoLikelihood } from "./pseudo-likelihood";
import { Trainer } from "./trainer";
import { type VisibleKind, type VisibleUnits, visibleUnitsOf } from "./visible-units";

/** Options of a `RestrictedBoltzmannMachine`. */
export interface BoltzmannOptions {
  /**
   * "bernoulli" (default) for data in [0, 1], "gaussian" for real numbers. Gaussian units have unit
   * variance: give each column of the data mean 0 and variance 1.
   */
  visibleUnits?: VisibleKind;
  /** Normal of deviation 0.01 by default (guide, section 8). Biases start at 0. */
  kernelInitializer?: InitializerLike;
  /** "float32" by default. */
  dtype?: DType;
  /** Of the random draws; by default the next streams of the library's seed (see `setSeed`). */
  seed?: number;
}

/** Options of a Gibbs chain. */
export interface GibbsOptions {
  /** Gibbs steps, each a draw of both layers; 1,000. */
  steps?: number;
  /** Visible states [count, visible] to start from; by default each hidden unit is on or off by chance. */
  start?: TensorLike;
  /** Whether to return E[v | h] of the last step instead of a draw; false. */
  mean?: boolean;
}

/** Options of `pseudoLikelihood`. */
export interface PseudoLikelihoodOptions {
  /** Sums over all bits instead of estimating the sum from one bit of each sample; false. */
  exact?: boolean;
}

/** Rows of which the reconstruction error is told after an epoch. */
const ERROR_ROWS = 1000;

/**
 * A restricted Boltzmann machine: visible units v and binary hidden units h, each joined with all
 * units of the other layer and none of its own (Smolensky 1986; G. E. Hinton 2010, "A practical guide
 * to training restricted Boltzmann machines", UTML TR 2010-003: "the guide" below). Energies:
 *
 * - Bernoulli visible units: E(v, h) = -a v - b h - v W h
 * - Gaussian visible units of unit variance: E(v, h) = |v - a|^2 / 2 - b h - v W h
 *
 * with P(v, h) = e^-E(v, h) / Z. As a module it computes P(h = 1 | v), like a sigmoid Dense layer.
 */
export class RestrictedBoltzmannMachine extends Module {
  /** W [visible, hidden] */
  readonly kernel: Variable;
  /** a [visible] */
  readonly visibleBias: Variable;
  /** b [hidden] */
  readonly hiddenBias: Variable;
  private readonly kindOfVisible: VisibleUnits;
  private readonly seed: number | undefined;
  private readonly generator: Generator;
  private trainer: Trainer | null = null;

  /**
   * @param visible number of visible units
   * @param hidden number of hidden units
   */
  constructor(
    readonly visible: number,
    readonly hidden: number,
    options: BoltzmannOptions = {},
  ) {
    super();
    const name = "RestrictedBoltzmannMachine";
    checkOptions(options, ["visibleUnits", "kernelInitializer", "dtype", "seed"], name);
    count(visible, "visible", name);
    count(hidden, "hidden", name);
    const { dtype = "float32", seed, visibleUnits = "bernoulli" } = options;
    if (!isFloat(dtype)) {
      throw new TypeError(`${name}: expected a float dtype but received ${describeValue(dtype)}`);
    }
    this.kindOfVisible = visibleUnitsOf(visibleUnits);
    this.seed = seed;
    this.generator = new Generator(seed);
    const initializer = initializerOf(
      options.kernelInitializer ?? ((shape, type) => this.generator.normal(shape, 0, 0.01, type)),
      name,
      "kernelInitializer",
    );
    const create = (path: string, initial: () => Tensor): Variable =>
      outsideRecording(() => tidy(() => new Variable(initial(), { name: path })));
    this.kernel = create("kernel", () => initializer([visible, hidden], dtype));
    this.visibleBias = create("visibleBias", () => fill([visible], 0, dtype));
    this.hiddenBias = create("hiddenBias", () => fill([hidden], 0, dtype));
  }

  /** What the visible units are: "bernoulli", 0 or 1, or "gaussian", numbers. */
  get visibleUnits(): VisibleKind {
    return this.kindOfVisible.kind;
  }

  /** Type of the weights, and of what the machine takes and gives. */
  get dtype(): DType {
    return this.kernel.dtype;
  }

  /** P(h = 1 | v) = sigmoid(b + v W): [batch, visible] -> [batch, hidden]. */
  forward(v: Tensor): Tensor {
    return hiddenMean(this.params(), v);
  }

  /**
   * P(h = 1 | v) of data: the features that the machine has learned.
   * @param data [samples, visible]; more axes behind the first, as those of images, are flattened
   * @returns [samples, hidden]
   */
  transform(data: TensorLike): Tensor {
    return tidy(() => this.forward(toRows(data, this.expected(), "transform")));
  }

  /**
   * The data as the hidden units remember it: E[v | h], h being the probabilities of the data
   * (mean-field, nothing is drawn).
   * @param data [samples, visible]
   * @returns [samples, visible]
   */
  reconstruct(data: TensorLike): Tensor {
    return tidy(() => this.expand(this.forward(toRows(data, this.expected(), "reconstruct"))));
  }

  /** E[v | h]: [batch, hidden] -> [batch, visible]. */
  expand(h: Tensor): Tensor {
    return this.kindOfVisible.mean(visibleInput(this.params(), h));
  }

  /**
   * F(v) = -ln of the sum of e^-E(v, h) over all h; -a v (Gaussian: |v - a|^2 / 2) less the sum over
   * hidden units of softplus(b + v W). The lower, the likelier: P(v) = e^-F(v) / Z.
   * @param data [samples, visible]
   * @returns [samples]
   */
  freeEnergy(data: TensorLike): Tensor {
    return tidy(() =>
      freeEnergy(this.params(), this.kindOfVisible, toRows(data, this.expected(), "freeEnergy")),
    );
  }

  /**
   * The ln of the pseudo-likelihood of Bernoulli units (Besag 1975): the sum over all units i of
   * ln P(v_i | the others) = ln sigmoid(F(v with unit i flipped) - F(v)). By default an estimate from
   * one random unit of each sample, times their number, as scikit-learn's `score_samples`.
   * @param data [samples, visible]
   * @returns [samples]
   * @throws Error for Gaussian units, whose conditional densities have no closed form
   */
  pseudoLikelihood(data: TensorLike, options: PseudoLikelihoodOptions = {}): Tensor {
    if (this.visibleUnits !== "bernoulli") {
      throw new Error(
        `pseudoLikelihood: expected Bernoulli visible units but the machine has ${this.visibleUnits} ones`,
      );
    }
    checkOptions(options, ["exact"], "pseudoLikelihood");
    const exact = flag(options.exact ?? false, "exact", "pseudoLikelihood");
    return tidy(() => {
      const v = toRows(data, this.expected(), "pseudoLikelihood");
      return exact
        ? exactPseudoLikelihood(this.params(), v)
        : estimatedPseudoLikelihood(this.params(), this.generator, v);
    });
  }

  /**
   * ln Z by enumeration of the smaller layer, in float64.
   * @throws RangeError if each layer that can be enumerated (only the hidden one beside Gaussian units)
   *   has more than 20 units
   */
  logPartition(): number {
    return logPartition(this.params(), this.kindOfVisible);
  }

  /**
   * ln P(v) = -F(v) - ln Z, exactly, in float64; for Gaussian units the ln of a density.
   * @param data [samples, visible]
   * @returns float64 [samples]
   * @throws RangeError as `logPartition`
   */
  logLikelihood(data: TensorLike): Tensor {
    return tidy(() => {
      const v = cast(toRows(data, this.expected(), "logLikelihood"), "float64");
      const logZ = this.logPartition();
      const energy = freeEnergy(inFloat64(this.params()), this.kindOfVisible, v);
      return sub(neg(energy), logZ);
    });
  }

  /**
   * The CD-k estimate (Hinton 2002) of the gradient of the mean ln P(v): <v h> under the data less
   * <v h> after k Gibbs steps from it, and so for the biases. Draws from the machine's generator.
   * @param data [samples, visible], one chain a row
   */
  contrastiveGradient(data: TensorLike, options: { steps?: number } = {}): Weights {
    checkOptions(options, ["steps"], "contrastiveGradient");
    const steps = stepCount(options.steps ?? 1, "contrastiveGradient");
    return tidy(() => {
      const v = toRows(data, this.expected(), "contrastiveGradient");
      const params = this.params();
      const positive = dataStatistics(params, v);
      const start = this.generator.bernoulli(positive.h);
      const { kindOfVisible, generator } = this;
      const negative = chainStatistics(params, kindOfVisible, generator, start, steps);
      const { kernel, visibleBias, hiddenBias } = descent(positive, negative);
      return {
        kernel: neg(kernel),
        visibleBias: neg(visibleBias),
        hiddenBias: neg(hiddenBias),
      };
    });
  }

  /**
   * Trains by contrastive divergence (CD-k, Hinton 2002; or with `persistent` as Tieleman 2008). Each
   * update is, for the batch's gradient g of the mean ln P(v),
   *
   *     velocity = momentum velocity + rate (g - weightDecay W),   W += velocity
   *
   * (guide, sections 9 and 10). Resolves to what is known of each epoch. Updates run on another
   * thread: until then the machine can be used in `onEpochEnd` alone, and the data must not be disposed
   * of. Options, data and their range are checked before the first update.
   * @param data [samples, visible], of the machine's dtype or integers (converted batch by batch)
   */
  async fit(data: TensorLike, options: BoltzmannFitOptions = {}): Promise<BoltzmannEpoch[]> {
    const checked = checkFitOptions(options, this.visibleUnits === "gaussian" ? 0.001 : 0.1, "fit");
    const rows = checkedRows(data, this.expected(), "fit");
    if (rows.shape[0] === 0) {
      throw new RangeError(`fit: expected at least one sample but received ${rows.describe()}`);
    }
    this.trainer ??= new Trainer(this.params(), this.kindOfVisible, this.generator, this.seed);
    try {
      return await this.trainer.fit(rows, checked, () => this.reconstructionError(rows));
    } finally {
      if (rows !== data) rows.dispose();
    }
  }

  /**
   * Draws from the machine by Gibbs chains: v given h, h given v, and so on.
   * @param samples number of chains
   * @returns visible states [samples, visible]
   */
  sample(samples: number, options: GibbsOptions = {}): Tensor {
    count(samples, "samples", "sample");
    checkOptions(options, ["steps", "start", "mean"], "sample");
    const steps = count(options.steps ?? 1000, "steps", "sample");
    const wantsMean = flag(options.mean ?? false, "mean", "sample");
    return tidy(() => {
      const states = new Variable(this.startOfChains(samples, options.start), { name: "chains" });
      try {
        this.runChains(states, steps - 1);
        return this.drawVisible(states, wantsMean);
      } finally {
        states.dispose();
      }
    });
  }

  /** @internal A draw of v given hidden states [batch, hidden], or its mean. */
  drawVisible(h: Tensor, wantsMean: boolean): Tensor {
    const means = this.expand(h);
    return wantsMean ? means : this.kindOfVisible.sample(means, this.generator);
  }

  /** Hidden states [samples, hidden]. */
  private startOfChains(samples: number, start: TensorLike | undefined): Tensor {
    if (start === undefined)
      return this.generator.bernoulli(fill([samples, this.hidden], 0.5, this.dtype));
    const v = toRows(start, this.expected(), "sample");
    if (v.shape[0] === samples) return this.generator.bernoulli(this.forward(v));
    throw new RangeError(`sample: expected ${samples} rows for start but received ${v.describe()}`);
  }

  /** Gibbs steps of hidden states [samples, hidden]. */
  private runChains(states: Variable, steps: number): void {
    const params = this.params();
    const { kindOfVisible, generator } = this;
    const step = jit(() => {
      const { h } = chainStatistics(params, kindOfVisible, generator, states, 1);
      assign(states, generator.bernoulli(h));
    });
    try {
      for (let done = 0; done < steps; done++) step();
    } finally {
      step.dispose();
    }
  }

  /** Mean squared difference of the first rows and their reconstructions. */
  private reconstructionError(rows: Tensor): number {
    return tidy(() => {
      const some = cast(slice(rows, 0, Math.min(ERROR_ROWS, rows.shape[0])), this.dtype);
      return mean(square(sub(some, this.expand(this.forward(some))))).item();
    });
  }

  private params(): Weights<Variable> {
    const { kernel, visibleBias, hiddenBias } = this;
    return { kernel, visibleBias, hiddenBias };
  }

  private expected(): Expected {
    return { units: this.visible, dtype: this.dtype, range: this.kindOfVisible.range };
  }
}
