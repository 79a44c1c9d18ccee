/** Waiting for what other threads do in their own time. */

import { setTimeout as sleep } from "node:timers/promises";

/** Whether it holds, now or within half a minute. */
export async function eventually(holds: () => boolean): Promise<boolean> {
  for (let waited = 0; waited < 30_000 && !holds(); waited += 20) await sleep(20);
  return holds();
}
