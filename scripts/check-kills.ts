/**
 * Kills training by SIGKILL at 200 random moments, while it writes checkpoints every few batches, and
 * compares what it comes to with a run that nobody disturbs:
 *
 *   npm run check:kills -- [KILLS]
 */

import { RandomStream } from "../src/data/random-stream";
import { killedRun } from "../test/helpers/kill-runs";
import { KINDS } from "../test/helpers/resumable";

/** Of one run, which then ends: so that all kinds of data have their turn. */
const MOST = 15;

async function main(kills: number): Promise<void> {
  const random = new RandomStream(Date.now());
  const expected = new Map<string, string>();
  let torn = 0;
  for (let done = 0, run = 0; done < kills; run++) {
    const kind = KINDS[run % KINDS.length];
    const saveFreq = ["1", "3", "epoch"][run % 3];
    if (!expected.has(kind)) expected.set(kind, (await killedRun(kind, "3", 0, random)).result);
    const most = Math.min(MOST, kills - done);
    const found = await killedRun(kind, saveFreq, most, random);
    done += found.kills;
    torn += found.torn;
    if (found.result !== expected.get(kind)) throw new Error(`${kind}: another result`);
    if (found.left.length > 0) throw new Error(`${kind}: ${found.left.join(", ")} left`);
    console.log(`${done} kills: ${kind}, saved after each ${saveFreq}, ${found.kills} times`);
  }
  console.log(
    `${kills} times killed, ${torn} of them while a file was written: each run came to the bits of one that ` +
      "nobody disturbed, and left no file behind",
  );
}

main(Number(process.argv[2] ?? 200)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
