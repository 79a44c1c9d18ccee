import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Dataset, Dense, type Model, Sequential, optimizers, tensor } from "../../src";
import { progressOf } from "../../src/training/progress";
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
const printed = (): string[] => lines.map((line) => line.replace(/\d+\.\d\d s/, "0.00 s"));

describe("a bar on a terminal", () => {
  test("shows batches done of all, the time left and the means so far", async () => {
    const { terminal, written } = fakeTerminal();
    const progress = progressOf(1, 3, 40, terminal);
    progress.begin(1);
    progress.tick!(10, { loss: 0.5, accuracy: 0.25 });
    await sleep(250); // drawn ten times a second
    const bar = "=".repeat(10) + "-".repeat(30);
    expect(written()).toContain(`Epoch 2/3 10/40 [${bar}] `);
    expect(written()).toMatch(/ \d+s left - loss: 0\.5000 - accuracy: 0\.2500/);
    progress.end(1, 40, { loss: 0.25 });
    progress.close();
    expect(printed()).toEqual(["Epoch 2/3 - 40 batches - 0.00 s - loss: 0.2500"]);
  });

  test("counts batches where their number is not known", async () => {
    const { terminal, written } = fakeTerminal();
    const progress = progressOf(1, 1, NaN, terminal);
    progress.begin(0);
    progress.tick!(7, { loss: 2 });
    await sleep(250);
    expect(written()).toContain("Epoch 1/1 7 batches - loss: 2.0000");
    expect(written()).not.toContain("NaN");
    progress.close();
  });

  test("leaves the cursor visible when training ends by an error", () => {
    const { terminal, written } = fakeTerminal();
    const progress = progressOf(1, 1, 5, terminal);
    progress.begin(0);
    progress.close();
    progress.close();
    const [hidden, shown] = ["\x1b[?25l", "\x1b[?25h"].map((code) => written().lastIndexOf(code));
    expect(hidden).toBeGreaterThanOrEqual(0);
    expect(shown).toBeGreaterThan(hidden);
    expect(lines).toEqual([]);
  });

  test("is not drawn elsewhere, nor if lines alone are asked for", () => {
    const { terminal, written } = fakeTerminal();
    expect(progressOf(2, 1, 5, terminal).tick).toBeNull();
    expect(progressOf(1, 1, 5, Object.assign(terminal, { isTTY: false })).tick).toBeNull();
    expect(progressOf(0, 1, 5, Object.assign(terminal, { isTTY: true })).tick).toBeNull();
    expect(written()).toBe("");
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
    "nothing if verbose is 0 or false",
    leakFreeAsync(async () => {
      await zeroModel().fit(...samples(4), { verbose: 0 });
      await zeroModel().fit(...samples(4), { verbose: false });
      expect(lines).toEqual([]);
    }),
  );
});
