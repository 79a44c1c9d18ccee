/** Activations, losses, regularizers and constraints. */

import type { Tensor } from "nabla";
import { type Case, type ComputedCase, type Recorded, given } from "../case";
import { type Comparison, TOLERANCES, compareAll } from "../compare";
import { argumentsOf, callOf, classIn, make, makeFrom, part } from "../library";
import { compareComputed, differentiate } from "./computed";

/** `activations.name(x, ...args, options)` */
export function runActivation(item: Case): Comparison[] {
  return runOn("activations", item as ComputedCase);
}

/** `losses.name(yTrue, yPred, ...args, options)` */
export function runLoss(item: Case): Comparison[] {
  return runOn("losses", item as ComputedCase);
}

/** A function of tensors, differentiated with respect to the last. */
function runOn(room: string, item: ComputedCase): Comparison[] {
  const run = callOf(part(room, item.className));
  const tensors = item.inputs.map((input) => given(input, item.dtype));
  const rest = optional(item);
  const computed = differentiate(item, () => run(...tensors, ...rest), tensors.slice(-1));
  return compareComputed(item, computed);
}

/** Positional arguments, and the options if there are any. */
function optional(item: Case): unknown[] {
  const { args, options } = argumentsOf(item);
  return [...args, ...(Object.keys(options).length > 0 ? [options] : [])];
}

/** What a room makes of a case's options. */
function made(room: string, item: Case): (...args: unknown[]) => unknown {
  return callOf(make(room, item.className, [], argumentsOf(item).options));
}

/** `new losses.Name(options)` on labels, predictions and perhaps weights of the samples. */
export function runLossObject(item: Case): Comparison[] {
  const loss = item as ComputedCase & { sampleWeight?: Recorded };
  const run = callOf(makeFrom(classIn("losses", item.className), [], argumentsOf(item).options));
  const tensors = loss.inputs.map((input) => given(input, item.dtype));
  const weights = loss.sampleWeight ? [given(loss.sampleWeight, item.dtype)] : [];
  return compareComputed(
    loss,
    differentiate(loss, () => run(...tensors, ...weights), tensors.slice(-1)),
  );
}

/** `regularizers.name(options)` on a weight. */
export function runRegularizer(item: Case): Comparison[] {
  const computed = item as ComputedCase;
  const run = made("regularizers", item);
  const x = given(computed.inputs[0], item.dtype);
  return compareComputed(
    computed,
    differentiate(computed, () => run(x), [x]),
  );
}

/** `constraints.name(options)` on a weight. */
export function runConstraint(item: Case): Comparison[] {
  const { inputs, outputs } = item as ComputedCase;
  const run = made("constraints", item);
  const result = run(given(inputs[0], item.dtype)) as Tensor;
  return compareAll("output", [result], outputs, TOLERANCES[item.dtype]);
}
