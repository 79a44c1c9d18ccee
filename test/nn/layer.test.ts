/** The contract of layers: options, weights, configurations, modes; tried on layers of one's own. */

import {
  Activation,
  type Config,
  Dense,
  Dropout,
  GradientTape,
  Layer,
  type LayerOptions,
  Model,
  Rescaling,
  Sequential,
  Tensor,
  type Variable,
  constraints,
  initializers,
  jit,
  ones,
  optimizers,
  register,
  regularizers,
  tensor,
  tidy,
  zeros,
} from "../../src";
import { deserialize, serialize } from "../../src/nn/serialization";
import { number } from "../../src/tensor/option-kinds";
import { leakFree, leakFreeAsync, own } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

/** y = x * gain + shift, with weights created in `build`. */
class Scale extends Layer<{ initial: number }> {
  static override readonly positional = ["initial"];
  gain!: Variable;
  shift!: Variable;

  constructor(initial: number, options: LayerOptions = {}) {
    super(options, { initial: number(1) }, { initial });
  }

  override build(inputShape: readonly (number | null)[]): void {
    const size = inputShape.at(-1) as number;
    const initializer = initializers.constant(this.options.initial);
    this.gain = this.addWeight("gain", [size], { initializer });
    this.shift = this.addWeight("shift", [size], { initializer: "zeros", trainable: false });
  }

  forward(x: Tensor): Tensor {
    return x.mul(this.gain).add(this.shift);
  }
}
register("Scale", Scale);

/** Creates its weight in `forward`, and keeps it in no field that others see. */
class Hidden extends Layer {
  #weight: Variable | null = null;

  forward(x: Tensor): Tensor {
    this.#weight ??= this.addWeight("weight", [x.shape[1]], { initializer: "ones" });
    return x.mul(this.#weight);
  }
}

describe("a layer of one's own", () => {
  check("creates its weights at the first call, once", () => {
    const layer = new Scale(3);
    expect([layer.isBuilt, layer.weights.length]).toEqual([false, 0]);
    expect(layer.forward(ones([2, 2])).array()).toEqual([[3, 3], [3, 3]]); // prettier-ignore
    const { gain } = layer;
    layer.forward(ones([2, 2]));
    layer.build([null, 2]);
    expect(layer.gain).toBe(gain);
    expect(layer.isBuilt).toBe(true);
    expect(layer.namedWeights().map(([path]) => path)).toEqual(["gain", "shift"]);
    expect(layer.trainableWeights).toEqual([gain]);
  });

  check("is built in a capture as well", () => {
    for (const layer of [new Scale(2), new Hidden()]) {
      const run = own(jit((x: Tensor) => (layer as Scale).forward(x)));
      const expected = [[layer instanceof Scale ? 2 : 1]];
      expect([run(ones([1, 1])), run(ones([1, 1]))].map((y) => y.array())).toEqual([
        expected,
        expected,
      ]);
      expect(layer.weights.length).toBeGreaterThan(0);
    }
  });

  test("is built in fit as well", async () => {
    await leakFreeAsync(async () => {
      for (const layer of [new Scale(2), new Hidden()]) {
        const model = own(new Sequential([layer]));
        model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
        const { history } = await model.fit([[1], [2]], [[0], [0]], { epochs: 3, verbose: 0 });
        expect(history.loss[2]).toBeLessThan(history.loss[0]);
        expect(layer.weights[0].item()).toBeLessThan(2);
      }
    })();
  });

  check("keeps weights that it holds in a # field, under the name they were given", () => {
    const model = new Sequential([new Hidden()]).build([null, 3]);
    expect(model.namedWeights().map(([path]) => path)).toEqual(["layers.0.weight"]);
    expect(model.trainableWeights).toHaveLength(1);
  });

  check("builds anew after a failed build, and keeps nothing of it", () => {
    let fails = true;
    class Failing extends Layer {
      first: Variable | null = null;
      second: Variable | null = null;
      override build(): void {
        this.first = this.addWeight("first", [2]);
        if (fails) throw new Error("no second");
        this.second = this.addWeight("second", [2]);
      }
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    const layer = new Failing();
    expect(() => layer.forward(ones([1, 2]))).toThrow("no second");
    expect([layer.first, layer.isBuilt, layer.weights.length]).toEqual([null, false, 0]);
    fails = false;
    layer.forward(ones([1, 2]));
    expect(layer.weights).toHaveLength(2);
  });

  check("refuses options that it does not know, by its own name", () => {
    expect(() => new Scale(1, { nmae: "x" } as never)).toThrow(
      "Scale: expected options among name, dtype, trainable, activityRegularizer but received nmae",
    );
    expect(() => new Scale("1" as never)).toThrow(
      'Scale: expected a finite number for initial but received "1"',
    );
    class Open extends Layer {
      constructor(options: object) {
        super(options, ["anything"]);
      }
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    expect(new Open({ anything: [1] }).options).toEqual({ anything: [1] });
    expect(() => new Open({ nothing: 1 })).toThrow("Open: expected options among anything, name");
  });

  check("takes name, dtype and trainable", () => {
    const layer = new Scale(1, { name: "mine", dtype: "float64", trainable: false });
    layer.build([null, 2]);
    expect([layer.name, layer.gain.dtype, layer.trainableWeights.length]).toEqual([
      ...["mine", "float64", 0],
    ]);
    expect(() => new Scale(1, { dtype: "int32" })).toThrow("float dtype for dtype");
    expect(() => new Scale(1, { name: 3 as never })).toThrow("Scale: expected a string for name");
  });

  check("has a name of Keras' making, another each time", () => {
    class LeakyReLUHead extends Scale {}
    const names = [0, 1].map(() => new LeakyReLUHead(1).name);
    expect(names).toEqual(["leaky_re_lu_head", "leaky_re_lu_head_1"]);
    const [a, b] = [new Dense(1).name, new Dense(1).name];
    expect(a).toMatch(/^dense(_\d+)?$/);
    expect(a).not.toBe(b);
  });
});

describe("addWeight", () => {
  check("checks its arguments and what the initializer returns", () => {
    const layer = new Scale(1);
    layer.build([null, 2]);
    const add = (name: string, shape: unknown, options?: object) => () =>
      layer.addWeight(name, shape as number[], options);
    expect(add("gain", [2])).toThrow("expected a name that no other weight has but received gain");
    expect(add("a", [-1])).toThrow("non-negative integers for the shape of a");
    expect(add("a", [2], { initialiser: "ones" })).toThrow("Scale: addWeight: expected options");
    expect(add("a", [2], { initializer: "onez" })).toThrow(/zeros, ones.* but received "onez"/);
    expect(add("a", [2], { initializer: () => zeros([3]) })).toThrow(
      "Scale: expected float32[2] for what the initializer of a returns but received float32[3]",
    );
    expect(add("a", [2], { initializer: () => 3 })).toThrow("expected a Tensor for what");
    expect(layer.weights).toHaveLength(2);
  });

  check("takes Keras' spelling of names, functions, and what makes them", () => {
    const layer = new Scale(1, { dtype: "float64" });
    const given = ["he_normal", "HeNormal", initializers.heNormal, initializers.heNormal()];
    given.forEach((initializer, i) => {
      const weight = layer.addWeight(`w${i}`, [30, 30], { initializer: initializer as never });
      const deviation = Math.sqrt(weight.square().mean().item());
      expect(deviation).toBeGreaterThan(0.8 * Math.sqrt(2 / 30));
      expect(deviation).toBeLessThan(1.2 * Math.sqrt(2 / 30));
    });
    expect(layer.addWeight("n", [2], { dtype: "int32" }).array()).toEqual([0, 0]);
  });

  check("gives weights to constraints, which optimizers apply", () => {
    const dense = new Dense(2, { kernelConstraint: "non_neg", kernelInitializer: "ones" });
    const step = own(
      jit((x: Tensor) => {
        const tape = new GradientTape();
        const y = tape.record(() => dense.forward(x));
        optimizer.applyGradients(tape.gradient(y, dense.weights), dense.weights);
      }),
    );
    const optimizer = new optimizers.SGD(1);
    step(tensor([[0.25, 5]]));
    expect(dense.kernel!.array()).toEqual([[0.75, 0.75], [0, 0]]); // prettier-ignore
    expect(dense.bias!.array()).toEqual([-1, -1]);
  });
});

describe("outputShape", () => {
  check("follows from forward on types alone, the batch unknown or not", () => {
    const dense = new Dense(4);
    expect(dense.outputShape([null, 3, 2])).toEqual([null, 3, 4]);
    expect(dense.outputShape([7, 3, 2])).toEqual([7, 3, 4]);
    expect(dense.kernel!.shape).toEqual([2, 4]);
    expect(new Scale(1).outputShape([null, 5])).toEqual([null, 5]);
    expect(() => dense.outputShape([null, 3, 9])).toThrow("Dense: expected float32[batch, ..., 2]");
  });

  check("computes nothing and draws nothing", () => {
    const dropout = new Dropout(0.5, { seed: 1 }).train();
    expect(dropout.outputShape([null, 4])).toEqual([null, 4]);
    const twin = new Dropout(0.5, { seed: 1 }).train();
    expect(dropout.forward(ones([64])).array()).toEqual(twin.forward(ones([64])).array());
  });
});

describe("weights as lists", () => {
  check("come as copies and go in by the same order", () => {
    const layer = new Scale(2);
    expect(() => layer.setWeights([[1]])).toThrow("received 1; build the layer first");
    layer.build([null, 2]);
    const values = layer.getWeights();
    layer.setWeights([[5, 6], new Float32Array([7, 8])]);
    expect(layer.weights.map((weight) => weight.array())).toEqual([[5, 6], [7, 8]]); // prettier-ignore
    expect(values.map((value) => value.array())).toEqual([[2, 2], [0, 0]]); // prettier-ignore
    layer.setWeights(values);
    expect(layer.gain.array()).toEqual([2, 2]);
    expect(() => layer.setWeights([[1, 1], [1]])).toThrow(
      "setWeights: expected float32[2] for shift",
    );
    expect(layer.gain.array()).toEqual([2, 2]);
    expect(() => layer.setWeights(3 as never)).toThrow("expected 2 values for its weights");
  });
});

describe("apply", () => {
  check("is forward under TensorFlow.js' name", () => {
    expect(new Rescaling(2).apply(tensor([[1]])).array()).toEqual([[2]]);
    expect(new Sequential([new Rescaling(2)]).apply(tensor([[1]])).array()).toEqual([[2]]);
  });
});

// ---- configurations

describe("config", () => {
  const again = (layer: Layer): Layer =>
    deserialize(JSON.parse(JSON.stringify(serialize(layer)))) as Layer;

  check("makes the same layer again, through JSON", () => {
    const dense = new Dense(3, {
      name: "head",
      activation: "leaky_relu",
      useBias: false,
      kernelInitializer: initializers.varianceScaling({ scale: 2, mode: "fan_out" as never }),
      kernelRegularizer: regularizers.l1l2({ l1: 0.1, l2: 0.2 }),
      kernelConstraint: constraints.maxNorm({ maxValue: 3, axis: [0] }),
      trainable: false,
    });
    const copy = again(dense) as Dense;
    expect(serialize(copy)).toEqual(serialize(dense));
    expect(serialize(dense)).toMatchObject({
      kind: "layer",
      class: "Dense",
      config: {
        name: "head",
        units: 3,
        trainable: false,
        dtype: "float32",
        activation: "leakyRelu",
        useBias: false,
        kernelInitializer: { kind: "initializer", class: "varianceScaling" },
        kernelRegularizer: { class: "l1l2", config: { l1: 0.1, l2: 0.2 } },
        biasRegularizer: null,
      },
    });
    expect([copy.name, copy.trainable, copy.options.activation]).toEqual([
      ...["head", false, dense.options.activation],
    ]);
    expect(again(new Scale(4)).config()).toMatchObject({ initial: 4 });
  });

  check("follows what was changed since", () => {
    const dropout = new Dropout(0.5, { seed: 3 });
    dropout.rate = 0.25;
    expect((again(dropout) as Dropout).rate).toBe(0.25);
    dropout.trainable = false;
    expect(again(dropout).trainable).toBe(false);
  });

  check("refuses functions without a name, and takes registered ones by name", () => {
    const cube = (x: Tensor): Tensor => x.mul(x).mul(x);
    const layer = new Activation(cube);
    expect(() => serialize(layer)).toThrow(/received the function cube; call register\(name/);
    register("cubeOfTheLayerTest", cube);
    expect((serialize(layer) as { config: Config }).config.activation).toBe("cubeOfTheLayerTest");
    expect(again(layer).apply(tensor([[2]]) as never)).toBeInstanceOf(Tensor);
    const named = new Activation("cube_of_the_layer_test" as never);
    expect(named.forward(tensor([[2]])).array()).toEqual([[8]]);
  });

  check("of an unknown class says how to make it known", () => {
    const json = { kind: "layer", class: "Unheard", config: {} };
    expect(() => deserialize(json)).toThrow(
      'a registered layer but received Unheard; import the module that defines it, and call register("Unheard", Unheard)',
    );
    class Quiet extends Scale {}
    expect(() => serialize(new Quiet(1))).toThrow(/call register/);
  });

  check("keeps numbers that JSON has no words for", () => {
    const values = { a: Infinity, b: [-Infinity, NaN], c: null, d: "x", e: undefined };
    expect(deserialize(JSON.parse(JSON.stringify(serialize(values))))).toEqual({
      ...{ a: Infinity, b: [-Infinity, NaN], c: null, d: "x" },
    });
  });
});

describe("register", () => {
  check("refuses a name that something else of the kind has", () => {
    class Dense2 extends Layer {
      forward(x: Tensor): Tensor {
        return x;
      }
    }
    expect(() => register("dense", Dense2)).toThrow("no other layer has but received dense");
    register("Dense", Dense); // the same: nothing to do
    expect(() => register("", Dense2)).toThrow('expected a name but received ""');
    expect(() => register("x", 3 as never)).toThrow("class or a function for x but received 3");
  });
});

// ---- modes

describe("a loop that forgot model.train()", () => {
  /** The arguments of the warnings that `fn` gave rise to. */
  function warnings(fn: () => void): unknown[][] {
    const spy = jest.spyOn(process, "emitWarning").mockImplementation();
    try {
      fn();
      return spy.mock.calls;
    } finally {
      spy.mockRestore();
    }
  }

  class Net extends Model {
    dense = new Dense(2);
    dropout = new Dropout(0.5);
    override forward(x: Tensor): Tensor {
      return this.dropout.forward(this.dense.forward(x));
    }
  }

  function step(model: Model): () => void {
    const optimizer = new optimizers.SGD(0.1);
    const x = ones([3, 2]);
    return () => {
      const tape = new GradientTape();
      const loss = tape.record(() => model.forward(x).sum());
      const weights = model.trainableWeights;
      optimizer.applyGradients(tape.gradient(loss, weights), weights);
    };
  }

  test.each([false, true])("is warned once a model (captured: %s)", (captured) => {
    leakFree(() => {
      const model = own(new Net());
      const run = step(model);
      const call = captured ? own(jit(run)) : run;
      const seen = warnings(() => {
        call();
        call();
      });
      expect(seen).toEqual([
        [
          expect.stringMatching(/^applyGradients: dropout ran in inference mode.*model\.train\(\)/),
          { type: "NablaWarning", code: "NABLA_INFERENCE_MODE" },
        ],
      ]);
    })();
  });

  test("is not warned in training mode, of frozen layers, or by fit", async () => {
    await leakFreeAsync(async () => {
      const trained = own(new Net());
      trained.train();
      const frozen = own(new Net());
      frozen.dropout.trainable = false;
      const fitted = own(new Net());
      fitted.compile({ optimizer: "sgd", loss: "mse" });
      const seen = warnings(() => [trained, frozen].forEach((model) => tidy(() => step(model)())));
      const spy = jest.spyOn(process, "emitWarning");
      await fitted.fit([[1, 2]], [[1, 2]], { verbose: 0 });
      expect([...seen, ...spy.mock.calls]).toEqual([]);
      spy.mockRestore();
      expect(fitted.modules().some((module) => module.training)).toBe(false);
    })();
  });
});
