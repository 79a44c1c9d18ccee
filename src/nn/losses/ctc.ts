/** Connectionist temporal classification (Graves et al. 2006): labels of a sequence, times unknown. */

import { checkFloat, checkTensor } from "../../ops/arguments";
import {
  add,
  equal,
  greater,
  less,
  maximum,
  mul,
  neg,
  notEqual,
  sub,
  where,
} from "../../ops/arithmetic";
import { range } from "../../ops/creation";
import { gather, oneHot } from "../../ops/indexing";
import { logSumExp } from "../../ops/reduce";
import { cast, concat, expandDims, fill, reshape, slice, stack, sum } from "../../ops/shape";
import { logSoftmax } from "../../ops/softmax";
import { isFloat } from "../../tensor/dtype";
import type { Tensor } from "../../tensor/tensor";
import { lossClass } from "./loss-class";

/** Stands for the logarithm of 0: far below all, and no infinity, whose differences are NaN. */
const NEVER = -1e30;

/**
 * -ln of the probability that a sequence reads as its labels, once repeats are drawn together and
 * blanks left out; Infinity where it is too short for them.
 * @param yTrue uint8 or int32 [samples, labels], each from 1; 0 fills up what is shorter
 * @param yPred float logits [samples, time, classes], class 0 being the blank
 * @returns [samples]
 */
export function ctc(yTrue: Tensor, yPred: Tensor): Tensor {
  checkSequences(yTrue, yPred);
  const labels = cast(yTrue, "int32");
  const states = withBlanks(labels);
  const [samples, steps] = yPred.shape;
  const emitted = emissions(logSoftmax(yPred), states);
  const skips = where(skippable(states), 0, fill([], NEVER, yPred.dtype));
  const width = states.shape[1];
  const at = (t: number): Tensor => reshape(slice(emitted, [0, t, 0], [samples, 1, width]), [samples, width]); // prettier-ignore
  // A sequence begins with a blank or the first label.
  const begins = fill([samples, Math.max(width - 2, 0)], NEVER, yPred.dtype);
  const open = concat([fill([samples, Math.min(width, 2)], 0, yPred.dtype), begins], 1);
  let reached = add(open, at(0));
  for (let t = 1; t < steps; t++) {
    const paths = [reached, later(reached, 1), add(later(reached, 2), skips)];
    reached = add(logSumExp(stack(paths), 0), at(t));
  }
  return lossAt(reached, sum(cast(notEqual(labels, 0), "int32"), 1));
}

/** [samples, 2 labels + 1]: a blank before, between and after the labels. */
function withBlanks(labels: Tensor): Tensor {
  const [samples, count] = labels.shape;
  const blank = fill([samples, 1], 0, "int32");
  const pairs = stack([labels, fill(labels.shape, 0, "int32")], 2);
  return concat([blank, reshape(pairs, [samples, 2 * count])], 1);
}

/** ln p of each state at each time: [samples, time, states]. */
function emissions(logs: Tensor, states: Tensor): Tensor {
  const [samples, steps, classes] = logs.shape;
  const begins = range(0, samples * steps * classes, classes, "int32");
  const places = add(reshape(begins, [samples, steps, 1]), expandDims(states, 1));
  // A label that is no class would read another's number.
  const isClass = where(less(states, 0), 0, less(states, classes));
  return gather(reshape(logs, [-1]), where(expandDims(isClass, 1), places, -1));
}

/** Where the blank before a state may be left out: at labels that differ from the one before. */
function skippable(states: Tensor): Tensor {
  const isNew = notEqual(states, later(states, 2, 0));
  return where(equal(states, 0), 0, isNew);
}

/** Moved by some states, so that each has what stood so many before it. */
function later(x: Tensor, by: number, first = NEVER): Tensor {
  const [samples, width] = x.shape;
  const moved = Math.min(by, width);
  const kept = slice(x, [0, 0], [samples, width - moved]);
  return concat([fill([samples, moved], first, x.dtype), kept], 1);
}

/** A sequence ends with its last label or the blank after it. */
function lossAt(reached: Tensor, lengths: Tensor): Tensor {
  const width = reached.shape[1];
  const end = (index: Tensor): Tensor => sum(mul(oneHot(index, width, reached.dtype), reached), 1);
  const blank = end(mul(lengths, 2));
  const last = end(maximum(sub(mul(lengths, 2), 1), 0));
  const ends = stack([blank, where(greater(lengths, 0), last, fill([], NEVER, reached.dtype))]);
  const loss = neg(logSumExp(ends, 0));
  return where(greater(loss, -NEVER / 2), Infinity, loss);
}

function checkSequences(yTrue: Tensor, yPred: Tensor): void {
  checkTensor(yTrue, "ctc", "yTrue");
  checkTensor(yPred, "ctc", "yPred");
  checkFloat(yPred, "ctc", "yPred");
  const fits =
    yTrue.rank === 2 && yPred.rank === 3 && yPred.shape[1] > 0 && yTrue.shape[0] === yPred.shape[0];
  if (fits && !isFloat(yTrue.dtype)) return;
  throw new TypeError(
    "ctc: expected uint8 or int32 labels [samples, labels] and logits [samples, time, classes] but " +
      `received ${yTrue.describe()} and ${yPred.describe()}`,
  );
}

/** {@link ctc} as an object: its options, a reduction, weights of samples. A loss for `compile`. */
export const CTC = lossClass("CTC", ctc, { takesLabels: true });
