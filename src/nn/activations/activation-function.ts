import type { Tensor } from "../../tensor/tensor";

/** A function of a tensor that keeps its shape. */
export type ActivationFunction = (x: Tensor) => Tensor;
