/** Restricted Boltzmann machines and deep belief networks. */

export {
  type BeliefNetworkEpoch,
  type BeliefNetworkFitOptions,
  type ClassifierOptions,
  DeepBeliefNetwork,
} from "./belief-network";
export type { Weights as BoltzmannWeights } from "./energy";
export {
  type BoltzmannOptions,
  type GibbsOptions,
  type PseudoLikelihoodOptions,
  RestrictedBoltzmannMachine,
} from "./machine";
export type { BoltzmannEpoch, BoltzmannFitOptions, Schedule } from "./options";
export type { VisibleKind } from "./visible-units";
