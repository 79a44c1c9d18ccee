/** A local HTTP server that serves files, or misbehaves. */

import { type RequestListener, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Mirror {
  readonly url: string;
  /** Paths asked for. */
  readonly requests: string[];
  close(): Promise<void>;
}

export async function startMirror(answer: RequestListener): Promise<Mirror> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request.url!);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mnist/`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An address that nobody listens at: its port is none that the system hands out. */
export const REFUSING_URL = "http://127.0.0.1:2/mnist/";
