/** The JavaScript peers, installed in scripts/bench/node_modules. */

import { existsSync } from "node:fs";
import { join } from "node:path";

import { countProducts } from "../network";
import { BENCH } from "../paths";
import { childContender } from "./child-contender";
import type { Contender, Task } from "./contender";

interface JavaScriptPeer {
  name: string;
  package: string;
  program: readonly [string, ...string[]];
  /** Multiplications of a unit above which it would take too long. */
  limit: number;
  note?: string;
}

const PEERS: readonly JavaScriptPeer[] = [
  {
    name: "TensorFlow.js wasm",
    package: "@tensorflow/tfjs-backend-wasm",
    program: ["tfjs.js", "wasm"],
    limit: 1e9,
  },
  {
    name: "TensorFlow.js cpu",
    package: "@tensorflow/tfjs-backend-cpu",
    program: ["tfjs.js", "cpu"],
    limit: 3e7,
  },
  {
    name: "brain.js",
    package: "brain.js",
    program: ["brain.js"],
    limit: 4e6,
    note: "time only: its own weights and loss, sample by sample",
  },
];

function takesPart(peer: JavaScriptPeer, task: Task): boolean {
  if (task.kind !== "step" && task.kind !== "predict") return false;
  if (peer.name === "brain.js" && task.kind === "predict" && task.batch > 1) return false;
  return task.batch * countProducts(task.sizes) <= peer.limit;
}

export function javaScriptContenders(): Promise<Contender>[] {
  return PEERS.map((peer) => {
    const [script, ...args] = peer.program;
    const isInstalled = existsSync(join(BENCH, "node_modules", peer.package));
    return childContender({
      name: peer.name,
      threads: 1,
      note: isInstalled ? peer.note : `${peer.package} is not installed`,
      runs: (task) => takesPart(peer, task),
      command: isInstalled ? [process.execPath, join(BENCH, "peers", script), ...args] : null,
    });
  });
}
