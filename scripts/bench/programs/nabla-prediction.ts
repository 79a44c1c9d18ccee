/** nabla's predictions of one batch, over and over. */

import { type Model, type Tensor, jit } from "nabla";

import type { Case } from "./nabla-cases";

/** Each prediction is read, as a caller would. */
export function prediction(model: Model, x: Tensor, mode: string): Case {
  const forward = jit((x: Tensor) => model.forward(x));
  const predict = mode === "predict" ? () => model.predict(x) : () => forward(x);
  return {
    async run(repeat) {
      for (let i = 0; i < repeat; i++) {
        const y = await predict();
        y.data();
        y.dispose();
      }
    },
  };
}
