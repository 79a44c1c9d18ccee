"use strict";

// Some machines name OpenBLAS' kernels; tests, and the programs that they start, have those chosen.
delete process.env.OPENBLAS_CORETYPE;

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  // Types are checked once, by `npm run typecheck`, not again in every test file.
  transform: { "^.+\\.ts$": ["ts-jest", { diagnostics: false }] },
  moduleNameMapper: { "^nabla$": "<rootDir>/src/index.ts" },
  // One worker a core: by default Jest leaves a core out, which is half of a machine of two.
  maxWorkers: "100%",
  testTimeout: 60_000,
};
