import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { RequestListener } from "node:http";

import { type DownloadOptions, download } from "../../src/datasets/download";
import { type Mirror, REFUSING_URL, startMirror } from "./mirror";

const PATIENT: DownloadOptions = { connectTimeout: 30_000, stallTimeout: 30_000, maxBytes: 1000 };

const mirrors: Mirror[] = [];
async function serve(answer: RequestListener): Promise<string> {
  const mirror = await startMirror(answer);
  mirrors.push(mirror);
  return mirror.url;
}
afterEach(async () => {
  await Promise.all(mirrors.splice(0).map((mirror) => mirror.close()));
});

test("a body as it is sent", async () => {
  const url = await serve((_, response) => response.end("content"));
  expect((await download(url, PATIENT)).toString()).toBe("content");
});

test("a body without a length, in pieces", async () => {
  const url = await serve((_, response) => {
    response.write("first ");
    setImmediate(() => response.end("second"));
  });
  expect((await download(url, PATIENT)).toString()).toBe("first second");
});

test("an encoding announced for a gzip file is left alone", async () => {
  const url = await serve((_, response) => {
    response.setHeader("content-encoding", "gzip");
    response.end("not decoded");
  });
  expect((await download(url, PATIENT)).toString()).toBe("not decoded");
});

test("progress is told in bytes of the total", async () => {
  const url = await serve((_, response) => {
    response.setHeader("content-length", 10);
    response.end("0123456789");
  });
  const seen: [number, number | undefined][] = [];
  await download(url, { ...PATIENT, onProgress: (...step) => seen.push(step) });
  expect(seen.at(-1)).toEqual([10, 10]);
});

test("redirects are followed, relative ones too", async () => {
  const url = await serve((request, response) => {
    if (request.url === "/elsewhere") response.end("moved");
    else response.writeHead(302, { location: "/elsewhere" }).end();
  });
  expect((await download(url, PATIENT)).toString()).toBe("moved");
});

test("but not for ever", async () => {
  const url = await serve((_, response) => response.writeHead(301, { location: "/" }).end());
  await expect(download(url, PATIENT)).rejects.toThrow("expected at most 5 redirects");
});

test("a status other than 200", async () => {
  const url = await serve((_, response) => response.writeHead(404).end("no such file"));
  await expect(download(url, PATIENT)).rejects.toThrow("expected HTTP status 200 but received 404");
});

test("a refused connection", async () => {
  await expect(download(REFUSING_URL, PATIENT)).rejects.toThrow("ECONNREFUSED");
});

test("an address that is none", async () => {
  await expect(download("mnist", PATIENT)).rejects.toThrow("Invalid URL");
  await expect(download("ftp://host/mnist", PATIENT)).rejects.toThrow("ftp:");
});

test("a connection that does not come about in time", async () => {
  // A TCP server that never answers the TLS handshake: reached, but not connected.
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const sockets = new Promise((resolve) => server.once("connection", resolve));
  const attempt = download(`https://127.0.0.1:${port}/`, { ...PATIENT, connectTimeout: 50 });
  await expect(attempt).rejects.toThrow("expected a connection within 50 ms but there is none");
  await sockets;
  server.close();
});

test("a server that accepts and says nothing", async () => {
  const url = await serve(() => undefined);
  const attempt = download(url, { ...PATIENT, stallTimeout: 50 });
  await expect(attempt).rejects.toThrow("expected data within 50 ms but the server stalled");
});

test("a server that stalls in the middle", async () => {
  const url = await serve((_, response) => {
    response.setHeader("content-length", 100);
    response.write("a beginning");
  });
  const attempt = download(url, { ...PATIENT, stallTimeout: 50 });
  await expect(attempt).rejects.toThrow("expected data within 50 ms but the server stalled");
});

test("a connection that breaks", async () => {
  const url = await serve((_, response) => {
    response.setHeader("content-length", 100);
    response.write("12345", () => response.destroy());
  });
  await expect(download(url, PATIENT)).rejects.toThrow(
    "expected 100 bytes but the connection broke after 5",
  );
});

test("more bytes than allowed", async () => {
  let closed: Promise<unknown> | undefined;
  const url = await serve((_, response) => {
    closed = new Promise((resolve) => response.on("close", resolve));
    const pour = (): void => {
      while (!response.closed && response.write("x".repeat(1000)));
    };
    response.on("drain", pour);
    pour();
  });
  await expect(download(url, PATIENT)).rejects.toThrow("expected at most 1000 bytes");
  await closed; // the endless answer was cut off
});

test("an abort before and during the download", async () => {
  const url = await serve((_, response) => response.write("a beginning"));
  const early = AbortSignal.abort(new Error("never mind"));
  await expect(download(url, { ...PATIENT, signal: early })).rejects.toThrow("never mind");

  const controller = new AbortController();
  const options = {
    ...PATIENT,
    signal: controller.signal,
    onProgress: () => controller.abort(new Error("enough")),
  };
  await expect(download(url, options)).rejects.toThrow("enough");
});
