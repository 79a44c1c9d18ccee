/**
 * A server that reads digits, and learns from those that it is sent while it answers:
 *
 *   npm run example serve -- --port 3000
 *
 *   POST /predict  { "pixels": [784 numbers from 0 to 255] }        -> { "digit", "probabilities" }
 *   POST /samples  { "samples": [{ "pixels": [...], "digit": 7 }] } -> { "samples" }
 *   GET  /status   -> { "samples", "epochs", "loss", "training" }
 *
 * With `fit({ snapshot: true })` requests are answered by the weights of the last epoch.
 */

import { once } from "node:events";
import { writeFileSync } from "node:fs";

import { Command } from "commander";
import fastify from "fastify";
import {
  Dense,
  Rescaling,
  Sequential,
  input,
  type Tensor,
  loadModel,
  mnist,
  setSeed,
  setThreads,
  tensor,
  zeros,
} from "nabla";

import { natural } from "../scripts/numbers";

interface Sample {
  readonly pixels: readonly number[];
  readonly digit: number;
}

interface Options {
  data?: string;
  json?: string;
  model?: string;
  save?: string;
  port: number;
  epochs: number;
  seed: number;
}

const options = new Command("serve")
  .description("Serves predictions of digits, and trains on the samples that it is sent.")
  .option("--data <dir>", "directory of the MNIST files, some of which it learns at once")
  .option("--model <file>", "the model to begin with, as save wrote it; without it a new one")
  .option("--save <file>", "keep the model, at the end")
  .option("--port <n>", "port to listen to; 0 for any that is free", natural, 3000)
  .option("--epochs <n>", "epochs for each lot of new samples", natural, 5)
  .option("--seed <n>", "seed of weights and shuffles", natural, 1)
  .option("--json <file>", "write options and the last status, at the end")
  .parse()
  .opts<Options>();

const PIXELS = 28 * 28;
/** Of the samples so many are kept, the latest. */
const KEPT = 5000;

const PICTURE = {
  ...{ type: "array", minItems: PIXELS, maxItems: PIXELS },
  items: { type: "number", minimum: 0, maximum: 255 },
};
const SAMPLE = {
  ...{ type: "object", required: ["pixels", "digit"] },
  properties: { pixels: PICTURE, digit: { type: "integer", minimum: 0, maximum: 9 } },
};

async function modelToServe(): Promise<Sequential> {
  if (options.model !== undefined) return (await loadModel(options.model)) as Sequential;
  const model = new Sequential([
    input({ shape: [PIXELS], dtype: "uint8" }),
    new Rescaling(1 / 255),
    new Dense(32, { activation: "relu" }),
    new Dense(64, { activation: "relu" }),
    new Dense(128, { activation: "relu" }),
    new Dense(10, { activation: "softmax" }),
  ]);
  return model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
}

/** Trains whenever there are new samples, one lot after the other. */
class Learner {
  readonly status = { samples: 0, epochs: 0, loss: NaN, training: false };
  private readonly pixels = new Uint8Array(KEPT * PIXELS);
  private readonly digits = new Int32Array(KEPT);
  private readonly closing = new AbortController();
  private wake: () => void = () => undefined;

  constructor(private readonly model: Sequential) {}

  add(samples: readonly Sample[]): void {
    for (const { pixels, digit } of samples) {
      const place = this.status.samples++ % KEPT;
      this.pixels.set(pixels, place * PIXELS);
      this.digits[place] = digit;
    }
    this.wake();
  }

  /** As many of the pictures as are kept. */
  addPictures({ images, labels }: { images: Tensor; labels: Tensor }): void {
    const pixels = images.data();
    const digits = labels.data();
    const samples = Array.from({ length: Math.min(digits.length, KEPT) }, (_, i) => ({
      pixels: [...pixels.subarray(i * PIXELS, (i + 1) * PIXELS)],
      digit: digits[i],
    }));
    this.add(samples);
  }

  /** Learns until it is closed. */
  async run(): Promise<void> {
    const { signal } = this.closing;
    for (let seen = 0; !signal.aborted;) {
      if (seen === this.status.samples) await new Promise<void>((done) => (this.wake = done));
      if (signal.aborted) return;
      seen = this.status.samples;
      await this.train(signal);
    }
  }

  close(): void {
    this.closing.abort();
    this.wake();
  }

  private async train(signal: AbortSignal): Promise<void> {
    const { status, model } = this;
    const count = Math.min(status.samples, KEPT);
    const x = tensor(this.pixels.subarray(0, count * PIXELS), [count, PIXELS]);
    const y = tensor(this.digits.subarray(0, count));
    status.training = true;
    try {
      const { epochs } = options;
      // No callbacks: after each of them fit would note the step's operations anew, on this thread.
      const { history } = await model.fit(x, y, { epochs, verbose: 0, snapshot: true, signal });
      status.epochs += history.loss.length;
      status.loss = history.loss[history.loss.length - 1];
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      status.training = false;
      x.dispose();
      y.dispose();
    }
  }
}

async function main(): Promise<void> {
  setThreads(1); // the other cores are the requests'
  setSeed(options.seed);
  const model = await modelToServe();
  (await model.predict(zeros([1, PIXELS], "uint8"))).dispose(); // makes its plan

  const learner = new Learner(model);
  if (options.data !== undefined) {
    learner.addPictures((await mnist({ directory: options.data })).train);
  }
  const learning = learner.run();
  const app = fastify({ bodyLimit: 2 ** 26 });

  app.post<{ Body: Pick<Sample, "pixels"> }>(
    "/predict",
    { schema: { body: { type: "object", required: ["pixels"], properties: { pixels: PICTURE } } } },
    async ({ body }) => {
      const x = tensor(Uint8Array.from(body.pixels), [1, PIXELS]);
      const result = await model.predict(x);
      const probabilities = [...result.data()];
      x.dispose();
      result.dispose();
      return { digit: probabilities.indexOf(Math.max(...probabilities)), probabilities };
    },
  );
  app.post<{ Body: { samples: Sample[] } }>(
    "/samples",
    {
      schema: {
        body: {
          ...{ type: "object", required: ["samples"] },
          properties: { samples: { type: "array", items: SAMPLE } },
        },
      },
    },
    ({ body }, reply) => {
      learner.add(body.samples);
      return reply.code(202).send({ samples: learner.status.samples });
    },
  );
  app.get("/status", () => learner.status);

  const address = await app.listen({ port: options.port, host: "127.0.0.1" });
  console.log(`Listening on ${address}; Ctrl-C ends.`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM"), learning]);
  learner.close();
  await app.close();
  await learning;
  if (options.save !== undefined) await model.save(options.save);
  if (options.json !== undefined) {
    const report = { options, ...learner.status };
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
