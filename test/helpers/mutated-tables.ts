/** CSV and JSON lines files with faults, and what becomes of reading them. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TableError, csvRecords, jsonLinesRecords } from "../../src";
import { RandomStream } from "../../src/data/random-stream";

const CSV =
  'name,mass,note\nAda,1.5,"a, b"\n"Bob ""B""",NA,"two\nlines"\nCy,-2e3,\n\u00e9t\u00e9,7,"\u65e5\u672c"\r\n';
const JSON_LINES =
  '{"a": 1, "b": "x"}\n{"a": 2, "b": "y\\n"}\n\n{"a": [1, {"c": null}], "b": "\u00e9"}\n';

/** What mutations write: bytes that mean something to one format or the other. */
const MEANT = Buffer.from('",\n\r{}[]:\\\u0000;\t-e9');

function mutated(text: string, random: RandomStream): Buffer {
  let bytes = Buffer.from(text);
  for (let k = 0; k <= random.below(4); k++) {
    const at = random.below(bytes.length);
    switch (random.below(5)) {
      case 0: // any byte
        bytes[at] = random.below(256);
        break;
      case 1:
        bytes[at] = MEANT[random.below(MEANT.length)];
        break;
      case 2: // cut off
        bytes = bytes.subarray(0, at + 1);
        break;
      case 3: {
        const piece = bytes.subarray(at, at + random.below(20));
        bytes = Buffer.concat([bytes.subarray(0, at), piece, piece, bytes.subarray(at)]);
        break;
      }
      default: // left out
        if (bytes.length > 2)
          bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    }
  }
  return bytes;
}

/**
 * Reads so many files with faults, half of each format.
 * @param limit milliseconds for one of them
 * @throws Error unless each ends in time, in records or in a TableError that names line and column
 */
export async function readMutated(
  files: number,
  seed: number,
  limit: number,
): Promise<{ read: number; refused: number }> {
  const random = new RandomStream(seed);
  const directory = mkdtempSync(join(tmpdir(), "nabla-mutated-"));
  const path = join(directory, "table");
  const tally = { read: 0, refused: 0 };
  try {
    for (let i = 0; i < files; i++) {
      const isCsv = i % 2 === 0;
      const bytes = mutated(isCsv ? CSV : JSON_LINES, random);
      writeFileSync(path, bytes);
      const reading = readAll(
        isCsv ? csvRecords(path, { inferRows: 1 + random.below(4) }) : jsonLinesRecords(path),
      );
      const late = setTimeout(() => {
        console.error(`file ${i} of seed ${seed} is not read in time: ${bytes.toString("base64")}`);
        process.exit(1);
      }, limit);
      try {
        await reading;
        tally.read++;
      } catch (error) {
        checkError(error, bytes);
        tally.refused++;
      } finally {
        clearTimeout(late);
      }
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  return tally;
}

async function readAll(records: AsyncIterable<unknown>): Promise<void> {
  for await (const record of records) {
    if (typeof record !== "object" || record === null) throw new Error("expected an object");
  }
}

function checkError(error: unknown, bytes: Buffer): void {
  if (error instanceof TableError && /: line \d+, column .+: ./s.test(error.message)) return;
  throw new Error(`not a TableError, of the file ${bytes.toString("base64")}`, { cause: error });
}
