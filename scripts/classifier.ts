/** The tutorial's network, 784-32-64-128-10, as a class that files of models name. */

import { Dense, Flatten, Model, Rescaling, type Tensor, register } from "nabla";

export type Activation = "relu" | "sigmoid" | "tanh";

/** x uint8 or float [batch, 28, 28], from 0 to 255 -> probabilities [batch, 10] */
export class Classifier extends Model {
  readonly #activation: Activation;
  flatten = new Flatten();
  scale = new Rescaling(1 / 255); // images stay uint8 in memory
  dense1: Dense;
  dense2: Dense;
  dense3: Dense;
  dense4: Dense;

  constructor({ activation = "relu", ...options }: { activation?: Activation } = {}) {
    super(options);
    this.#activation = activation;
    this.dense1 = new Dense(32, { activation });
    this.dense2 = new Dense(64, { activation });
    this.dense3 = new Dense(128, { activation });
    this.dense4 = new Dense(10, { activation: "softmax" });
  }

  override config(): ReturnType<Model["config"]> {
    return { ...super.config(), activation: this.#activation };
  }

  override forward(x: Tensor): Tensor {
    x = this.flatten.forward(x);
    x = this.scale.forward(x);
    x = this.dense1.forward(x);
    x = this.dense2.forward(x);
    x = this.dense3.forward(x);
    return this.dense4.forward(x);
  }
}

register("Classifier", Classifier);
