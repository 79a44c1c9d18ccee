// Loaded before programs that tests start (node -r): compiles what is written in TypeScript, and keeps the
// result for the next program. To load the compiler and compile anew in each of a hundred takes a second.
"use strict";

const { createHash } = require("node:crypto");
const { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { threadId } = require("node:worker_threads");

const root = path.join(__dirname, "..", "..");
const settings = readFileSync(path.join(root, "tsconfig.json"), "utf8");
const { version } = require("typescript/package.json");
const kept = path.join(root, "node_modules", ".cache", "nabla-programs");

function compiled(file, text) {
  const ts = require("typescript");
  const { config } = ts.parseConfigFileTextToJson("tsconfig.json", settings);
  const options = ts.convertCompilerOptionsFromJson(config.compilerOptions, root).options;
  const inline = { sourceMap: false, inlineSourceMap: true, noEmit: false };
  return ts.transpileModule(text, { fileName: file, compilerOptions: { ...options, ...inline } })
    .outputText;
}

require.extensions[".ts"] = (module, file) => {
  const text = readFileSync(file, "utf8");
  const key = createHash("sha1").update([version, settings, file, text].join("\0")).digest("hex");
  const place = path.join(kept, `${key}.js`);
  if (!existsSync(place)) {
    mkdirSync(kept, { recursive: true });
    // Moved when whole: programs run at once, and their threads.
    const own = `${place}.${process.pid}-${threadId}`;
    writeFileSync(own, compiled(file, text));
    renameSync(own, place);
  }
  module._compile(readFileSync(place, "utf8"), file);
};
