/** A worker that calls the addon all the time, and posts "running" before it begins. */

import { parentPort } from "node:worker_threads";

import { native } from "../../src/addon/native";

parentPort!.postMessage("running");
for (;;) {
  const handle = native.create(0, [4], new Float32Array(4));
  native.read(handle, new Float32Array(4));
  native.release(handle);
  native.memory();
  try {
    native.read(handle, new Float32Array(4));
  } catch {
    // Released: what matters is that the error reaches JavaScript, or is dropped at the end.
  }
}
