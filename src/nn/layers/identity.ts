import type { Tensor } from "../../tensor/tensor";
import { Layer, type LayerOptions } from "../layer";
import { register } from "../registry";

/** Passes x on, whatever it is. */
export class Identity extends Layer {
  constructor(options: LayerOptions = {}) {
    super(options);
  }

  forward<T = Tensor>(x: T): T {
    return x;
  }
}

register("Identity", Identity);
