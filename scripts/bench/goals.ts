/** What the benchmark must show: each goal is one line of every report. */

export type Bound = "at most" | "at least";

export interface Goal {
  name: string;
  bound: Bound;
  /** Must hold; null where nothing is demanded. */
  required: number | null;
  /** To be reached for; null where it is what is required. */
  goal: number | null;
  unit?: "ms" | "MiB" | "a second";
}

function atMost(name: string, required: number | null, goal: number | null = null): Goal {
  return { name, bound: "at most", required, goal };
}

function atLeast(name: string, required: number, goal: number | null = null): Goal {
  return { name, bound: "at least", required, goal };
}

/** Names of the step cases, those of their goals begin with them. */
export const STEP_32 = "step, batch 32";
export const STEP_128 = "step, batch 128";
export const STEP_1024 = "step, batch 1024";
export const STEP_WIDE = "step, 784-512-512-10 at 128";
export const STEPS = [STEP_32, STEP_128, STEP_1024, STEP_WIDE] as const;
export const PREDICT_1 = "prediction of 1";
export const PREDICT_10000 = "prediction of 10,000";
export const CONVNET = "convolutional network, batch 128";
export const RESNET = "ResNet-20, batch 32";
export const PREDICT_CONVNET_1 = "convolutional network, prediction of 1";
export const PREDICT_CONVNET_256 = "convolutional network, prediction of 256";
export const EPOCH = "epoch";
export const TUTORIAL_PROGRAM = "tutorial program";

export const bestPeerGoal = (name: string): string => `${name}: nabla / best peer`;
export const lossGoal = (name: string): string => `${name}: largest deviation of a loss`;
export const neighbourGoal = (name: string): string =>
  `${name}, busy neighbour: 2 threads / 1 thread`;
/** Where the matrix products alone take over 90 % of nabla's time. */
export const BEST_PEER_GEMM_BOUND = 1.05;

/** Deviations of losses after 100 steps, of a convolutional network after 20, relative to nabla's. */
const LOSS_TOLERANCE = 1e-3;

/**
 * Those of ResNet-20, whose batch normalisations amplify rounding: initial weights moved by half of
 * float32's precision move the loss by up to 1.2e-4 in float64. There nabla and PyTorch 2.15 agree in all
 * digits after the 20 steps, 2.4909083195942845; in float32 PyTorch is off that by 1.0e-4 on one thread,
 * 1.5e-4 on two, 5.6e-4 with channels last and 9.5e-4 without oneDNN, nabla by 6.1e-4 on one and 2.7e-4 on
 * two. Two of them may differ by twice the largest, and by half as much again where others round worse.
 */
const RESNET_LOSS_TOLERANCE = 3e-3;

export const GOALS: readonly Goal[] = [
  atMost(`${STEP_32}: 1 thread / bare GEMM, 1 thread`, 1.2, 1.05),
  atMost(`${STEP_32}: 2 threads / bare GEMM, 1 thread`, 0.8, 0.65),
  atMost(`${STEP_1024}: 2 threads / bare GEMM, 1 thread`, 0.62, 0.55),
  atMost(`${STEP_WIDE}: 2 threads / bare GEMM, 2 threads`, 1.05, 0.97),
  atMost(`${STEP_32}: eager / bare GEMM, 1 thread`, 2.2),
  ...STEPS.map((name) => atMost(bestPeerGoal(name), 1)),
  ...[EPOCH, PREDICT_1, PREDICT_10000].map((name) => atMost(bestPeerGoal(name), 1)),
  atMost(bestPeerGoal(CONVNET), 0.6, 0.42),
  atMost(bestPeerGoal(RESNET), 1, 0.7),
  ...[PREDICT_CONVNET_1, PREDICT_CONVNET_256].map((name) => atMost(bestPeerGoal(name), 1, 0.5)),
  atMost(lossGoal(CONVNET), LOSS_TOLERANCE),
  atMost(lossGoal(RESNET), RESNET_LOSS_TOLERANCE),
  atLeast(`${STEP_32}: PyTorch eager / nabla`, 6, 8),
  atLeast(`${STEP_32}: PyTorch eager / nabla eager`, 2),
  atLeast(`${STEP_32}: TensorFlow.js wasm / nabla`, 50),
  atLeast(`${STEP_32}: TensorFlow.js cpu / nabla`, 200),
  atLeast(`${STEP_32}: brain.js / nabla`, 300),
  ...STEPS.map((name) => atMost(lossGoal(name), LOSS_TOLERANCE)),
  atLeast(`${TUTORIAL_PROGRAM}: PyTorch eager / nabla`, 5, 7),
  atMost(`${TUTORIAL_PROGRAM}: difference of test accuracies`, 0.01),
  ...STEPS.map((name) => atMost(neighbourGoal(name), 1.15)),
  { ...atMost("event loop during fit: 99th percentile of delay", 10), unit: "ms" },
  { ...atLeast("event loop during fit: firings of a 1 ms interval", 300), unit: "a second" },
  { ...atMost("memory: peak of the tutorial program", 200), unit: "MiB" },
  { ...atMost("memory: growth over 100,000 steps", 2), unit: "MiB" },
  { ...atMost("capture of the tutorial's step", 10), unit: "ms" },
  { ...atMost("import", 80), unit: "ms" },
  atMost("depth 2 to 64: growth / that of bare GEMM", null, 1.1),
  atMost("width 16 to 2,048: growth / that of bare GEMM", null, 1.1),
];
