/** What tests of published data sets share: a folder for each test, and a server of their files. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Mirror, startMirror } from "./mirror";

/** The folder of the test that runs, and its cache. NABLA_DATA is not set when a test begins. */
export interface Places {
  root: string;
  cache: string;
  /** A server that sends what `answer` gives for a file's name. */
  serve(answer: (name: string) => Buffer): Promise<Mirror>;
}

/** Makes and removes the places of each test of the file. */
export function placesForTests(): Places {
  let environment: string | undefined;
  const mirrors: Mirror[] = [];
  const places: Places = {
    root: "",
    cache: "",
    async serve(answer) {
      const mirror = await startMirror((request, response) => {
        response.end(answer(request.url!.split("/").at(-1)!));
      });
      mirrors.push(mirror);
      return mirror;
    },
  };
  beforeEach(() => {
    places.root = mkdtempSync(join(tmpdir(), "nabla-published-"));
    places.cache = join(places.root, "cache");
    environment = process.env.NABLA_DATA;
    delete process.env.NABLA_DATA;
  });
  afterEach(async () => {
    rmSync(places.root, { recursive: true });
    if (environment === undefined) delete process.env.NABLA_DATA;
    else process.env.NABLA_DATA = environment;
    await Promise.all(mirrors.splice(0).map((mirror) => mirror.close()));
  });
  return places;
}
