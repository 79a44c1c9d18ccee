/** Layers that behave otherwise in training, and what is said if training forgot to tell them. */

import { recorder } from "../tensor/recorder";
import type { Module } from "./module";

/**
 * Whether a layer is to behave as in training. If it is not, tapes that record take note: updates by
 * their gradients are most likely those of a loop that did not call `model.train()`.
 */
export function isTraining(layer: Module): boolean {
  if (layer.training) return true;
  const running = recorder.modules as Module[];
  if (recorder.tapes.length === 0 || !layer.trainable) return false;
  const root = running[0] ?? layer;
  if (running.every((module) => module.trainable)) {
    for (const tape of recorder.tapes) tape.noteInference({ layer, root });
  }
  return false;
}
