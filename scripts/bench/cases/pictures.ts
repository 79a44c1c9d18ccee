/** Convolutional networks: steps as users train them, dropout and batch normalisation included; prediction. */

import { againstBestPeer, lossDeviation } from "../compare";
import type { Task } from "../contenders/contender";
import { NABLA_FIT, NABLA_JIT, NABLA_PREDICT, TFJS_CPU } from "../contenders/names";
import * as goals from "../goals";
import type { PictureNetwork } from "../pictures";
import type { Pace, Result } from "../race";
import { type Case, type Context, named, raceCase } from "./context";

/** Steps of some tens of milliseconds: several in a measurement, that fit's beginning weighs little. */
function slower(pace: Pace, isQuick: boolean): Pace {
  return isQuick ? pace : { ...pace, slice: 300_000 };
}

function task(kind: Task["kind"], network: PictureNetwork, batch: number, rate = 0): Task {
  return { kind, network, batch, rate, dropout: network === "convnet" ? 0.5 : 0, ...NO_LAYERS };
}
const NO_LAYERS = { sizes: [], samples: 0 };

/** TensorFlow.js' cpu backend takes a minute a step: it is timed once. */
async function timeOneStep(context: Context, name: string, task: Task): Promise<void> {
  const { data, findings } = context;
  for (const contender of named(context.contenders, [TFJS_CPU])) {
    if (contender.version === null) continue;
    const result: Result = { contender, times: [], accuracies: [], note: "one step" };
    try {
      const session = await contender.open(task, data.folder);
      result.times!.push([(await session.measure(1)).microseconds]);
      await session.close();
    } catch (error) {
      result.times = null;
      result.note = (error as Error).message;
    }
    findings.addRows(name, [result]);
  }
}

interface StepCase {
  key: string;
  title: string;
  name: string;
  task: Task;
}

const STEP_CASES: readonly StepCase[] = [
  {
    key: "convnet",
    title: "step of the convolutional network for MNIST: batch 128, Adam, dropout",
    name: goals.CONVNET,
    task: task("pictureStep", "convnet", 128, 1e-3),
  },
  {
    key: "resnet20",
    title: "step of ResNet-20: batch 32, SGD with momentum, batch normalisation",
    name: goals.RESNET,
    task: task("pictureStep", "resnet20", 32, 1e-3),
  },
];

const stepCases = STEP_CASES.map(({ key, title, name, task }) => ({
  key,
  title,
  async run(context: Context) {
    const pace = slower(context.pace, context.isQuick);
    const results = await raceCase(context, name, task, context.contenders, pace);
    const { findings } = context;
    findings.set(goals.bestPeerGoal(name), againstBestPeer(results, NABLA_JIT, NABLA_FIT));
    findings.set(goals.lossGoal(name), lossDeviation(results));
    if (key === "convnet" && !context.isQuick) await timeOneStep(context, name, task);
  },
}));

const predictionCase: Case = {
  key: "predictConvnet",
  title: "prediction of 1 and of 256 by the convolutional network",
  async run(context) {
    for (const [name, batch] of [
      [goals.PREDICT_CONVNET_1, 1],
      [goals.PREDICT_CONVNET_256, 256],
    ] as const) {
      const results = await raceCase(context, name, task("picturePredict", "convnet", batch));
      const finding = againstBestPeer(results, NABLA_JIT, NABLA_PREDICT);
      context.findings.set(goals.bestPeerGoal(name), finding);
    }
  },
};

export const pictureCases: readonly Case[] = [...stepCases, predictionCase];
