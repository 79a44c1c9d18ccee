/** Tensors: how they are made, read, copied and freed, and what is refused. */

import { runInNewContext } from "node:vm";

import {
  type DType,
  type Shape,
  type TypedArray,
  type Values,
  Rescaling,
  Tensor,
  Variable,
  add,
  assign,
  cast,
  concat,
  div,
  dot,
  eye,
  gather,
  losses,
  matMul,
  maximum,
  memory,
  mul,
  ones,
  pow,
  sub,
  tensor,
  where,
  zeros,
} from "../../src";
import { alive, compiled, leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));
const failing = (title: string, body: () => void): void => test.failing(title, leakFree(body));

/** The error that `fn` throws. */
function failure(fn: () => unknown): Error {
  try {
    fn();
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected an error but none was thrown");
}

describe("a tensor made of values", () => {
  const cases: [string, Values, Shape, number[]][] = [
    ["a number", 3, [], [3]],
    ["a boolean", true, [], [1]],
    ["a list", [1, 2, 3], [3], [1, 2, 3]],
    [
      "nested lists",
      [
        [[1], [2]],
        [[3], [4]],
        [[5], [6]],
      ],
      [3, 2, 1],
      [1, 2, 3, 4, 5, 6],
    ],
    ["lists of booleans", [[true, false]], [1, 2], [1, 0]],
    ["nothing", [], [0], []],
    ["lists of nothing", [[], []], [2, 0], []],
  ];

  test.each(cases)(
    "has the shape of %s and is float32",
    leakFree((_title: string, values: Values, shape: Shape, flat: number[]) => {
      const x = tensor(values);
      expect([x.dtype, x.rank, x.size]).toEqual(["float32", shape.length, flat.length]);
      expect(x.shape).toEqual(shape);
      expect([...x.data()]).toEqual(flat);
    }),
  );

  check("keeps the dtype of a typed array", () => {
    const arrays: [TypedArray | Uint8ClampedArray, DType][] = [
      [Float32Array.of(1.5, -2), "float32"],
      [Float64Array.of(0.1, 1e300), "float64"],
      [Int32Array.of(2 ** 31 - 1, -(2 ** 31)), "int32"],
      [Uint8Array.of(0, 255), "uint8"],
      [Uint8ClampedArray.of(7, 255), "uint8"],
    ];
    for (const [array, dtype] of arrays) {
      const x = tensor(array);
      expect(x.dtype).toBe(dtype);
      expect(x.shape).toEqual([2]);
      expect([...x.data()]).toEqual([...array]);
    }
  });

  check("takes the shape and dtype asked for", () => {
    const x = tensor([1, 2, 3, 4, 5, 6], [3, 2], "int32");
    expect(x.dtype).toBe("int32");
    expect(x.array()).toEqual([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
    const y = tensor(Uint8Array.of(1, 2), [1, 2, 1], "float64");
    expect(y.dtype).toBe("float64");
    expect(y.array()).toEqual([[[1], [2]]]);
  });

  check("holds the part of a buffer that the typed array shows", () => {
    const whole = Float32Array.of(1, 2, 3, 4, 5);
    expect([...tensor(whole.subarray(1, 4)).data()]).toEqual([2, 3, 4]);
    const bytes = new Uint8Array([9, 1, 2, 3]);
    expect([...tensor(new Uint8Array(bytes.buffer, 1, 2)).data()]).toEqual([1, 2]);
  });

  check("rounds to float32 and keeps float64 exact", () => {
    expect(tensor(0.1).item()).toBe(Math.fround(0.1));
    expect(tensor(0.1, [], "float64").item()).toBe(0.1);
    expect(tensor([NaN, Infinity, -0]).array()).toEqual([NaN, Infinity, -0]);
  });

  check("keeps a shape of its own", () => {
    const shape = [2, 1];
    const x = tensor([1, 2], shape);
    shape[0] = 7;
    expect(x.shape).toEqual([2, 1]);
  });
});

describe("typed arrays, lists and objects of another realm", () => {
  /** What a program in another context makes. */
  const foreign = (code: string): unknown => runInNewContext(code);

  check("are typed arrays as well", () => {
    const array = foreign("Float64Array.of(1.25, 2)") as Float64Array;
    expect(array instanceof Float64Array).toBe(false);
    const x = tensor(array);
    expect(x.dtype).toBe("float64");
    expect([...x.data()]).toEqual([1.25, 2]);
    expect(tensor(foreign("Uint8Array.of(3)") as Uint8Array).dtype).toBe("uint8");
    expect(tensor(foreign("new Uint8ClampedArray([3])") as Uint8Array).dtype).toBe("uint8");
    expect(tensor(foreign("Int32Array.of(3)") as Int32Array).dtype).toBe("int32");
    expect(tensor(foreign("Float32Array.of(3)") as Float32Array).dtype).toBe("float32");
  });

  check("are lists and operands as well", () => {
    expect(tensor(foreign("[[1, 2], [3, 4]]") as number[][]).shape).toEqual([2, 2]);
    expect(add([1, 2], foreign("Float32Array.of(3, 4)") as Float32Array).array()).toEqual([4, 6]);
    const w = new Variable(foreign("Float32Array.of(3, 4)") as Float32Array);
    assign(w, foreign("Float32Array.of(5, 6)") as Float32Array);
    expect(w.array()).toEqual([5, 6]);
  });

  check("hold the arguments of a jit function", () => {
    const { plans } = memory();
    const sum = compiled((given: { pair: Tensor[] }) => given.pair[0].add(given.pair[1]));
    const given = foreign("({ pair: [] })") as { pair: Tensor[] };
    given.pair.push(tensor([1]), tensor([2]));
    expect(sum(given).array()).toEqual([3]);
    expect(sum({ pair: [tensor([4]), tensor([5])] }).array()).toEqual([9]);
    expect(memory().plans).toBe(plans + 1);
  });
});

describe("no memory is shared with JavaScript:", () => {
  check("a typed array may change once the tensor was made", () => {
    const array = Float32Array.of(1, 2);
    const x = tensor(array);
    const w = new Variable(array);
    array.fill(9);
    expect(x.array()).toEqual([1, 2]);
    expect(w.array()).toEqual([1, 2]);
  });

  check("a typed array may be taken away once the tensor was made", () => {
    const array = Float32Array.of(1, 2);
    const x = tensor(array);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    expect(array.length).toBe(0);
    expect(x.add(1).array()).toEqual([2, 3]);
  });

  check("shared memory is copied too", () => {
    const array = new Int32Array(new SharedArrayBuffer(8));
    array.set([1, 2]);
    const x = tensor(array);
    array.fill(9);
    expect(x.array()).toEqual([1, 2]);
  });

  check("what is assigned is copied", () => {
    const w = new Variable([0, 0]);
    const array = Float32Array.of(1, 2);
    assign(w, array);
    array.fill(9);
    expect(w.array()).toEqual([1, 2]);
  });

  check("a constant of a captured function is copied", () => {
    const array = Float32Array.of(1, 2);
    const plus = compiled((x: Tensor) => x.add(array));
    expect(plus(zeros([2])).array()).toEqual([1, 2]);
    array.fill(9);
    expect(plus(zeros([2])).array()).toEqual([1, 2]);
  });

  check("data() and array() return copies", () => {
    const x = tensor([1, 2]);
    x.data().fill(9);
    (x.array() as number[])[0] = 9;
    expect(x.data()).not.toBe(x.data());
    expect(x.array()).toEqual([1, 2]);
  });
});

describe("reading", () => {
  check("gives a typed array of the dtype", () => {
    for (const [dtype, type] of [
      ["float32", "Float32Array"],
      ["float64", "Float64Array"],
      ["int32", "Int32Array"],
      ["uint8", "Uint8Array"],
    ] as [DType, string][]) {
      const data = tensor([1, 2], [2, 1], dtype).data();
      expect(Object.prototype.toString.call(data)).toBe(`[object ${type}]`);
      expect([...data]).toEqual([1, 2]);
    }
  });

  check("gives nested arrays, down to a number", () => {
    expect(tensor(5).array()).toBe(5);
    expect(zeros([2, 0, 3]).array()).toEqual([[], []]);
    expect(eye(2).reshape([1, 2, 2]).array()).toEqual([[[1, 0], [0, 1]]]); // prettier-ignore
  });

  check("gives the only element, or throws", () => {
    expect(tensor([[7]]).item()).toBe(7);
    expect(() => tensor([1, 2]).item()).toThrow("item() expects a tensor of one element");
    expect(() => tensor([]).item()).toThrow("float32[0]");
  });
});

describe("values are refused, naming the argument:", () => {
  const refused: [string, unknown[], RegExp][] = [
    ["lists of two lengths", [[[1, 2], [3]]], /expected 2 items .*of values but received 1 items: ragged/], // prettier-ignore
    ["a number beside a list", [[[1], 2]], /values.*ragged/],
    ["a list beside a number", [[1, [2]]], /values.*ragged/],
    ["an empty list beside a full one", [[[1], []]], /values.*ragged/],
    ["a string", ["1"], /numbers for values but received "1"/],
    ["a string in a list", [[1, "2"]], /numbers for values but received "2"/],
    [
      "a string far in",
      [
        [
          [[1], [2]],
          [[3], ["4"]],
        ],
      ],
      /received "4" at values\[1\]\[1\]\[0\]/,
    ],
    ["a short row far in", [[[[1, 2]], [[3, 4, 5]]]], /3 items: ragged, at values\[1\]\[0\]/],
    ["a full list beside an empty one", [[[], [1]]], /ragged, at values\[1\]/],
    ["undefined", [undefined], /numbers for values but received undefined/],
    ["null", [[null]], /numbers for values but received null/],
    ["a hole", [Array(1)], /numbers for values but received undefined/],
    ["a bigint", [[1n]], /numbers for values but received 1/],
    ["an object", [{}], /numbers for values but received Object/],
    ["a function", [() => 1], /numbers for values/],
    ["a symbol", [Symbol("one")], /numbers for values but received Symbol/],
    ["an ArrayBuffer", [new ArrayBuffer(4)], /numbers for values but received ArrayBuffer/],
    ["an array of an unknown type", [new Int16Array(1)], /for values but received Int16Array/],
    ["an array of big integers", [new BigInt64Array(1)], /for values but received BigInt64Array/],
    ["a view without a type", [new DataView(new ArrayBuffer(4))], /for values but received DataView/], // prettier-ignore
    ["a rank over 8", [[[[[[[[[[1]]]]]]]]]], /at most 8 for the nesting of values but received 9/],
    [
      "too few values",
      [
        [1, 2, 3],
        [2, 2],
      ],
      /expected 4 values for shape \[2, 2\] but received 3/,
    ],
    ["too many values", [Float32Array.of(1, 2), []], /expected 1 values for shape \[\] but received 2/], // prettier-ignore
    ["a negative size", [[1], [-1]], /non-negative integers for shape but received \[-1\]/],
    ["half a size", [[1], [0.5]], /non-negative integers for shape/],
    ["a size of NaN", [[1], [NaN]], /non-negative integers for shape/],
    ["a size that is a string", [[1], ["1"]], /non-negative integers for shape/],
    ["a shape that is a number", [[1], 1], /an array for shape but received number/],
    ["a shape of rank 9", [[1], Array(9).fill(1)], /at most 8 for shape but received 9/],
    ["a shape of 2^53 elements", [[1], [2 ** 53]], /2\^45 elements for shape/],
    ["an unknown dtype", [[1], [1], "float16"], /float32, float64, int32, uint8 for dtype but received float16/], // prettier-ignore
    ["a dtype that every object has", [[1], [1], "toString"], /for dtype but received toString/],
    ["a dtype that is no string", [[1], [1], 0], /for dtype but received 0/],
    ["a fraction as int32", [[1.5], [1], "int32"], /int32 integer for values but received 1.5/],
    ["2^31 as int32", [2 ** 31, [], "int32"], /int32 integer for values but received 2147483648/],
    ["NaN as int32", [[NaN], [1], "int32"], /int32 integer for values but received NaN/],
    ["256 as uint8", [[256], [1], "uint8"], /\[0, 255\] for values but received 256/],
    ["-1 as uint8", [Int32Array.of(-1), [1], "uint8"], /\[0, 255\] for values but received -1/],
  ];

  test.each(refused)(
    "%s",
    leakFree((_title: string, args: unknown[], message: RegExp) => {
      expect(() => tensor(...(args as Parameters<typeof tensor>))).toThrow(message);
    }),
  );

  check("a typed array that claims another type cannot be read past its end", () => {
    const array = new Uint8Array(4);
    Object.defineProperty(array, Symbol.toStringTag, { value: "Float64Array" });
    expect(() => tensor(array)).toThrow();
  });
});

describe("disposal", () => {
  check("frees the memory at once, and twice is as good as once", () => {
    const before = alive();
    const x = ones([100]);
    expect(memory().bytes).toBeGreaterThanOrEqual(before.bytes + 400);
    x.dispose();
    expect(x.isDisposed).toBe(true);
    x.dispose();
    expect(alive()).toEqual(before);
  });

  check("makes every later use throw, naming the tensor", () => {
    const x = tensor([1, 2, 3]);
    x.dispose();
    const message = "float32[3] was disposed of";
    for (const use of [
      () => x.data(),
      () => x.array(),
      () => x.add(1),
      () => tensor([1]).mul(x),
      () => x.clone(),
      () => x.reshape([3, 1]),
      () => new Variable(x),
      () => compiled((y: Tensor) => y.neg())(x),
    ]) {
      expect(use).toThrow(message);
    }
    const w = new Variable([1], { name: "kernel" });
    w.dispose();
    expect(() => w.data()).toThrow("Variable kernel float32[1] was disposed of");
    expect(() => assign(w, [2])).toThrow("Variable kernel float32[1] was disposed of");
  });

  check("tells the reason it was given", () => {
    const x = tensor([1]);
    x.dispose("the batch is over");
    expect(() => x.data()).toThrow("was disposed of: the batch is over");
    expect(String(x)).toContain("was disposed of");
  });

  check("comes with the end of a using block", () => {
    const before = alive();
    let inside: Tensor;
    {
      using x = tensor([1, 2]);
      inside = x;
      expect(memory().handles).toBe(before.handles + 1);
    }
    expect(inside.isDisposed).toBe(true);
    expect(typeof inside[Symbol.dispose]).toBe("function");
    expect(alive()).toEqual(before);
  });
});

describe("copies and shared buffers", () => {
  check("clone has memory of its own", () => {
    const x = tensor([1, 2]);
    const before = memory().buffers;
    const copy = x.clone();
    expect(memory().buffers).toBe(before + 1);
    x.dispose();
    expect(copy.array()).toEqual([1, 2]);
  });

  check("clone of a Variable keeps the values of that moment", () => {
    const w = new Variable([1, 2]);
    const copy = w.clone();
    expect(copy).not.toBeInstanceOf(Variable);
    assign(w, [5, 6]);
    expect(copy.array()).toEqual([1, 2]);
  });

  failing("reshape shares a tensor's buffer, which lives as long as either", () => {
    const x = tensor([1, 2, 3, 4]);
    const before = alive();
    const y = x.reshape([2, 2]);
    expect(alive()).toEqual({ ...before, handles: before.handles + 1 });
    x.dispose();
    expect(alive()).toEqual(before);
    expect(y.array()).toEqual([[1, 2], [3, 4]]); // prettier-ignore
    y.dispose();
    expect(memory().buffers).toBe(before.buffers - 1);
  });

  check("reshape copies a Variable, also to its own shape", () => {
    const w = new Variable([1, 2, 3, 4]);
    const before = memory().buffers;
    const same = w.reshape([4]);
    const square = w.reshape([2, 2]);
    expect(memory().buffers).toBe(before + 2);
    assign(w, [0, 0, 0, 0]);
    expect(same.array()).toEqual([1, 2, 3, 4]);
    expect(square.array()).toEqual([[1, 2], [3, 4]]); // prettier-ignore
  });

  check("nothing that could return a Variable itself does", () => {
    const w = new Variable([[1, 2], [3, 4]]); // prettier-ignore
    const results = [
      w.reshape([2, 2]),
      w.cast("float32"),
      w.slice([0, 0], [2, 2]),
      w.transpose([0, 1]),
      w.squeeze(),
      w.sum([]),
      w.clipByValue(-Infinity, Infinity),
    ];
    assign(w, zeros([2, 2]));
    for (const result of results) {
      expect(result).not.toBeInstanceOf(Variable);
      expect(result.array()).toEqual([[1, 2], [3, 4]]); // prettier-ignore
    }
  });

  check("broadcasting a Variable to its own shape copies it", () => {
    const w = new Variable([1, 2]);
    const copy = w.broadcastTo([2]);
    assign(w, [5, 6]);
    expect(copy.array()).toEqual([1, 2]);
  });

  check("an op never writes the memory of its operands", () => {
    const x = tensor([-1, 4]);
    const view = x.reshape([2, 1]);
    view.relu();
    view.add(1).sqrt();
    x.mul(x).neg();
    expect(x.array()).toEqual([-1, 4]);
  });

  check("rank 8 broadcasts, rank 9 is refused", () => {
    const x = ones([1, 2, 1, 1, 1, 1, 1, 2]);
    const y = ones([2, 1, 1, 1, 1, 1, 2, 1]);
    expect(add(x, y).shape).toEqual([2, 2, 1, 1, 1, 1, 2, 2]);
    expect(add(x, y).sum().item()).toBe(2 * 16);
    expect(() => x.expandDims(0)).toThrow("at most 8");
  });
});

describe("types", () => {
  const dtypes: DType[] = ["float32", "float64", "int32", "uint8"];
  const pairs = dtypes.flatMap((a) => dtypes.filter((b) => b !== a).map((b) => [a, b] as const));

  test.each(pairs)(
    "%s never mixes with %s: ops throw and name cast",
    leakFree((a: DType, b: DType) => {
      const x = tensor([[1]], undefined, a);
      const y = tensor([[1]], undefined, b);
      const condition = tensor([[1]], undefined, "uint8");
      for (const op of [add, sub, mul, div, pow, maximum, matMul, dot]) {
        expect(failure(() => op(x, y)).message).toContain("cast");
      }
      expect(failure(() => where(condition, x, y)).message).toContain("cast");
    }),
  );

  test.each(pairs)(
    "a Variable of %s is never assigned a %s",
    leakFree((a: DType, b: DType) => {
      const w = new Variable([1], { dtype: a });
      expect(failure(() => assign(w, tensor([2], [1], b))).message).toContain("cast");
      expect(w.array()).toEqual([1]);
    }),
  );

  failing("joining tensors of two dtypes throws and names cast", () => {
    expect(failure(() => concat([ones([1]), ones([1], "float64")])).message).toContain("cast");
  });

  check("JavaScript numbers take the tensor's dtype", () => {
    for (const dtype of dtypes.filter((dtype) => dtype !== "uint8")) {
      const x = tensor([1, 2], undefined, dtype);
      for (const y of [add(x, 1), add(1, x), mul(x, [2, 3]), sub([[1], [2]], x)]) {
        expect(y.dtype).toBe(dtype);
      }
    }
    expect(tensor([1], [1], "float64").add(0.1).item()).toBe(1.1);
    expect(new Variable([1], { dtype: "float64" }).assign([0.1]).item()).toBe(0.1);
  });

  check("a fraction is no int32", () => {
    expect(() => tensor([1], [1], "int32").add(0.5)).toThrow("int32 integer");
  });

  check("a typed array keeps its dtype, also as an operand", () => {
    const x = tensor([1, 2]);
    expect(() => x.add(Float64Array.of(1, 2))).toThrow("cast");
    expect(x.add(Float32Array.of(1, 2)).array()).toEqual([2, 4]);
  });

  check("uint8 and int32 become floats by cast, Rescaling and gather, and are labels", () => {
    const x = tensor(Uint8Array.of(0, 255, 51), [1, 3]);
    expect(cast(x, "float64").array()).toEqual([[0, 255, 51]]);
    expect(new Rescaling(1 / 255).forward(x).dtype).toBe("float32");
    expect(new Rescaling(1 / 255).forward(x).data()[2]).toBeCloseTo(0.2, 6);
    expect(gather(x, tensor(Int32Array.of(0, 0)), 0, "float32").array()).toEqual([
      [0, 255, 51],
      [0, 255, 51],
    ]);
    const predicted = tensor([[0.25, 0.5, 0.25]]);
    for (const labels of [tensor(Uint8Array.of(1)), tensor(Int32Array.of(1))]) {
      expect(losses.sparseCategoricalCrossentropy(labels, predicted).item()).toBeCloseTo(Math.LN2);
    }
    expect(() => x.matMul(ones([3, 1]))).toThrow("cast");
    expect(() => x.sigmoid()).toThrow("cast");
  });
});
