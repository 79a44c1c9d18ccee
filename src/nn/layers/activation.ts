import type { ActivationFunction } from "../activations/arguments";
import { type ActivationLike, activationOf } from "../activations/by-name";
import { Module } from "../module";
import { checkTensor } from "../../ops/arguments";
import type { Tensor } from "../../tensor/tensor";

/** Applies an activation function. */
export class Activation extends Module {
  private readonly activation: ActivationFunction;

  constructor(activation: ActivationLike) {
    super();
    this.activation = activationOf(activation);
  }

  forward(x: Tensor): Tensor {
    checkTensor(x, "Activation", "x");
    return this.activation(x);
  }
}
