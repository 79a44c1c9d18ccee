/** Small data sets in the form of MNIST's files. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { syntheticDigits } from "../../src";

function idx(data: Uint8Array, ...shape: number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt8(8, 2);
  header.writeUInt8(shape.length, 3);
  shape.forEach((dim, axis) => header.writeUInt32BE(dim, 4 + 4 * axis));
  return Buffer.concat([header, data]);
}

/** Writes synthetic digits as a set of MNIST: `prefix` is "train" or "t10k". */
export function writeDigits(
  directory: string,
  prefix: string,
  samples: number,
  seed: number,
): void {
  const { images, labels } = syntheticDigits({ samples, seed });
  const files = {
    "images-idx3": idx(images.data() as Uint8Array, samples, 28, 28),
    "labels-idx1": idx(labels.data() as Uint8Array, samples),
  };
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(join(directory, `${prefix}-${name}-ubyte.gz`), gzipSync(bytes));
  }
  images.dispose();
  labels.dispose();
}
