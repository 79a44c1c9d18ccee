"use strict";

// `node scripts/package/bundle.js` makes of the compiled library in dist/ the few files that are
// packed: npm takes seconds to unpack a thousand. Into dist/nabla/ go
//   index.js     the entry
//   modules.js   all modules, each as it was, run when it is first asked for
//   index.d.ts   the types that the entry reaches, with a map to the sources

const fs = require("node:fs");
const path = require("node:path");
const { rollup } = require("rollup");
const { dts } = require("rollup-plugin-dts");

const DIST = path.join(__dirname, "..", "..", "dist");
const TARGET = path.join(DIST, "nabla");
/** The line of the bundled types that exports values. */
const VALUES = /^export \{ (.*) \};$/m;

/** A compiled module that asks `load` for its neighbours, by their paths in dist/. */
function linked(name) {
  const text = fs.readFileSync(path.join(DIST, `${name}.js`), "utf8");
  return text.replace(/\brequire\("(\.[^"]+)"\)/g, (call, request) => {
    const wanted = path.posix.join(path.posix.dirname(name), request);
    const isFile = fs.existsSync(path.join(DIST, `${wanted}.js`));
    return `load("${isFile ? wanted : `${wanted}/index`}")`;
  });
}

/** The names of the compiled modules: their paths in dist/, without extension. */
function moduleNames() {
  return fs
    .readdirSync(DIST, { recursive: true })
    .map((file) => file.split(path.sep).join("/"))
    .filter((file) => file.endsWith(".js") && !file.startsWith("nabla/"))
    .map((file) => file.slice(0, -".js".length))
    .sort();
}

function writeModules(names) {
  const table = names.map((name) => `"${name}"(exports) {\n${linked(name)}\n},\n`);
  const text = `"use strict";
const loaded = new Map();
function load(name) {
  let exports = loaded.get(name);
  if (exports === undefined) {
    exports = {};
    loaded.set(name, exports);
    modules[name](exports);
  }
  return exports;
}
exports.load = load;
const modules = {
${table.join("")}};
`;
  fs.writeFileSync(path.join(TARGET, "modules.js"), text);
}

async function writeTypes() {
  const bundle = await rollup({
    input: path.join(DIST, "index.d.ts"),
    external: /^node:/,
    plugins: [plainNamespaces, dts({ sourcemap: true }), typesOnly],
    onwarn: ({ message }) => {
      throw new Error(message);
    },
  });
  await bundle.write({
    file: path.join(TARGET, "index.d.ts"),
    banner: '/// <reference lib="esnext.disposable" preserve="true" />',
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
}

/** Where namespaces of types refer to each other, rollup writes getters, which its plugin cannot read. */
const plainNamespaces = {
  name: "plain-namespaces",
  renderChunk: (code) => ({
    code: code.replace(/get (\S+) \(\) \{ return (\S+); \}/g, "$1: $2"),
    map: null,
  }),
};

/** The plugin exports every class as a value; the entry exports some as types alone. */
const typesOnly = {
  name: "types-only",
  renderChunk(code) {
    const entry = fs.readFileSync(path.join(DIST, "index.d.ts"), "utf8");
    const lists = [...entry.matchAll(/^export type \{([^}]*)\}/gm)].map(([, list]) => list);
    const alone = new Set(lists.join(",").match(/\w+/g));
    const marked = (item) => (alone.has(exportedName(item)) ? `type ${item}` : item);
    return {
      code: code.replace(
        VALUES,
        (_, list) => `export { ${list.split(", ").map(marked).join(", ")} };`,
      ),
      map: null,
    };
  },
};

const exportedName = (item) => item.replace(/.* as /, "");

/** The entry; what is never run tells Node.js the names that `import` may ask for. */
function writeEntry() {
  const types = fs.readFileSync(path.join(TARGET, "index.d.ts"), "utf8");
  const values = VALUES.exec(types)[1]
    .split(", ")
    .filter((item) => !item.startsWith("type "));
  const text = `"use strict";
const { load } = require("./modules");
module.exports = load("index");
0 && (module.exports = { ${values.map(exportedName).join(", ")} });
`;
  fs.writeFileSync(path.join(TARGET, "index.js"), text);
}

async function bundle() {
  fs.rmSync(TARGET, { recursive: true, force: true });
  fs.mkdirSync(TARGET);
  writeModules(moduleNames());
  await writeTypes();
  // Last: the set-up takes it for the sign that all is there.
  writeEntry();
}

bundle().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
