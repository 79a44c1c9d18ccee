/**
 * Loads models in a process of its own, predicts, trains on, and prints what came of it as JSON:
 *
 *   node -r ts-node/register test/helpers/load-saved.ts FOLDER
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { type Model, type Tensor, loadModel, readSafetensors } from "../../src";
import "./saved-cases"; // registers a class

/** What the predictions are, and what training goes on to. */
export interface Outcome {
  readonly predictions: string;
  readonly history: string;
  readonly after: string;
}

const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Predicts, and takes 10 training steps. */
export async function outcomeOf(model: Model, x: Tensor, y: Tensor): Promise<Outcome> {
  const predicted = await model.predict(x);
  const predictions = hash(new Uint8Array(predicted.data().buffer));
  predicted.dispose();
  const history = await model.fit(x, y, { epochs: 5, batchSize: 6, shuffle: false, verbose: 0 });
  return { predictions, history: JSON.stringify(history), after: hash(model.toBytes()) };
}

async function main(folder: string): Promise<void> {
  const outcomes: Outcome[] = [];
  for (let i = 0; existsSync(join(folder, `${i}.safetensors`)); i++) {
    const data = await readSafetensors(join(folder, `${i}.data.safetensors`));
    const model = await loadModel(join(folder, `${i}.safetensors`));
    outcomes.push(await outcomeOf(model, data.get("x")!, data.get("y")!));
  }
  process.stdout.write(JSON.stringify(outcomes));
}

if (require.main === module) void main(process.argv[2]);
