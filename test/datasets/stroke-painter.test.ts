import { StrokePainter } from "../../src/datasets/stroke-painter";

const SIZE = 12;

/** Ink of each pixel, [y][x], of curves drawn over the given points. */
function paint(radius: number, ...curves: number[][]): number[][] {
  const painter = new StrokePainter(SIZE);
  painter.begin(radius);
  for (const curve of curves) painter.curve(Float64Array.from(curve), curve.length / 2);
  return Array.from({ length: SIZE }, (_, y) =>
    Array.from({ length: SIZE }, (_, x) => painter.ink(y * SIZE + x)),
  );
}

test("a line's ink falls off over one pixel at its edge and round its ends", () => {
  const radius = 1.25;
  const ink = paint(radius, [3, 5, 8, 5]);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const distance = Math.hypot(x - Math.min(8, Math.max(3, x)), y - 5);
      const expected = Math.min(1, Math.max(0, radius + 0.5 - distance));
      expect(ink[y][x]).toBeCloseTo(expected, 12);
    }
  }
});

test("strokes that cross are no darker where they meet", () => {
  const ink = paint(1, [2, 5, 9, 5], [5, 2, 5, 9]);
  expect(ink[5][5]).toBe(1);
  expect(ink[5][8]).toBe(1);
  expect(ink[8][5]).toBe(1);
});

test("a stroke may begin, lie or end outside of the image", () => {
  const ink = paint(1, [-5, 5, 30, 5], [-9, -9, -3, -3]);
  for (let x = 0; x < SIZE; x++) expect(ink[5][x]).toBe(1);
  expect(ink[0][0]).toBe(0);
});

test("a stroke without length is a dot", () => {
  const ink = paint(1, [5, 5, 5, 5]);
  expect(ink[5][5]).toBe(1);
  expect(ink[5][6]).toBeCloseTo(0.5, 12);
  expect(ink[5][7]).toBe(0);
});

test("a curve rounds off its middle points, but for those given twice", () => {
  const round = paint(0.5, [1, 10, 1, 1, 10, 1]);
  const sharp = paint(0.5, [1, 10, 1, 1, 1, 1, 10, 1]);
  expect(sharp[1][1]).toBe(1);
  expect(round[1][1]).toBe(0);
  for (const ink of [round, sharp]) {
    expect(ink[10][1]).toBe(1);
    expect(ink[1][10]).toBe(1);
  }
  // Half-way, a quadratic curve is at (a + 2 b + c) / 4 = (3.25, 3.25).
  expect(round[3][3]).toBeGreaterThan(0.6);
});

test("beginning anew clears the canvas", () => {
  const painter = new StrokePainter(SIZE);
  painter.begin(1);
  painter.curve(Float64Array.of(0, 0, 9, 9), 2);
  painter.begin(1);
  for (let pixel = 0; pixel < SIZE * SIZE; pixel++) expect(painter.ink(pixel)).toBe(0);
});
