/** Contenders that are processes: kept running, asked by lines of JSON (see peers/protocol.py). */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type Interface, createInterface } from "node:readline";

import type { Contender, Measured, Session, Task } from "./contender";

export interface ChildOptions {
  name: string;
  threads: number;
  /** Program and arguments; null if there is none, with the reason as `note`. */
  command: readonly [string, ...string[]] | null;
  env?: NodeJS.ProcessEnv;
  note?: string;
  runs?: (task: Task) => boolean;
  /** Whether each session is a process of its own, for those that start at once. */
  isFresh?: boolean;
}

/** Who takes longer to answer leaves the race, so that one ill contender cannot hold up the others. */
const PATIENCE_MS = 240_000;

interface Answer {
  version?: string;
  error?: string;
  loss?: number | null;
}

class Child {
  private readonly process: ChildProcess;
  private readonly lines: Interface;
  private readonly answers: AsyncIterator<string>;
  private errors = "";

  constructor([program, ...args]: readonly [string, ...string[]], env: NodeJS.ProcessEnv) {
    this.process = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    this.process.on("error", (error) => (this.errors += error.message));
    this.process.stdin!.on("error", () => undefined); // told by the answer that is missing
    this.process.stderr!.on("data", (data: Buffer) => (this.errors += data.toString()));
    this.lines = createInterface({ input: this.process.stdout! });
    this.answers = this.lines[Symbol.asyncIterator]();
  }

  get isAlive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  async next(): Promise<Answer> {
    const timer = setTimeout(() => {
      this.errors = `no answer within ${PATIENCE_MS / 1000} s`;
      this.process.kill("SIGKILL");
    }, PATIENCE_MS);
    const line = await this.answers.next();
    clearTimeout(timer);
    if (line.done) throw new Error(lastLine(this.errors) ?? "it ended before it answered");
    const answer = JSON.parse(line.value) as Answer;
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  ask(request: object): Promise<Answer> {
    this.process.stdin!.write(`${JSON.stringify(request)}\n`);
    return this.next();
  }

  async stop(): Promise<void> {
    if (!this.isAlive) return;
    const ended = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await ended;
  }
}

function lastLine(text: string): string | undefined {
  const last = text.trim().split("\n").at(-1)?.slice(0, 300);
  return last === "" ? undefined : last;
}

/** A contender that is started at once, to learn its version or that it cannot run here. */
export async function childContender(options: ChildOptions): Promise<Contender> {
  const { name, threads, command, env = {}, runs = () => true, isFresh } = options;
  let child: Child | null = null;
  const start = async (): Promise<string> => {
    child = new Child(command!, env);
    return (await child.next()).version ?? "unknown";
  };
  const stop = async (): Promise<void> => {
    await child?.stop();
    child = null;
  };
  let { note } = options;
  let version: string | null = null;
  try {
    if (command !== null) version = await start();
  } catch (error) {
    note = (error as Error).message;
    await stop();
  }
  const open = async (task: Task, data: string): Promise<Session> => {
    if (!child?.isAlive) await start();
    await child!.ask({ do: "open", ...task, data });
    return session(child!, isFresh ? stop : () => Promise.resolve());
  };
  return { name, threads, version, note, runs, open, stop };
}

function session(child: Child, close: () => Promise<void>): Session {
  return {
    measure: async (repeat) => (await child.ask({ do: "measure", repeat })) as unknown as Measured,
    loss: async (steps) => (await child.ask({ do: "loss", steps })).loss ?? null,
    close,
  };
}
