/**
 * Programs about the thread team, each in a process of its own:
 *
 *   node -r ts-node/register/transpile-only test/helpers/run-threads.ts <program>
 *
 * A program checks what it can by assertions and must end by itself with status 0.
 */

import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

import { getThreads, setThreads } from "../../src";
import { smallTraining, train } from "./small-training";

const STEPS = 40;

/** This file once more, running another program. */
function start(program: string): ChildProcess {
  return fork(__filename, [program], { execArgv: process.execArgv });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", resolve));
}

const programs: Record<string, () => Promise<void> | void> = {
  /** Prints the number of threads. */
  count() {
    console.log(getThreads());
  },

  /** Threads that wait for work sleep. Spinning, three of them would use 900 ms. */
  async idle() {
    const step = smallTraining(1);
    setThreads(4);
    for (let i = 0; i < STEPS; i++) step();
    await sleep(50); // until they have gone to sleep
    const before = process.cpuUsage();
    await sleep(300);
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 150_000, `an idle process used ${user + system} microseconds`);
    for (let i = 0; i < STEPS; i++) step(); // and they wake again
  },

  /** Children start while the team is alive, have teams of their own, and all come to their end. */
  async children() {
    const alone = train(1, STEPS);
    const shell = spawnSync(process.execPath, ["--version"], { encoding: "utf8" });
    assert.deepEqual([shell.status, shell.stdout.trim()], [0, process.version]);
    const children = [start("train"), start("train")];
    const exits = children.map(ended);
    assert.deepEqual(train(1, STEPS), alone);
    assert.deepEqual(await Promise.all(exits), [0, 0]);
    assert.deepEqual(train(1, STEPS), alone);
  },

  train() {
    assert.equal(train(2, STEPS).length, STEPS);
  },

  /** Other processes keep every core busy: work goes on, with the same bits. */
  async neighbours() {
    const alone = train(1, STEPS);
    const busy = Array.from({ length: 3 }, () =>
      spawn(process.execPath, ["-e", "console.log(); for (;;);"], {
        stdio: ["ignore", "pipe", "ignore"],
      }),
    );
    const exits = busy.map(ended);
    await Promise.all(busy.map((child) => new Promise((go) => child.stdout?.once("data", go))));
    for (let round = 0; round < 2; round++) assert.deepEqual(train(1, STEPS), alone);
    for (const child of busy) child.kill("SIGKILL");
    await Promise.all(exits);
  },

  /** Many more threads than cores. */
  oversubscribed() {
    const step = smallTraining(1);
    setThreads(64);
    const first = Array.from({ length: 8 }, step);
    const again = smallTraining(1);
    setThreads(64);
    assert.deepEqual(Array.from({ length: 8 }, again), first);
    // Another number of threads ends the team and starts one anew, in the midst of training.
    for (let i = 0; i < STEPS; i++) {
      setThreads(1 + (i % 5));
      assert.ok(Number.isFinite(step()));
    }
  },

  /** The process is told to end while the team is at work. */
  exit() {
    const step = smallTraining(1);
    for (let i = 0; i < STEPS; i++) step();
    process.exit(0);
  },
};

void Promise.resolve(programs[process.argv[2]]());
