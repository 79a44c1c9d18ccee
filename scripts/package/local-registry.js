"use strict";

// A registry on this machine that has some packages itself and sends for all others to the registry
// that npm is set to.

const { execFileSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

/** Packs a folder as npm publishes it: its manifest and its tarball. */
function packed(folder) {
  const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
  const name = execFileSync("npm", args, { cwd: folder, encoding: "utf8" }).trim();
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  return { manifest, tarball: fs.readFileSync(path.join(folder, name)) };
}

/** What a registry answers for the name of a package with one version. */
function listing({ manifest, tarball }, address) {
  const { name, version } = manifest;
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const dist = { tarball: `${address}/-/${name}.tgz`, integrity };
  return { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } };
}

/**
 * Serves the packages in folders until `close` is called; `upstream` has all others. After `withdraw`
 * it is as before they were published.
 */
async function serve(folders, upstream) {
  const packages = new Map(folders.map(packed).map((pack) => [pack.manifest.name, pack]));
  let isWithdrawn = false;
  const server = http.createServer(({ url }, response) => {
    const wanted = decodeURIComponent(url.slice(1));
    const [, file] = /^-\/(.*)\.tgz$/.exec(wanted) ?? [];
    const pack = packages.get(file ?? wanted);
    if (pack === undefined)
      response.writeHead(302, { location: `${upstream.replace(/\/$/, "")}${url}` }).end();
    else if (isWithdrawn) response.writeHead(404).end();
    else if (file !== undefined) response.end(pack.tarball);
    else response.end(JSON.stringify(listing(pack, address)));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const address = `http://127.0.0.1:${server.address().port}`;
  return { address, withdraw: () => (isWithdrawn = true), close: () => server.close() };
}

module.exports = { serve };
