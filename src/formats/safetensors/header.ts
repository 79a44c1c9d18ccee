/**
 * The header of a safetensors file: 8 bytes with its length (little-endian), then JSON:
 *
 *   { "__metadata__": { name: text, ... },
 *     name: { "dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24] }, ... }
 *
 * and after it the data, which the tensors' offsets cover without gap or overlap. Whatever the
 * reference reader (https://github.com/huggingface/safetensors) rejects is rejected here. More is:
 *
 *   - a name that occurs twice with different values (the reference takes the last);
 *   - a tensor's description as an array, a dtype as an object (the reference's JSON library can
 *     read its records so);
 *   - sizes of 2^53 and more, also of tensors without elements;
 *   - headers whose tensors and texts would take more memory than the file has bytes, and 8 MiB.
 */

import { FormatError, quote } from "../format-error";
import { JsonScanner } from "../json-scanner";
import { type SafetensorsType, bitsOf, isSafetensorsType } from "./types";

/** Of the header's length. */
export const LENGTH_BYTES = 8;

export const MAX_HEADER_BYTES = 100_000_000;

/** The key under which texts stand among the tensors. */
export const METADATA = "__metadata__";

/** What a header says of one tensor. */
export interface HeaderEntry {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  /** The tensor's bytes, counted from the first after the header. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: Map<string, string>;
  /** In the order of their data. */
  readonly entries: HeaderEntry[];
}

/** What JavaScript may take for a header on top of the file's own size. */
const SPARE_BYTES = 8 << 20;
/** At most what V8 takes for an entry, a size in its shape, a pair of texts, while their lists grow. */
const ENTRY_BYTES = 530;
const DIM_BYTES = 40;
const PAIR_BYTES = 160;

/**
 * Reads a header, without the length before it.
 * @param dataBytes what the file holds after the header
 * @throws FormatError
 */
export function parseHeader(bytes: Uint8Array, dataBytes: number, file: string): Header {
  const parser = new HeaderParser(bytes, dataBytes, file);
  const header = parser.parse();
  checkCover(header.entries, dataBytes, file);
  return header;
}

class HeaderParser {
  private readonly scanner: JsonScanner;
  private readonly metadata = new Map<string, string>();
  private readonly entries = new Map<string, HeaderEntry>();
  private hasMetadata = false;
  private allowance: number;

  constructor(
    bytes: Uint8Array,
    dataBytes: number,
    private readonly file: string,
  ) {
    this.allowance = dataBytes + SPARE_BYTES;
    this.scanner = new JsonScanner(bytes, {
      fail: (at, expected, found) => {
        throw this.fault(`expected ${expected} at byte ${at} of the header but found ${found}`);
      },
      charge: (count) => this.charge(count),
    });
  }

  parse(): Header {
    this.scanner.object((name) => {
      if (name === METADATA) this.readMetadata();
      else this.add(this.readEntry(name));
    });
    this.scanner.end();
    const entries = [...this.entries.values()];
    entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
    return { metadata: this.metadata, entries };
  }

  private readMetadata(): void {
    if (this.hasMetadata) throw this.fault(`the header has ${METADATA} twice`);
    this.hasMetadata = true;
    if (this.scanner.skipsNull()) return;
    this.scanner.object((name) => {
      const text = this.scanner.string();
      this.charge(PAIR_BYTES + 2 * name.length);
      const old = this.metadata.get(name);
      if (old !== undefined && old !== text) throw this.twice(name, "metadata");
      this.metadata.set(name, text);
    });
  }

  private readEntry(name: string): HeaderEntry {
    this.charge(ENTRY_BYTES + 2 * name.length);
    let type: SafetensorsType | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    const once = (key: string, old: unknown): void => {
      if (old !== undefined) throw this.fault(`the tensor ${quote(name)} has ${key} twice`);
    };
    this.scanner.object((key) => {
      if (key === "dtype") {
        once(key, type);
        type = this.readType();
      } else if (key === "shape") {
        once(key, shape);
        shape = this.readIntegers(Infinity);
      } else if (key === "data_offsets") {
        once(key, offsets);
        offsets = this.readIntegers(2);
      } else this.scanner.skip();
    });
    if (type === undefined || shape === undefined || offsets?.length !== 2) {
      throw this.fault(`the tensor ${quote(name)} lacks dtype, shape or two data_offsets`);
    }
    return { name, type, shape, begin: offsets[0], end: offsets[1] };
  }

  private readType(): SafetensorsType {
    const type = this.scanner.string();
    if (isSafetensorsType(type)) return type;
    throw this.fault(`expected a dtype of the format but found ${quote(type)}`);
  }

  private readIntegers(most: number): number[] {
    const integers: number[] = [];
    this.scanner.array((index) => {
      if (index >= most) this.scanner.fail(`${most} integers`);
      this.charge(DIM_BYTES);
      integers.push(this.scanner.integer());
    });
    return integers;
  }

  private add(entry: HeaderEntry): void {
    const old = this.entries.get(entry.name);
    if (old !== undefined && !isSame(old, entry)) throw this.twice(entry.name, "tensor");
    this.entries.set(entry.name, entry);
  }

  private charge(bytes: number): void {
    this.allowance -= bytes;
    if (this.allowance >= 0) return;
    throw this.fault("its header describes more than a file of this size should need memory for");
  }

  private twice(name: string, what: string): FormatError {
    return this.fault(`the ${what} ${quote(name)} occurs twice, with different values`);
  }

  private fault(problem: string): FormatError {
    return new FormatError(this.file, problem);
  }
}

function isSame(a: HeaderEntry, b: HeaderEntry): boolean {
  return (
    a.type === b.type &&
    a.begin === b.begin &&
    a.end === b.end &&
    a.shape.length === b.shape.length &&
    a.shape.every((dim, axis) => dim === b.shape[axis])
  );
}

/** Throws unless the tensors, sorted, fill the data and each has the bytes of its type and shape. */
function checkCover(entries: readonly HeaderEntry[], dataBytes: number, file: string): void {
  let next = 0;
  for (const entry of entries) {
    const { name, begin, end } = entry;
    if (begin !== next || end < begin) {
      const problem = `expected the tensor ${quote(name)} to begin at byte ${next} of the data`;
      throw new FormatError(file, `${problem} but found [${begin}, ${end}]`);
    }
    const bytes = bytesFor(entry);
    if (bytes !== end - begin) {
      const type = `${entry.type}[${entry.shape.slice(0, 16).join(", ")}]`;
      const problem = `expected ${bytes ?? "whole and fewer"} bytes for the tensor ${quote(name)}`;
      throw new FormatError(file, `${problem}, ${type}, but found ${end - begin}`);
    }
    next = end;
  }
  if (next === dataBytes) return;
  throw new FormatError(file, `expected ${next} bytes of data but found ${dataBytes}`);
}

/** Bytes of a tensor; undefined if they are no integer, or beyond what numbers can count. */
function bytesFor({ type, shape }: HeaderEntry): number | undefined {
  let count = 1;
  for (const dim of shape) {
    count *= dim;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  const bytes = (count * bitsOf(type)) / 8;
  return Number.isInteger(bytes) ? bytes : undefined;
}
