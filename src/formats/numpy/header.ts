/**
 * The header of a .npy file (numpy.lib.format): 6 bytes of magic, 2 of version, the length of the rest
 * (2 bytes in version 1, else 4, little-endian), and a dictionary as Python writes it:
 *
 *   {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
 *
 * It is read token by token; nothing in it is evaluated.
 */

import type { DType } from "../../tensor/dtype";
import { MAX_RANK } from "../../tensor/values";
import { ELEMENTS, type ElementType } from "../elements";
import { FormatError } from "../format-error";

const MAGIC = Buffer.from("\u0093NUMPY", "latin1");

/** Magic, version, and the length in version 1. */
export const SHORTEST = 10;

/** As numpy has it, for files that it does not trust. */
const MAX_HEADER_BYTES = 10_000;

export interface NpyHeader {
  readonly type: ElementType;
  /** The element type as the file has it: "<f4". */
  readonly descr: string;
  /** True if the bytes of an element stand in big-endian order. */
  readonly isSwapped: boolean;
  /** True if the first axis varies fastest. */
  readonly isFortran: boolean;
  readonly shape: readonly number[];
}

const TYPES: ReadonlyMap<string, ElementType> = new Map([
  ["b1", ELEMENTS.bool],
  ["i1", ELEMENTS.int8],
  ["i2", ELEMENTS.int16],
  ["i4", ELEMENTS.int32],
  ["i8", ELEMENTS.int64],
  ["u1", ELEMENTS.uint8],
  ["u2", ELEMENTS.uint16],
  ["u4", ELEMENTS.uint32],
  ["u8", ELEMENTS.uint64],
  ["f2", ELEMENTS.float16],
  ["f4", ELEMENTS.float32],
  ["f8", ELEMENTS.float64],
]);

const DESCRS: Readonly<Record<DType, string>> = {
  float32: "<f4",
  float64: "<f8",
  int32: "<i4",
  uint8: "|u1",
};

/** Where the dictionary lies in a file that begins with these bytes, `SHORTEST` and two more. */
export function npyExtent(start: Uint8Array, file: string): { first: number; length: number } {
  if (!MAGIC.equals(start.subarray(0, MAGIC.length))) {
    throw new FormatError(file, "expected the magic bytes of a .npy file at its start");
  }
  const [major, minor] = start.subarray(MAGIC.length);
  if (major < 1 || major > 3 || minor !== 0) {
    throw new FormatError(file, `expected .npy version 1, 2 or 3 but found ${major}.${minor}`);
  }
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const [first, length] =
    major === 1 ? [SHORTEST, view.getUint16(8, true)] : [SHORTEST + 2, view.getUint32(8, true)];
  if (length > MAX_HEADER_BYTES) {
    throw new FormatError(
      file,
      `expected a .npy header of at most ${MAX_HEADER_BYTES} bytes but it says ${length}`,
    );
  }
  return { first, length };
}

/** What a dictionary says. */
export function parseNpyHeader(dictionary: Uint8Array, file: string): NpyHeader {
  const text = Buffer.from(dictionary).toString("latin1");
  return new DictionaryParser(text, file).parse();
}

/** A token of Python's literals, after spaces: a text in quotes, an integer, a word, a sign. */
const TOKEN = /\s*(?:'([^'\\]*)'|"([^"\\]*)"|(\d+)L?|(True|False)|([{}():,[\]]))/y;

class DictionaryParser {
  private readonly found = new Map<string, unknown>();
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  parse(): NpyHeader {
    this.expect("{");
    while (!this.skips("}")) {
      const key = this.string();
      this.expect(":");
      if (this.found.has(key)) throw this.fault(`the key ${JSON.stringify(key)} only once`);
      this.found.set(key, this.value(key));
      if (this.skips(",")) continue;
      this.expect("}");
      break;
    }
    if (this.text.slice(this.at).trim() !== "") throw this.fault("the end of the header");
    if (this.found.size < 3) throw this.fault("the keys descr, fortran_order and shape");
    return {
      ...this.typeOf(this.found.get("descr") as string),
      isFortran: this.found.get("fortran_order") === "True",
      shape: this.found.get("shape") as number[],
    };
  }

  private value(key: string): unknown {
    if (key === "descr") return this.descr();
    if (key === "shape") return this.shape();
    if (key === "fortran_order") return this.next(4, "True or False");
    throw this.fault(`descr, fortran_order or shape instead of ${JSON.stringify(key)}`);
  }

  private descr(): string {
    if (this.skips("[")) {
      throw new FormatError(this.file, "holds records of named fields: save each field by itself");
    }
    return this.string();
  }

  private shape(): number[] {
    const shape: number[] = [];
    this.expect("(");
    while (!this.skips(")")) {
      shape.push(Number(this.next(3, "an integer")));
      if (this.skips(",")) continue;
      if (shape.length === 1) this.expect(",");
      this.expect(")");
      break;
    }
    if (shape.length <= MAX_RANK && shape.every(Number.isSafeInteger)) return shape;
    throw this.fault(`a shape of at most ${MAX_RANK} integers below 2^53`);
  }

  private typeOf(descr: string): Pick<NpyHeader, "descr" | "type" | "isSwapped"> {
    const [, order, name] = /^([<>|=]?)(.*)$/s.exec(descr)!;
    const type = TYPES.get(name);
    if (type !== undefined) return { descr, type, isSwapped: order === ">" };
    const hint = name.startsWith("O")
      ? "Python objects, which nabla does not read"
      : `the type ${JSON.stringify(descr)}, which nabla has no dtype for`;
    throw new FormatError(this.file, `holds ${hint}: save numbers, as array.astype("float32")`);
  }

  private string(): string {
    const token = this.match();
    const text = token?.[1] ?? token?.[2];
    if (text === undefined) throw this.fault("a text");
    this.at = TOKEN.lastIndex;
    return text;
  }

  /** The next token, which must be of a kind: the number of its group. */
  private next(group: number, expected: string): string {
    const text = this.match()?.[group];
    if (text === undefined) throw this.fault(expected);
    this.at = TOKEN.lastIndex;
    return text;
  }

  private skips(sign: string): boolean {
    if (this.match()?.[5] !== sign) return false;
    this.at = TOKEN.lastIndex;
    return true;
  }

  private expect(sign: string): void {
    if (!this.skips(sign)) throw this.fault(JSON.stringify(sign));
  }

  private match(): RegExpExecArray | null {
    TOKEN.lastIndex = this.at;
    return TOKEN.exec(this.text);
  }

  private fault(expected: string): FormatError {
    const found = JSON.stringify(this.text.slice(this.at, this.at + 20));
    return new FormatError(this.file, `expected ${expected} in the .npy header but found ${found}`);
  }
}

/** numpy leaves room for the first size of the shape to grow to as many digits. */
const GROWTH_DIGITS = 21;
/** The data begin at a multiple of it. */
const ALIGNMENT = 64;

/** The bytes before the data of an array, as numpy writes them. */
export function formatNpyHeader(dtype: DType, shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const room = shape.length === 0 ? 0 : GROWTH_DIGITS - String(shape[0]).length;
  const text =
    `{'descr': '${DESCRS[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }` +
    " ".repeat(room);
  const length = Math.ceil((SHORTEST + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = Buffer.alloc(length, " ");
  MAGIC.copy(header);
  header.writeUInt16LE(1, MAGIC.length); // version 1.0
  header.writeUInt16LE(length - SHORTEST, MAGIC.length + 2);
  header.write(text, SHORTEST, "latin1");
  header.write("\n", length - 1);
  return header;
}
