/** Tests that need what not every machine has. */

interface Runners {
  readonly test: jest.It;
  readonly describe: jest.Describe;
}

/**
 * `test` and `describe` where `isThere`; else they skip, and say once what is missing.
 * @param missing a sentence: "MNIST is not tested: there are no files in DIRECTORY"
 */
export function onlyWhere(isThere: boolean, missing: string): Runners {
  if (isThere) return { test, describe };
  process.stderr.write(`skipped: ${missing}\n`);
  return { test: test.skip, describe: describe.skip };
}
