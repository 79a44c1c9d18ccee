/**
 * Files in a tar archive (POSIX.1-1988, "ustar"): blocks of 512 bytes, of each file a header with name
 * and size, then its content, filled up to a whole block.
 */

const BLOCK = 512;

/**
 * The content of each file in an archive, by the last part of its name; not copied.
 * @throws Error if the archive ends in the midst of a file
 */
export function filesOfTar(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const name = textAt(archive, at, 100);
    const size = parseInt(textAt(archive, at + 124, 12), 8);
    const begin = at + BLOCK;
    if (!(size >= 0 && begin + size <= archive.length)) {
      throw new Error(`expected the whole file ${name} but found the archive's end`);
    }
    files.set(name.split("/").at(-1)!, archive.subarray(begin, begin + size));
    at = begin + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

/** The text in a field, up to its first zero byte. */
function textAt(bytes: Uint8Array, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return Buffer.from(field.subarray(0, end < 0 ? length : end)).toString("latin1");
}
