import { type DType, tensor } from "../../src";
import { type GoldenTensor, loadGolden, toTensor } from "../helpers/golden";

interface FormatCase extends GoldenTensor {
  text: string;
}

const { cases } = loadGolden("formats") as { cases: FormatCase[] };

describe("golden prints of numpy", () => {
  const dtypes: DType[] = ["float32", "float64", "int32", "uint8"];
  test.each(dtypes)("%s", (dtype) => {
    const ours = cases.filter((item) => item.dtype === dtype);
    expect(ours.length).toBeGreaterThan(10);
    for (const item of ours) {
      const x = toTensor(item);
      expect(`${x.describe()}\n${x.toString()}`).toBe(`${x.describe()}\n${item.text}`);
      x.dispose();
    }
  });
});

test("a tensor prints its values, and its type as well when it is inspected", () => {
  const x = tensor([1, 2.5]);
  expect(String(x)).toBe("[1.  2.5]");
  const inspect = Symbol.for("nodejs.util.inspect.custom");
  expect((x as unknown as Record<symbol, () => string>)[inspect]()).toBe(
    "Tensor float32[2]\n[1.  2.5]",
  );
  x.dispose();
});
