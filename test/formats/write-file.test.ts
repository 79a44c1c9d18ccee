/** Files that are written whole or not at all. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { writeFileWhole } from "../../src/formats/write-file";
import { series } from "../helpers/numbers";
import { onlyWhere } from "../helpers/only-where";

const { test: onUnix } = onlyWhere(
  process.platform !== "win32",
  "rights of files are not tested: Windows has none of this kind",
);

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nabla-write-"));
  path = join(folder, "file");
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Writes a file of these bytes. */
const write = (bytes: Uint8Array, file: string | URL = path): Promise<void> =>
  writeFileWhole(file, (writer) => writer.appendBytes(bytes), "save");

/** Bytes that tell their place. */
function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 2654435761) >>> 24);
}

describe("a file", () => {
  test.each([0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_000_000])(
    "of %d bytes",
    async (length) => {
      const bytes = bytesOf(length);
      await write(bytes);
      expect(readFileSync(path).equals(bytes)).toBe(true);
      expect(readdirSync(folder)).toEqual(["file"]);
    },
  );

  test("of many parts", async () => {
    const bytes = bytesOf(3_000_000);
    const next = series(1);
    await writeFileWhole(
      path,
      async (writer) => {
        for (let done = 0; done < bytes.length;) {
          const count = Math.floor(next() * next() * 1_500_000);
          await writer.appendBytes(bytes.subarray(done, done + count));
          done += count;
        }
      },
      "save",
    );
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test("takes the place of an old one, by a path or a URL", async () => {
    await write(Buffer.from("old"));
    await write(Buffer.from("new"), pathToFileURL(path));
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  onUnix("keeps the old one's permissions, and the link that leads to it", async () => {
    await write(Buffer.from("old"));
    chmodSync(path, 0o640);
    const link = join(folder, "link");
    symlinkSync("file", link);
    await write(Buffer.from("new"), link);
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).sort()).toEqual(["file", "link"]);
  });

  test("may be written by several at once: one of them wins", async () => {
    const texts = Array.from({ length: 8 }, (_, i) => Buffer.alloc(2_000_000, String(i)));
    await Promise.all(texts.map((text) => write(text)));
    const found = readFileSync(path);
    expect(texts.some((text) => text.equals(found))).toBe(true);
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("may have a name as long as the system allows", async () => {
    const long = join(folder, "a".repeat(255));
    await write(Buffer.from("new"), long);
    expect(readFileSync(long, "utf8")).toBe("new");
  });
});

describe("what goes wrong leaves the old file and nothing else:", () => {
  beforeEach(async () => write(Buffer.from("old")));
  afterEach(() => {
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("an error of whoever writes", async () => {
    const failing = writeFileWhole(
      path,
      async (writer) => {
        await writer.appendBytes(bytesOf(3_000_000));
        throw new Error("no more");
      },
      "save",
    );
    await expect(failing).rejects.toThrow("no more");
  });

  test.each(["write", "sync", "close"] as const)("an error of the system in %s", async (method) => {
    const { open } = fs;
    jest.spyOn(fs, "open").mockImplementation(async (...args: Parameters<typeof open>) => {
      const handle = await open(...args);
      const own = handle[method].bind(handle) as (...rest: unknown[]) => Promise<unknown>;
      jest.spyOn(handle, method).mockImplementation(async (...rest: unknown[]) => {
        if (method === "close") await own(...rest);
        throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
      });
      return handle;
    });
    await expect(write(bytesOf(5_000_000))).rejects.toThrow(
      `save: could not write ${path}: the disk is full (ENOSPC)`,
    );
  });
});

describe("what cannot be written says why:", () => {
  test("a folder", async () => {
    await expect(write(Buffer.from("new"), folder)).rejects.toThrow(
      `save: expected a file but ${folder} is a folder or device`,
    );
  });

  test("a folder that is not there", async () => {
    const deep = join(folder, "none", "file");
    await expect(write(Buffer.from("new"), deep)).rejects.toThrow(
      `save: could not write ${deep}: there is no such file or folder (ENOENT)`,
    );
  });

  test("another protocol", async () => {
    const url = new URL("https://host/file");
    await expect(write(Buffer.from("new"), url)).rejects.toThrow("expected a path or a file: URL");
  });

  onUnix("a device, which stays", async () => {
    await expect(write(Buffer.from("new"), "/dev/null")).rejects.toThrow("is a folder or device");
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });
});

const root = resolve(__dirname, "..", "..");

/** The arguments of Node.js for a program that can `write(size)` to `path`. */
function program(body: string): string[] {
  const module = JSON.stringify(join(root, "dist", "formats", "write-file"));
  const text = `
    const { writeFileWhole } = require(${module});
    const write = (size) =>
      writeFileWhole(${JSON.stringify(path)}, (w) => w.appendBytes(Buffer.alloc(size)), "save");
    ${body}`;
  return ["-e", text];
}

/** Runs a program, after a shell's command; returns what it printed. */
function run(body: string, command = ":"): string {
  const args = ["-c", `${command} && exec "$@"`, "sh", process.execPath, ...program(body)];
  return spawnSync("sh", args, { encoding: "utf8", cwd: root }).stdout.trim();
}

onUnix("a file beyond what the system allows is refused, and the old one stays", async () => {
  await write(Buffer.from("old"));
  const report = run("write(3e6).catch((e) => console.log(e.code, e.message))", "ulimit -f 2000");
  expect(report).toBe(
    `EFBIG save: could not write ${path}: the system allows no file of this size (EFBIG)`,
  );
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["file"]);
});

onUnix("a folder or a file without the permission to write is left alone", async () => {
  await write(Buffer.from("old"));
  chmodSync(folder, 0o777);
  // The super-user may write everywhere: another one tries.
  const other = "if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }";
  const attempt = `${other} write(3).catch((e) => console.log(e.code, e.message));`;
  const denied = `EACCES save: could not write ${path}: the permission is missing (EACCES)`;
  chmodSync(path, 0o444);
  expect(run(attempt)).toBe(denied);
  chmodSync(path, 0o666);
  chmodSync(folder, 0o555);
  expect(run(attempt)).toBe(denied);
  chmodSync(folder, 0o777);
  expect(run(`${attempt} process.once("exit", () => console.log("done"))`)).toBe("done");
  expect(statSync(path).size).toBe(3);
});

describe("a temporary file", () => {
  const others = (): string[] => readdirSync(folder).filter((name) => name !== "file");

  onUnix("of a killed process is removed by the next that writes the same file", async () => {
    const hanging = `
      setInterval(() => {}, 1000);
      require("fs/promises").rename = () => new Promise(() => console.log("here"));
      write(3e6);`;
    const child = spawn(process.execPath, program(hanging), { cwd: root, stdio: "pipe" });
    await once(child.stdout, "data");
    await write(Buffer.from("new")); // while it lives its file stays
    expect(others()).toHaveLength(1);
    child.kill("SIGKILL");
    await once(child, "exit");
    await write(Buffer.from("new"), join(folder, "another"));
    rmSync(join(folder, "another"));
    expect(others()).toHaveLength(1);
    await write(Buffer.from("new"));
    expect(others()).toEqual([]);
  });

  test("of an earlier process with the same number is removed, one of this process is not", async () => {
    let name = "";
    await writeFileWhole(path, () => Promise.resolve(void ([name] = others())), "save");
    const temporary = join(folder, name);
    writeFileSync(temporary, "");
    await write(Buffer.from("new"));
    expect(others()).toEqual([name]);
    utimesSync(temporary, 1e9, 1e9);
    await write(Buffer.from("new"));
    expect(others()).toEqual([]);
  });

  test("is told by its name alone", async () => {
    const names = [".nabla-x.tmp", "file.tmp", ".nabla-0123456789abcdef-1-0123456789ab.tmp"];
    for (const name of names) writeFileSync(join(folder, name), "");
    await write(Buffer.from("new"));
    expect(others().sort()).toEqual(names.sort());
  });
});
