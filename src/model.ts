/** Models: modules with an input shape and a summary. */

import type { DType } from "./dtype";
import { Module } from "./module";
import { checkArray } from "./ops/arguments";
import { fill } from "./ops/shape";
import { tidy } from "./memory";
import { outsideRecording } from "./recorder";
import type { Tensor } from "./tensor";
import { summarize } from "./summary";
import { checkShape, describeValue } from "./values";

/**
 * A network. Subclass it: layers in fields, their use in `forward`.
 *
 * ```ts
 * class Classifier extends Model {
 *   hidden = new Dense(64, { activation: "relu" });
 *   output = new Dense(10, { activation: "softmax" });
 *   forward(x: Tensor): Tensor {
 *     return this.output.forward(this.hidden.forward(x));
 *   }
 * }
 * ```
 */
export abstract class Model extends Module {
  abstract override forward(x: Tensor): Tensor;

  /**
   * Creates the weights of all layers, by a run on zeros.
   * @param inputShape with the batch's axis, which may be null: [null, 28, 28]
   * @param dtype of the input; "float32" by default
   */
  build(inputShape: readonly (number | null)[], dtype: DType = "float32"): this {
    const shape: unknown = Array.isArray(inputShape)
      ? inputShape.map((dim: number | null, axis) => (axis === 0 ? (dim ?? 1) : dim))
      : inputShape;
    checkShape(shape, "inputShape");
    outsideRecording(() => tidy(() => void this.forward(fill(shape, 0, dtype))));
    return this;
  }

  /**
   * A table of layers, output shapes and numbers of parameters.
   * @param print receives the text; the console by default
   */
  summary(print: (text: string) => void = console.log): void {
    print(summarize(this));
  }
}

/** Layers one after the other. */
export class Sequential extends Model {
  readonly layers: Module[] = [];

  constructor(layers: readonly Module[] = []) {
    super();
    checkArray(layers, "Sequential", "layers");
    for (const layer of layers) this.add(layer);
  }

  /** Appends a layer. */
  add(layer: Module): this {
    if (!(layer instanceof Module)) {
      throw new TypeError(`Sequential: expected a layer but received ${describeValue(layer)}`);
    }
    this.layers.push(layer);
    return this;
  }

  forward(x: Tensor): Tensor {
    let y = x;
    for (const layer of this.layers)
      y = (layer as Module & { forward(x: Tensor): Tensor }).forward(y);
    return y;
  }
}
