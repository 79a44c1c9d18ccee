import { EinsumDense, initializers, ones, randomNormal } from "../../src";
import { leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

const shapes = (layer: EinsumDense): unknown => layer.weights.map(({ shape }) => shape);

check("EinsumDense makes weights that follow from the equation", () => {
  const layer = new EinsumDense("abc,cde->abde", [null, 8, 3], { biasAxes: "d" });
  expect(layer.forward(randomNormal([2, 5, 4])).shape).toEqual([2, 5, 8, 3]);
  expect(shapes(layer)).toEqual([[4, 8, 3], [8, 1]]); // prettier-ignore
  const open = new EinsumDense("...x,xy->...y", 6);
  open.build([null, 3, 2, 4]);
  expect([shapes(open), open.bias]).toEqual([[[4, 6]], null]);
  expect(open.outputShape([null, 7, 4])).toEqual([null, 7, 6]);
});

check("EinsumDense counts inputs and outputs of the kernel by the equation", () => {
  const limitOf = (layer: EinsumDense): number => layer.kernel!.abs().max().item();
  const split = new EinsumDense("abc,cde->abde", [null, 40, 30]);
  split.build([null, 5, 20]);
  const limit = Math.sqrt(6 / (20 + 40 * 30));
  expect(limitOf(split)).toBeLessThanOrEqual(limit);
  expect(limitOf(split)).toBeGreaterThan(0.99 * limit);
  const given = new EinsumDense("ab,bc->ac", 3, { kernelInitializer: initializers.identity() });
  expect(given.forward(ones([1, 3])).array()).toEqual([[1, 1, 1]]);
});

const BAD: [string, () => unknown, string][] = [
  [
    "an equation of another form",
    () => new EinsumDense("ab->ac", 3),
    'EinsumDense: expected an equation like "ab,bc->ac" or "...b,bc->...c" but received "ab->ac"',
  ],
  [
    "an input of another rank",
    () => new EinsumDense("ab,bc->ac", 3).forward(ones([2, 3, 4])),
    "EinsumDense: expected an input of 2 axes but received [null, 3, 4]",
  ],
  [
    "too few sizes",
    () => new EinsumDense("abc,cd->abd", 3).build([null, 2, 4]),
    "EinsumDense: expected 2 sizes for outputShape but received [3]",
  ],
  [
    "a size that nothing tells",
    () => new EinsumDense("ab,bc->ac", [null]).build([null, 2]),
    "EinsumDense: expected a known size of c in the input or in outputShape but received [null, 2]",
  ],
  [
    "another size than the input's",
    () => new EinsumDense("abc,cd->abd", [3, 4]).build([null, 2, 5]),
    "EinsumDense: expected 3 elements on axis b, as outputShape says, but received [null, 2, 5]",
  ],
  [
    "biases along an axis that is not there",
    () => new EinsumDense("ab,bc->ac", 3, { biasAxes: "d" }).build([null, 2]),
    'EinsumDense: expected letters of the result, ac, for biasAxes but received "d"',
  ],
];

test.each(BAD)(
  "EinsumDense refuses %s",
  leakFree((_title, fn, message) => {
    expect(fn).toThrow(message);
  }),
);
