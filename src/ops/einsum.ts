/** Sums of products, named by the letters of their axes. */

import type { Tensor } from "../tensor/tensor";
import { describeValue } from "../tensor/values";
import { type TensorLike, operand } from "./arguments";
import { mul } from "./arithmetic";
import { matMul } from "./linear";
import { reshape, sum, transpose } from "./shape";
import { diagonal } from "./striding";

/** A tensor and the label of each of its axes: a letter, or "0", "1", ... from the last axis that "..." means. */
interface Term {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

/** A size; null where only a run tells. */
type Size = number | null;

/**
 * The sum of products that an equation names, as `numpy.einsum` has it: each operand's axes get a letter;
 * letters that the result lacks are summed over. Without "->" the result has the letters that stand once,
 * in alphabetical order. "..." stands for leading axes, which broadcast. Computed by `matMul` where
 * products are summed, two operands at a time from the left.
 *
 * ```ts
 * einsum("ij,jk->ik", a, b); // the matrix product
 * einsum("bqhd,bkhd->bhqk", queries, keys);
 * einsum("...ii->...", x); // traces
 * ```
 *
 * @param operands float tensors of one dtype; where no product is summed over, int32 too
 */
export function einsum(equation: string, ...operands: TensorLike[]): Tensor {
  const tensors = operands.map((x, i) => operand(x, "einsum", `operand ${i}`));
  const { inputs, output } = parsed(equation, tensors);
  const sizes = sizesOf(equation, tensors, inputs);
  const result = labelsOfResult(equation, inputs, output);
  let terms = tensors.map((tensor, i) => simplified({ tensor, labels: inputs[i] }, sizes));
  terms = terms.map((term, i) => {
    const others = terms.filter((_, k) => k !== i).flatMap(({ labels }) => labels);
    return summed(term, (label) => result.includes(label) || others.includes(label));
  });
  const [first, ...rest] = terms;
  const total = rest.reduce((left, right, i) => {
    const later = new Set([...result, ...rest.slice(i + 1).flatMap(({ labels }) => labels)]);
    return contracted(left, right, (label) => later.has(label), sizes);
  }, first);
  return permuted(total, result);
}

// ---- the equation

interface Parsed {
  readonly inputs: string[][];
  /** Null without "->". */
  readonly output: string | null;
}

const FORM = /^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/;

function parsed(equation: unknown, tensors: readonly Tensor[]): Parsed {
  const text = typeof equation === "string" ? equation.replace(/\s/g, "") : "";
  const [left, output = null, ...more] = text.split("->");
  const terms = left.split(",");
  const isWellFormed =
    more.length === 0 && [...terms, output ?? ""].every((term) => FORM.test(term));
  if (typeof equation !== "string" || !isWellFormed) {
    throw new TypeError(
      `einsum: expected an equation such as "ij,jk->ik" but received ${describeValue(equation)}`,
    );
  }
  if (terms.length !== tensors.length) {
    throw new RangeError(
      `einsum: expected ${terms.length} operands for ${describeValue(equation)} but received ${tensors.length}`,
    );
  }
  return { inputs: terms.map((term, i) => labelsOf(term, tensors[i], i)), output };
}

function labelsOf(term: string, tensor: Tensor, i: number): string[] {
  const { rank } = tensor;
  const [before, after] = term.split("...") as [string, string | undefined];
  const covered = rank - before.length - (after?.length ?? 0);
  if (covered < 0 || (after === undefined && covered > 0)) {
    throw new RangeError(
      `einsum: expected axes ${describeValue(term)} of operand ${i} but received ${tensor.describe()}`,
    );
  }
  return [...Array.from(before), ...ellipsis(covered), ...Array.from(after ?? "")];
}

/** The labels of so many axes in place of "...". */
function ellipsis(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(count - 1 - i));
}

function sizesOf(
  equation: string,
  tensors: readonly Tensor[],
  inputs: readonly string[][],
): Map<string, Size> {
  const sizes = new Map<string, Size>();
  tensors.forEach(({ shape }, i) => {
    inputs[i].forEach((label, axis) => {
      const size = shape[axis] as Size;
      const known = sizes.get(label);
      if (known === undefined || known === 1 || (known === null && size !== 1)) {
        sizes.set(label, size);
      } else if (known !== size && size !== 1 && size !== null) {
        const name = label >= "A" ? describeValue(label) : '"..."';
        throw new RangeError(
          `einsum: expected one size for ${name} of ${describeValue(equation)} but received ${known} and ${size}`,
        );
      }
    });
  });
  return sizes;
}

function labelsOfResult(
  equation: string,
  inputs: readonly string[][],
  output: string | null,
): string[] {
  const all = inputs.flat();
  const count = Math.max(
    0,
    ...all.filter((label) => label < "A").map((label) => Number(label) + 1),
  );
  if (output === null) {
    const once = all.filter(
      (label) => label >= "A" && all.indexOf(label) === all.lastIndexOf(label),
    );
    return [...ellipsis(count), ...once.sort()];
  }
  const [before, after] = output.split("...") as [string, string | undefined];
  const shared = after === undefined ? [] : ellipsis(count);
  const labels = [...Array.from(before), ...shared, ...Array.from(after ?? "")];
  const odd = labels.find((label, i) => !all.includes(label) || labels.indexOf(label) !== i);
  if (odd === undefined) return labels;
  throw new RangeError(
    `einsum: expected each letter of the result once and in an operand but received ${describeValue(odd)} in ${describeValue(equation)}`,
  );
}

// ---- one operand

/** Without axes of size 1 that stretch, and of axes with one label the diagonal alone. */
function simplified({ tensor, labels }: Term, sizes: ReadonlyMap<string, Size>): Term {
  const stretches = labels.map((label, i) => tensor.shape[i] === 1 && sizes.get(label) !== 1);
  let result: Term = {
    tensor: reshape(
      tensor,
      tensor.shape.filter((_, i) => !stretches[i]),
    ),
    labels: labels.filter((_, i) => !stretches[i]),
  };
  for (let again = repeated(result.labels); again !== null; again = repeated(result.labels)) {
    const [i, k] = again;
    const rest = result.labels.filter((_, axis) => axis !== i && axis !== k);
    result = {
      tensor: diagonal(result.tensor, 0, i, k),
      labels: [...rest, result.labels[i]],
    };
  }
  return result;
}

/** Two axes of one label. */
function repeated(labels: readonly string[]): [number, number] | null {
  const k = labels.findIndex((label, axis) => labels.indexOf(label) !== axis);
  return k < 0 ? null : [labels.indexOf(labels[k]), k];
}

/** Summed over the labels that are not kept. */
function summed({ tensor, labels }: Term, isKept: (label: string) => boolean): Term {
  const axes = labels.flatMap((label, axis) => (isKept(label) ? [] : [axis]));
  if (axes.length === 0) return { tensor, labels };
  return { tensor: sum(tensor, axes), labels: labels.filter(isKept) };
}

/** With its axes in this order. */
function permuted({ tensor, labels }: Term, order: readonly string[]): Tensor {
  const perm = order.map((label) => labels.indexOf(label));
  return perm.every((from, axis) => from === axis) ? tensor : transpose(tensor, perm);
}

// ---- two operands

/** The product of two terms, summed over the labels of both that are not kept. */
function contracted(
  a: Term,
  b: Term,
  isKept: (label: string) => boolean,
  sizes: ReadonlyMap<string, Size>,
): Term {
  const both = a.labels.filter((label) => b.labels.includes(label));
  const batch = both.filter(isKept);
  const inner = both.filter((label) => !isKept(label));
  const ofA = a.labels.filter((label) => !both.includes(label));
  const ofB = b.labels.filter((label) => !both.includes(label));
  if (inner.length > 0 && ofA.length + ofB.length > 0) {
    return multiplied(a, b, { batch, inner, ofA, ofB }, sizes);
  }
  const labels = [...batch, ...inner, ...ofA, ...ofB];
  const product = mul(stretched(a, labels, sizes), stretched(b, labels, sizes));
  return summed({ tensor: product, labels }, (label) => !inner.includes(label));
}

/** The tensor with an axis for each of the labels, of size 1 where it has none. */
function stretched(
  term: Term,
  labels: readonly string[],
  sizes: ReadonlyMap<string, Size>,
): Tensor {
  const own = labels.filter((label) => term.labels.includes(label));
  const shape = labels.map((label) => (own.includes(label) ? sizes.get(label) : 1) as number);
  return reshape(permuted(term, own), shape);
}

interface Groups {
  /** Kept, of both. */
  readonly batch: readonly string[];
  /** Summed over, of both. */
  readonly inner: readonly string[];
  readonly ofA: readonly string[];
  readonly ofB: readonly string[];
}

/** By matrix products: [batch, a's own, inner] by [batch, inner, b's own]. */
function multiplied(a: Term, b: Term, groups: Groups, sizes: ReadonlyMap<string, Size>): Term {
  const { batch, inner, ofA, ofB } = groups;
  // A matrix whose axes stand the other way round is multiplied as it stands, by a flag.
  const isTurned = (labels: readonly string[], last: readonly string[]): boolean =>
    last.length > 0 && labels[labels.length - 1] !== last[last.length - 1];
  const turnA = isTurned(a.labels, inner);
  const turnB = isTurned(b.labels, ofB);
  const left = asMatrices(a, batch, turnA ? [inner, ofA] : [ofA, inner], sizes);
  const right = asMatrices(b, batch, turnB ? [ofB, inner] : [inner, ofB], sizes);
  const labels = [...batch, ...ofA, ...ofB];
  const product = matMul(left, right, turnA, turnB);
  return {
    tensor: reshape(
      product,
      labels.map((label) => sizes.get(label) as number),
    ),
    labels,
  };
}

/** [batch, rows, columns], or [rows, columns] without a batch. */
function asMatrices(
  term: Term,
  batch: readonly string[],
  [rows, columns]: readonly (readonly string[])[],
  sizes: ReadonlyMap<string, Size>,
): Tensor {
  const size = (labels: readonly string[]): number =>
    labels.reduce<Size>((product, label) => {
      const next = sizes.get(label) as Size;
      return product === null || next === null ? null : product * next;
    }, 1) as number;
  const ordered = permuted(term, [...batch, ...rows, ...columns]);
  const leading = batch.length > 0 ? [size(batch)] : [];
  return reshape(ordered, [...leading, size(rows), size(columns)]);
}
