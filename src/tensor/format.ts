/**
 * Prints arrays as numpy does by default: at most 8 digits after the point, columns aligned, lines of
 * 75 characters, the middle of more than 1000 elements left out. The rules are those of numpy 2.4.
 */

import { type DType, isFloat } from "./dtype";

const PRECISION = 8;
const THRESHOLD = 1000;
const EDGE_ITEMS = 3;
const LINE_WIDTH = 75;

type Format = (value: number) => string;

/** The values, row by row, as `print` shows a numpy array of this shape; a bare number for rank 0. */
export function formatArray(
  data: ArrayLike<number>,
  shape: readonly number[],
  dtype: DType,
): string {
  if (shape.length === 0) return formatScalar(data[0], dtype);
  if (data.length === 0) return "[]";
  const shown = shape.map((length) => shownIndices(length, data.length > THRESHOLD));
  const format = formatFor(valuesAt(data, shape, shown), dtype);
  return new Layout(data, shape, shown, format).nest(0, 0, " ", LINE_WIDTH);
}

// ---- layout

/** Stands for the indices that are left out. */
const GAP = -1;

function shownIndices(length: number, summarize: boolean): number[] {
  if (!summarize || length <= 2 * EDGE_ITEMS) return Array.from({ length }, (_, i) => i);
  const ends = Array.from({ length: EDGE_ITEMS }, (_, i) => i);
  return [...ends, GAP, ...ends.map((i) => length - EDGE_ITEMS + i)];
}

function valuesAt(
  data: ArrayLike<number>,
  shape: readonly number[],
  shown: readonly number[][],
): number[] {
  let offsets = [0];
  shape.forEach((length, axis) => {
    const indices = shown[axis].filter((index) => index !== GAP);
    offsets = offsets.flatMap((offset) => indices.map((index) => offset * length + index));
  });
  return offsets.map((offset) => data[offset]);
}

class Layout {
  constructor(
    private readonly data: ArrayLike<number>,
    private readonly shape: readonly number[],
    private readonly shown: readonly number[][],
    private readonly format: Format,
  ) {}

  /**
   * Row number `row` of what `axis` counts.
   * @param indent of every line but the first, which the caller has begun
   * @param width what is left of a line for this row and its brackets
   */
  nest(axis: number, row: number, indent: string, width: number): string {
    const isLast = axis === this.shape.length - 1;
    const items = this.shown[axis].map((index) => {
      if (index === GAP) return "...";
      const at = row * this.shape[axis] + index;
      return isLast ? this.format(this.data[at]) : this.nest(axis + 1, at, `${indent} `, width - 1);
    });
    const separator = "\n".repeat(this.shape.length - 1 - axis) + indent;
    return `[${isLast ? wrap(items, indent, width - 1) : items.join(separator)}]`;
  }
}

/** The words, a space between them, on as many lines as it takes. */
function wrap(words: readonly string[], indent: string, width: number): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of words) {
    if (line.length > indent.length && line.length + word.length > width) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  lines.push(line.slice(0, -1));
  return lines.join("\n").slice(indent.length);
}

// ---- numbers

function formatScalar(value: number, dtype: DType): string {
  if (!isFloat(dtype)) return String(value);
  if (!Number.isFinite(value)) return nameOf(value);
  const size = Math.abs(value);
  const isPlain = size === 0 || (size >= 0.0001 && size < (dtype === "float32" ? 1e6 : 1e16));
  const { whole, fraction, exponent } = isPlain
    ? positional(value, dtype, Infinity)
    : scientific(value, dtype, Infinity);
  if (isPlain) return `${whole}.${fraction || "0"}`;
  return `${whole}${fraction && `.${fraction}`}${exponentText(exponent, 2)}`;
}

/** One format for all of these values. */
function formatFor(values: readonly number[], dtype: DType): Format {
  if (!isFloat(dtype)) {
    const width = Math.max(...values.map((value) => String(value).length));
    return (value) => String(value).padStart(width);
  }
  const finite = values.filter(Number.isFinite);
  const format = needsExponents(finite, dtype) ? inScience(finite, dtype) : inPlain(finite, dtype);
  const width = Math.max(...values.map((value) => format(value).length));
  return (value) => format(value).padStart(width);
}

function needsExponents(finite: readonly number[], dtype: DType): boolean {
  const sizes = finite.filter((value) => value !== 0).map(Math.abs);
  if (sizes.length === 0) return false;
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  // numpy compares in the array's dtype.
  const round = dtype === "float32" ? Math.fround : Number;
  const [smallest, largest, ratio] = [
    round(0.0001),
    dtype === "float32" ? 1e6 : 1e8,
    round(most / least),
  ];
  return most >= largest || least < smallest || ratio > 1000;
}

/** "1.5 ", "10.25": points in one column, spaces in place of zeros at the end. */
function inPlain(finite: readonly number[], dtype: DType): Format {
  const decimals = finite.map((value) => positional(value, dtype, PRECISION));
  const places = Math.max(0, ...decimals.map(({ fraction }) => fraction.length));
  return (value) => {
    if (!Number.isFinite(value)) return nameOf(value);
    const { whole, fraction } = positional(value, dtype, PRECISION);
    return `${whole}.${fraction.padEnd(places)}`;
  };
}

/** "1.50e+00", "1.25e-10": as many digits for each, exact ones also where fewer would do. */
function inScience(finite: readonly number[], dtype: DType): Format {
  const decimals = finite.map((value) => scientific(value, dtype, PRECISION));
  const places = Math.max(...decimals.map(({ fraction }) => fraction.length));
  const digits = Math.max(2, ...decimals.map(({ exponent }) => String(Math.abs(exponent)).length));
  return (value) => {
    if (!Number.isFinite(value)) return nameOf(value);
    const { whole, fraction, exponent } = rounded(value, places);
    return `${whole}.${fraction.padEnd(places, "0")}${exponentText(exponent, digits)}`;
  };
}

function nameOf(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

function exponentText(exponent: number, digits: number): string {
  return `e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(digits, "0")}`;
}

// ---- decimals

/** whole.fraction * 10^exponent, the fraction without zeros at its end. */
interface Decimal {
  readonly whole: string;
  readonly fraction: string;
  readonly exponent: number;
}

/**
 * The shortest decimal that reads back as `value`, without exponent; rounded if it has more than
 * `places` digits after the point. |value| < 1e21.
 */
function positional(value: number, dtype: DType, places: number): Decimal {
  const { digits, exponent } = shortest(value, dtype);
  const wholeDigits = Math.max(exponent + 1, 1);
  const zeros = "0".repeat(Math.max(-exponent, 0));
  const all = (zeros + digits).padEnd(wholeDigits, "0");
  if (all.length - wholeDigits > places) {
    const exact = Math.abs(value).toFixed(MOST_DIGITS).replace(".", "");
    const cut = roundedDigits(exact, exact.length - MOST_DIGITS + places);
    return decimal(value, cut, cut.length - places, 0);
  }
  return decimal(value, all, wholeDigits, 0);
}

/** The same as d.ddd * 10^exponent. */
function scientific(value: number, dtype: DType, places: number): Decimal {
  const { digits, exponent } = shortest(value, dtype);
  return digits.length - 1 <= places ? decimal(value, digits, 1, exponent) : rounded(value, places);
}

/** `value` as d.ddd * 10^exponent with `places` digits after the point, the nearest there is. */
function rounded(value: number, places: number): Decimal {
  const [mantissa, exponent] = Math.abs(value).toExponential(MOST_DIGITS).split("e");
  const all = roundedDigits(mantissa.replace(".", ""), 1 + places);
  return decimal(value, all, 1, Number(exponent) + all.length - 1 - places);
}

function decimal(value: number, digits: string, wholeDigits: number, exponent: number): Decimal {
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return {
    whole: sign + digits.slice(0, wholeDigits),
    fraction: digits.slice(wholeDigits).replace(/0+$/, ""),
    exponent,
  };
}

/** The digits d.ddd of |value| and their exponent: no more than tell it from its neighbours. */
function shortest(value: number, dtype: DType): { digits: string; exponent: number } {
  let text = Math.abs(value).toExponential();
  // A float32 has neighbours further away: at most nine digits tell it from them.
  for (let places = 0; dtype === "float32" && places < 9; places++) {
    const fewer = Math.abs(value).toExponential(places);
    if (Math.fround(Number(fewer)) !== Math.abs(value)) continue;
    text = fewer;
    break;
  }
  const [digits, exponent] = text.split("e");
  return { digits: digits.replace(".", ""), exponent: Number(exponent) };
}

/** The most digits after the point that JavaScript writes; enough to be exact where it matters. */
const MOST_DIGITS = 100;

/** The first `count` digits, rounded to even in the middle; one more digit if the first overflows. */
function roundedDigits(digits: string, count: number): string {
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const half = "5".padEnd(rest.length, "0");
  const isOdd = Number(kept[kept.length - 1]) % 2 === 1;
  if (rest < half || (rest === half && !isOdd)) return kept;
  return String(BigInt(kept) + 1n).padStart(count, "0");
}
