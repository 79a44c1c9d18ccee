/** NumPy's .npy files: one array each. */

import { transpose } from "../../ops/shape";
import { checkByteOrder } from "../../tensor/byte-order";
import { Tensor, noTensor, sizeOf } from "../../tensor/tensor";
import { checkShape } from "../../tensor/values";
import { type ByteSource, type FileSource, openSource, readBytes } from "../byte-source";
import { FormatError } from "../format-error";
import { type StoredArray, TensorBytes, fillTensor } from "../tensor-bytes";
import { writeFileWhole } from "../write-file";
import { type NpyHeader, SHORTEST, formatNpyHeader, npyExtent, parseNpyHeader } from "./header";

/**
 * Reads an array that `numpy.save` wrote, of either order of axes and bytes. float32, float64, int32 and
 * uint8 keep their dtype; float16 becomes float32, bool uint8, smaller integers int32; int64, uint64
 * and uint32 become int32 if every value fits.
 * @param source a path, a `file:` URL, or the file's bytes
 * @throws FormatError for anything but one whole array of numbers; the file system's errors
 */
export async function readNpy(source: FileSource): Promise<Tensor> {
  checkByteOrder("readNpy");
  const bytes = await openSource(source, "readNpy");
  try {
    return await readArray(bytes);
  } finally {
    await bytes.close();
  }
}

/**
 * Writes a tensor to a .npy file for `numpy.load`, whole or not at all: on any error an old file stays
 * as it was.
 */
export async function writeNpy(file: string | URL, tensor: Tensor): Promise<void> {
  const parts = npyParts(tensor, "writeNpy");
  await writeFileWhole(
    file,
    async (writer) => {
      await writer.appendBytes(parts.header);
      await writer.append(parts.values);
    },
    "writeNpy",
  );
}

/** The .npy file of a tensor as bytes. */
export function npyBytes(tensor: Tensor): Uint8Array {
  const { header, values } = npyParts(tensor, "npyBytes");
  const bytes = new Uint8Array(header.length + values.length);
  bytes.set(header);
  values.copy(bytes.subarray(header.length), 0);
  return bytes;
}

/** What stands in a .npy file. */
export interface NpyParts {
  readonly header: Uint8Array;
  readonly values: TensorBytes;
}

export function npyParts(tensor: Tensor, where: string): NpyParts {
  checkByteOrder(where);
  if (!(tensor instanceof Tensor)) throw noTensor(tensor, where, "tensor");
  const { dtype, shape } = tensor;
  return { header: formatNpyHeader(dtype, shape), values: new TensorBytes(tensor) };
}

/** The array of a .npy file, whose bytes are asked for in their order. */
export async function readArray(source: ByteSource): Promise<Tensor> {
  const { header, headerBytes } = await readHeader(source);
  const dataBytes = checkSize(source, header, headerBytes);
  const array = await fillTensor(storedArray(source, header), (filler) =>
    filler.readFrom(source, headerBytes, dataBytes),
  );
  if (!header.isFortran || array.rank < 2) return array;
  try {
    return transpose(array);
  } finally {
    array.dispose();
  }
}

async function readHeader(source: ByteSource): Promise<{ header: NpyHeader; headerBytes: number }> {
  const { name, size } = source;
  const most = SHORTEST + 2;
  if (size < most) throw new FormatError(name, `expected a .npy file but found ${size} bytes`);
  const start = await readBytes(source, 0, most);
  const { first, length } = npyExtent(start, name);
  const headerBytes = first + length;
  if (length < most - first || headerBytes > size) {
    throw new FormatError(name, `expected a .npy header of ${length} bytes but found its end`);
  }
  const rest = await readBytes(source, most, headerBytes - most);
  const dictionary = Buffer.concat([start.subarray(first), rest]);
  return { header: parseNpyHeader(dictionary, name), headerBytes };
}

/** Throws unless the file holds what its header says; returns the bytes of the elements. */
function checkSize({ name, size }: ByteSource, header: NpyHeader, headerBytes: number): number {
  const { descr, shape, type } = header;
  const expected = sizeOf(shape) * type.bytes;
  if (expected === size - headerBytes) return expected;
  throw new FormatError(
    name,
    `expected ${expected} bytes for ${descr}[${shape.join(", ")}] after the .npy header but found ` +
      `${size - headerBytes}`,
  );
}

/** In Fortran's order the array lies there transposed. */
function storedArray(source: ByteSource, header: NpyHeader): StoredArray {
  const { descr, isFortran, isSwapped, shape, type } = header;
  try {
    checkShape(shape);
  } catch (error) {
    throw new FormatError(
      source.name,
      `cannot be a tensor of nabla's: ${(error as Error).message}`,
    );
  }
  return {
    type,
    shape: isFortran ? shape.toReversed() : shape,
    isSwapped,
    misfit: ({ element, value }) =>
      new FormatError(
        source.name,
        `(${descr}) cannot be read as ${type.dtype}: element ${element} is ${value}`,
      ),
  };
}
