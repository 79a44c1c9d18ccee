/** Compares the results of a race. */

import { BARE_GEMM, NABLA_EAGER, NABLA_FIT, NABLA_JIT, NABLA_PREDICT } from "./contenders/names";
import { BEST_PEER_GEMM_BOUND } from "./goals";
import { type Result, medianTime } from "./race";
import type { Finding } from "./report";
import { ratioOfRuns } from "./statistics";

const OWN = [BARE_GEMM, NABLA_JIT, NABLA_EAGER, NABLA_FIT, NABLA_PREDICT];

type Timed = Result & { times: number[][] };

function isTimed(result: Result | undefined): result is Timed {
  return result !== undefined && result.times !== null && result.times.flat().length > 0;
}

/** The result of a contender on a number of threads; without the number, at its best one. */
export function find(
  results: readonly Result[],
  name: string,
  threads?: number,
): Result | undefined {
  return fastest(
    results.filter(
      ({ contender }) =>
        contender.name === name && (threads === undefined || contender.threads === threads),
    ),
  );
}

function fastest(results: readonly Result[]): Result | undefined {
  return results
    .filter(isTimed)
    .reduce<Result | undefined>(
      (best, result) =>
        best !== undefined && medianTime(best)! <= medianTime(result)! ? best : result,
      undefined,
    );
}

/** The fastest of everybody else at its best number of threads. */
export function bestPeer(results: readonly Result[]): Result | undefined {
  return fastest(results.filter(({ contender }) => !OWN.includes(contender.name)));
}

/** a / b, paired by round; null if one of them is absent. */
export function ratio(a: Result | undefined, b: Result | undefined): number | null {
  return isTimed(a) && isTimed(b) ? ratioOfRuns(a.times, b.times) : null;
}

/** nabla, by the fastest of these ways and numbers of threads, against the best peer. */
export function againstBestPeer(results: readonly Result[], ...ways: string[]): Finding {
  const peer = bestPeer(results);
  const best = fastest(results.filter(({ contender }) => ways.includes(contender.name)));
  const share = ratio(find(results, BARE_GEMM, 1), find(results, ways[0], 1));
  const isGemmBound = share !== null && share > 0.9;
  const absent = new Set(
    results
      .filter((result) => !isTimed(result) && find(results, result.contender.name) === undefined)
      .map(({ contender }) => contender.name),
  );
  const without = absent.size === 0 ? "" : `; absent: ${[...absent].join(", ")}`;
  return {
    value: ratio(best, peer),
    ...(isGemmBound && { required: BEST_PEER_GEMM_BOUND }),
    note:
      peer === undefined
        ? "no peer is installed"
        : `best peer: ${peer.contender.name}, threads: ${peer.contender.threads}${without}`,
  };
}

/** The largest relative deviation from nabla's loss after the same steps. */
export function lossDeviation(results: readonly Result[]): Finding {
  const own = find(results, NABLA_JIT, 1)?.loss;
  const others = results.filter(
    ({ loss, contender }) => loss !== undefined && !OWN.includes(contender.name),
  );
  if (own === undefined || others.length === 0) return { value: null, note: "no peer to compare" };
  const deviation = ({ loss }: Result): number => Math.abs(loss! - own) / own;
  const worst = others.reduce((a, b) => (deviation(a) >= deviation(b) ? a : b));
  return {
    value: deviation(worst),
    note: `${worst.contender.name}; of ${others.length} contenders`,
  };
}
