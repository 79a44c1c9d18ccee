/**
 * nabla as a contender: a process that speaks as peers/protocol.py says.
 *
 *   node nabla.js jit|eager|fit|predict THREADS
 */

import { createInterface } from "node:readline";

import { setThreads } from "nabla";

import { type Case, type Opening, openCase } from "./nabla-cases";

async function answer(current: Case | null, request: Record<string, unknown>): Promise<object> {
  if (current === null) throw new Error("no case is open");
  if (request.do === "loss") {
    await current.run(request.steps as number);
    return { loss: current.loss?.() ?? null };
  }
  const repeat = request.repeat as number;
  const start = performance.now();
  await current.run(repeat);
  const microseconds = ((performance.now() - start) * 1000) / repeat;
  return { microseconds, accuracy: current.accuracy?.() };
}

async function serve(mode: string): Promise<void> {
  const say = (value: object): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the version of what runs
  say({ version: (require("nabla/package.json") as { version: string }).version });
  let current: Case | null = null;
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Record<string, unknown>;
    try {
      if (request.do === "open") {
        current = openCase(mode, request as unknown as Opening);
        say({});
      } else say(await answer(current, request));
    } catch (error) {
      say({ error: String(error) });
    }
  }
}

const [mode, threads] = process.argv.slice(2);
setThreads(Number(threads));
void serve(mode);
