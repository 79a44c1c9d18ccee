/**
 * Asks `examples/serve` for predictions from another process while it trains, and tells how long
 * they took:
 *
 *   npm run bench:serve -- [--seconds 30] [--rate 200]
 *
 * Requests go out by the clock whether earlier ones were answered or not; a request's time begins
 * when it was due. New samples are sent so often that training hardly pauses.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";

import { Command } from "commander";
import { syntheticDigits } from "nabla";

import { positiveInteger } from "./numbers";

const ROOT = resolve(__dirname, "..");
const PIXELS = 28 * 28;

const options = new Command("bench:serve")
  .option("--seconds <n>", "how long", positiveInteger, 30)
  .option("--rate <n>", "requests a second", positiveInteger, 200)
  .parse()
  .opts<{ seconds: number; rate: number }>();

interface Status {
  readonly samples: number;
  readonly epochs: number;
  readonly training: boolean;
}

const agent = new Agent({ keepAlive: true });

/** @param body JSON; undefined asks by GET */
function ask(url: string, body?: string): Promise<string> {
  return new Promise((done, fail) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const method = body === undefined ? "GET" : "POST";
    const asked = request(url, { method, agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.on("error", fail).on("end", () => {
        const { statusCode = 0 } = response;
        if (statusCode < 300) done(text);
        else fail(new Error(`${url}: ${statusCode} ${text}`));
      });
    });
    asked.on("error", fail).end(body);
  });
}

/** Pictures and digits as JSON. */
function samples(count: number, seed: number): { pixels: number[]; digit: number }[] {
  const { images, labels } = syntheticDigits({ samples: count, seed });
  const [bytes, digits] = [images.data(), labels.data()];
  return Array.from({ length: count }, (_, i) => ({
    pixels: [...bytes.subarray(i * PIXELS, (i + 1) * PIXELS)],
    digit: digits[i],
  }));
}

/** Milliseconds of each request that was answered; the errors of the others. */
async function load(url: string, bodies: readonly string[]): Promise<[number[], unknown[]]> {
  const [times, errors]: [number[], unknown[]] = [[], []];
  const { seconds, rate } = options;
  const asked: Promise<unknown>[] = [];
  const start = performance.now();
  for (let i = 0; i < seconds * rate; i++) {
    const due = start + (1000 * i) / rate;
    const wait = due - performance.now();
    if (wait > 0) await setTimeout(wait);
    const answered = ask(`${url}/predict`, bodies[i % bodies.length]).then(
      () => times.push(performance.now() - due),
      (error: unknown) => errors.push(error),
    );
    asked.push(answered);
  }
  await Promise.all(asked);
  return [times, errors];
}

/** Sends a lot each second; returns how often the server was found training, of how many times. */
async function feed(
  url: string,
  lots: readonly string[],
  signal: AbortSignal,
): Promise<[training: number, asked: number]> {
  let [training, asked] = [0, 0];
  while (!signal.aborted) {
    const { training: isTraining } = JSON.parse(await ask(`${url}/status`)) as Status;
    if (isTraining) training++;
    await ask(`${url}/samples`, lots[asked++ % lots.length]);
    await setTimeout(1000);
  }
  return [training, asked];
}

async function main(): Promise<void> {
  const program = [
    "-r",
    "ts-node/register",
    "scripts/example.ts",
    "serve",
    "--port",
    "0",
    "--epochs",
    "100",
  ];
  const server = spawn(process.execPath, program, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(server.stdout.setEncoding("utf8"), "data")) as [string];
    const url = /http:\S+[^\s;]/.exec(line)![0];
    await ask(`${url}/samples`, JSON.stringify({ samples: samples(3000, 1) }));
    // Made before: what is drawn meanwhile would hold up requests.
    const bodies = samples(64, 2).map(({ pixels }) => JSON.stringify({ pixels }));
    const lots = Array.from({ length: 8 }, (_, i) =>
      JSON.stringify({ samples: samples(50, 100 + i) }),
    );
    await setTimeout(2000);
    const before = JSON.parse(await ask(`${url}/status`)) as Status;
    const ending = new AbortController();
    const feeding = feed(url, lots, ending.signal);
    const [times, errors] = await load(url, bodies);
    ending.abort();
    const [training, asked] = await feeding;
    const after = JSON.parse(await ask(`${url}/status`)) as Status;
    report(times, errors);
    console.log(
      `meanwhile ${after.epochs - before.epochs} epochs of training; found training ${training} of ` +
        `${asked} times; ${after.samples - before.samples} new samples`,
    );
  } finally {
    server.kill("SIGINT");
    agent.destroy();
  }
}

function report(times: readonly number[], errors: readonly unknown[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string => sorted[Math.ceil(share * sorted.length) - 1].toFixed(1);
  console.log(
    `${options.rate} requests a second, ${times.length + errors.length} in all, ${errors.length} failed; ` +
      `ms: p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, most ${at(1)}`,
  );
  if (errors.length > 0) console.log(String(errors[0]));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
