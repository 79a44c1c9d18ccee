/**
 * Writes safetensors files whose headers would take far more memory than they have bytes if one let
 * them, into a folder:
 *
 *   node -r ts-node/register test/helpers/heavy-safetensors.ts <folder>
 *
 * In a process of its own, so that what it takes to make them is not counted where they are read.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";

const EMPTY = '"dtype":"U8","shape":[0],"data_offsets":[0,0]';

/** The members of a header, by the file's name. */
const HEAVY: Readonly<Record<string, () => string>> = {
  tensors: () => list(250_000, (i) => `"${i}":{${EMPTY}}`),
  "fewer tensors": () => list(15_000, (i) => `"${i}":{${EMPTY}}`),
  sizes: () => `"a":{"dtype":"U8","shape":[${"0,".repeat(10_000_000)}0],"data_offsets":[0,0]}`,
  texts: () => `"__metadata__":{${list(1_500_000, (i) => `"${i}":""`)}}`,
  "a long text": () => `"__metadata__":{"a":"\u4e00${"a".repeat(40_000_000)}"}`,
  "a long text with escapes": () => `"__metadata__":{"a":"${"\\u0001".repeat(6_000_000)}"}`,
  extras: () => `"a":{${EMPTY},"x":[${'"aaaaaaa",'.repeat(2_000_000)}1]}`,
  names: () => list(1000, () => `"${"b".repeat(20_000)}":{}`),
  "a long number": () =>
    `"a":{"dtype":"U8","shape":[${"9".repeat(20_000_000)}],"data_offsets":[0,0]}`,
  spaces: () => " ".repeat(40_000_000),
};

function list(count: number, item: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => item(i)).join(",");
}

for (const [name, members] of Object.entries(HEAVY)) {
  const header = Buffer.from(`{${members()}}`);
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(join(process.argv[2], name), Buffer.concat([start, header]));
}
