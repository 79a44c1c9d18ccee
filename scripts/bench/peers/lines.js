/** What the JavaScript peers have in common: the shared data, and the lines of peers/protocol.py. */

"use strict";

const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { createInterface } = require("node:readline");

const PIXELS = 784;

function aligned(folder, file) {
  return new Uint8Array(readFileSync(join(folder, file))).buffer;
}

/** Images in [0, 1] [samples, 784], labels, the order of the rows; weights [kernel, bias, ...]. */
function readData({ data, samples, sizes }) {
  const pixels = readFileSync(join(data, "images.u8")).subarray(0, samples * PIXELS);
  const values = new Float32Array(aligned(data, `weights-${sizes.join("-")}.f32`));
  const weights = [];
  let at = 0;
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    for (const shape of [[sizes[layer], sizes[layer + 1]], [sizes[layer + 1]]]) {
      const size = shape.reduce((a, b) => a * b);
      weights.push({ shape, values: values.slice(at, at + size) });
      at += size;
    }
  }
  return {
    images: Float32Array.from(pixels, (pixel) => pixel / 255),
    labels: Int32Array.from(readFileSync(join(data, "labels.u8")).subarray(0, samples)),
    rows: new Int32Array(aligned(data, "rows.i32")),
    weights,
  };
}

async function answer(state, kinds, request) {
  if (request.do === "open") {
    await state.current?.close?.();
    state.current = await kinds[request.kind](request);
    return {};
  }
  if (request.do === "loss") {
    if (!state.current.loss) return { loss: null };
    await state.current.run(request.steps);
    return { loss: await state.current.loss() };
  }
  const start = performance.now();
  await state.current.run(request.repeat);
  return { microseconds: ((performance.now() - start) * 1000) / request.repeat };
}

/** Answers requests. `kinds` maps a kind to a function of the request: { run, loss, close }. */
async function serve(version, kinds) {
  const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  const state = { current: null };
  say({ version });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say(await answer(state, kinds, JSON.parse(line)));
    } catch (error) {
      say({ error: String(error) });
    }
  }
}

module.exports = { PIXELS, readData, serve };
