import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { type FetchOptions, UnavailableError, obtain } from "../../src/datasets/remote-file";
import { type Mirror, REFUSING_URL, startMirror } from "./mirror";

const CONTENT = Buffer.from("what was published, ".repeat(100));
const FILE = {
  name: "published",
  bytes: CONTENT.length,
  sha256: createHash("sha256").update(CONTENT).digest("hex"),
};

let root: string;
let cache: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "nabla-remote-"));
  cache = join(root, "cache", "mnist");
});
afterEach(() => rmSync(root, { recursive: true }));

const mirrors: Mirror[] = [];
async function serve(answer: RequestListener): Promise<Mirror> {
  const mirror = await startMirror(answer);
  mirrors.push(mirror);
  return mirror;
}
const honest = (): Promise<Mirror> => serve((_, response) => response.end(gzipSync(CONTENT)));
afterEach(async () => {
  await Promise.all(mirrors.splice(0).map((mirror) => mirror.close()));
});

function fetchFrom(...urls: string[]): ReturnType<typeof obtain> {
  return obtain(FILE, cache, { ...PATIENT, mirrors: urls });
}
const PATIENT: FetchOptions = { progress: false, connectTimeout: 30_000, stallTimeout: 30_000 };

/** Names of what the cache holds. */
function cached(): string[] {
  return existsSync(cache) ? readdirSync(cache) : [];
}

async function failuresOf(attempt: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UnavailableError);
  expect((error as UnavailableError).code).toBe("ERR_NABLA_UNAVAILABLE");
  const { failures, message } = error as UnavailableError;
  for (const failure of failures) expect(message).toContain(failure);
  return failures;
}

test("a download is kept and not repeated", async () => {
  const mirror = await honest();
  const first = await fetchFrom(mirror.url);
  expect(Buffer.from(first.plain)).toEqual(CONTENT);
  expect(first.source).toBe(mirror.url);
  expect(mirror.requests).toEqual(["/mnist/published.gz"]);
  expect(cached()).toEqual(["published.gz"]);

  const second = await fetchFrom(mirror.url);
  expect(Buffer.from(second.plain)).toEqual(CONTENT);
  expect(second.source).toBe(cache);
  expect(mirror.requests).toHaveLength(1);
});

test("a mirror's address needs no slash at its end", async () => {
  const mirror = await honest();
  await fetchFrom(mirror.url.replace(/\/$/, ""));
  expect(mirror.requests).toEqual(["/mnist/published.gz"]);
});

test("a server that unpacks what it sends", async () => {
  const mirror = await serve((_, response) => response.end(CONTENT));
  expect(Buffer.from((await fetchFrom(mirror.url)).plain)).toEqual(CONTENT);
  expect(Buffer.from((await fetchFrom()).plain)).toEqual(CONTENT);
});

describe("a mirror that fails gives way to the next", () => {
  const cases: [string, RequestListener | undefined, RegExp][] = [
    ["refuses", undefined, /ECONNREFUSED/],
    ["has no such file", (_, response) => response.writeHead(404).end(), /404/],
    ["breaks off", (_, response) => response.write("1", () => response.destroy()), /after 1$/],
    [
      "breaks off and calls it the end",
      (_, response) => response.end(gzipSync(CONTENT).subarray(0, 20)),
      /expected 2000 bytes of data/,
    ],
    [
      "sends other bytes",
      (_, response) => response.end(gzipSync(Buffer.from(CONTENT).fill("w", 9, 10))),
      new RegExp(`SHA-256 ${FILE.sha256} but received 2000 bytes with [0-9a-f]{64}`),
    ],
    ["sends fewer", (_, response) => response.end(gzipSync("what")), /received 4 bytes/],
    [
      "sends a bomb",
      (_, response) => response.end(gzipSync(Buffer.alloc(2 ** 20))),
      /expected the end of the data at byte 2000 but found more/,
    ],
    [
      "sends damaged data",
      (_, response) => response.end(gzipSync(CONTENT).fill(0, 12, 20)),
      /sound gzip data/,
    ],
    ["sends a page", (_, response) => response.end("<html>Please log in</html>"), /SHA-256/],
  ];

  test.each(cases)("%s", async (_name, answer, reason) => {
    const bad = answer === undefined ? REFUSING_URL : (await serve(answer)).url;
    const failures = await failuresOf(fetchFrom(bad));
    expect(failures).toHaveLength(2);
    expect(failures[0]).toMatch(/published\.gz: ENOENT/);
    expect(failures[1]).toMatch(reason);
    expect(failures[1]).toContain(`${bad}published.gz`);
    expect(cached()).toEqual([]);

    const good = await honest();
    const { plain, source } = await fetchFrom(bad, good.url);
    expect(Buffer.from(plain)).toEqual(CONTENT);
    expect(source).toBe(good.url);
    expect(cached()).toEqual(["published.gz"]);
  });

  test("stalls", async () => {
    const bad = await serve((_, response) => response.write("1"));
    const attempt = obtain(FILE, cache, { ...PATIENT, stallTimeout: 50, mirrors: [bad.url] });
    expect((await failuresOf(attempt))[1]).toMatch(/stalled/);
    expect(cached()).toEqual([]);
  });
});

test("every mirror's failure is told", async () => {
  const missing = await serve((_, response) => response.writeHead(403).end());
  const failures = await failuresOf(fetchFrom(REFUSING_URL, missing.url));
  expect(failures.map((failure) => /ENOENT|ECONNREFUSED|403/.exec(failure)?.[0])).toEqual([
    "ENOENT",
    "ECONNREFUSED",
    "403",
  ]);
});

test("without mirrors nothing is downloaded", async () => {
  const failures = await failuresOf(obtain(FILE, cache, {}));
  expect(failures).toHaveLength(1);
});

test("timeouts must be whole milliseconds", async () => {
  for (const [option, value] of [
    ["connectTimeout", 0],
    ["stallTimeout", NaN],
    ["stallTimeout", Infinity],
  ] as const) {
    await expect(obtain(FILE, cache, { [option]: value })).rejects.toThrow(
      `expected an integer of at least 1 for ${option} but received ${value}`,
    );
  }
});

test("a damaged file in the cache is replaced", async () => {
  mkdirSync(cache, { recursive: true });
  const kept = join(cache, "published.gz");
  writeFileSync(kept, gzipSync("something else"));
  expect((await failuresOf(fetchFrom()))[0]).toMatch(/SHA-256/);

  const { plain } = await fetchFrom((await honest()).url);
  expect(Buffer.from(plain)).toEqual(CONTENT);
  expect(readFileSync(kept)).toEqual(gzipSync(CONTENT));
});

test("an abort is no mirror's failure", async () => {
  const slow = await serve((_, response) => response.write("1"));
  const next = await honest();
  const controller = new AbortController();
  const attempt = obtain(FILE, cache, {
    ...PATIENT,
    mirrors: [slow.url, next.url],
    signal: controller.signal,
  });
  controller.abort(new Error("never mind"));
  await expect(attempt).rejects.toThrow("never mind");
  expect(next.requests).toEqual([]);
});

describe("a cache that cannot be written", () => {
  let warn: jest.SpyInstance;
  beforeEach(() => (warn = jest.spyOn(process, "emitWarning").mockImplementation(() => undefined)));
  afterEach(() => warn.mockRestore());

  test("the data serves all the same", async () => {
    writeFileSync(join(root, "cache"), "a file where the directory should be");
    const { plain } = await fetchFrom((await honest()).url);
    expect(Buffer.from(plain)).toEqual(CONTENT);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("could not keep a download"), {
      type: "NablaWarning",
      code: "NABLA_DOWNLOAD_NOT_KEPT",
    });
  });

  test("no unfinished file is left when the last step fails", async () => {
    // A directory of the file's name: the bytes are written, but cannot take the name.
    mkdirSync(join(cache, "published.gz", "occupied"), { recursive: true });
    await fetchFrom((await honest()).url);
    expect(warn).toHaveBeenCalled();
    expect(cached()).toEqual(["published.gz"]);
    expect(readdirSync(join(cache, "published.gz"))).toEqual(["occupied"]);
  });
});

test("several processes may download at once", async () => {
  const { url } = await honest();
  const results = await Promise.all([1, 2, 3, 4].map(() => fetchFrom(url)));
  for (const { plain } of results) expect(Buffer.from(plain)).toEqual(CONTENT);
  expect(cached()).toEqual(["published.gz"]);
});
