import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Dataset, Dense, type Model, ProgressBar, Sequential, optimizers, tensor } from "../../src";
import { leakFreeAsync, own } from "../helpers/leak-free";

/** A stream that says it is a terminal, and what was written on it. */
function fakeTerminal(): { terminal: NodeJS.WriteStream; written: () => string } {
  const stream = new PassThrough();
  let text = "";
  stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const terminal = Object.assign(stream, { isTTY: true, columns: 120 });
  return { terminal: terminal as unknown as NodeJS.WriteStream, written: () => text };
}

/** y = 0 for x = 1, 2, ..., so that the mean squared error of zero weights is 0. */
const samples = (count: number): [number[][], number[][]] => [
  Array.from({ length: count }, (_, i) => [i + 1]),
  Array.from({ length: count }, () => [0]),
];

function zeroModel(): Model {
  const model = own(new Sequential([new Dense(1, { kernelInitializer: "zeros" })]));
  return model.compile({ optimizer: new optimizers.SGD(0.1), loss: "mse", metrics: ["mae"] });
}

let lines: string[] = [];

beforeEach(() => {
  lines = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
});

afterEach(() => jest.restoreAllMocks());

/** The lines with "0.00 s" for any time. */
const printed = (): string[] => lines.map((line) => line.replace(/\d+\.(\d\d s|\d ms)/, "0.00 s"));

function barFor(terminal: NodeJS.WriteStream, epochs: number, steps: number): ProgressBar {
  const bar = new ProgressBar({ stream: terminal });
  bar.setParams({ epochs, steps, verbose: 1, directions: {} });
  return bar;
}

describe("a bar on a terminal", () => {
  test("shows batches done of all, the time left and the means so far", async () => {
    const { terminal, written } = fakeTerminal();
    const progress = barFor(terminal, 3, 40);
    progress.onEpochBegin(1);
    progress.onProgress(10, { loss: 0.5, accuracy: 0.25 });
    await sleep(250); // drawn ten times a second
    const bar = "=".repeat(10) + "-".repeat(30);
    expect(written()).toContain(`Epoch 2/3 10/40 [${bar}] `);
    expect(written()).toMatch(/ \d+s left - loss: 0\.5000 - accuracy: 0\.2500/);
    progress.onProgress(40, { loss: 0.25 });
    progress.onEpochEnd(1, { loss: 0.25 });
    progress.close();
    expect(printed()).toEqual(["Epoch 2/3 - 40 batches - 0.00 s - loss: 0.2500"]);
  });

  test("counts batches where their number is not known", async () => {
    const { terminal, written } = fakeTerminal();
    const progress = barFor(terminal, 1, NaN);
    progress.onEpochBegin(0);
    progress.onProgress(7, { loss: 2 });
    await sleep(250);
    expect(written()).toContain("Epoch 1/1 7 batches - loss: 2.0000");
    expect(written()).not.toContain("NaN");
    progress.close();
  });

  test("leaves the cursor visible when training ends by an error", async () => {
    const { terminal, written } = fakeTerminal();
    const fail = {
      onEpochBegin: () => {
        throw new Error("stopped");
      },
    };
    const callbacks = [new ProgressBar({ stream: terminal }), fail];
    const options = { epochs: 2, callbacks, verbose: 0 } as const;
    await expect(zeroModel().fit(...samples(4), options)).rejects.toThrow("stopped");
    const [hidden, shown] = ["\x1b[?25l", "\x1b[?25h"].map((code) => written().lastIndexOf(code));
    expect(hidden).toBeGreaterThanOrEqual(0);
    expect(shown).toBeGreaterThan(hidden);
    expect(lines).toEqual([]);
  });

  test("is not drawn elsewhere, nor if lines alone are asked for", () => {
    const { terminal, written } = fakeTerminal();
    expect(new ProgressBar({ stream: terminal, bar: false }).isDrawn).toBe(false);
    const file = Object.assign(terminal, { isTTY: false });
    const progress = barFor(file, 1, 5);
    progress.onEpochBegin(0);
    progress.onProgress(3, { loss: 1 });
    progress.close();
    expect(progress.isDrawn).toBe(false);
    expect(written()).toBe("");
  });

  test("has its options checked", () => {
    expect(() => new ProgressBar({ stream: 5 as never })).toThrow("ProgressBar: expected a stream");
    expect(() => new ProgressBar({ every: 0 })).toThrow("every");
    expect(() => new ProgressBar({ log: 1 as never })).toThrow("log");
    expect(() => new ProgressBar({ width: 1 } as never)).toThrow("bar, stream, log, every");
  });
});

describe("fit prints", () => {
  const lineOf = (epoch: string): string =>
    `Epoch ${epoch} - 3 batches - 0.00 s - loss: 0.0000 - mae: 0.0000` +
    " - valLoss: 0.0000 - valMae: 0.0000";

  for (const verbose of [2, "auto"] as const) {
    test(
      `one line an epoch, verbose: ${verbose}`,
      leakFreeAsync(async () => {
        const { isTTY } = process.stderr;
        process.stderr.isTTY = false;
        try {
          const options = { epochs: 2, batchSize: 2, validationData: samples(4), verbose };
          await zeroModel().fit(...samples(5), options);
        } finally {
          process.stderr.isTTY = isTTY;
        }
        expect(printed()).toEqual([lineOf("1/2"), lineOf("2/2")]);
      }),
    );
  }

  test(
    "the batches that a dataset of unknown length turned out to have",
    leakFreeAsync(async () => {
      const data = Dataset.fromGenerator(function* () {
        for (let i = 0; i < 4; i++) yield [tensor([[1]]), tensor([[0]])] as const;
      });
      await zeroModel().fit(data, { verbose: 2 });
      const line = "Epoch 1/1 - 4 batches - 0.00 s - loss: 0.0000 - mae: 0.0000";
      expect(printed()).toEqual([line]);
    }),
  );

  test(
    "what a bar among the callbacks says, in place of its own",
    leakFreeAsync(async () => {
      const own: string[] = [];
      const seen: number[] = [];
      const callbacks = [
        new ProgressBar({ every: 2, log: (line) => void own.push(line.slice(0, 22)) }),
        { onProgress: (batches: number) => void seen.push(batches) },
      ];
      await zeroModel().fit(...samples(4), { epochs: 3, batchSize: 2, callbacks });
      expect(lines).toEqual([]);
      expect(own).toEqual(["Epoch 2/3 - 2 batches ", "Epoch 3/3 - 2 batches "]);
      expect(seen.filter((batches) => batches === 2).length).toBeGreaterThanOrEqual(3);
    }),
  );

  test(
    "nothing if verbose is 0 or false",
    leakFreeAsync(async () => {
      await zeroModel().fit(...samples(4), { verbose: 0 });
      await zeroModel().fit(...samples(4), { verbose: false });
      expect(lines).toEqual([]);
    }),
  );
});
