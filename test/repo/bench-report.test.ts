/** The pure parts of the benchmark: statistics, comparisons, and reports that are always complete. */

import type { BlasInfo, InstructionSet } from "nabla";

import { againstBestPeer, find, lossDeviation, ratio } from "../../scripts/bench/compare";
import type { Contender, Session } from "../../scripts/bench/contenders/contender";
import {
  BARE_GEMM,
  BRAIN,
  NABLA_JIT,
  PYTORCH,
  TFJS_CPU,
} from "../../scripts/bench/contenders/names";
import { GOALS, STEP_32 } from "../../scripts/bench/goals";
import { describeKernels, environmentOf, requireKernels } from "../../scripts/bench/kernels";
import { initialWeights, shuffledRows } from "../../scripts/bench/network";
import { type Result, race } from "../../scripts/bench/race";
import { Findings } from "../../scripts/bench/report";
import { median, medianRatio, quantile, ratioOfRuns } from "../../scripts/bench/statistics";
import { bestRows, formatFigure, markdown, timesByCase } from "../../scripts/bench/tables";

function contender(name: string, threads = 1, version: string | null = "1.0"): Contender {
  return {
    name,
    threads,
    version,
    ...(version === null && { note: "not installed" }),
    runs: () => true,
    open: () => Promise.reject(new Error("not in this test")),
    stop: () => Promise.resolve(),
  };
}

function result(name: string, threads: number, times: number[][] | null, loss?: number): Result {
  const version = times === null ? null : "1.0";
  return { contender: contender(name, threads, version), times, loss, accuracies: [] };
}

describe("statistics", () => {
  test("medians and quantiles lie between the values around them", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(quantile([0, 10, 20, 30], 0.25)).toBeCloseTo(7.5, 12);
    expect(quantile([5], 0.99)).toBe(5);
  });

  test("ratios are paired by round, then by run", () => {
    expect(medianRatio([2, 20, 300], [1, 10, 100])).toBe(2);
    const a = [[2], [6], [30]];
    const b = [[1], [2], [3]];
    expect(ratioOfRuns(a, b)).toBe(3); // median of 2, 3 and 10
  });
});

describe("comparisons", () => {
  const results = [
    result(BARE_GEMM, 1, [[50, 50]]),
    result(NABLA_JIT, 1, [[60, 60]], 0.5),
    result(NABLA_JIT, 2, [[40, 40]], 0.5),
    result(PYTORCH, 1, [[300, 300]], 0.5001),
    result(PYTORCH, 2, [[250, 200]], 0.5001),
    result(TFJS_CPU, 1, [[9000, 9000]], 0.4),
    result(BRAIN, 1, null),
  ];

  test("without a number of threads the best one is found", () => {
    expect(find(results, PYTORCH)?.contender.threads).toBe(2);
    expect(find(results, PYTORCH, 1)?.contender.threads).toBe(1);
    expect(find(results, BRAIN)).toBeUndefined();
  });

  test("a ratio with an absent peer is null", () => {
    expect(ratio(find(results, PYTORCH, 2), find(results, NABLA_JIT, 2))).toBe((6.25 + 5) / 2);
    expect(ratio(find(results, BRAIN), find(results, NABLA_JIT))).toBeNull();
  });

  test("the best peer is named, and who is absent", () => {
    const { value, note, required } = againstBestPeer(results, NABLA_JIT);
    expect(value).toBeCloseTo((40 / 250 + 40 / 200) / 2, 12);
    expect(note).toBe(`best peer: ${PYTORCH}, threads: 2; absent: ${BRAIN}`);
    expect(required).toBeUndefined();
  });

  test("where matrix products take over 90 % of the time, 1.05 x is allowed", () => {
    const bound = [result(BARE_GEMM, 1, [[57]]), ...results.slice(1)];
    expect(againstBestPeer(bound, NABLA_JIT).required).toBe(1.05);
  });

  test("without any peer the value is null", () => {
    expect(againstBestPeer(results.slice(0, 3), NABLA_JIT)).toMatchObject({ value: null });
    expect(lossDeviation(results.slice(0, 3))).toMatchObject({ value: null });
  });

  test("the largest deviation of a loss is relative to nabla's", () => {
    const { value, note } = lossDeviation(results);
    expect(value).toBeCloseTo(0.2, 12);
    expect(note).toContain(TFJS_CPU);
  });
});

describe("reports", () => {
  test("have one ratio for every goal, measured or not", () => {
    const ratios = new Findings().ratios();
    expect(ratios.map(({ name }) => name)).toEqual(GOALS.map(({ name }) => name));
    for (const one of ratios) {
      expect(one).toMatchObject({ value: null, met: false, goalMet: false, note: "not measured" });
    }
  });

  test("every goal has a name of its own and a bound", () => {
    expect(new Set(GOALS.map(({ name }) => name)).size).toBe(GOALS.length);
    for (const { required, goal } of GOALS) expect(required ?? goal).not.toBeNull();
  });

  test("tell what is required from what is hoped for", () => {
    const findings = new Findings();
    const least = `${STEP_32}: PyTorch eager / nabla`;
    const most = `${STEP_32}: 2 threads / bare GEMM, 1 thread`;
    findings.set(least, 7);
    findings.set(most, { value: 0.6, note: "quiet" });
    const byName = new Map(findings.ratios().map((one) => [one.name, one]));
    expect(byName.get(least)).toMatchObject({ value: 7, required: 6, goal: 8, met: true });
    expect(byName.get(least)!.goalMet).toBe(false);
    expect(byName.get(most)).toMatchObject({ met: true, goalMet: true, note: "quiet" });
    findings.set(least, 5.9);
    expect(findings.ratios().find(({ name }) => name === least)!.met).toBe(false);
  });

  test("refuse a goal that nobody set", () => {
    expect(() => new Findings().set("step, batch 33", 1)).toThrow(
      'no goal is named "step, batch 33"',
    );
  });

  test("a null from an absent peer is not met", () => {
    const findings = new Findings();
    findings.set(`${STEP_32}: brain.js / nabla`, null);
    const found = findings.ratios().find(({ name }) => name === `${STEP_32}: brain.js / nabla`);
    expect(found).toMatchObject({ value: null, met: false });
  });

  test("rows of absent contenders stand beside the others", () => {
    const findings = new Findings();
    findings.addRows("a", [result(PYTORCH, 1, [[3, 1], [2]], 0.5), result(BRAIN, 1, null)]);
    expect(findings.rows[0]).toMatchObject({ median: 2, min: 1, max: 3, loss: 0.5, threads: 1 });
    expect(findings.rows[1]).toMatchObject({ median: null, min: null, max: null, version: null });
  });

  test("print each contender at its best number of threads", () => {
    const findings = new Findings();
    findings.addRows("a", [result(PYTORCH, 1, [[30]]), result(PYTORCH, 2, [[2000]])]);
    findings.addRows("b", [result(BRAIN, 1, null)]);
    expect(bestRows(findings.rows)).toHaveLength(2);
    expect(timesByCase(findings.rows, ["a", "b", "c"])).toEqual({
      header: ["µs (threads)", "a", "b"],
      rows: [
        [PYTORCH, "30.0 (1)", ""],
        [BRAIN, "", "absent"],
      ],
    });
    const environment = { versions: { [PYTORCH]: "2", [BRAIN]: null } };
    const text = markdown({ environment, rows: findings.rows, ratios: findings.ratios() }, ["a"]);
    expect(text).toContain(`| ${PYTORCH} | 30.0 (1) |`);
    expect(text).toContain(`${BRAIN} absent`);
    expect(text).not.toContain("NO");
    expect(text).toMatch(/^Not measured: .*brain\.js \/ nabla.*\.$/m);
  });

  test("figures keep three digits", () => {
    expect([1234.5, 56.78, 1.2345, 0.00123, 0].map(formatFigure)).toEqual([
      "1,235",
      "56.8",
      "1.23",
      "1.2e-3",
      "0.00",
    ]);
    expect(formatFigure(null)).toBe("absent");
  });
});

describe("the kernels of the BLAS", () => {
  function blas(
    kernels: string,
    instructionSet: InstructionSet,
    processor: InstructionSet,
  ): BlasInfo {
    return { version: "0.3.21", kernels, instructionSet, processor, forced: true, config: "" };
  }

  test("of a lesser class than the processor's give no ratios", () => {
    expect(() => requireKernels(blas("Prescott", "older", "avx512"))).toThrow(
      "bench: expected kernels of the processor's class (avx512) but received " +
        "OpenBLAS 0.3.21, Prescott kernels (older), forced; no ratios are given.",
    );
    expect(() => requireKernels(blas("Haswell", "avx2", "avx512"))).toThrow("expected kernels");
    for (const good of [
      blas("SkylakeX", "avx512", "avx512"),
      blas("SkylakeX", "avx512", "avx2"),
      blas("Prescott", "older", "older"),
      blas("NEOVERSEN1", "other", "other"),
      blas("DiamondRapids", "other", "avx512"),
    ]) {
      expect(() => requireKernels(good)).not.toThrow();
    }
  });

  test("are told to the bare products, where they have a name to choose them by", () => {
    expect(environmentOf(blas("Zen", "avx2", "avx2"))).toEqual({ OPENBLAS_CORETYPE: "Zen" });
    expect(environmentOf(blas("NEOVERSEN1", "other", "other"))).toEqual({});
    expect(describeKernels({ ...blas("Zen", "avx2", "avx2"), forced: false })).toBe(
      "OpenBLAS 0.3.21, Zen kernels (avx2)",
    );
  });
});

describe("a race", () => {
  const task = { kind: "step" as const, sizes: [4, 2], batch: 1, samples: 1, rate: 1 };
  const pace = { runs: 2, rounds: 3, slice: 10, warmUp: 12 };

  /** Takes 2 µs a unit; fails at the measurement of this number. */
  function runner(name: string, log: string[], failAt = Infinity): Contender {
    let measurements = 0;
    const measure = (repeat: number): Promise<{ microseconds: number }> => {
      if (++measurements === failAt) return Promise.reject(new Error("it broke"));
      log.push(`${name} ${repeat}`);
      return Promise.resolve({ microseconds: 2 });
    };
    const session = { measure, loss: () => Promise.resolve(0.5), close: () => Promise.resolve() };
    return { ...contender(name), open: () => Promise.resolve(session) };
  }

  test("times everyone in every round, who starts takes turns", async () => {
    const log: string[] = [];
    const results = await race([runner("a", log), runner("b", log)], task, "", pace);
    expect(results.map(({ times }) => times)).toEqual([
      [[2, 2, 2], [2, 2, 2]],
      [[2, 2, 2], [2, 2, 2]],
    ]); // prettier-ignore
    expect(results[0].loss).toBe(0.5);
    const warmUp = ["a 1", "a 1", "a 5", "b 1", "b 1", "b 5"];
    // Every turn is an untimed measurement and a timed one.
    const turns = ["a 5", "b 5", "b 5", "a 5", "a 5", "b 5"].flatMap((turn) => [turn, turn]);
    const firstRun = [...warmUp, ...turns];
    expect(log).toEqual([...firstRun, ...firstRun]);
  });

  test("warms everyone up for the same time, however long a unit takes", async () => {
    const log: string[] = [];
    await race([runner("a", log)], task, "", { ...pace, runs: 1, rounds: 1, warmUp: 40 });
    // Once to begin with, once to see what a unit takes, then 10 microseconds at a time.
    const warm = ["a 1", "a 1", ...new Array<string>(4).fill("a 5")];
    expect(log).toEqual([...warm, "a 5", "a 5"]);
  });

  test("does not take the first unit, which may compile, for the others", async () => {
    const log: string[] = [];
    const slow = runner("a", log);
    const open = async (...given: Parameters<Contender["open"]>): Promise<Session> => {
      const session = await slow.open(...given);
      let isFirst = true;
      const measure: Session["measure"] = async (repeat) => {
        const { microseconds } = await session.measure(repeat);
        const taken = isFirst ? 1e6 : microseconds;
        isFirst = false;
        return { microseconds: taken };
      };
      return { ...session, measure };
    };
    const [{ times }] = await race([{ ...slow, open }], task, "", { ...pace, runs: 1 });
    expect(times).toEqual([[2, 2, 2]]);
    expect(log.slice(2)).toEqual(new Array<string>(7).fill("a 5"));
  });

  test("takes no answer that is no time", async () => {
    for (const microseconds of [0, NaN, -1]) {
      const session = {
        measure: () => Promise.resolve({ microseconds }),
        loss: () => Promise.resolve(null),
        close: () => Promise.resolve(),
      };
      const broken = { ...contender("a"), open: () => Promise.resolve(session) };
      const [{ times, note }] = await race([broken], task, "", pace);
      expect(times).toBeNull();
      expect(note).toBe(`it answered with ${microseconds} microseconds a unit`);
    }
  });

  test("goes on without who fails, and without who is absent", async () => {
    const log: string[] = [];
    const absent = contender("absent", 1, null);
    const entrants = [runner("a", log), runner("broken", log, 4), absent];
    const [a, broken, missing] = await race(entrants, task, "", pace);
    expect(a.times!.flat()).toHaveLength(6);
    expect(broken).toMatchObject({ times: null, note: "it broke" });
    expect(missing).toMatchObject({ times: null, note: "not installed" });
  });
});

describe("the shared data", () => {
  test("initial weights are Glorot's, biases zero, the same every time", () => {
    const weights = initialWeights([100, 50, 10]);
    expect(weights).toHaveLength(101 * 50 + 51 * 10);
    const limit = Math.sqrt(6 / 150);
    const kernel = weights.slice(0, 5000);
    expect(Math.max(...kernel.map(Math.abs))).toBeLessThanOrEqual(limit);
    expect(Math.hypot(...kernel) / Math.sqrt(5000)).toBeCloseTo(limit / Math.sqrt(3), 2);
    expect(weights.slice(5000, 5050).every((bias) => bias === 0)).toBe(true);
    expect(initialWeights([100, 50, 10])).toEqual(weights);
  });

  test("the rows are a permutation", () => {
    const rows = shuffledRows(1000);
    expect([...rows].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(rows.slice(0, 5)).not.toEqual(Int32Array.of(0, 1, 2, 3, 4));
  });
});
