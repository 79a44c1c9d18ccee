/** The tutorial's network in float64, for labs that look at its gradient. */

import { Dense, Flatten, Model, Rescaling, type Tensor } from "nabla";

const dtype = "float64";

/** Hidden units of the tutorial's network. */
export const TUTORIAL_UNITS = [32, 64, 128];

/** 784-32-64-128-10 with ReLU and softmax, or on other images and with other hidden units. */
export class TutorialNetwork extends Model {
  flatten = new Flatten();
  scale = new Rescaling(1 / 255, 0, { dtype });
  dense1: Dense;
  dense2: Dense;
  dense3: Dense;
  dense4 = new Dense(10, { activation: "softmax", dtype });

  constructor([first, second, third] = TUTORIAL_UNITS, side = 28) {
    super();
    const hidden = (units: number): Dense => new Dense(units, { activation: "relu", dtype });
    this.dense1 = hidden(first);
    this.dense2 = hidden(second);
    this.dense3 = hidden(third);
    this.build([null, side, side], "uint8");
  }

  override forward(x: Tensor): Tensor {
    x = this.scale.forward(this.flatten.forward(x));
    for (const layer of [this.dense1, this.dense2, this.dense3]) x = layer.forward(x);
    return this.dense4.forward(x);
  }
}
