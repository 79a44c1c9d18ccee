"use strict";

// `node scripts/package/run-tests.js FILE...` runs compiled test files with as much of Jest as they
// use: where Jest itself does not run, for its resolver is an addon, or takes too long, emulated.

const assert = require("node:assert");
const path = require("node:path");
const { format } = require("node:util");

const tests = [];
const prefixes = [];

function describe(name, define) {
  prefixes.push(name);
  define();
  prefixes.pop();
}

function test(name, run) {
  tests.push({ name: [...prefixes, name].join(": "), run });
}

const each = (declare) => (cases) => (name, run) => {
  for (const item of cases) {
    const values = Array.isArray(item) ? item : [item];
    declare(format(name, ...values), () => run(...values));
  }
};

describe.each = each(describe);
test.each = each(test);

const expect = (actual) => ({
  toBe: (expected) => assert.strictEqual(actual, expected),
  toEqual: (expected) => assert.deepStrictEqual(actual, expected),
  toHaveLength: (expected) => assert.strictEqual(actual.length, expected, `${actual}`),
  toBeLessThan: (limit) => assert(actual < limit, `expected less than ${limit} but got ${actual}`),
});

async function run() {
  let failed = 0;
  for (const { name, run } of tests) {
    try {
      await run();
    } catch (error) {
      failed += 1;
      console.error(`${name}\n${error.message}`);
    }
  }
  console.log(`${tests.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || tests.length === 0 ? 1 : 0;
}

Object.assign(globalThis, { describe, test, expect });
for (const file of process.argv.slice(2)) require(path.resolve(file));
run();
