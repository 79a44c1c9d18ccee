/** Tensors of random numbers, the same for the same seed. */

import { type Tensor, tensor } from "../../src";
import { RandomStream } from "../../src/data/random-stream";

/** Numbers in [0.05, 0.95). */
export function uniform(shape: number[], seed: number): Tensor {
  const random = new RandomStream(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, () => random.between(0.05, 0.95)),
    shape,
  );
}
