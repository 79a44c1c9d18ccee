/** Random draws: known answers, seeds, series of their own, and what plans and gradients make of them. */

import {
  Dense,
  Dropout,
  GradientTape,
  Generator,
  Sequential,
  Tensor,
  Variable,
  assign,
  getThreads,
  ones,
  randomNormal,
  randomUniform,
  setSeed,
  setThreads,
  tensor,
  truncatedNormal,
} from "../../src";
import { native } from "../../src/addon/native";
import { philox, units } from "../helpers/draws";
import { compiled, leakFree } from "../helpers/leak-free";

const check = (title: string, body: () => void): void => test(title, leakFree(body));

/** As in native/table/cost.cpp: nanoseconds of work that make a part. */
const PART_COST = 8000;

const hex = (words: readonly number[]): string[] =>
  words.map((word) => word.toString(16).padStart(8, "0"));

/** A generator whose key and counter are known. */
function generatorAt(...state: number[]): Generator {
  const generator = new Generator(0);
  assign(generator.state, Int32Array.from(state));
  return generator;
}

describe("Philox 4x32-10", () => {
  // The vectors of the authors' library, Random123 (kat_vectors).
  const ones32 = 0xffffffff;
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"],
    ],
    [
      [ones32, ones32, ones32, ones32],
      [ones32, ones32],
      ["408f276d", "41c83b0e", "a20bc7c6", "6d5451fd"],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      ["d16cfe09", "94fdcceb", "5001e420", "24126ea1"],
    ],
  ])("of the tests' reference gives the known answer of counter %j", (counter, key, words) => {
    expect(hex(philox(counter, key))).toEqual(words);
  });

  check("of the addon gives the known answer of key 0 and counter 0", () => {
    const words = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8];
    // A float32 takes the upper 24 bits of a word, a float64 the upper 53 of two.
    expect([...generatorAt(0, 0, 0, 0).uniform([4]).data()]).toEqual(
      words.map((word) => Math.floor(word / 2 ** 8) / 2 ** 24),
    );
    expect([...generatorAt(0, 0, 0, 0).uniform([2], 0, 1, "float64").data()]).toEqual([
      (words[0] * 2 ** 21 + Math.floor(words[1] / 2 ** 11)) / 2 ** 53,
      (words[2] * 2 ** 21 + Math.floor(words[3] / 2 ** 11)) / 2 ** 53,
    ]);
  });

  test.each([
    [[1, 2, 3, 4]],
    [[-1, -2, -1, 0]],
    [[0x12345678, -0x12345678, -1, -1]],
    [[7, 0, -2, 5]],
  ])(
    "of the addon follows the reference from state %j on",
    leakFree((state: number[]) => {
      for (const floats of ["float32", "float64"] as const) {
        const drawn = generatorAt(...state).uniform([21], 0, 1, floats);
        expect([...drawn.data()]).toEqual(units(state, 21, floats));
      }
    }),
  );

  check("advances past the blocks it used, with a carry", () => {
    const generator = generatorAt(1, 2, -1, 0);
    generator.uniform([1]);
    expect(generator.state.array()).toEqual([1, 2, 0, 1]);
    generator.uniform([9]);
    expect(generator.state.array()).toEqual([1, 2, 3, 1]);
    generator.uniform([9], 0, 1, "float64");
    expect(generator.state.array()).toEqual([1, 2, 8, 1]);
    generator.uniform([0]);
    expect(generator.state.array()).toEqual([1, 2, 8, 1]);
  });

  check("gives the same numbers whatever the number of threads", () => {
    const threads = getThreads();
    native.setWorthAPart(0);
    try {
      const draws = [1, 2, 3, 5].map((count) => {
        setThreads(count);
        return [...new Generator(3).normal([1001]).data()];
      });
      for (const draw of draws) expect(draw).toEqual(draws[0]);
    } finally {
      native.setWorthAPart(PART_COST);
      setThreads(threads);
    }
  });
});

describe("distributions", () => {
  const count = 40_000;

  /** Mean and deviation of a sample. */
  function moments(sample: Tensor): [number, number] {
    const values = [...sample.data()];
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    return [mean, variance ** 0.5];
  }

  // Tolerances are five standard errors of the mean, and as much for the deviation.
  check("uniform has its bounds, mean and deviation", () => {
    const sample = new Generator(1).uniform([count], -2, 4);
    const [mean, deviation] = moments(sample);
    expect(sample.min().item()).toBeGreaterThanOrEqual(-2);
    expect(sample.max().item()).toBeLessThan(4);
    expect(Math.abs(mean - 1)).toBeLessThan(0.045);
    expect(Math.abs(deviation - 6 / 12 ** 0.5)).toBeLessThan(0.045);
  });

  check("normal has its mean and deviation", () => {
    const [mean, deviation] = moments(new Generator(2).normal([count], 3, 2));
    expect(Math.abs(mean - 3)).toBeLessThan(0.05);
    expect(Math.abs(deviation - 2)).toBeLessThan(0.05);
  });

  check("truncated normal stays within two deviations", () => {
    const sample = new Generator(3).truncatedNormal([count], 1, 2);
    const [mean, deviation] = moments(sample);
    expect(sample.sub(1).abs().max().item()).toBeLessThanOrEqual(4);
    expect(Math.abs(mean - 1)).toBeLessThan(0.05);
    // The deviation of a standard normal cut at two deviations is 0.8796.
    expect(Math.abs(deviation - 2 * 0.8796)).toBeLessThan(0.05);
  });

  check("bernoulli follows its probabilities, 0 and 1 with certainty", () => {
    const p = tensor([0, 0.25, 1]).broadcastTo([count, 3]);
    const [never, quarter, always] = new Generator(4).bernoulli(p).mean(0).data();
    expect([never, always]).toEqual([0, 1]);
    expect(Math.abs(quarter - 0.25)).toBeLessThan(0.011);
  });

  check("dropout masks are 0 or 1 / (1 - rate)", () => {
    const mask = new Generator(5).dropoutMask([count], 0.75);
    expect(new Set(mask.data())).toEqual(new Set([0, 4]));
    expect(Math.abs(mask.mean().item() - 1)).toBeLessThan(0.045);
  });
});

describe("a seed", () => {
  check("repeats a generator's series, another seed gives another", () => {
    const draw = (seed: number): number[] => [...new Generator(seed).uniform([8]).data()];
    expect(draw(5)).toEqual(draw(5));
    const seeds = [0, 1, -1, 5, 2 ** 32, 2 ** 32 + 5, 2 ** 47, Number.MAX_SAFE_INTEGER];
    expect(new Set(seeds.map((seed) => draw(seed).join())).size).toBe(seeds.length);
  });

  check("starts a generator's series anew", () => {
    const generator = new Generator(5);
    const first = generator.normal([5]).data();
    const second = generator.normal([5]).data();
    expect(second).not.toEqual(first);
    generator.setSeed(5);
    expect(generator.normal([5]).data()).toEqual(first);
    expect(generator.normal([5]).data()).toEqual(second);
  });

  check("of the library repeats all draws, weights and dropout of layers created later", () => {
    const run = (seed: number): unknown[] => {
      setSeed(seed);
      const model = new Sequential([new Dense(4), new Dropout(0.5).train(), new Dense(3)]);
      model.build([null, 5]);
      return [
        ...[randomUniform([3]), randomNormal([3]), truncatedNormal([3])].map((x) => x.array()),
        ...model.weights.map((weight) => weight.array()),
        model.forward(ones([2, 5])).array(),
      ];
    };
    expect(run(7)).toEqual(run(7));
    expect(run(8)).not.toEqual(run(7));
  });

  check("gives two layers, and two weights, different series", () => {
    setSeed(1);
    const [a, b] = [new Dense(4), new Dense(4)];
    for (const layer of [a, b]) layer.build([null, 4]);
    expect(a.weights[0].array()).not.toEqual(b.weights[0].array());
    const [c, d] = [new Dropout(0.5).train(), new Dropout(0.5).train()];
    const x = ones([64]);
    expect(c.forward(x).array()).not.toEqual(d.forward(x).array());
  });

  check("that is no safe integer is refused", () => {
    for (const seed of [0.5, NaN, 2 ** 53, "1", null]) {
      expect(() => setSeed(seed as number)).toThrow("safe integer for seed");
      expect(() => new Generator(seed as number)).toThrow("safe integer for seed");
    }
  });
});

describe.each([true, false])("a captured draw (fuse: %s)", (fuse) => {
  check("differs at every replay and follows the eager series", () => {
    const eager = new Generator(3);
    const captured = new Generator(3);
    const f = compiled(
      () => [captured.uniform([5]), captured.normal([3], 0, 1, "float64"), captured.uniform([2])],
      { fuse },
    );
    const seen = new Set<string>();
    for (let call = 0; call < 5; call++) {
      const expected = [
        eager.uniform([5]),
        eager.normal([3], 0, 1, "float64"),
        eager.uniform([2]),
      ].map((x) => [...x.data()]);
      const drawn = f().map((x) => [...x.data()]);
      expect(drawn).toEqual(expected);
      seen.add(drawn.join());
    }
    expect(seen.size).toBe(5);
    expect(captured.state.array()).toEqual(eager.state.array());
  });

  check("repeats when its generator is seeded anew, without another capture", () => {
    const generator = new Generator(3);
    let captures = 0;
    const f = compiled(
      () => {
        captures++;
        return generator.uniform([4]).mul(2);
      },
      { fuse },
    );
    const first = [f(), f()].map((x) => x.array());
    generator.setSeed(3);
    expect([f(), f()].map((x) => x.array())).toEqual(first);
    expect(captures).toBe(1);
  });

  check("of the library's series follows setSeed", () => {
    const f = compiled(() => randomUniform([4]), { fuse });
    setSeed(9);
    const first = [f(), f()].map((x) => x.array());
    expect(first[0]).not.toEqual(first[1]);
    setSeed(9);
    expect([randomUniform([4]), f()].map((x) => x.array())).toEqual(first);
  });
});

describe("Dropout", () => {
  const ROWS = 40;

  /** Which elements a dropout with rate 0.5 let pass; throws if one is neither 0 nor doubled. */
  function passed(y: Tensor): boolean[] {
    return [...y.data()].map((value) => {
      if (value !== 0 && value !== 2) throw new Error(`expected 0 or 2 but received ${value}`);
      return value === 2;
    });
  }

  check("differs at every replay, and its seed repeats the series eagerly and captured", () => {
    const x = ones([ROWS]);
    const series = (run: (layer: Dropout) => (x: Tensor) => Tensor): boolean[][] => {
      const f = run(new Dropout(0.5, { seed: 11 }).train());
      return Array.from({ length: 4 }, () => passed(f(x)));
    };
    const eager = series((layer) => (x) => layer.forward(x));
    expect(new Set(eager.map(String)).size).toBe(4);
    expect(series((layer) => compiled((x: Tensor) => layer.forward(x)))).toEqual(eager);
    expect(series((layer) => compiled((x) => layer.forward(x), { fuse: false }))).toEqual(eager);
  });

  function step(layer: Dropout): (x: Tensor) => [y: Tensor, gradient: Tensor] {
    return (x) => {
      const tape = new GradientTape();
      tape.watch(x);
      const y = tape.record(() => layer.forward(x));
      return [y, tape.gradient(y, x)];
    };
  }

  test.each(["eager", "captured", "captured without fusion"])(
    "uses the stored mask in its gradient; %s",
    leakFree((mode: string) => {
      const layer = new Dropout(0.5, { seed: 2 }).train();
      const eager = step(layer);
      const run = mode === "eager" ? eager : compiled(eager, { fuse: mode === "captured" });
      const x = ones([ROWS]);
      const seen = new Set<string>();
      for (let call = 0; call < 4; call++) {
        const [y, gradient] = run(x);
        // x is 1, so the result is the mask, and so is its gradient.
        expect(gradient.array()).toEqual(y.array());
        seen.add(String(passed(y)));
      }
      expect(seen.size).toBe(4);
    }),
  );

  check("uses one mask for one call, also where a network reads it twice", () => {
    const layer = new Dropout(0.5, { seed: 2 }).train();
    const w = new Variable(ones([ROWS]));
    const run = compiled((x: Tensor) => {
      const tape = new GradientTape();
      const [y, loss] = tape.record(() => {
        const y = layer.forward(x.mul(w));
        return [y, y.square().sum()];
      });
      return [y, tape.gradient(loss, w)];
    });
    for (let call = 0; call < 3; call++) {
      const [y, gradient] = run(ones([ROWS]));
      // loss = sum (m w)^2, so d loss / dw = 2 m^2 w; at w = 1 y = m.
      expect(gradient.array()).toEqual(y.square().mul(2).array());
    }
  });

  check("has a series of its own: another generator's draws do not disturb it", () => {
    const draws = (between: () => void): boolean[][] => {
      const layer = new Dropout(0.5, { seed: 4 }).train();
      return [0, 1, 2].map(() => {
        between();
        return passed(layer.forward(ones([ROWS])));
      });
    };
    expect(draws(() => randomUniform([100]))).toEqual(draws(() => undefined));
  });

  check("passes its input on outside of training", () => {
    const layer = new Dropout(0.5).eval();
    const x = ones([3]);
    expect(layer.forward(x)).toBe(x);
  });
});
