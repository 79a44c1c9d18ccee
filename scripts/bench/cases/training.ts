/** An epoch of the tutorial's training, and its whole program. */

import { againstBestPeer, find, ratio } from "../compare";
import { NABLA_FIT, PYTORCH } from "../contenders/names";
import * as goals from "../goals";
import type { Result } from "../race";
import { median } from "../statistics";
import { TUTORIAL_TASK } from "../tutorial";
import { type Case, named, raceCase } from "./context";

const epochCase: Case = {
  key: "epoch",
  title: "epoch: 657 steps on shuffled batches, the mean loss read once",
  async run(context) {
    const { isQuick, pace } = context;
    const results = await raceCase(
      context,
      goals.EPOCH,
      { ...TUTORIAL_TASK, kind: "epoch" },
      context.contenders,
      { ...pace, rounds: isQuick ? 1 : 3 },
    );
    context.findings.set(goals.bestPeerGoal(goals.EPOCH), againstBestPeer(results, NABLA_FIT));
  },
};

const tutorialCase: Case = {
  key: "tutorial",
  title: "tutorial program: 20 epochs, validation after each, test",
  async run(context) {
    const { contenders, findings, isQuick, pace } = context;
    const results = await raceCase(
      context,
      goals.TUTORIAL_PROGRAM,
      { ...TUTORIAL_TASK, kind: "tutorial", epochs: isQuick ? 2 : 20 },
      named(contenders, [NABLA_FIT, PYTORCH]),
      { ...pace, rounds: 1 },
    );
    const [own, peer] = [find(results, NABLA_FIT), find(results, PYTORCH)];
    findings.set(`${goals.TUTORIAL_PROGRAM}: PyTorch eager / nabla`, ratio(peer, own));
    findings.set(`${goals.TUTORIAL_PROGRAM}: difference of test accuracies`, difference(own, peer));
  },
};

function difference(a: Result | undefined, b: Result | undefined): number | null {
  if (a === undefined || b === undefined) return null;
  return Math.abs(median(a.accuracies) - median(b.accuracies));
}

export const trainingCases: readonly Case[] = [epochCase, tutorialCase];
