/** Rounding of running sums and products, and of scattered sums: it may not grow with their length. */

import {
  cumProd,
  cumSum,
  gather,
  GradientTape,
  prod,
  scatterND,
  stack,
  tensor,
  tidy,
  zeros,
} from "../../src";
import type { Floats } from "../helpers/sample-runner";

const N = 50_000;
const EPSILON = { float32: 2 ** -23, float64: 2 ** -52 };

/**
 * Multiples of 2^-20 whose plain sum errs to one side, step by step; exact as bigints. In float64 they get
 * digits that one of them holds and their sum does not.
 */
function terms(floats: Floats): bigint[] {
  const values = Array.from({ length: N }, (_, i) => (i % 7 === 3 ? -699051n : 349525n));
  return floats === "float32" ? values : values.map((x) => (x << 33n) + 0xaaaaaaaan);
}

const SCALE = 2 ** -20;
const toNumber = (sum: bigint): number => Number(sum) * SCALE;

/** 4 eps log2(n) times the sum of the absolute terms. */
function bound(floats: Floats, absolute: bigint, n: number): number {
  return 4 * EPSILON[floats] * Math.log2(n + 2) * toNumber(absolute);
}

const abs = (x: bigint): bigint => (x < 0n ? -x : x);

describe.each(["float32", "float64"] as const)("%s", (floats) => {
  test.each([false, true])("cumSum of many terms, reversed %s", (reverse) => {
    tidy(() => {
      const values = terms(floats);
      const x = tensor(values.map(toNumber), undefined, floats);
      const sums = cumSum(x, 0, false, reverse).data();
      let [sum, absolute, worst] = [0n, 0n, 0];
      for (let i = 0; i < N; i++) {
        const at = reverse ? N - 1 - i : i;
        sum += values[at];
        absolute += abs(values[at]);
        worst = Math.max(worst, Math.abs(sums[at] - toNumber(sum)) / bound(floats, absolute, i));
      }
      expect(worst).toBeLessThanOrEqual(1);
    });
  });

  test("cumProd and prod of many factors", () => {
    tidy(() => {
      // Factors next to 1; the product is kept as an integer by 2^-400.
      const steps = Array.from({ length: 4096 }, (_, i) => (i % 5 === 2 ? -23 : 11));
      const x = tensor(
        steps.map((step) => 1 + step * 2 ** -20),
        undefined,
        floats,
      );
      const products = cumProd(x).data();
      let [exact, worst] = [1n << 400n, 0];
      steps.forEach((step, i) => {
        exact = (exact * ((1n << 20n) + BigInt(step))) >> 20n;
        const wanted = Number(exact >> 300n) * 2 ** -100;
        const allowed = 4 * EPSILON[floats] * Math.log2(i + 2) * wanted;
        worst = Math.max(worst, Math.abs(products[i] - wanted) / allowed);
      });
      expect(worst).toBeLessThanOrEqual(1);
      const last = Number(exact >> 300n) * 2 ** -100;
      expect(Math.abs(prod(x).item() - last)).toBeLessThanOrEqual(48 * EPSILON[floats] * last);
    });
  });

  test("squared distances of many elements, along and across", () => {
    tidy(() => {
      // Beside a mean of 0, the sum of the squares; plainly added, it errs to one side.
      const one = floats === "float32" ? 699051 : 699051 + 2 ** -30;
      const row = Array.from({ length: 2 * N }, (_, i) => (i % 2 === 0 ? one : -one));
      const x = tensor(row, [2 * N], floats).mul(2 ** -20);
      const exact = (one * 2 ** -20) ** 2;
      const allowed = 8 * EPSILON[floats] * exact;
      expect(Math.abs(x.variance().item() - exact)).toBeLessThanOrEqual(allowed);
      const columns = stack([x, x, x], 1).variance(0).array() as number[];
      columns.forEach((across) => expect(Math.abs(across - exact)).toBeLessThanOrEqual(allowed));
    });
  });

  test("many terms scattered to one place", () => {
    tidy(() => {
      const values = terms(floats);
      const sum = values.reduce((a, b) => a + b, 0n);
      const absolute = values.reduce((a, b) => a + abs(b), 0n);
      const updates = tensor(values.map(toNumber), undefined, floats);
      const allowed = bound(floats, absolute, N);
      const scattered = scatterND(zeros([N, 1], "int32"), updates, [1]).item();
      expect(Math.abs(scattered - toNumber(sum))).toBeLessThanOrEqual(allowed);
      // The same sum is the gradient of gathering one column many times.
      const table = zeros([1, 2], floats);
      const tape = new GradientTape();
      tape.watch(table);
      const rows = zeros([N], "int32");
      const target = tape.record(() => gather(table, rows, 1).mul(updates.reshape([1, N])));
      const [[gradient]] = tape.gradient(target, table).array() as number[][];
      expect(Math.abs(gradient - toNumber(sum))).toBeLessThanOrEqual(allowed);
    });
  });
});
