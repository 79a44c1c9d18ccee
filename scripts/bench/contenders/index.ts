/** All contenders, each on each number of threads. */

import type { Contender } from "./contender";
import { javaScriptContenders } from "./javascript";
import { bareGemmContenders, nablaContenders } from "./native";
import { pythonContenders } from "./python";

export async function startContenders(threadCounts: readonly number[]): Promise<Contender[]> {
  const contenders = bareGemmContenders(threadCounts);
  contenders.push(...(await Promise.all(nablaContenders(threadCounts))));
  contenders.push(...(await Promise.all(javaScriptContenders())));
  contenders.push(...(await Promise.all(pythonContenders(threadCounts))));
  return contenders;
}
