import { type Tensor, initializers, tidy } from "../../src";
import { loadGolden } from "../helpers/golden";

interface InitializerCase {
  initializer: string;
  shape: number[];
  distribution: "uniform" | "normal" | "truncatedNormal";
  deviation: number;
  low?: number;
  high?: number;
}

type Factory = (options: { seed: number }) => (shape: number[], dtype: "float64") => Tensor;

/** Fewer elements say too little about a deviation. */
const LEAST_SAMPLE = 1000;

const { cases } = loadGolden("initializers") as { cases: InitializerCase[] };
const titled = cases.map((item): [string, InitializerCase] => [
  `${item.initializer} [${item.shape.join(", ")}]`,
  item,
]);

function draw({ initializer, shape }: InitializerCase): number[] {
  const factory = (initializers as unknown as Record<string, Factory>)[initializer];
  return tidy(() => Array.from(factory({ seed: 7 })(shape, "float64").data()));
}

const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe("golden limits and deviations of initializers", () => {
  test.each(titled)("%s stays within its limits", (_label, item) => {
    const { low = -Number.MAX_VALUE, high = Number.MAX_VALUE } = item;
    expect(draw(item).filter((value) => !(value >= low && value <= high))).toEqual([]);
  });

  // The sample's mean and variance are off by about 1 / sqrt(n) and sqrt(2 / n) of the deviation and
  // the variance (less for bounded distributions): five times that is exceeded once in a million.
  const large = titled.filter(([, { shape }]) => shape.reduce((a, b) => a * b, 1) >= LEAST_SAMPLE);
  test.each(large)("%s has its mean and deviation", (_label, item) => {
    const values = draw(item);
    const off = 5 / Math.sqrt(values.length);
    const average = mean(values);
    const variance = mean(values.map((value) => (value - average) ** 2));
    expect(Math.abs(average) / item.deviation).toBeLessThan(off);
    expect(Math.abs(variance / item.deviation ** 2 - 1)).toBeLessThan(off * Math.SQRT2);
  });

  test.each(large.filter(([, { high }]) => high !== undefined))(
    "%s fills its limits",
    (_label, item) => {
      const values = draw(item);
      // Of n uniform values the greatest misses the limit by about 2 / n of it; the density of the
      // truncated normal distribution at its limits is a quarter of that.
      const reach = 1 - 100 / values.length;
      expect(Math.max(...values)).toBeGreaterThan(item.high! * reach);
      expect(Math.min(...values)).toBeLessThan(item.low! * reach);
    },
  );
});
