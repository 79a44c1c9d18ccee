"use strict";

// Exits with status 0 if node_modules holds every package that package-lock.json asks for, in its
// version. Unlike `npm ls` it takes milliseconds, and it sees an installation that broke off.

const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.join(__dirname, "..");

function packagesOf(lockFile) {
  const file = path.join(ROOT, lockFile);
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")).packages : {};
}

const installed = packagesOf("node_modules/.package-lock.json");

function isInstalled([location, { version, optional, devOptional }]) {
  if (location === "" || optional || devOptional) return true;
  return (
    installed[location]?.version === version &&
    fs.existsSync(path.join(ROOT, location, "package.json"))
  );
}

const wanted = Object.entries(packagesOf("package-lock.json"));
process.exitCode = wanted.every(isInstalled) ? 0 : 1;
