import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { writeDigits } from "../helpers/digit-files";
import { SCRIPT_ARGUMENTS } from "../helpers/program";

/** Runs of the tutorial's program, scripts/train-mnist.ts, on a small data set in MNIST's form. */

const root = resolve(__dirname, "..", "..");
const LIMIT = 120_000;
jest.setTimeout(LIMIT + 10_000);

const MODEL = join(root, "test", "golden", "models", "version-1.safetensors");

const TRAIN = 3000;
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "nabla-train-"));
  writeDigits(directory, "train", TRAIN, 1);
  writeDigits(directory, "t10k", 10, 2);
});
afterAll(() => rmSync(directory, { recursive: true }));

const SCRIPT = [...SCRIPT_ARGUMENTS, join("scripts", "train-mnist.ts")];

function train(...options: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...SCRIPT, ...options], {
    cwd: root,
    encoding: "utf8",
    timeout: LIMIT,
  });
  return { status, stdout, stderr };
}

/** A run that gets Ctrl-C after its first epoch. */
async function interrupted(...options: string[]): Promise<{ status: unknown; stderr: string }> {
  const args = [...SCRIPT, "--data", directory, ...options];
  const child = spawn(process.execPath, args, { cwd: root, timeout: LIMIT });
  let stderr = "";
  child.stderr.on("data", (piece: Buffer) => (stderr += piece.toString()));
  child.stdout.on("data", (piece: Buffer) => {
    if (piece.includes("epoch1:")) child.kill("SIGINT");
  });
  const status = await new Promise((done) => child.on("close", done));
  return { status, stderr };
}

interface Report {
  dataset: string;
  options: Record<string, unknown>;
  threads: number;
  epochs: Record<string, number>[];
  testLoss: number;
  testAccuracy: number;
}

/** What a run on the small data set says and reports. */
function report(...options: string[]): Report & { stdout: string } {
  const file = join(directory, "report.json");
  const run = train("--data", directory, "--json", file, ...options);
  expect(run).toMatchObject({ status: 0, stderr: "" });
  return { ...(JSON.parse(readFileSync(file, "utf8")) as Report), stdout: run.stdout };
}

describe("train-mnist", () => {
  test("learns, says the line of the original for each epoch, and reports it all", () => {
    const { stdout, ...result } = report("--epochs", "10", "--seed", "1");
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toBe("MNIST: 3000 images, 1050 to train, 450 to validate, 1500 to test");
    expect(lines).toHaveLength(12);
    lines.slice(1, 11).forEach((line, i) => {
      const { trainLoss, trainAccuracy, validLoss, validAccuracy } = result.epochs[i];
      expect(line).toBe(
        `epoch${i + 1}: train_loss:${trainLoss.toFixed(4)}, train_acc:${trainAccuracy.toFixed(4)}, ` +
          `valid_loss:${validLoss.toFixed(4)}, valid_acc:${validAccuracy.toFixed(4)}`,
      );
    });
    expect(lines[11]).toBe(
      `test_loss:${result.testLoss.toFixed(4)}, test_acc:${result.testAccuracy.toFixed(4)}`,
    );
    expect(result.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(result.epochs.every(({ seconds, trainSeconds }) => seconds >= trainSeconds)).toBe(true);
    expect(result.epochs[9].trainLoss).toBeLessThan(result.epochs[0].trainLoss / 2);
    expect(result.testAccuracy).toBeGreaterThan(0.5); // one in ten is chance
    expect(result).toMatchObject({
      dataset: "MNIST",
      options: { epochs: 10, seed: 1, batch: 32, activation: "relu", reduction: "sum" },
    });
    expect(result.threads).toBeGreaterThanOrEqual(1);
  });

  test("goes on to the same bits after Ctrl-C, from the file that it kept", async () => {
    const whole = report("--epochs", "12", "--seed", "5");
    const file = join(directory, "kept.safetensors");
    const first = await interrupted("--epochs", "12", "--seed", "5", "--save", file);
    expect(first.status).toBe(130);
    expect(first.stderr).toMatch(
      /^Interrupted in epoch \d+ after \d+ batches. To go on: --resume /,
    );
    const rest = report("--epochs", "12", "--resume", file, "--save", file);
    const figures = ({ epochs, testLoss, testAccuracy }: Report): unknown => [
      epochs.map(({ trainLoss, trainAccuracy, validLoss }) => [
        trainLoss,
        trainAccuracy,
        validLoss,
      ]),
      ...[testLoss, testAccuracy],
    ];
    expect(figures(rest)).toEqual(figures(whole));
    expect(existsSync(file)).toBe(true);
  });

  test("says on Ctrl-C that nothing was kept, where it was told no file", async () => {
    const { status, stderr } = await interrupted("--epochs", "500", "--seed", "5");
    expect(stderr).toBe("Interrupted: nothing was kept. With --save FILE the model is.\n");
    expect(status).toBe(130);
  });

  test("repeats a seed bit for bit, and obeys every option", () => {
    const figures = (...options: string[]): unknown => {
      const { epochs, testLoss } = report("--epochs", "1", ...options);
      return [epochs[0].trainLoss, testLoss];
    };
    const first = figures("--seed", "2");
    expect(figures("--seed", "2")).toEqual(first);
    for (const other of [
      ["--seed", "3"],
      ["--seed", "2", "--batch", "16"],
      ["--seed", "2", "--activation", "tanh"],
      ["--seed", "2", "--reduction", "mean"],
    ]) {
      expect(figures(...other)).not.toEqual(first);
    }
  });

  test("follows the mean with --reduction mean: steps of a 32nd, which get less far", () => {
    const { epochs } = report("--epochs", "6", "--seed", "1", "--reduction", "mean");
    const { epochs: summed } = report("--epochs", "6", "--seed", "1");
    // So few small steps hardly leave the loss of guessing, ln 10 = 2.3.
    expect(epochs[5].trainLoss).toBeGreaterThan(2);
    expect(summed[5].trainLoss).toBeLessThan(2);
  });

  test.each([
    [["--epochs", "0"], /epochs.*positive integer/],
    [["--epochs", "two"], /epochs.*positive integer/],
    [["--batch", "1.5"], /batch.*positive integer/],
    [["--seed", "x"], /seed.*integer/],
    [["--activation", "swish"], /activation.*relu, sigmoid, tanh/],
    [["--reduction", "max"], /reduction.*sum, mean/],
    [["--speed", "9"], /unknown option '--speed'/],
    [["--data", "/no/such/folder"], /MNIST files.*\/no\/such\/folder/],
    [["--data", "x", "--synthetic"], /'--synthetic' cannot be used with option '--data <dir>'/],
    [["--epochs", "1", "--json", "/no/such/folder/report.json"], /\/no\/such\/folder/],
    [["--epochs", "1", "--save", "/no/such/folder/model"], /\/no\/such\/folder/],
    [["--resume", "/no/such/file"], /\/no\/such\/file: there is no such file/],
    [["--resume", MODEL], /--resume: expected a file that --save wrote/],
  ])("refuses %j", (options, message) => {
    const run = train(...options);
    expect(run.stderr).toMatch(message);
    expect(run.stdout).toBe("");
    expect(run.status).toBe(1);
  });

  test("trains on synthetic digits, and says so, where there is no MNIST and no network", async () => {
    // Nobody listens there; the first epoch is enough.
    const environment = { ...process.env, NABLA_DATA: "", XDG_CACHE_HOME: join(directory, "none") };
    const proxyless = Object.fromEntries(
      Object.entries(environment).filter(([name]) => !/proxy/i.test(name)),
    );
    const offline = join(__dirname, "..", "helpers", "offline.js");
    const child = spawn(process.execPath, ["-r", offline, ...SCRIPT, "--epochs", "1"], {
      cwd: root,
      env: proxyless,
      timeout: LIMIT,
    });
    let stdout = "";
    for await (const chunk of child.stdout) stdout += String(chunk);
    expect(stdout).toContain("MNIST could be had from nowhere:");
    expect(stdout).toContain("Training on synthetic digits instead.");
    expect(stdout).toMatch(/synthetic digits: 60000 images, 21000 to train/);
    // The tutorial's network: 85 to 98 % after all its epochs, and not far from that after one.
    const accuracy = Number(/test_acc:([\d.]+)/.exec(stdout)?.[1]);
    expect(accuracy).toBeGreaterThan(0.6);
    expect(accuracy).toBeLessThan(0.98);
    expect(existsSync(join(directory, "none"))).toBe(false);
  });
});
