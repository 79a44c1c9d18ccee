/** Safetensors files with faults: sound ones of random content, changed at random. */

import { integer } from "./numbers";

type Next = () => number;

const TYPES: readonly (readonly [string, number])[] = [
  ["F32", 4],
  ["F64", 8],
  ["I32", 4],
  ["U8", 1],
  ["F16", 2],
  ["BF16", 2],
  ["I64", 8],
  ["BOOL", 1],
  ["I8", 1],
  ["U16", 2],
];
const NAMES = [
  "a",
  "layers.0.kernel",
  "",
  "__proto__",
  "\u00e9\u{1f600}",
  'quote"\\',
  "a\n",
  "constructor",
];
const PIECES = [
  ...["0", "1", "4", "9", "-", ".", "e", "E5", "1e400", "01", "-0", "18446744073709551615"],
  ...["9007199254740992", "4294967296", "99999999999999999999", "null", "true", "nul", "{}", "[]"],
  ...["{", "}", "[", "]", ",", ":", '"', "\\", "\\u0000", "\\ud800", "\\ud83d\\ude00", "\\x", " "],
  ...["\n", "\0", "\u00ff", "\ufeff", '"dtype"', '"shape"', '"data_offsets"', '"__metadata__"'],
  ...[
    '"F32"',
    '"f32"',
    '"F4"',
    '"C64"',
    '"Q8"',
    '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},',
  ],
  ...[
    '"x":1,',
    '"x":[[[]]],',
    '"dtype":{"F32":null}',
    '["F32",[1],[0,4]]',
    '"a":"b",',
    "[".repeat(126),
  ],
];

function pick<T>(next: Next, items: readonly T[]): T {
  return items[integer(next, 0, items.length)];
}

/** A file, sound in one case of eight. */
export function mutatedSafetensors(next: Next): Buffer {
  const sound = soundHeader(next);
  let header: Buffer = Buffer.from(sound.header);
  let data: Buffer = Buffer.from(Array.from({ length: sound.bytes }, () => integer(next, 0, 256)));
  let length: bigint | undefined;
  const times = next() < 1 / 8 ? 0 : integer(next, 1, 4);
  for (let i = 0; i < times; i++) {
    const kind = next();
    if (kind < 0.75) header = changeText(next, header);
    else if (kind < 0.85) data = data.subarray(0, integer(next, 0, data.length + 1));
    else if (kind < 0.9) data = Buffer.concat([data, Buffer.alloc(integer(next, 1, 9))]);
    else length = wrongLength(next, header.length);
  }
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length ?? BigInt(header.length));
  const file = Buffer.concat([start, header, data]);
  return next() < 0.05 ? file.subarray(0, integer(next, 0, file.length)) : file;
}

function wrongLength(next: Next, length: number): bigint {
  return pick(next, [
    BigInt(Math.max(0, length + integer(next, -9, 10))),
    BigInt(integer(next, 0, 2 ** 31)),
    100_000_001n,
    2n ** 63n,
    2n ** 64n - 1n,
    0n,
  ]);
}

function soundHeader(next: Next): { header: string; bytes: number } {
  const members: string[] = [];
  let bytes = 0;
  for (let i = integer(next, 0, 5); i > 0; i--) {
    const [type, width] = pick(next, TYPES);
    const shape = Array.from({ length: integer(next, 0, 4) }, () => integer(next, 0, 4));
    const end = bytes + width * shape.reduce((size, dim) => size * dim, 1);
    const name = JSON.stringify(`${pick(next, NAMES)}${next() < 0.2 ? "" : i}`);
    const fields = [
      `"dtype":"${type}"`,
      `"shape":${JSON.stringify(shape)}`,
      `"data_offsets":[${bytes},${end}]`,
    ];
    if (next() < 0.2) fields.reverse();
    if (next() < 0.1) fields.push('"extra":{"deep":[1,-2.5e3,null,"s"]}');
    members.push(`${name}:{${fields.join(",")}}`);
    bytes = end;
  }
  if (next() < 0.5) members.unshift('"__metadata__":{"format":"pt","note":"\u00fc\\n"}');
  if (next() < 0.3) members.reverse();
  const space = next() < 0.2 ? " " : "";
  return { header: `{${members.join(`,${space}`)}}${space.repeat(integer(next, 0, 9))}`, bytes };
}

/** The bytes with a few of them replaced, removed, doubled, or something put between them. */
function changeText(next: Next, text: Buffer): Buffer {
  const at = integer(next, 0, text.length + 1);
  const to = Math.min(text.length, at + integer(next, 1, 6));
  const [before, middle, after] = [text.subarray(0, at), text.subarray(at, to), text.subarray(to)];
  const kind = next();
  if (kind < 0.35) return changeNumber(next, text);
  if (kind < 0.5) return Buffer.concat([before, after]);
  if (kind < 0.6) return Buffer.concat([before, middle, middle, after]);
  if (kind < 0.85) return Buffer.concat([before, Buffer.from(pick(next, PIECES)), middle, after]);
  if (kind < 0.95) return Buffer.concat([before, Buffer.from(pick(next, PIECES)), after]);
  return Buffer.concat([before, Buffer.of(integer(next, 0, 256)), after]);
}

/** Another number, or none, in place of one of the header's. */
function changeNumber(next: Next, text: Buffer): Buffer {
  const header = text.toString("latin1");
  const numbers = [...header.matchAll(/\d+/g)];
  if (numbers.length === 0) return text;
  const { 0: old, index } = pick(next, numbers);
  const fresh = pick(next, [
    Number(old) + 1,
    Number(old) - 1,
    integer(next, 0, 64),
    2 ** 31,
    2 ** 62,
    1e15,
  ]);
  return Buffer.from(
    `${header.slice(0, index)}${BigInt(fresh)}${header.slice(index + old.length)}`,
    "latin1",
  );
}
