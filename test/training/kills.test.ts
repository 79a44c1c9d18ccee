/** Training that is killed goes on to the same bits. `npm run check:kills` does the same 200 times. */

import { RandomStream } from "../../src/data/random-stream";
import { killedRun } from "../helpers/kill-runs";

jest.setTimeout(300_000);

test("training that is killed by SIGKILL a few times ends with the same bits", async () => {
  const kind = "random map";
  const random = new RandomStream(5);
  const whole = await killedRun(kind, "epoch", 0, random);
  const killed = await killedRun(kind, "1", 2, random);
  expect(killed.result).toBe(whole.result);
  expect(killed.left).toEqual([]);
});
