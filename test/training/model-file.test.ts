/** Files of models: against the safetensors package and numpy, and what is refused. */

import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import {
  Dense,
  Dropout,
  FormatError,
  Layer,
  Model,
  Sequential,
  type Tensor,
  Variable,
  input,
  loadModel,
  ones,
  openSafetensors,
  optimizers,
  readSafetensors,
  register,
  safetensorsBytes,
  tensor,
} from "../../src";
import { type GoldenTensor, expectGolden, loadGolden, toTensor } from "../helpers/golden";
import { uniform } from "../helpers/uniform";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nabla-model-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const FIRST = join(__dirname, "..", "golden", "models", "version-1.safetensors");
const golden = loadGolden("model-files") as {
  fields: string[];
  format: string[];
  tensors: Record<string, GoldenTensor>;
  x: GoldenTensor;
  predictions: GoldenTensor;
};

const small = (): Sequential => new Sequential([input({ shape: [4] }), new Dense(3), new Dense(2)]);
const [x, y] = [uniform([8, 4], 1), uniform([8, 2], 2)];

/** The file of a model with another text in its metadata. */
async function withField(model: Model, field: string, text: string): Promise<Uint8Array> {
  const bytes = model.toBytes();
  const file = await openSafetensors(bytes);
  const metadata = { ...Object.fromEntries(file.metadata), [field]: text };
  return safetensorsBytes(await readSafetensors(bytes), { metadata });
}

function warnings(): { codes: () => unknown[]; end: () => void } {
  const spy = jest.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const codes = (): unknown[] =>
    spy.mock.calls.map((call) => (call as unknown as [string, { code: string }])[1].code);
  return { codes, end: () => spy.mockRestore() };
}

describe("the file of format version 1", () => {
  test("loads, and predicts what numpy computes of what the safetensors package reads", async () => {
    const model = await loadModel(FIRST);
    const state = { ...model.state() };
    for (const [name, expected] of Object.entries(golden.tensors)) {
      if (name.startsWith("optimizer:")) continue;
      expectGolden(name, state[name], expected, { relative: 0, absolute: 0 });
    }
    const slots = Object.values(model.optimizer.state()).map((v) => [...v.data()]);
    for (const [name, { data }] of Object.entries(golden.tensors)) {
      if (name.startsWith("optimizer:")) expect(slots).toContainEqual(data);
    }
    const predicted = await model.predict(toTensor(golden.x, "float32"));
    const expected = { ...golden.predictions, dtype: "float32" as const };
    expectGolden("predictions", predicted, expected, { relative: 1e-5, absolute: 1e-6 });
    expect(model.layers.map((layer) => (layer as Dense).name)).toEqual([
      "hidden",
      "scale",
      "block",
      "result",
    ]);
    const history = await model.fit(x, y, { epochs: 2, verbose: 0 });
    expect(Object.keys(history.history)).toEqual(["loss", "mae", "accuracy"]);
    expect(model.optimizer).toBeInstanceOf(optimizers.Adam);
  });

  test("has the fields that files have today", async () => {
    const file = await openSafetensors((await loadModel(FIRST)).toBytes());
    expect([...file.metadata.keys()].sort()).toEqual(golden.fields);
    expect([...file.tensors.keys()].sort()).toEqual(Object.keys(golden.tensors).sort());
    const { metadata } = file;
    expect([metadata.get("format"), metadata.get("format_version"), metadata.get("class")]).toEqual(
      golden.format,
    );
  });
});

describe("save and loadModel", () => {
  test("take paths, URLs and bytes, and leave nothing else in the folder", async () => {
    const place = mkdtempSync(join(folder, "own-"));
    const model = small().compile({ optimizer: "sgd", loss: "mse" });
    const path = join(place, "m.safetensors");
    await model.save(pathToFileURL(path));
    const predicted = (await model.predict(x)).array();
    for (const source of [path, pathToFileURL(path), readFileSync(path)]) {
      const loaded = await loadModel(source);
      expect(loaded).toBeInstanceOf(Sequential);
      expect((await loaded.predict(x)).array()).toEqual(predicted);
    }
    expect((await (await Model.fromBytes(model.toBytes())).predict(x)).array()).toEqual(predicted);
    expect(readdirSync(place)).toEqual(["m.safetensors"]);
    expect(Buffer.from(model.toBytes())).toEqual(readFileSync(path));
  });

  test("without the optimizer keep what predictions need", async () => {
    const model = new Sequential([input({ shape: [4] }), new Dropout(0.5), new Dense(2)]);
    model.compile({ optimizer: "adam", loss: "mse" });
    await model.fit(x, y, { verbose: 0 });
    const bytes = model.toBytes({ includeOptimizer: false });
    const names = [...(await readSafetensors(bytes)).keys()].sort();
    expect(names).toEqual(["layers.1.bias", "layers.1.kernel"]);
    const loaded = await loadModel(bytes);
    expect(() => loaded.optimizer).toThrow("call compile");
    expect((await loaded.predict(x)).array()).toEqual((await model.predict(x)).array());
  });

  test("keep a model that was not built, and one that was compiled anew", async () => {
    const model = new Sequential([new Dense(3)]).compile({ optimizer: "adam", loss: "mse" });
    const loaded = await loadModel(model.toBytes());
    expect(loaded.weights).toEqual([]);
    expect((await loaded.predict(x)).shape).toEqual([8, 3]);
  });

  test("take a rate that is a float32 Variable", async () => {
    const rate = new Variable(0.05, { dtype: "float32", trainable: false });
    const model = small().compile({ optimizer: new optimizers.SGD(rate), loss: "mse" });
    const loaded = await loadModel(model.toBytes());
    expect(loaded.optimizer.learningRate.describe()).toContain("float32[]");
    const runs = [model, loaded].map((each) => each.fit(x, y, { shuffle: false, verbose: 0 }));
    const [a, b] = await Promise.all(runs);
    expect(a).toEqual(b);
  });

  test("refuse bad options", async () => {
    const model = small();
    await expect(model.save("", {})).rejects.toThrow("expected a path or a file: URL");
    await expect(model.save("a", { optimizer: 1 } as object)).rejects.toThrow("includeOptimizer");
    expect(() => model.toBytes({ includeOptimizer: 1 } as object)).toThrow("expected a boolean");
    await expect(loadModel(model.toBytes(), { layers: 3 } as object)).rejects.toThrow("classes");
    await expect(loadModel(model.toBytes(), { layers: [3] } as object)).rejects.toThrow("classes");
    await expect(loadModel(join(folder, "none"))).rejects.toThrow("there is no such file");
  });

  test("refuse while fit runs, but for callbacks", async () => {
    const model = small().compile({ optimizer: "sgd", loss: "mse" });
    const path = join(folder, "while.safetensors");
    const onEpochEnd = (): Promise<void> => model.save(path);
    const running = model.fit(x, y, { epochs: 3, verbose: 0, callbacks: { onEpochEnd } });
    await new Promise((resolve) => setTimeout(resolve, 0));
    await running;
    expect((await (await loadModel(path)).predict(x)).array()).toEqual(
      (await model.predict(x)).array(),
    );
  });
});

/** Not registered. */
class Twice extends Layer {
  forward(input: Tensor): Tensor {
    return input.mul(2);
  }
}

/** Registered, as is its model. */
class Scale extends Layer<{ initial?: number }> {
  gain!: Variable;
  constructor(options: { initial?: number; name?: string } = {}) {
    super(options, ["initial"]);
  }
  override build(inputShape: readonly (number | null)[]): void {
    this.gain = this.addWeight("gain", [inputShape.at(-1)!], { initializer: "ones" });
  }
  forward(x: Tensor): Tensor {
    return x.mul(this.gain);
  }
}
register("ScaleOfThisTest", Scale);

class Net extends Model {
  scale = new Scale({ initial: 2 });
  blocks = [new Dense(3), new Dense(2)];
  override forward(x: Tensor): Tensor {
    return this.blocks[1].forward(this.blocks[0].forward(this.scale.forward(x)));
  }
}

test("an index of no files holds no model", async () => {
  const path = join(folder, "empty.safetensors.index.json");
  writeFileSync(path, '{"weight_map":{}}');
  const refused = `${path}: holds tensors but no model`;
  await expect(loadModel(path)).rejects.toThrow(refused);
  await expect(small().loadWeights(path)).rejects.toThrow(`${path}: found no "layers.0.kernel"`);
});

describe("classes and functions of a program's own", () => {
  test("a subclassed model that is registered comes back as such", async () => {
    register("NetOfThisTest", Net);
    const model = new Net().compile({ optimizer: "adam", loss: "mse" });
    await model.fit(x, y, { verbose: 0 });
    const loaded = await loadModel(model.toBytes());
    expect(loaded).toBeInstanceOf(Net);
    expect((await loaded.predict(x)).array()).toEqual((await model.predict(x)).array());
    expect(Object.keys(loaded.state())).toEqual([
      ...["scale.gain", "blocks.0.kernel", "blocks.0.bias", "blocks.1.kernel", "blocks.1.bias"],
    ]);
  });

  test("two fields that lead to one path are refused, since one of them would be lost", async () => {
    class Twice extends Model {
      "a.b" = new Dense(2);
      a = { b: new Dense(2) };
      override forward(given: Tensor): Tensor {
        return this.a.b.forward(this["a.b"].forward(given));
      }
    }
    const model = new Twice();
    model.build([null, 4]);
    const { end } = warnings(); // that the class has no registered name
    for (const keep of [() => model.toBytes(), () => model.state(), () => model.clone()]) {
      expect(keep).toThrow("expected fields whose paths differ but two lead to a.b.kernel");
    }
    await expect(
      (async () => model.saveWeights(join(folder, "twice.safetensors")))(),
    ).rejects.toThrow("two lead to a.b.kernel");
    end();
  });

  test("an unregistered layer leaves the weights, with one warning and the way out", async () => {
    const model = new Sequential([input({ shape: [4] }), new Dense(3), new Twice()]);
    const { codes, end } = warnings();
    const bytes = model.toBytes();
    model.toBytes();
    expect(codes()).toEqual(["NABLA_UNSAVED_MODEL"]);
    end();
    await expect(loadModel(bytes)).rejects.toThrow(
      "the given bytes: holds the weights of Sequential but no model in its metadata; make the model and",
    );
    const other = new Sequential([new Dense(3), new Twice()]);
    await other.loadWeights(bytes);
    expect((await other.predict(x)).array()).toEqual((await model.predict(x)).array());
  });

  test("an unregistered loss or metric leaves out compile, with one warning", async () => {
    const own = (a: Tensor, b: Tensor): Tensor => a.sub(b).square().mean(-1);
    for (const options of [
      { loss: own },
      { loss: "mse" as const, metrics: [own] },
      { loss: "mse" as const, metrics: [{ update() {}, result: () => 1, reset() {} }] }, // eslint-disable-line
    ]) {
      const model = small().compile({ optimizer: "adam", ...options });
      await model.fit(x, y, { verbose: 0 });
      const { codes, end } = warnings();
      const bytes = model.toBytes();
      model.toBytes();
      expect(codes()).toEqual(["NABLA_UNSAVED_COMPILE"]);
      end();
      const loaded = await loadModel(bytes);
      expect(() => loaded.optimizer).toThrow("call compile");
      expect((await loaded.predict(x)).array()).toEqual((await model.predict(x)).array());
    }
  });

  test("a registered function is found again, as a loss and as a metric", async () => {
    const near = (a: Tensor, b: Tensor): Tensor => a.sub(b).abs().mean(-1);
    register("nearOfThisTest", near);
    const model = small().compile({ optimizer: "sgd", loss: near, metrics: [near, "mse"] });
    const loaded = await loadModel(model.toBytes());
    const runs = [model, loaded].map((each) => each.fit(x, y, { shuffle: false, verbose: 0 }));
    const [a, b] = await Promise.all(runs);
    expect(a).toEqual(b);
    expect(Object.keys(a.history)).toEqual(["loss", "near", "mse"]);
  });

  test("an unknown class is named with the way out; an option takes it", async () => {
    const model = small().compile({ optimizer: "sgd", loss: "huber" });
    const file = await openSafetensors(model.toBytes());
    const layer = file.metadata.get("model")!.replaceAll('"Dense"', '"Deeper"');
    const bytes = await withField(model, "model", layer);
    await expect(loadModel(bytes)).rejects.toThrow(
      "the given bytes: model in the metadata: expected a registered layer but received Deeper; import the " +
        'module that defines it, and call register("Deeper", Deeper) there, or pass the class to loadModel(',
    );
    class Deeper extends Dense {}
    for (const layers of [[Deeper], { Deeper: Dense }]) {
      const loaded = await loadModel(bytes, { layers });
      expect((await loaded.predict(x)).array()).toEqual((await model.predict(x)).array());
    }
    const compile = file.metadata.get("compile")!.replace('"Huber"', '"Huberer"');
    const other = await withField(model, "compile", compile);
    await expect(loadModel(other)).rejects.toThrow(
      /compile in the metadata: expected a registered loss but received Huberer;.*compile: false/,
    );
    expect((await loadModel(other, { compile: false })).weights).toHaveLength(4);
  });
});

describe("unsound files", () => {
  test.each([
    ["format", "other", "holds tensors but no model that nabla wrote"],
    ["format_version", "2", "expected format_version 1 in the metadata but found 2"],
    ["model", "{", "model in the metadata: "],
    ["model", "3", "expected a model for model in the metadata"],
    ["model", '{"kind":"optimizer","class":"SGD","config":{}}', "expected a model for model"],
    ["model", '{"kind":"layer","class":"__proto__","config":{}}', "expected a registered layer"],
    ["compile", '{"optimizer":"none"}', "compile in the metadata: compile: expected an optimizer"],
  ])("are refused by file and field: %s = %s", async (field, text, message) => {
    const bytes = await withField(small(), field, text);
    const loading = loadModel(bytes);
    await expect(loading).rejects.toThrow(FormatError);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow("the given bytes: ");
  });

  test("are refused if their configuration is nested without end", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    await expect(loadModel(await withField(small(), "model", deep))).rejects.toThrow(FormatError);
  });

  test("are refused if the model is larger than its weights, before memory is taken", async () => {
    const model = small();
    const text = (await openSafetensors(model.toBytes())).metadata.get("model")!;
    const bytes = await withField(model, "model", text.replace('"units":3', '"units":300000000'));
    await expect(loadModel(bytes)).rejects.toThrow(
      "model in the metadata: expected weights that take no more than the values of the file but kernel is",
    );
  });

  test("are refused if weights are missing, too many, or of other types", async () => {
    const model = small();
    const tensors = Object.fromEntries(await readSafetensors(model.toBytes()));
    const metadata = Object.fromEntries((await openSafetensors(model.toBytes())).metadata);
    const { "layers.0.bias": bias, ...others } = tensors;
    const cases: [Record<string, Tensor>, string][] = [
      [{ ...others, big: ones([90]) }, 'found no "layers.0.bias"; the model has no "big"'],
      [{ ...tensors, "layers.0.bias": ones([4]) }, "expected float32[3] for "],
      [{ ...tensors, "layers.0.bias": bias.cast("float64") }, '"layers.0.bias" but found float64'],
    ];
    for (const [given, message] of cases) {
      const bytes = safetensorsBytes(given, { metadata });
      await expect(loadModel(bytes)).rejects.toThrow(message);
    }
  });
});

describe("saveWeights and loadWeights", () => {
  test("go by path; a model that was not built is built", async () => {
    const path = join(folder, "weights.safetensors");
    const model = small();
    await model.saveWeights(path);
    const other = new Sequential([new Dense(3), new Dense(2)]);
    const report = await other.loadWeights(path);
    const names = ["layers.0.kernel", "layers.0.bias", "layers.1.kernel", "layers.1.bias"];
    expect(report).toEqual({ loaded: names, missing: [], unexpected: [], mismatched: [] });
    expect((await other.predict(x)).array()).toEqual((await model.predict(x)).array());
    await expect(loadModel(path)).rejects.toThrow("no model in its metadata");
  });

  test("are strict, or report what did not fit", async () => {
    const bytes = small().toBytes();
    const other = new Sequential([input({ shape: [4] }), new Dense(3), new Dense(5), new Dense(1)]);
    const before = other.getWeights().map((weight) => weight.array());
    await expect(other.loadWeights(bytes)).rejects.toThrow(
      'the given bytes: expected float32[3, 5] for "layers.1.kernel" but found float32[3, 2]; expected ' +
        'float32[5] for "layers.1.bias" but found float32[2]; found no "layers.2.kernel", "layers.2.bias"',
    );
    expect(other.getWeights().map((weight) => weight.array())).toEqual(before);
    const report = await other.loadWeights(bytes, { strict: false });
    expect(report).toEqual({
      loaded: ["layers.0.kernel", "layers.0.bias"],
      missing: ["layers.2.kernel", "layers.2.bias"],
      unexpected: [],
      mismatched: [
        { path: "layers.1.kernel", expected: "float32[3, 5]", found: "float32[3, 2]" },
        { path: "layers.1.bias", expected: "float32[5]", found: "float32[2]" },
      ],
    });
    expect(other.weights[0].array()).toEqual(
      (await readSafetensors(bytes)).get("layers.0.kernel")!.array(),
    );
  });

  test("read the weights of a whole model, and files of other programs", async () => {
    const model = small().compile({ optimizer: "adam", loss: "mse" });
    await model.fit(x, y, { verbose: 0 });
    const other = small();
    await other.loadWeights(model.toBytes());
    expect((await other.predict(x)).array()).toEqual((await model.predict(x)).array());
    const weights = Object.fromEntries(model.namedWeights());
    const third = small();
    const extra = safetensorsBytes({ ...weights, more: tensor([1]) });
    await expect(third.loadWeights(extra)).rejects.toThrow('the model has no "more"');
    expect((await third.loadWeights(extra, { strict: false })).unexpected).toEqual(["more"]);
  });
});
