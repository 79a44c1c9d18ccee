import {
  Dataset,
  Dense,
  Dropout,
  GradientTape,
  Rescaling,
  Variable,
  initializers,
  jit,
  losses,
  metrics,
  mnist,
  ones,
  optimizers,
  syntheticDigits,
  syntheticMnist,
  zeros,
} from "../../src";
import { leakFree } from "../helpers/leak-free";

type Call = (options: never) => unknown;

const rows = ones([3]);
const set = () => Dataset.fromTensorSlices(rows);

/** Everything that takes options, by the name that its errors give. */
const takers: Record<string, Call> = {
  jit: (options) => jit(() => undefined, options),
  Variable: (options) => new Variable(1, options),
  GradientTape: (options) => new GradientTape(options),
  gradient: (options) => {
    const v = new Variable(1);
    const tape = new GradientTape();
    const y = tape.record(() => v.square());
    return tape.gradient(y, v, options);
  },
  Dense: (options) => new Dense(3, options),
  Dropout: (options) => new Dropout(0.5, options),
  Rescaling: (options) => new Rescaling(1, 0, options),
  SGD: (options) => new optimizers.SGD(0.1, options),
  Adam: (options) => new optimizers.Adam(0.1, options),
  BinaryAccuracy: (options) => new metrics.BinaryAccuracy(options),
  sparseCategoricalCrossentropy: (options) =>
    losses.sparseCategoricalCrossentropy(zeros([1], "int32"), ones([1, 1]), options),
  categoricalCrossentropy: (options) =>
    losses.categoricalCrossentropy(ones([1, 2]), ones([1, 2]), options),
  binaryCrossentropy: (options) => losses.binaryCrossentropy(ones([1, 2]), ones([1, 2]), options),
  randomUniform: (options) => initializers.randomUniform(options),
  randomNormal: (options) => initializers.randomNormal(options),
  truncatedNormal: (options) => initializers.truncatedNormal(options),
  varianceScaling: (options) => initializers.varianceScaling(options),
  glorotUniform: (options) => initializers.glorotUniform(options),
  glorotNormal: (options) => initializers.glorotNormal(options),
  heUniform: (options) => initializers.heUniform(options),
  heNormal: (options) => initializers.heNormal(options),
  lecunUniform: (options) => initializers.lecunUniform(options),
  lecunNormal: (options) => initializers.lecunNormal(options),
  shuffle: (options) => set().shuffle(3, options),
  batch: (options) => set().batch(2, options),
  syntheticDigits: (options) => syntheticDigits(options),
  syntheticMnist: (options) => syntheticMnist(options),
};

const named = Object.entries(takers);

test.each(named)(
  "%s refuses an option that it does not know, naming those it does",
  (name, call) => {
    leakFree(() => {
      const expected = new RegExp(`^${name}: expected .*option.* but received momentumm$`);
      expect(() => call({ momentumm: 1 } as never)).toThrow(expected);
    })();
  },
);

test.each(named)("%s refuses options that are no object", (name, call) => {
  leakFree(() => {
    for (const options of [null, 7, "relu", true, [1]]) {
      expect(() => call(options as never)).toThrow(
        new RegExp(`^${name}: expected an object for options but received `),
      );
    }
  })();
});

test("mnist refuses both by its promise", async () => {
  await expect(mnist({ directry: "x" } as never)).rejects.toThrow(/received directry$/);
  await expect(mnist(3 as never)).rejects.toThrow("mnist: expected an object for options");
  await expect(mnist({ directory: 3 } as never)).rejects.toThrow(
    "mnist: expected a path for directory but received 3",
  );
  await expect(mnist({ mirrors: "x" } as never)).rejects.toThrow("addresses for mirrors");
});

const wrong: [string, () => unknown, RegExp][] = [
  ["fuse", () => jit(() => undefined, { fuse: 1 as never }), /boolean for fuse .* received 1/],
  [
    "trainable",
    () => new Variable(1, { trainable: "no" as never }),
    /boolean for trainable .* received "no"/,
  ],
  ["name", () => new Variable(1, { name: 3 as never }), /string for name .* received 3/],
  ["dtype", () => new Variable(1, { dtype: "float16" as never }), /for dtype .* received float16/],
  [
    "trainable of a Variable",
    () => (new Variable(1, { name: "w" }).trainable = 1 as never),
    /^Variable w .*boolean for trainable .* received 1/,
  ],
  [
    "trainable of a layer",
    () => (new Dense(1).trainable = null as never),
    /^Dense: .*boolean for trainable .* received null/,
  ],
  ["train's mode", () => new Dense(1).train(0 as never), /^Dense: .*boolean for mode .* 0/],
  [
    "persistent",
    () => new GradientTape({ persistent: 1 as never }),
    /boolean for persistent .* received 1/,
  ],
  ["unconnected", () => takers.gradient({ unconnected: "zeros" } as never), /"zero".* "zeros"/],
  ["useBias", () => new Dense(1, { useBias: "yes" as never }), /boolean for useBias .* "yes"/],
  [
    "activation",
    () => new Dense(1, { activation: "rellu" as never }),
    /one of .*, relu, .* for activation but received "rellu"/,
  ],
  [
    "activation inherited from Object",
    () => new Dense(1, { activation: "toString" as never }),
    /for activation but received "toString"/,
  ],
  [
    "kernelInitializer",
    () => new Dense(1, { kernelInitializer: "glorot" as never }),
    /glorotUniform.* for kernelInitializer but received "glorot"/,
  ],
  ["dtype of Dense", () => new Dense(1, { dtype: "int32" }), /float dtype .* received "int32"/],
  ["dtype of Rescaling", () => new Rescaling(1, 0, { dtype: "uint8" }), /float dtype/],
  ["units", () => new Dense(2.5), /positive integer for units but received 2.5/],
  ["rate", () => new Dropout(1.5), /number in \[0, 1\] for rate but received 1.5/],
  ["nesterov alone", () => new optimizers.SGD(0.1, { nesterov: true }), /momentum > 0/],
  ["momentum", () => new optimizers.SGD(0.1, { momentum: 1 }), /\[0, 1\) for momentum .* 1/],
  ["learningRate", () => new optimizers.SGD(-1), /non-negative number, .* for learningRate .* -1/],
  ["learningRate NaN", () => new optimizers.Adam(NaN), /for learningRate but received NaN/],
  ["beta2", () => new optimizers.Adam(0.1, { beta2: 1.5 }), /for beta2 but received 1.5/],
  ["epsilon", () => new optimizers.Adam(0.1, { epsilon: -1 }), /for epsilon but received -1/],
  ["threshold", () => new metrics.BinaryAccuracy({ threshold: 2 }), /for threshold but received 2/],
  ["scale", () => initializers.varianceScaling({ scale: 0 }), /> 0 for scale but received 0/],
  [
    "mode",
    () => initializers.varianceScaling({ mode: "fan_inn" as never }),
    /fanIn, fanOut, fanAvg for mode but received "fan_inn"/,
  ],
  [
    "distribution",
    () => initializers.varianceScaling({ distribution: "gauss" as never }),
    /for distribution but received "gauss"/,
  ],
  ["constant", () => initializers.constant("1" as never), /number .* received "1"/],
  [
    "reshuffleEachIteration",
    () => set().shuffle(3, { reshuffleEachIteration: 0 as never }),
    /boolean for reshuffleEachIteration/,
  ],
  [
    "dropRemainder",
    () => set().batch(3, { dropRemainder: 0 as never }),
    /boolean for dropRemainder/,
  ],
];

test.each(wrong)("%s is checked", (_name, call, message) => {
  leakFree(() => expect(call).toThrow(message))();
});
