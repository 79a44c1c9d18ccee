/** Initializers whose values have a form. The random ones are compared by the golden tests. */

import { Dense, type Tensor, eye, initializers, matMul, setSeed } from "../../src";
import { leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

/** The largest difference between x^T x, or x x^T where x has fewer rows, and gain^2 times one. */
function farFromOrthogonal(x: Tensor, gain: number): number {
  const columns = x.shape.at(-1)!;
  const matrix = x.reshape([-1, columns]);
  const isTall = matrix.shape[0] >= columns;
  const products = isTall ? matMul(matrix, matrix, true) : matMul(matrix, matrix, false, true);
  const wanted = eye(products.shape[0], products.shape[0], x.dtype).mul(gain ** 2);
  return products.sub(wanted).abs().max().item();
}

describe("orthogonal", () => {
  test.each([[[7, 7]], [[100, 30]], [[30, 100]], [[3, 3, 8, 16]], [[1, 5]], [[400, 400]]])(
    "makes %p orthogonal",
    (shape) => {
      const make = initializers.orthogonal({ gain: 1.5 });
      expect(farFromOrthogonal(make(shape, "float64"), 1.5)).toBeLessThan(1e-12);
      expect(farFromOrthogonal(make(shape), 1.5)).toBeLessThan(1e-5);
    },
  );

  check("is reproducible by its seed, and by the library's", () => {
    const values = (seed?: number): unknown => initializers.orthogonal({ seed })([4, 4]).array();
    expect(values(3)).toEqual(values(3));
    expect(values(3)).not.toEqual(values(4));
    setSeed(1);
    const first = values();
    setSeed(1);
    expect(values()).toEqual(first);
  });

  check("prefers no direction", () => {
    // The first element of the first column: of mean 0 and variance 1 / rows.
    const make = initializers.orthogonal({ seed: 1 });
    const firsts = Array.from({ length: 4000 }, () => make([3, 2], "float64").data()[0]);
    const mean = firsts.reduce((sum, x) => sum + x, 0) / firsts.length;
    const square = firsts.reduce((sum, x) => sum + x * x, 0) / firsts.length;
    expect(Math.abs(mean)).toBeLessThan(0.04);
    expect(Math.abs(square - 1 / 3)).toBeLessThan(0.02);
  });

  check("serves layers by name, and refuses what has no rows and columns", () => {
    const layer = new Dense(3, { kernelInitializer: "orthogonal" });
    layer.build([null, 5]);
    expect(farFromOrthogonal(layer.kernel!, 1)).toBeLessThan(1e-5);
    expect(() => initializers.orthogonal()([5])).toThrow(
      "orthogonal: expected a shape of at least two axes but received [5]",
    );
    expect(initializers.orthogonal()([0, 3]).shape).toEqual([0, 3]);
  });
});

describe("identity", () => {
  check("has its gain on the diagonal", () => {
    expect(initializers.identity({ gain: 2 })([2, 3]).array()).toEqual([[2, 0, 0], [0, 2, 0]]); // prettier-ignore
    expect(() => initializers.identity()([2, 2, 2])).toThrow(
      "identity: expected a shape of [rows, columns] but received [2, 2, 2]",
    );
  });
});
