/** From float images to probabilities in the program's hands. */

import { againstBestPeer } from "../compare";
import { NABLA_JIT, NABLA_PREDICT } from "../contenders/names";
import * as goals from "../goals";
import { TUTORIAL } from "../network";
import { type Case, raceCase } from "./context";

function predictionCase(key: string, name: string, batch: number): Case {
  return {
    key,
    title: `${name} by ${TUTORIAL.join("-")}`,
    async run(context) {
      const task = { kind: "predict" as const, sizes: TUTORIAL, batch, samples: batch, rate: 0 };
      const results = await raceCase(context, name, task);
      const finding = againstBestPeer(results, NABLA_JIT, NABLA_PREDICT);
      context.findings.set(goals.bestPeerGoal(name), finding);
    },
  };
}

export const predictionCases: readonly Case[] = [
  predictionCase("predict1", goals.PREDICT_1, 1),
  predictionCase("predict10000", goals.PREDICT_10000, 10_000),
];
