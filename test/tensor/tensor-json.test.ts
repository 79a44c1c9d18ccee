/** Tensors as JSON, and where JavaScript would copy or convert them in silence. */

import { MessageChannel } from "node:worker_threads";
import { serialize } from "node:v8";

import {
  type DType,
  Dataset,
  Dense,
  Sequential,
  type Shape,
  Tensor,
  type TensorJSON,
  type TypedArray,
  Variable,
  add,
  jit,
  scalar,
  tensor,
} from "../../src";
import { compiled, leakFree, own } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

/** A tensor through JSON. */
const parsed = (x: unknown): TensorJSON => JSON.parse(JSON.stringify(x)) as TensorJSON;

const bitsOf = (values: TypedArray): string => Buffer.from(values.buffer).toString("hex");

/** NaNs with a payload, -0, infinities, subnormals, extremes. */
const FLOATS = new Float32Array(
  Uint32Array.of(0x7fc01234, 0xff812345, 0x80000000, 0x7f800000, 0xff800000, 1, 0x7f7fffff).buffer,
);

describe("JSON of a tensor", () => {
  test.each<[DType, TypedArray, Shape]>([
    ["float32", FLOATS, [7]],
    ["float64", Float64Array.of(NaN, -0, Infinity, 5e-324, Number.MAX_VALUE, 0.1), [2, 3]],
    ["int32", Int32Array.of(-(2 ** 31), -1, 0, 2 ** 31 - 1), [2, 1, 2]],
    ["uint8", Uint8Array.of(0, 255, 7), [3, 1]],
    ["float32", Float32Array.of(2.5), []],
    ["uint8", Uint8Array.of(9), []],
    ["float64", new Float64Array(), [0]],
    ["int32", new Int32Array(), [3, 0, 2]],
  ])("keeps every bit: %s %#", (dtype, values, shape) =>
    leakFree(() => {
      const x = tensor(values, shape);
      const json = parsed(x);
      expect(json).toEqual({ shape, dtype, data: Buffer.from(values.buffer).toString("base64") });
      for (const back of [tensor(json), Tensor.fromJSON(json), tensor(x.toJSON())]) {
        expect(back.describe()).toBe(x.describe());
        expect(bitsOf(back.data())).toBe(bitsOf(values));
      }
    })(),
  );

  test("is little-endian and row by row, whoever reads it", () => {
    const x = own(tensor([1.5, -2], [1, 2]));
    // 1.5 is 0x3fc00000, -2 is 0xc0000000.
    expect(x.toJSON().data).toBe(Buffer.from("0000c03f000000c0", "hex").toString("base64"));
    x.dispose();
  });

  check("is taken wherever values are", () => {
    const x = parsed(tensor([[1, 2]]));
    const integers = parsed(tensor([3, 4], [2], "int32"));
    expect(add(x, [[10, 20]]).array()).toEqual([[11, 22]]);
    expect(add(integers, integers).dtype).toBe("int32");
    expect(tensor(x, [2]).array()).toEqual([1, 2]);
    expect(tensor(integers, undefined, "float64").describe()).toBe("float64[2]");
    expect(new Variable(x).array()).toEqual([[1, 2]]);
  });

  test("is taken by datasets and predict", async () => {
    const rows = Dataset.fromTensorSlices({ x: parsed(tensor([[1, 2]], undefined, "float64")) });
    for (const { x } of rows) expect(x.describe()).toBe("float64[2]");
    const model = new Sequential([new Dense(1, { kernelInitializer: "ones" })]);
    expect((await model.predict(parsed(tensor([[1, 2]])))).array()).toEqual([[3]]);
  });

  check("of a state is loaded back, and refused for another dtype or shape", () => {
    const build = (): Sequential => new Sequential([new Dense(2), new Dense(1)]).build([null, 2]);
    const [model, twin] = [build(), build()];
    const state = JSON.parse(JSON.stringify(model.state())) as Record<string, TensorJSON>;
    twin.loadState(state);
    for (const [i, weight] of twin.weights.entries()) {
      expect(bitsOf(weight.data())).toBe(bitsOf(model.weights[i].data()));
    }
    const path = "layers.1.kernel";
    const wide = parsed(tensor([[1], [2]], undefined, "float64"));
    expect(() => twin.loadState({ ...state, [path]: wide })).toThrow(
      "expected float32[2, 1] for layers.1.kernel but received float64[2, 1]",
    );
    const turned = parsed(tensor([[1, 2]]));
    expect(() => twin.loadState({ ...state, [path]: turned })).toThrow("received float32[1, 2]");
  });

  test.each<[Partial<Record<keyof TensorJSON, unknown>>, string]>([
    [
      { data: "" },
      "expected 4 bytes as base64 for the data of float32[1] but received 0 characters",
    ],
    [{ data: "AAAA" }, "but received 4 characters"],
    [{ data: "AAAAAAA=" }, "but received 8 characters"],
    [{ data: "AAAAAAAA" }, "but received 8 characters"],
    [{ data: "AAA*AA==" }, "but received characters that are none of base64's"],
    [{ data: "AAA AA==" }, "but received characters that are none of base64's"],
    [{ data: "AAAAA-==" }, "but received characters that are none of base64's"],
    [{ data: "=AAAAA==" }, "but received characters that are none of base64's"],
    [{ shape: [2] }, "expected 8 bytes as base64"],
    [{ shape: [-1] }, "expected non-negative integers for the shape of a tensor's JSON"],
    [{ shape: [1e300] }, "expected at most 2^45 elements for the shape of a tensor's JSON"],
    [{ shape: [2 ** 40] }, "expected 4398046511104 bytes as base64"],
    [{ shape: ["1"] }, "expected non-negative integers for the shape of a tensor's JSON"],
    [
      { dtype: "float16" },
      "expected one of float32, float64, int32, uint8 for the dtype of a tensor's",
    ],
    [
      { dtype: "toString" },
      "expected one of float32, float64, int32, uint8 for the dtype of a tensor's",
    ],
    [{ shape: undefined }, "expected numbers for values but received Object"],
  ])("is refused if it does not fit: %j", (change, message) => {
    const json = { shape: [1], dtype: "float32", data: "AAAAAA==", ...change } as TensorJSON;
    expect(() => tensor(json)).toThrow(message);
  });

  check("is refused by fromJSON if it is something else", () => {
    for (const [json, found] of [
      [null, "null"],
      [[1], "Array"],
      [tensor([1]), "float32[1]"],
      [{ shape: [1] }, "Object"],
      ["{}", '"{}"'],
    ]) {
      expect(() => Tensor.fromJSON(json as unknown as TensorJSON)).toThrow(
        `Tensor.fromJSON: expected { shape, dtype, data } for json but received ${found as string}`,
      );
    }
  });

  check("is there only while there are values", () => {
    const gone = tensor([1]);
    gone.dispose();
    expect(() => JSON.stringify(gone)).toThrow("was disposed of");
    const stringify = compiled((x: Tensor) => (JSON.stringify(x), x.add(1)));
    expect(() => stringify(tensor([1]))).toThrow("has no values yet");
    const v = new Variable([1]);
    expect(() => compiled(() => (JSON.stringify(v), v.add(1)))()).toThrow(
      "cannot be read in a function",
    );
  });
});

describe("copying the object of a tensor", () => {
  const message = "pass its toJSON(), or its data() and shape, and make a tensor of them there";

  check("is refused by structuredClone, postMessage and v8, also deep in a message", () => {
    const x = tensor([1]);
    const model = new Sequential([new Dense(1)]).build([null, 2]);
    const { port1 } = new MessageChannel();
    for (const value of [x, new Variable([1]), { deep: [new Map([["x", x]])] }, model.weights]) {
      expect(() => structuredClone(value)).toThrow(message);
      expect(() => port1.postMessage(value)).toThrow(message);
      expect(() => serialize(value)).toThrow(message);
    }
    port1.close();
  });

  check("of a model is refused, also before it has weights", () => {
    const open = new Sequential([new Dense(1)]);
    const way = "pass model.toBytes(), and make the model there by Model.fromBytes(bytes)";
    for (const model of [open, open.clone().build([null, 2]), new Dense(1)]) {
      expect(() => structuredClone(model)).toThrow(way);
      expect(() => serialize({ model })).toThrow(way);
    }
  });

  check("is done by the forms that the message names", () => {
    const x = tensor([[1, NaN, -0]]);
    const { json, data, shape } = structuredClone({
      json: x.toJSON(),
      data: x.data(),
      shape: x.shape,
    });
    for (const back of [tensor(json), tensor(data, shape)]) {
      expect(back.describe()).toBe(x.describe());
      expect(bitsOf(back.data())).toBe(bitsOf(x.data()));
    }
  });
});

describe("a tensor in the place of a number", () => {
  // What JavaScript lets one write; TypeScript objects.
  const a = scalar(2) as unknown as number;
  const b = scalar(10) as unknown as number;
  const text = a as unknown as string;
  const uses: [string, () => unknown][] = [
    ["0 + a", () => 0 + a],
    ["a + b", () => a + b],
    ["'loss ' + a", () => "loss " + text],
    ["a - b", () => a - b],
    ["-a", () => -a],
    ["+a", () => +text],
    ["a > b", () => a > b],
    ["a <= 3", () => a <= 3],
    ["a == 2", () => a == 2],
    ["Math.sqrt(a)", () => Math.sqrt(a)],
    ["isNaN(a)", () => isNaN(a)],
    ["Number(a)", () => Number(text)],
    ["new Date(a)", () => new Date(a)],
    ["total += a", () => [a, b].reduce((total, x) => total + x, 0)],
  ];

  test.each(uses)("%s throws and names the way out", (_use, use) => {
    expect(use).toThrow(TypeError);
    expect(use).toThrow("float32[] cannot be used in JavaScript's arithmetic, comparisons");
  });

  test("throws in a function that jit captures, too", () => {
    const step = jit((x: Tensor) => x.mul(1 + (x as unknown as number)));
    const x = tensor([1]);
    expect(() => step(x)).toThrow("cannot be used in JavaScript's arithmetic");
    step.dispose();
    x.dispose();
  });

  test("is written into texts as it is printed, and compared by identity", () => {
    const x = tensor([1, 2.5]);
    expect(`${String(x)} ${x as unknown as string}`).toBe("[1.  2.5] [1.  2.5]");
    expect([x, x].join("; ")).toBe("[1.  2.5]; [1.  2.5]");
    expect([a === b, a === a, [a, b].includes(b), (a as unknown) == null]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(scalar(2).item() > scalar(10).item()).toBe(false);
    x.dispose();
  });
});
