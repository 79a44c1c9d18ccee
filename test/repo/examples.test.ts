/** Runs of the programs in examples/ on small data. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { PNG } from "pngjs";

import { loadModel, losses, syntheticDigits, syntheticPictures } from "../../src";
import "../../scripts/resnet"; // the layer that its models name
import { writeDigits } from "../helpers/digit-files";
import { SCRIPT_ARGUMENTS } from "../helpers/program";

const root = resolve(__dirname, "..", "..");
const LIMIT = 120_000;
jest.setTimeout(LIMIT + 10_000);

/** What programs write for --json. */
interface Report {
  history: Record<string, number[]>;
  loss: number;
}

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "nabla-examples-"));
  writeDigits(directory, "train", 1000, 1);
  writeDigits(directory, "t10k", 100, 2);
});
afterAll(() => rmSync(directory, { recursive: true }));

function example(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...SCRIPT_ARGUMENTS, join("scripts", "example.ts"), ...args],
    { cwd: root, encoding: "utf8", timeout: LIMIT },
  );
  return { status, stdout, stderr };
}

/** A picture of a digit three times as large, dark on light. */
function picture(pixels: Uint8Array): Buffer {
  const png = new PNG({ width: 84, height: 84 });
  for (let i = 0; i < 84 * 84; i++) {
    const value = pixels[28 * Math.floor(i / 84 / 3) + Math.floor((i % 84) / 3)];
    png.data.set([255 - value, 255 - value, 255 - value, 255], 4 * i);
  }
  return PNG.sync.write(png);
}

test("mnist-convnet learns, tests, reports, and keeps the model by which predict reads a picture", async () => {
  const model = join(directory, "model.safetensors");
  const file = join(directory, "report.json");
  const given = ["--data", directory, "--images", "600", "--epochs", "12", "--json", file];
  given.push("--save", model);
  const run = example("mnist-convnet", ...given);
  expect(run).toMatchObject({ status: 0, stderr: "" });
  const lines = run.stdout.trimEnd().split("\n");
  expect(lines[0]).toBe("MNIST: 600 images to train and validate, 100 to test");
  expect(lines.at(-1)).toMatch(
    /^test_loss:\d+\.\d{4}, test_acc:[01]\.\d{4}, \d+\.\d s of training$/,
  );
  const report = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  expect(report.options).toEqual({
    ...{ data: directory, images: 600, epochs: 12, json: file, save: model, seed: 1 },
  });
  const { loss, valAccuracy } = report.history as Record<string, number[]>;
  expect([loss.length, valAccuracy.length]).toEqual([12, 12]);
  expect(loss[11]).toBeLessThan(0.7 * loss[0]);
  expect(report.accuracy).toBeGreaterThan(0.5);

  const { images } = syntheticDigits({ samples: 1, seed: 2 });
  const digitFile = join(directory, "digit.png");
  writeFileSync(digitFile, picture(images.data() as Uint8Array));
  const probabilities = [...(await (await loadModel(model)).predict(images)).data()];
  const digit = probabilities.indexOf(Math.max(...probabilities));
  const percent = (100 * probabilities[digit]).toFixed(1);
  const read = join(directory, "digit.json");
  expect(example("predict", model, digitFile, "--json", read)).toEqual({
    ...{ status: 0, stderr: "", stdout: `${digit}, with a probability of ${percent} %\n` },
  });
  expect(JSON.parse(readFileSync(read, "utf8"))).toEqual({ digit, probabilities });
  expect(example("predict", digitFile, digitFile)).toMatchObject({ status: 1, stdout: "" });
});

test("cifar-resnet learns pictures that it paints, says so, and keeps the model", async () => {
  const model = join(directory, "resnet.safetensors");
  const file = join(directory, "resnet.json");
  const given = ["-n", "1", "--images", "512", "--epochs", "3", "--json", file, "--save", model];
  const run = example("cifar-resnet", ...given);
  expect(run).toMatchObject({ status: 0, stderr: "" });
  const [first, second] = run.stdout.split("\n");
  expect(first).toMatch(/^No --data: painting synthetic pictures/);
  expect(second).toBe("synthetic pictures: 512 pictures to train, 103 to test");
  const { history, loss } = JSON.parse(readFileSync(file, "utf8")) as Report;
  expect(history.loss[2]).toBeLessThan(history.loss[0]);

  const { images, labels } = syntheticPictures({ samples: 103, seed: 2 });
  const kept = await loadModel(model);
  const crossentropy = new losses.SparseCategoricalCrossentropy({ fromLogits: true });
  kept.compile({ optimizer: "sgd", loss: crossentropy });
  expect((await kept.evaluate(images, labels)).loss / loss).toBeCloseTo(1, 4);
});

test("autoencoder paints digits again, as a PNG shows", () => {
  const png = join(directory, "painted.png");
  const file = join(directory, "autoencoder.json");
  const given = ["--data", directory, "--epochs", "4", "--picture", png, "--json", file];
  expect(example("autoencoder", ...given)).toMatchObject({ status: 0, stderr: "" });
  const { history, loss } = JSON.parse(readFileSync(file, "utf8")) as Report;
  expect(history.loss[3]).toBeLessThan(0.9 * history.loss[0]);
  expect(loss).toBeLessThan(0.9 * history.loss[0]);

  const { width, height, data } = PNG.sync.read(readFileSync(png));
  expect([width, height]).toEqual([12 * 28, 2 * 28]);
  // Above, ink on white: the first digit of the test.
  const { images } = syntheticDigits({ samples: 1, seed: 2 });
  const pixels = images.data();
  for (let i = 0; i < 28 * 28; i++) {
    expect(data[4 * (Math.floor(i / 28) * width + (i % 28))]).toBe(255 - pixels[i]);
  }
});

test("transfer trains a head alone on a body that is frozen", () => {
  const file = join(directory, "transfer.json");
  const run = example("transfer", "--data", directory, "--epochs", "8", "--json", file);
  expect(run).toMatchObject({ status: 0, stderr: "" });
  const { halves } = JSON.parse(readFileSync(file, "utf8")) as {
    halves: Record<"trainedWeights" | "accuracy", number>[];
  };
  const headWeights = (2304 + 1) * 64 + (64 + 1) * 5;
  const bodyWeights = (9 + 1) * 16 + (9 * 16 + 1) * 16;
  expect(halves.map(({ trainedWeights }) => trainedWeights)).toEqual([
    headWeights + bodyWeights,
    headWeights,
  ]);
  for (const { accuracy } of halves) expect(accuracy).toBeGreaterThan(0.6);
});

test("serve answers while it learns, refuses what is no digit, and keeps the model", async () => {
  const model = join(directory, "served.safetensors");
  const args = [...SCRIPT_ARGUMENTS, "scripts/example.ts", "serve", "--port", "0"];
  const json = join(directory, "served.json");
  const given = ["--save", model, "--json", json];
  const server = spawn(process.execPath, [...args, ...given], {
    ...{ cwd: root, stdio: ["ignore", "pipe", "inherit"], timeout: LIMIT },
  });
  const ended = once(server, "exit");
  const [line] = (await once(server.stdout.setEncoding("utf8"), "data")) as [string];
  const url = /http:\S+[^\s;]/.exec(line)![0];
  const post = async (path: string, body: unknown): Promise<[number, Record<string, unknown>]> => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}${path}`, {
      ...{ method: "POST", headers, body: JSON.stringify(body) },
    });
    return [response.status, (await response.json()) as Record<string, unknown>];
  };
  const { images, labels } = syntheticDigits({ samples: 400, seed: 3 });
  const pixels = [...images.data().subarray(0, 784)];
  const samples = Array.from({ length: 400 }, (_, i) => ({
    pixels: [...images.data().subarray(784 * i, 784 * (i + 1))],
    digit: labels.data()[i],
  }));
  const [, first] = await post("/predict", { pixels });
  expect(await post("/samples", { samples })).toEqual([202, { samples: 400 }]);
  let status: Record<string, unknown> = {};
  for (let asked = 0; status.epochs !== 5 && asked < 1000; asked++) {
    const answers = await Promise.all([1, 2, 3].map(() => post("/predict", { pixels })));
    for (const [code, { probabilities }] of answers) {
      expect([code, (probabilities as number[]).length]).toEqual([200, 10]);
    }
    status = (await (await fetch(`${url}/status`)).json()) as Record<string, unknown>;
  }
  expect(status).toMatchObject({ samples: 400, epochs: 5 });
  expect(await post("/predict", { pixels: [1] })).toMatchObject([400, {}]);
  const [, last] = await post("/predict", { pixels });
  expect(last.probabilities).not.toEqual(first.probabilities);
  server.kill("SIGINT");
  expect(await ended).toEqual([0, null]);
  const report = JSON.parse(readFileSync(json, "utf8")) as Record<string, unknown>;
  expect(report).toMatchObject({ samples: 400, epochs: 5, training: false });
  const kept = await (await loadModel(model)).predict(images.reshape([400, 784]));
  const found = [...kept.data().subarray(0, 10)];
  found.forEach((value, i) => expect(value).toBeCloseTo((last.probabilities as number[])[i], 5));
});

test("serve learns the digits of a directory first", async () => {
  const args = [...SCRIPT_ARGUMENTS, "scripts/example.ts", "serve", "--port", "0"];
  const server = spawn(process.execPath, [...args, "--data", directory, "--epochs", "2"], {
    ...{ cwd: root, stdio: ["ignore", "pipe", "inherit"], timeout: LIMIT },
  });
  const ended = once(server, "exit");
  const [line] = (await once(server.stdout.setEncoding("utf8"), "data")) as [string];
  const url = /http:\S+[^\s;]/.exec(line)![0];
  let status: Record<string, unknown> = {};
  for (let asked = 0; status.epochs !== 2 && asked < 1000; asked++) {
    status = (await (await fetch(`${url}/status`)).json()) as Record<string, unknown>;
  }
  expect(status).toMatchObject({ samples: 1000, epochs: 2 });
  server.kill("SIGINT");
  expect(await ended).toEqual([0, null]);
});

/** Each with the figures that its report has. */
test.each([
  ["tabular", ["accuracy"]],
  ["imbalanced", ["plain", "weighed"]],
  ["multi-output", ["kindAccuracy", "rmse", "baseline"]],
  ["regression-from-csv", ["rmse", "baseline"]],
  ["anomaly", ["auc", "recall", "threshold"]],
  ["time-series", ["rmse", "baseline"]],
])("%s trains, tests and reports", (name, figures) => {
  const file = join(directory, `${name}.json`);
  const run = example(name, "--epochs", "1", "--seed", "3", "--json", file);
  expect(run).toMatchObject({ status: 0, stderr: "" });
  const report = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  expect(report.options).toEqual({ epochs: 1, seed: 3, json: file });
  for (const figure of figures) expect(report[figure]).toBeDefined();
});

test("programs read the files of a directory, and ask for those that are missing", () => {
  const hours = Array.from({ length: 400 }, (_, hour) => Math.sin(hour / 4));
  writeFileSync(join(directory, "series.csv"), `value\n${hours.join("\n")}\n`);
  const given = ["--data", directory, "--epochs", "1"];
  expect(example("time-series", ...given)).toMatchObject({ status: 0, stderr: "" });
  const { status, stderr } = example("multi-output", ...given);
  expect({ status, stderr }).toEqual({
    ...{ status: 1, stderr: `expected a file fruit.csv in ${directory}\n` },
  });
});

test("says what is wrong with what is given, and which programs there are", () => {
  expect(example("mnist-convnet", "--epochs", "x").stderr).toContain("non-negative integer");
  expect(example("mnist-convnet", "--data", join(directory, "none"))).toMatchObject({ status: 1 });
  const unknown = example("../scripts/example");
  expect(unknown).toMatchObject({ status: 1, stdout: "" });
  expect(unknown.stderr).toMatch(
    /expected one of anomaly, .*, predict, .*, transfer but received \.\.\/scripts\/example/,
  );
});
