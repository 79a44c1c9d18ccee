/** Every op against its samples; see samples/index.ts. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  Generator,
  fill,
  getThreads,
  gradcheck,
  setThreads,
  type Tensor,
  Variable,
  jit,
  memory,
  ones,
  randomUniform,
  scatterAdd,
  scatterND,
  tensor,
  tidy,
} from "../../src";
import { sparseCrossentropy, sparseCrossentropyLogits } from "../../src/ops";
import { native } from "../../src/addon/native";
import { normalDistribution, philox, units } from "../helpers/draws";
import {
  type Floats,
  dtypeOf,
  expectNoLeak,
  expectReference,
  expectSameBits,
  expectSameUpToRounding,
  gradients,
  rounded,
  runSample,
  secondGradients,
  sourcesOf,
  toTensor,
  toVariable,
  weightedGradients,
  weightedResult,
} from "../helpers/sample-runner";
import { opTableText } from "../../scripts/write-op-table";
import { badInputs, samples, updates } from "../samples";
import type { Sample, UpdateSample } from "../samples/sample";
import { writesToTensors } from "../samples/updates";

/** As in native/table/cost.cpp: nanoseconds of work that make a part. */
const PART_COST = 8000;

const titled = <T extends { title: string }>(list: readonly T[]): [string, T][] =>
  list.map((item) => [item.title, item]);

const isFloat = ({ dtype, inputs }: Sample): boolean =>
  dtype === "float" || inputs.some((given) => given.dtype === "float");
const floating = samples.filter(isFloat);
const fixed = samples.filter((sample) => !isFloat(sample));
const differentiable = samples.filter(({ sources }) => sources.length > 0);

// The library's common generator is made at its first use.
beforeAll(() => randomUniform([1]).dispose());

describe("values", () => {
  function check(sample: Sample, floats: Floats): void {
    expectNoLeak(() => {
      const expected = sample.reference(...sample.inputs.map((given) => rounded(given, floats)));
      const dtype = dtypeOf(sample.dtype, floats);
      expectReference(runSample(sample, floats), dtype, expected, sample.independent);
    });
  }

  test.each(titled(floating))("%s in float32", (_, sample) => check(sample, "float32"));
  test.each(titled(floating))("%s in float64", (_, sample) => check(sample, "float64"));
  test.each(titled(fixed))("%s", (_, sample) => check(sample, "float64"));
});

describe("gradients against differences", () => {
  test.each(titled(differentiable))("%s", (_, sample) => {
    expectNoLeak(() => {
      const { tensors, names } = sourcesOf(sample);
      const { excluded } = gradcheck(weightedResult(sample), tensors, {
        names,
        unconnected: "zero",
      });
      expect(excluded).toBe(0);
    });
  });
});

describe("second derivatives against differences of the first", () => {
  const twice = differentiable.filter(({ second }) => second);

  test.each(titled(twice))("%s", (_, sample) => {
    expectNoLeak(() => {
      const { tensors, names } = sourcesOf(sample);
      const { excluded } = gradcheck(weightedGradients(sample), tensors, {
        names,
        unconnected: "zero",
      });
      expect(excluded).toBe(0);
    });
  });
});

type Compare = (actual: Tensor, expected: Tensor) => void;

/** Compares two calls, the one that captures and one that only replays, with the eager result. */
function checkCaptured(
  fn: (...inputs: Tensor[]) => Tensor[],
  inputs: Tensor[],
  fuse: boolean,
  compare: Compare,
): void {
  const captured = jit(fn, { fuse });
  const eager = fn(...inputs);
  for (let call = 0; call < 2; call++) {
    captured(...inputs).forEach((result, i) => compare(result, eager[i]));
  }
  captured.dispose();
}

describe.each([
  ["bit for bit without fusion", false, expectSameBits],
  ["within rounding with it", true, expectSameUpToRounding],
] as [string, boolean, Compare][])("captured equals eager, %s", (_title, fuse, compare) => {
  const check = (fn: (...inputs: Tensor[]) => Tensor[], inputs: Tensor[]): void =>
    checkCaptured(fn, inputs, fuse, compare);

  test.each(titled(samples))("%s", (_, sample) => {
    expectNoLeak(() => {
      const inputs = sample.inputs.map((given) => toTensor(given, "float32"));
      check((...given) => [sample.run(...given)], inputs);
    });
  });

  test.each(titled(differentiable))("gradient of %s", (_, sample) => {
    expectNoLeak(() => {
      const inputs = sample.inputs.map((given) => toTensor(given, "float64"));
      check((...given) => gradients(sample, given), inputs);
    });
  });
});

describe("three threads give what one gives, within rounding", () => {
  const threads = getThreads();
  beforeAll(() => native.setWorthAPart(0));
  afterAll(() => {
    native.setWorthAPart(PART_COST);
    setThreads(threads);
  });

  /** Eagerly on one thread, then captured and eagerly on three. */
  function check(fn: (...inputs: Tensor[]) => Tensor[], inputs: Tensor[]): void {
    setThreads(1);
    const alone = fn(...inputs);
    setThreads(3);
    fn(...inputs).forEach((result, i) => expectSameUpToRounding(result, alone[i]));
    const captured = jit(fn);
    captured(...inputs).forEach((result, i) => expectSameUpToRounding(result, alone[i]));
    captured.dispose();
  }

  test.each(titled(samples))("%s", (_, sample) => {
    expectNoLeak(() => {
      const inputs = sample.inputs.map((given) => toTensor(given, "float32"));
      check((...given) => [sample.run(...given)], inputs);
    });
  });

  test.each(titled(differentiable))("gradient of %s", (_, sample) => {
    expectNoLeak(() => {
      const inputs = sample.inputs.map((given) => toTensor(given, "float64"));
      check((...given) => gradients(sample, given), inputs);
    });
  });
});

describe("updates", () => {
  function check(sample: UpdateSample, floats: Floats, captured: boolean): void {
    const variables = sample.variables.map((given) => toVariable(given, floats));
    expectNoLeak(() => {
      const inputs = sample.inputs.map((given) => toTensor(given, floats));
      const run = (given: Tensor[]): void => sample.run(variables, given);
      if (captured) runOnce(run, inputs);
      else run(inputs);
      const expected = sample.reference(
        sample.variables.map((given) => rounded(given, floats)),
        sample.inputs.map((given) => rounded(given, floats)),
      );
      variables.forEach((variable, i) => {
        expectReference(variable, variable.dtype, expected[i]);
        expect(variable.version).toBe(1);
      });
    });
    variables.forEach((variable) => variable.dispose());
  }

  function runOnce(run: (inputs: Tensor[]) => void, inputs: Tensor[]): void {
    const captured = jit(run);
    captured(inputs);
    captured.dispose();
  }

  test.each(titled(updates))("%s", (_, sample) => {
    check(sample, "float32", false);
    check(sample, "float64", false);
  });

  test.each(titled(updates))("%s, captured", (_, sample) => check(sample, "float32", true));

  test.each(Object.entries(writesToTensors))(
    "%s refuses a Tensor in place of a Variable",
    (op, write) => {
      expectNoLeak(() => {
        const target = tensor([3, 4]);
        const error = new RegExp(
          `${op}: expected a Variable to write to but received float32\\[2\\]`,
        );
        expect(() => write(target as Variable)).toThrow(error);
        expect(target.array()).toEqual([3, 4]);
      });
    },
  );
});

describe("refused calls change nothing", () => {
  test.each(titled(badInputs))("%s", (_, { given, call, error }) => {
    const operands = tidy(given);
    const variables = operands.filter((x) => x instanceof Variable);
    const values = variables.map((variable) => variable.array());
    expectNoLeak(() => {
      const inner = tidy(given);
      expect(() => call(...inner)).toThrow(error);
      inner.forEach((x) => x.dispose());
    });
    const handles = memory().handles;
    expect(() => tidy(() => call(...operands))).toThrow(error);
    const disposed = operands.filter((x) => x.isDisposed).length;
    expect(memory().handles).toBe(handles - disposed);
    expect(variables.map((variable) => variable.array())).toEqual(values);
    expect(variables.map((variable) => variable.version)).toEqual(variables.map(() => 0));
    operands.forEach((x) => x.dispose());
  });
});

describe("labels and indices out of range in a plan", () => {
  const labels = (...values: number[]): Tensor => tensor(values, undefined, "int32");

  /** What is computed from the plan's own results and labels that are given from outside. */
  const faulty: Record<string, (x: Tensor, given: Tensor) => Tensor> = {
    sparseCrossentropy: (x, given) => sparseCrossentropy(x.softmax(), given, 1e-7),
    sparseCrossentropyLogits: (x, given) => sparseCrossentropyLogits(x.mul(2), given),
    gather: (x, given) => x.transpose().gather(given),
    oneHot: (_x, given) => given.oneHot(4),
    scatterAdd: (x, given) => scatterAdd(x.mul(2), given, 4),
    gatherAlong: (x, given) => x.mul(2).gather(given, 1),
    gatherND: (x, given) => x.transpose().gatherND(given.reshape([3, 1])),
    scatterND: (x, given) => scatterND(given.reshape([3, 1]), x.mul(2), [4, 4]),
  };

  test.each(Object.entries(faulty))(
    "%s: the error tells where, nothing was written",
    (op, compute) => {
      const counter = new Variable(5);
      expectNoLeak(() => {
        const x = ones([3, 4]);
        const step = jit((given: Tensor, which: Tensor) => {
          counter.assignAdd(1);
          return compute(given, which);
        });
        step(x, labels(0, 1, 2));
        expect(() => step(x, labels(0, 7, 2))).toThrow(
          new RegExp(`${op}: (label|index) 7 at position 1 is outside \\[0, 4\\)`),
        );
        expect(() => step(x, labels(0, 1, -1))).toThrow(
          new RegExp(`${op}: (label|index) -1 at position 2 is outside \\[0, 4\\)`),
        );
        expect(counter.item()).toBe(6);
        expect(counter.version).toBe(1);
        step(x, labels(3, 3, 3));
        expect(counter.item()).toBe(7);
        step.dispose();
      });
      counter.dispose();
    },
  );
});

describe("random draws", () => {
  const SHAPES = [[], [1], [17], [3, 33], [0]];
  const cases = SHAPES.flatMap((shape) =>
    (["float32", "float64"] as const).map((floats): [string, number[], Floats] => [
      `${floats}[${shape.join(", ")}]`,
      shape,
      floats,
    ]),
  );

  /** Draws twice, eagerly and captured, and compares with what the generator's states promise. */
  function check(
    draw: (generator: Generator) => Tensor,
    expectUnits: (drawn: Tensor, expected: number[]) => void,
    floats: Floats,
  ): void {
    const generator = new Generator(7);
    expectNoLeak(() => {
      const captured = jit(() => draw(generator));
      for (const next of [() => draw(generator), captured, captured, () => draw(generator)]) {
        const before = generator.state.data();
        const drawn = next();
        expect(drawn.dtype).toBe(floats);
        expectUnits(drawn, units(before, drawn.size, floats));
        const blocks = Math.ceil(drawn.size / (floats === "float32" ? 4 : 2));
        expect(generator.state.data()[2]).toBe(before[2] + blocks);
      }
      captured.dispose();
    });
    generator.state.dispose();
  }

  test("the reference gives Philox's known answers", () => {
    const ones = 0xffffffff;
    expect(philox([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    expect(philox([ones, ones, ones, ones], [ones, ones])).toEqual([
      0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd,
    ]);
  });

  test.each(cases)("randomUniform %s", (_, shape, floats) => {
    const expectUnits = (drawn: Tensor, expected: number[]): void => {
      const wanted = { shape, data: expected.map((u) => -2 + 5 * u) };
      expectReference(drawn, floats, wanted);
    };
    check((generator) => generator.uniform(shape, -2, 3, floats), expectUnits, floats);
  });

  test.each(cases)("dropoutMask %s", (_, shape, floats) => {
    const expectUnits = (drawn: Tensor, expected: number[]): void => {
      expectReference(drawn, floats, {
        shape,
        data: expected.map((u) => (u < 0.25 ? 0 : 1 / 0.75)),
      });
    };
    check((generator) => generator.dropoutMask(shape, 0.25, floats), expectUnits, floats);
  });

  test.each(cases)("bernoulli %s", (_, shape, floats) => {
    const expectUnits = (drawn: Tensor, expected: number[]): void => {
      expectReference(drawn, floats, { shape, data: expected.map((u) => Number(u < 0.25)) });
    };
    check((generator) => generator.bernoulli(fill(shape, 0.25, floats)), expectUnits, floats);
  });

  /** The distribution function of what was drawn is the uniform number it was made of. */
  const distributed =
    (low: number, floats: Floats) =>
    (drawn: Tensor, expected: number[]): void => {
      const values = drawn.data();
      expected.forEach((u, i) => {
        const p = normalDistribution((values[i] - 1) / 2);
        expect(Math.abs(p - (low + u * (1 - 2 * low)))).toBeLessThan(
          floats === "float32" ? 3e-7 : 1e-13,
        );
      });
    };

  test.each(cases)("randomNormal %s", (_, shape, floats) => {
    check((generator) => generator.normal(shape, 1, 2, floats), distributed(0, floats), floats);
  });

  test.each(cases)("truncatedNormal %s", (_, shape, floats) => {
    const tail = normalDistribution(-2);
    check(
      (generator) => generator.truncatedNormal(shape, 1, 2, floats),
      distributed(tail, floats),
      floats,
    );
  });
});

describe("the table", () => {
  test("is the one that the types were written from", () => {
    const file = join(__dirname, "..", "..", "src", "ops", "op-table.ts");
    expect(readFileSync(file, "utf8")).toBe(opTableText(native.ops));
  });

  test("every native op is executed by a sample", () => {
    const executed = new Set<string>();
    const { runStep } = native;
    const spy = jest.spyOn(native, "runStep").mockImplementation(() => {
      executed.add(native.ops[native.words[0]].name);
      runStep();
    });
    tidy(() => {
      for (const sample of samples) runSample(sample, "float32").dispose();
      for (const sample of differentiable) {
        const inputs = sample.inputs.map((given) => toTensor(given, "float64"));
        (sample.second ? secondGradients : gradients)(sample, inputs);
      }
      for (const sample of updates) {
        const variables = sample.variables.map((given) => toVariable(given, "float32"));
        sample.run(
          variables,
          sample.inputs.map((given) => toTensor(given, "float32")),
        );
        variables.forEach((variable) => variable.dispose());
      }
      const generator = new Generator(1);
      generator.uniform([1]);
      generator.normal([1]);
      generator.truncatedNormal([1]);
      generator.dropoutMask([1], 0.5);
      generator.bernoulli([0.5]);
    });
    spy.mockRestore();
    expect(native.ops.map(({ name }) => name).filter((name) => !executed.has(name))).toEqual([]);
  });
});
