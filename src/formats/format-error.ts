/** Errors about the content of files, and about the files themselves. */

/** What is wrong with the content of a file. */
export class FormatError extends Error {
  /** "FormatError". */
  override readonly name = "FormatError";
  /** "ERR_NABLA_FORMAT", by which programs know the error. */
  readonly code = "ERR_NABLA_FORMAT";

  /**
   * @param file the file's path, or another name of where the bytes came from
   * @param problem what is wrong with it
   */
  constructor(
    readonly file: string,
    readonly problem: string,
  ) {
    super(`${file}: ${problem}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "the permission is missing",
  EPERM: "the permission is missing",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the system allows no file of this size",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "there is no such file or folder",
  ENAMETOOLONG: "the name is too long",
};

/** An error of the file system in plain words; keeps its `code`, and itself as the cause. */
export function explainFileError(what: string, error: unknown): unknown {
  const { code, message } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (typeof code !== "string" || code.startsWith("ERR_")) return error;
  const reason = REASONS[code] ?? message;
  return Object.assign(new Error(`${what}: ${reason} (${code})`, { cause: error }), { code });
}

/** A name for a message, not all of it if it is long. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}...` : name);
}
