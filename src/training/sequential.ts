import { checkArray } from "../ops/arguments";
import type { LayerOptions } from "../nn/layer";
import { Module } from "../nn/module";
import { type Config, register } from "../nn/registry";
import { SymbolicTensor } from "../nn/symbolic";
import { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { Model } from "./model";

/**
 * Layers one after the other.
 *
 * ```ts
 * const model = new Sequential([new Flatten(), new Dense(10, { activation: "softmax" })]);
 * ```
 *
 * An `input({ shape })` before the first layer, or `build`, makes the weights at once; else the first
 * data does.
 */
export class Sequential extends Model {
  static override readonly positional = ["layers"];
  override readonly layers: Module[] = [];
  #input: SymbolicTensor | null = null;

  constructor(layers: readonly (Module | Tensor)[] = [], options: LayerOptions = {}) {
    checkList(layers);
    super(options);
    for (const layer of layers) this.append(layer);
    this.buildAtOnce();
  }

  /** Appends a layer. */
  add(layer: Module | Tensor): this {
    this.append(layer);
    this.buildAtOnce();
    return this;
  }

  private append(layer: unknown): void {
    if (layer instanceof Module) {
      this.layers.push(layer);
      return;
    }
    const isInput = layer instanceof SymbolicTensor && layer.node === null;
    if (!isInput) {
      const found = layer instanceof Tensor ? layer.describe() : describeValue(layer);
      throw new TypeError(`Sequential: expected a layer but received ${found}`);
    }
    if (this.layers.length > 0 || this.#input !== null) {
      throw new Error("Sequential: expected one input, before the first layer");
    }
    this.#input = layer;
  }

  private buildAtOnce(): void {
    const { layers } = this;
    if (this.#input !== null && layers.length > 0) {
      this.build(this.#input.shape, this.#input.dtype);
    }
  }

  /** Takes the last layer away, and returns it. */
  pop(): Module {
    const last = this.layers.pop();
    if (last !== undefined) return last;
    throw new RangeError("Sequential: expected a layer to pop but there is none");
  }

  override config(): Config {
    return { ...super.config(), layers: [...this.layers] };
  }

  override forward(x: Tensor): Tensor {
    let y = x;
    for (const layer of this.layers) {
      y = (layer as Module & { forward(x: Tensor): Tensor }).forward(y);
    }
    return y;
  }
}

function checkList(layers: unknown): void {
  if (layers instanceof Module) {
    throw new TypeError(
      `Sequential: expected an array for layers but received a ${layers.constructor.name}; put the layers into ` +
        "brackets, new Sequential([...])",
    );
  }
  checkArray(layers, "Sequential", "layers");
}

register("Sequential", Sequential);
