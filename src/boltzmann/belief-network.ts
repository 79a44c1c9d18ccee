/** Deep belief networks. */

import type { ActivationLike } from "../nn/activations/by-name";
import type { InitializerLike } from "../nn/initializers";
import { Dense } from "../nn/layers";
import { tidy } from "../tensor/memory";
import { Sequential } from "../training/sequential";
import { Module } from "../nn/module";
import type { TensorLike } from "../ops/arguments";
import { assign } from "../ops/update";
import { checkOptions } from "../tensor/options";
import type { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import type { Variable } from "../tensor/variable";
import { type BoltzmannOptions, type GibbsOptions, RestrictedBoltzmannMachine } from "./machine";
import {
  type BoltzmannEpoch,
  type BoltzmannFitOptions,
  checkFitOptions,
  count,
  flag,
} from "./options";

/** What is known of an epoch of one machine. */
export interface BeliefNetworkEpoch extends BoltzmannEpoch {
  /** The machine, from 0 at the data. */
  readonly layer: number;
}

export interface BeliefNetworkFitOptions extends Omit<BoltzmannFitOptions, "onEpochEnd"> {
  /** Called after each epoch; a promise that it returns is awaited. */
  onEpochEnd?: (logs: BeliefNetworkEpoch) => unknown;
}

export interface ClassifierOptions {
  /** Of the new output layer; "softmax". */
  activation?: ActivationLike;
  /** Of the new output layer; "glorotUniform". */
  kernelInitializer?: InitializerLike;
}

/**
 * A deep belief network (Hinton, Osindero and Teh 2006, "A fast learning algorithm for deep belief
 * nets", Neural Computation 18:1527): a restricted Boltzmann machine at the top of layers that
 * generate downwards,
 *
 *     P(v, h1, ..., hL) = P(v | h1) P(h1 | h2) ... P(h(L-2) | h(L-1)) P(h(L-1), hL).
 *
 * It is trained greedily, one machine after the other from the data up: each learns the hidden
 * probabilities of the one below, which raises a lower bound of ln P(v). Its weights are good initial
 * values of a deep network (Bengio et al. 2007, "Greedy layer-wise training of deep networks", NIPS
 * 19), which `toClassifier` makes.
 */
export class DeepBeliefNetwork extends Module {
  /** From the data to the top. */
  readonly machines: RestrictedBoltzmannMachine[];

  /**
   * @param units of each layer, the visible one first: at least two
   * @param options of the machines; `visibleUnits` is that of the lowest. With a `seed` machine i has
   *   seed + i.
   */
  constructor(units: readonly number[], options: BoltzmannOptions = {}) {
    super();
    if (!Array.isArray(units) || units.length < 2) {
      throw new RangeError(
        "DeepBeliefNetwork: expected an array of at least two numbers for units but received " +
          (Array.isArray(units) ? `[${units.join(", ")}]` : describeValue(units)),
      );
    }
    units.forEach((n, i) => count(n as number, `units[${i}]`, "DeepBeliefNetwork"));
    this.machines = units.slice(1).map((hidden: number, i) => {
      const visibleUnits = i === 0 ? options.visibleUnits : "bernoulli";
      const seed = options.seed === undefined ? undefined : options.seed + i;
      return new RestrictedBoltzmannMachine(units[i] as number, hidden, {
        ...options,
        visibleUnits,
        seed,
      });
    });
  }

  /** The hidden probabilities of the top: [batch, visible] -> [batch, units of the last layer]. */
  forward(v: Tensor): Tensor {
    return climb(this.machines, v);
  }

  /**
   * The hidden probabilities of the top machine for data.
   * @param data [samples, visible]
   * @returns [samples, units of the last layer]
   */
  transform(data: TensorLike): Tensor {
    const [lowest, ...others] = this.machines;
    return tidy(() => climb(others, lowest.transform(data)));
  }

  /**
   * Up to the top and down again by means alone.
   * @param data [samples, visible]
   * @returns [samples, visible]
   */
  reconstruct(data: TensorLike): Tensor {
    return tidy(() => {
      let means = this.transform(data);
      for (const machine of [...this.machines].reverse()) means = machine.expand(means);
      return means;
    });
  }

  /**
   * Trains the machines greedily, from the lowest up; each takes the hidden probabilities of the one
   * below as its data. Options, data and their range are checked before the first update.
   * @param data [samples, visible]
   * @param options those of `RestrictedBoltzmannMachine.fit`, for all machines or an array with one
   *   object a machine
   * @returns what is known of each epoch, in their order
   */
  async fit(
    data: TensorLike,
    options: BeliefNetworkFitOptions | readonly BeliefNetworkFitOptions[] = {},
  ): Promise<BeliefNetworkEpoch[]> {
    const perMachine = this.optionsOf(options);
    const history: BeliefNetworkEpoch[] = [];
    let below: Tensor | null = null;
    try {
      for (const [layer, machine] of this.machines.entries()) {
        const { onEpochEnd, ...rest } = perMachine[layer];
        const tell = (epoch: BoltzmannEpoch): unknown => {
          history.push({ layer, ...epoch });
          return onEpochEnd?.({ layer, ...epoch });
        };
        await machine.fit(below ?? data, { ...rest, onEpochEnd: tell });
        if (layer === this.machines.length - 1) break;
        const features: Tensor = machine.transform(below ?? data);
        below?.dispose();
        below = features;
      }
    } finally {
      below?.dispose();
    }
    return history;
  }

  /**
   * Draws by Gibbs chains in the top machine, whose visible states then go down layer by layer.
   * @param samples number of draws
   * @param options `start` is data for the lowest layer; `mean` returns E[v | h1] of that layer
   * @returns [samples, visible]
   */
  sample(samples: number, options: GibbsOptions = {}): Tensor {
    checkOptions(options, ["steps", "start", "mean"], "sample");
    const wantsMean = flag(options.mean ?? false, "mean", "sample");
    const lower = this.machines.slice(0, -1);
    const top = this.machines[this.machines.length - 1];
    if (lower.length === 0) return top.sample(samples, options);
    return tidy(() => {
      const start =
        options.start === undefined
          ? undefined
          : climb(lower.slice(1), lower[0].transform(options.start));
      let states = top.sample(samples, { ...options, start, mean: false });
      for (let layer = lower.length - 1; layer >= 0; layer--) {
        states = lower[layer].drawVisible(states, layer === 0 && wantsMean);
      }
      return states;
    });
  }

  /**
   * A network to fine-tune: a sigmoid Dense layer for each machine, with copies of its weights and
   * hidden biases, and a new output layer (Bengio et al. 2007). Training it leaves this network as it
   * is. It takes [batch, visible]; put layers that prepare other input before it:
   * `new Sequential([new Flatten(), new Rescaling(1 / 255), network.toClassifier(10)])`.
   * @param units of the output layer: the number of classes
   */
  toClassifier(units: number, options: ClassifierOptions = {}): Sequential {
    count(units, "units", "toClassifier");
    checkOptions(options, ["activation", "kernelInitializer"], "toClassifier");
    const { activation = "softmax", kernelInitializer } = options;
    const { dtype, visible } = this.machines[0];
    const output = new Dense(units, { activation, kernelInitializer, dtype });
    const hidden = this.machines.map((machine) => toDense(machine));
    return new Sequential([...hidden, output]).build([null, visible], dtype);
  }

  private optionsOf(
    options: BeliefNetworkFitOptions | readonly BeliefNetworkFitOptions[],
  ): readonly BeliefNetworkFitOptions[] {
    const { machines } = this;
    const perMachine: unknown = Array.isArray(options) ? options : machines.map(() => options);
    const list = perMachine as BeliefNetworkFitOptions[];
    if (list.length !== machines.length) {
      throw new RangeError(
        `fit: expected ${machines.length} objects in options, one a machine, but received ${list.length}`,
      );
    }
    list.forEach((each) => checkFitOptions(each as BoltzmannFitOptions, 0.1, "fit"));
    return list;
  }
}

/** The hidden probabilities of one machine after the other. */
function climb(machines: readonly RestrictedBoltzmannMachine[], v: Tensor): Tensor {
  return machines.reduce((values, machine) => machine.forward(values), v);
}

function toDense({
  visible,
  hidden,
  dtype,
  kernel,
  hiddenBias,
}: RestrictedBoltzmannMachine): Dense {
  const layer = new Dense(hidden, { activation: "sigmoid", kernelInitializer: "zeros", dtype });
  layer.build([null, visible]);
  assign(layer.kernel as Variable, kernel);
  assign(layer.bias as Variable, hiddenBias);
  return layer;
}
