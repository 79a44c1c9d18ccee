// Loaded before programs that tests start (node -r): what they import from src/ comes from dist/, which
// `npm test` has compiled. To compile src/ anew in each of them would take seconds.
"use strict";

const Module = require("node:module");
const path = require("node:path");

const root = path.join(__dirname, "..", "..");
const src = path.join(root, "src");
const dist = path.join(root, "dist");
const resolve = Module._resolveFilename;

Module._resolveFilename = function (request, parent, ...rest) {
  const isRelative = request.startsWith(".") && parent?.filename !== undefined;
  const target = isRelative ? path.resolve(path.dirname(parent.filename), request) : request;
  const isOfSrc = target === src || target.startsWith(src + path.sep);
  const wanted = isOfSrc ? path.join(dist, path.relative(src, target)) : request;
  return resolve.call(this, wanted, parent, ...rest);
};
