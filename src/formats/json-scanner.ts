/**
 * Reads JSON from bytes token by token, as `JSON.parse` cannot: it tells a name that occurs twice,
 * makes no objects (a name may be `__proto__`), and refuses lone surrogates. For headers of files,
 * which nobody can trust: it tells what long strings will take before it makes them, and nests no
 * deeper than `MAX_DEPTH`, as the Rust library serde_json does.
 */

import { isAscii, isUtf8 } from "node:buffer";

const MAX_DEPTH = 127;

/** Strings up to this length are for those to count who keep them. */
const SHORT_BYTES = 256;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Space, tab, line feed, carriage return. */
const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/** What may stand in a number: digits, + - . E e. */
const isNumeric = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  byte === 0x2b ||
  byte === 0x2d ||
  byte === 0x2e ||
  byte === 0x45 ||
  byte === 0x65;

export interface ScannerHooks {
  /** Throws the error for text that is not as it should be at a byte. */
  readonly fail: (at: number, expected: string, found: string) => never;
  /** Hears of the bytes that a string longer than `SHORT_BYTES` will take, before it is made. */
  readonly charge: (bytes: number) => void;
}

export class JsonScanner {
  private readonly bytes: Buffer;
  private at = 0;
  private depth = 0;

  constructor(
    bytes: Uint8Array,
    private readonly hooks: ScannerHooks,
  ) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (!isUtf8(bytes)) hooks.fail(0, "text in UTF-8", "other bytes");
  }

  /** An object. `visit` is called after each name and must read the value. */
  object(visit: (name: string) => void): void {
    this.open(OPEN_BRACE, "an object");
    if (!this.skips(CLOSE_BRACE)) {
      do {
        const name = this.string();
        if (!this.skips(COLON)) this.fail("a colon");
        visit(name);
      } while (this.skips(COMMA));
      if (!this.skips(CLOSE_BRACE)) this.fail('"," or "}"');
    }
    this.depth--;
  }

  /** An array. `visit` is called before each item and must read it. */
  array(visit: (index: number) => void): void {
    this.open(OPEN_BRACKET, "an array");
    if (!this.skips(CLOSE_BRACKET)) {
      let index = 0;
      do visit(index++);
      while (this.skips(COMMA));
      if (!this.skips(CLOSE_BRACKET)) this.fail('"," or "]"');
    }
    this.depth--;
  }

  string(): string {
    if (this.next() !== QUOTE) this.fail("a string");
    const first = this.at + 1;
    let hasEscapes = false;
    let end = first;
    for (; this.bytes[end] !== QUOTE; end++) {
      const byte = this.bytes[end];
      if (byte === undefined) this.fail("a string that ends");
      if (byte < 0x20) this.fail("a string without control characters");
      if (byte !== BACKSLASH) continue;
      hasEscapes = true;
      end++;
    }
    const text = this.decode(first, end);
    const value = hasEscapes ? this.unescape(text) : text;
    this.at = end + 1;
    return value;
  }

  /** An integer from 0 to 2^53 - 1. */
  integer(): number {
    this.next();
    const text = this.numberText();
    const value = Number(text);
    if (!/^(0|[1-9]\d*)$/.test(text) || !Number.isSafeInteger(value)) {
      this.fail("an integer from 0 to 2^53 - 1");
    }
    this.at += text.length;
    return value;
  }

  /** Whether the next value is null, which is skipped then. */
  skipsNull(): boolean {
    this.next();
    return this.skipsWord("null");
  }

  /** Any value; reads over it. */
  skip(): void {
    const byte = this.next();
    if (byte === OPEN_BRACE) this.object(() => this.skip());
    else if (byte === OPEN_BRACKET) this.array(() => this.skip());
    else if (byte === QUOTE) this.string();
    else if (!["true", "false", "null"].some((word) => this.skipsWord(word))) this.number();
  }

  /** Throws unless nothing but spaces is left. */
  end(): void {
    if (this.next() !== undefined) this.fail("the end");
  }

  /** Throws the error for what stands here. */
  fail(expected: string): never {
    const rest = this.bytes.toString("utf8", this.at, this.at + 20);
    this.hooks.fail(this.at, expected, rest === "" ? "the end" : JSON.stringify(rest));
  }

  /** The next byte that is no space; undefined at the end. */
  private next(): number | undefined {
    while (this.at < this.bytes.length && isSpace(this.bytes[this.at])) this.at++;
    return this.bytes[this.at];
  }

  private skips(byte: number): boolean {
    if (this.next() !== byte) return false;
    this.at++;
    return true;
  }

  private skipsWord(word: string): boolean {
    if (this.bytes.toString("latin1", this.at, this.at + word.length) !== word) return false;
    this.at += word.length;
    return true;
  }

  private open(byte: number, what: string): void {
    if (this.next() !== byte) this.fail(what);
    if (++this.depth > MAX_DEPTH) this.fail(`at most ${MAX_DEPTH} levels of nesting`);
    this.at++;
  }

  private number(): void {
    const text = this.numberText();
    if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) this.fail("a value");
    if (!Number.isFinite(Number(text))) this.fail("a number that float64 can hold");
    this.at += text.length;
  }

  private numberText(): string {
    let end = this.at;
    while (end < this.bytes.length && isNumeric(this.bytes[end])) end++;
    return this.decode(this.at, end);
  }

  private decode(first: number, end: number): string {
    const isPlain = isAscii(this.bytes.subarray(first, end));
    // V8 keeps ASCII in one byte a character, all else, as a rule, in two.
    if (end - first > SHORT_BYTES) this.hooks.charge((isPlain ? 1 : 2) * (end - first));
    return this.bytes.toString(isPlain ? "latin1" : "utf8", first, end);
  }

  private unescape(text: string): string {
    if (text.length > SHORT_BYTES) this.hooks.charge(3 * text.length);
    let value = "";
    try {
      value = JSON.parse(`"${text}"`) as string;
    } catch {
      this.fail("a string whose escapes are JSON's");
    }
    if (/\p{Surrogate}/u.test(value)) this.fail("a string without lone surrogates");
    return value;
  }
}
