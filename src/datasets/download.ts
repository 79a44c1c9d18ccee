/** Fetches one file over HTTP into memory, without patience for servers that do not deliver. */

import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";

export interface DownloadOptions {
  /** Milliseconds to reach the server, the secure handshake included. */
  connectTimeout: number;
  /** Milliseconds that the server may send nothing. */
  stallTimeout: number;
  /** A longer body is refused. */
  maxBytes: number;
  /** Gives up when it aborts. */
  signal?: AbortSignal;
  /** Called as bytes arrive; `total` is undefined if the server did not announce it. */
  onProgress?: (received: number, total: number | undefined) => void;
}

const MAX_REDIRECTS = 5;

/**
 * The body of `url`, as it is sent.
 * @throws Error saying why there is none: no connection, a status other than 200, a stall, too many
 *   bytes, fewer than announced; the reason of `signal` if it aborted
 */
export async function download(url: string, options: DownloadOptions): Promise<Buffer> {
  const timeouts = new AbortController();
  const signal = options.signal
    ? AbortSignal.any([timeouts.signal, options.signal])
    : timeouts.signal;
  try {
    signal.throwIfAborted();
    return await readBody(await open(url, options, timeouts, signal), options);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

/** Asks for `url` and follows redirects. */
async function open(
  url: string,
  options: DownloadOptions,
  timeouts: AbortController,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await request(url, options, timeouts, signal);
    const { statusCode, headers } = response;
    if (statusCode === 200) return response;
    response.destroy();
    const isRedirect = statusCode! >= 300 && statusCode! < 400 && headers.location !== undefined;
    if (!isRedirect) throw new Error(`expected HTTP status 200 but received ${statusCode}`);
    url = new URL(headers.location!, url).href;
  }
  throw new Error(`expected at most ${MAX_REDIRECTS} redirects but received more`);
}

function request(
  url: string,
  { connectTimeout, stallTimeout }: DownloadOptions,
  timeouts: AbortController,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const giveUp = (reason: string) => timeouts.abort(new Error(reason));
  return new Promise((resolve, reject) => {
    const client = url.startsWith("https:") ? https : http;
    // A connection of its own: none is left open, and each is timed.
    const sent = client.get(url, { agent: false, signal }, resolve);
    sent.on("error", (error: NodeJS.ErrnoException) => {
      // Several refused addresses of one host come as an AggregateError without a message.
      reject(error.message === "" ? new Error(error.code, { cause: error }) : error);
    });

    const deadline = setTimeout(
      () => giveUp(`expected a connection within ${connectTimeout} ms but there is none`),
      connectTimeout,
    );
    sent.on("close", () => clearTimeout(deadline));
    sent.on("socket", (socket: Socket) => {
      const connected = client === https ? "secureConnect" : "connect";
      socket.once(connected, () => clearTimeout(deadline));
    });
    sent.setTimeout(stallTimeout, () =>
      giveUp(`expected data within ${stallTimeout} ms but the server stalled`),
    );
  });
}

async function readBody(
  response: http.IncomingMessage,
  { maxBytes, onProgress }: DownloadOptions,
): Promise<Buffer> {
  const announced = response.headers["content-length"];
  const total = announced === undefined ? undefined : Number(announced);
  const chunks: Buffer[] = [];
  let received = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (received > maxBytes) break; // destroys the connection
      chunks.push(chunk);
      onProgress?.(received, total);
    }
  } catch (error) {
    const cut = (error as NodeJS.ErrnoException).code === "ECONNRESET";
    if (!cut) throw error;
    const expected = total === undefined ? "a whole response" : `${total} bytes`;
    throw new Error(`expected ${expected} but the connection broke after ${received}`, {
      cause: error,
    });
  }
  if (received > maxBytes) throw new Error(`expected at most ${maxBytes} bytes but more came`);
  return Buffer.concat(chunks);
}
