/**
 * Runs ops, captures, fits and predictions over and over while allocations fail, and prints as JSON how
 * many ended in an error. What it may not do is end otherwise.
 */

import { createRequire } from "node:module";

interface Report {
  loaded: boolean;
  done: number;
  errors: Record<string, number>;
}

const report: Report = { loaded: false, done: 0, errors: {} };

async function attempt(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
    report.done++;
  } catch (error) {
    const { message } = error as Error;
    const kind = message.includes("memory") ? "out of memory" : message.slice(0, 80);
    report.errors[kind] = (report.errors[kind] ?? 0) + 1;
  }
}

async function main(): Promise<void> {
  let nabla: typeof import("../../src");
  try {
    nabla = createRequire(__filename)("../../src") as typeof nabla;
  } catch {
    return; // not even the addon could be loaded: told as such
  }
  report.loaded = true;
  if (process.argv[3] !== undefined) process.env.NABLA_FAIL_EVERY = process.argv[3];
  const { Dense, Sequential, jit, setThreads, tensor, tidy } = nabla;
  setThreads(2);
  const rounds = Number(process.argv[2]);
  for (let round = 0; round < rounds; round++) {
    await attempt(() => {
      tidy(() =>
        tensor([
          [1, 2],
          [3, 4],
        ])
          .matMul(
            tensor([
              [1, 0],
              [0, 1],
            ]),
          )
          .add(1)
          .sum()
          .item(),
      );
    });
    await attempt(() => {
      const f = jit((x: InstanceType<typeof nabla.Tensor>) => x.mul(2).relu().sum());
      tidy(() => f(tensor([1, -2, 3])).item());
      f.dispose();
    });
    await attempt(async () => {
      const model = new Sequential([new Dense(4, { activation: "relu" }), new Dense(1)]);
      model.compile({ optimizer: "adam", loss: "meanSquaredError" });
      const x = tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]);
      const y = tensor([[1], [2], [3]]);
      await model.fit(x, y, { epochs: 2, batchSize: 2, verbose: 0 });
      (await model.predict(x, { batchSize: 2 })).dispose();
    });
  }
}

void main().then(() => console.log(JSON.stringify(report)));
