/** Circle loss of embeddings (Sun et al. 2020, arXiv:2002.10857). */

import { checkTensor } from "../../ops/arguments";
import {
  add,
  clipByValue,
  equal,
  greater,
  mul,
  notEqual,
  softplus,
  sub,
  where,
} from "../../ops/arithmetic";
import { eye } from "../../ops/creation";
import { matMul } from "../../ops/linear";
import { logSumExp } from "../../ops/reduce";
import { reshape } from "../../ops/shape";
import { checkFlag, checkOptions } from "../../tensor/options";
import type { Tensor } from "../../tensor/tensor";
import { checkedNumbers } from "../function-options";
import { lossClass } from "./loss-class";

/** Options of `circle`. */
export interface CircleOptions {
  /** Scale of the margins; 80 by default. */
  gamma?: number;
  /** How much nearer than others samples of one label should be; 0.4 by default. */
  margin?: number;
  /** Whether a sample is not compared with itself; true by default. */
  removeDiagonal?: boolean;
  /** Labels of the samples to compare with; those of the batch by default. */
  refLabels?: Tensor;
  /** Embeddings of the samples to compare with; those of the batch by default. */
  refEmbeddings?: Tensor;
}

const OPTIONS = ["gamma", "margin", "removeDiagonal", "refLabels", "refEmbeddings"];

/**
 * Small where samples of one label are near one another and far from all others.
 * @param yTrue uint8 or int32 labels [samples], or [samples, 1]
 * @param yPred float [samples, size], each of length 1
 * @returns [samples]
 */
export function circle(yTrue: Tensor, yPred: Tensor, options: CircleOptions = {}): Tensor {
  checkOptions(options, OPTIONS, "circle");
  const { removeDiagonal = true, refLabels = yTrue, refEmbeddings = yPred } = options;
  checkFlag(removeDiagonal, "circle", "removeDiagonal");
  const { gamma, margin } = checkedNumbers(options, { gamma: 80, margin: 0.4 }, "circle");
  checkSamples(yTrue, yPred);
  checkSamples(refLabels, refEmbeddings);
  const distances = clipByValue(sub(1, matMul(yPred, refEmbeddings, false, true)), 0, Infinity);
  const [own, other] = [reshape(yTrue, [-1, 1]), reshape(refLabels, [1, -1])];
  const alike = removeDiagonal ? apart(equal(own, other)) : equal(own, other);
  const near = mul(mul(add(distances, margin), sub(distances, margin)), gamma);
  const room = clipByValue(sub(1 + margin, distances), 0, Infinity);
  const far = mul(mul(room, sub(1 - margin, distances)), gamma);
  return softplus(add(over(alike, near), over(notEqual(own, other), far)));
}

/** A mask without what is on its diagonal. */
function apart(mask: Tensor): Tensor {
  const [rows, columns] = mask.shape;
  return where(eye(rows, columns, "uint8"), 0, mask);
}

/** ln(sum e^x) of each row over what a mask chooses; far below all if that is nothing. */
function over(mask: Tensor, x: Tensor): Tensor {
  return logSumExp(where(mask, x, -1e30), 1);
}

function checkSamples(labels: Tensor, embeddings: Tensor): void {
  checkTensor(labels, "circle", "yTrue");
  checkTensor(embeddings, "circle", "yPred");
  if (embeddings.rank === 2 && labels.size === embeddings.shape[0]) return;
  throw new RangeError(
    "circle: expected labels [samples] and embeddings [samples, size] but received " +
      `${labels.describe()} and ${embeddings.describe()}`,
  );
}

/** Samples whose loss is 0 do not count in a mean, as in Keras. */
export const Circle = lossClass("Circle", circle, {
  options: OPTIONS,
  takesLabels: true,
  mask: (losses) => greater(losses, 0),
});
