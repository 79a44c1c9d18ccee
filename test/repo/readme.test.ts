// The README's programs, run as given: what they print must be what their comments say, and they
// must fit the library's types.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { format } from "node:util";
import * as ts from "typescript";

const root = resolve(__dirname, "..", "..");
const readme = readFileSync(join(root, "README.md"), "utf8");

interface Program {
  section: string;
  code: string;
}

const programs: Program[] = [];
let section = "";
for (const match of readme.matchAll(/^#+ (.*)$|^```ts\n([^]*?)^```$/gm)) {
  const [, title, code] = match as readonly (string | undefined)[];
  if (title !== undefined) section = title;
  if (code !== undefined) programs.push({ section, code });
}

/** Comments behind a `console.log`, and those on the lines below it. */
function expectedOutput(code: string): string[] {
  const expected: string[] = [];
  let isBelow = false;
  for (const line of code.split("\n")) {
    const isLogged = line.includes("console.log(");
    const comment: string | undefined =
      isLogged || isBelow ? /(?:^|\); )\/\/ (.*)$/.exec(line)?.[1] : undefined;
    if (comment !== undefined) expected.push(comment);
    isBelow = isLogged || comment !== undefined;
  }
  return expected;
}

/** Runs a program in this process and returns what it printed, a line for each call. */
async function run(code: string, file: string): Promise<string[]> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
  });
  writeFileSync(file, `exports.main = async () => {\n${outputText}\n};\n`);
  const { main } = jest.requireActual<{ main: () => Promise<void> }>(file);
  const printed: string[] = [];
  const log = jest.spyOn(console, "log").mockImplementation((...values) => {
    printed.push(format(...values).replace(/\s+/g, " "));
  });
  try {
    await main();
  } finally {
    log.mockRestore();
  }
  return printed;
}

/** An IDX file of uint8 zeros. */
function writeIdx(directory: string, name: string, shape: readonly number[]): void {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 0x08, shape.length]);
  shape.forEach((dim, axis) => header.writeUInt32BE(dim, 4 + 4 * axis));
  const elements = Buffer.alloc(shape.reduce((size, dim) => size * dim, 1));
  writeFileSync(join(directory, name), Buffer.concat([header, elements]));
}

describe("the README", () => {
  let directory: string;
  const before = process.env.NABLA_DATA;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "nabla-readme-"));
    for (const set of ["train", "t10k"]) {
      writeIdx(directory, `${set}-images-idx3-ubyte`, [20, 28, 28]);
      writeIdx(directory, `${set}-labels-idx1-ubyte`, [20]);
    }
    process.env.NABLA_DATA = directory;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.NABLA_DATA;
    else process.env.NABLA_DATA = before;
    rmSync(directory, { recursive: true });
  });

  test("begins with a program of ten lines and more of them follow", () => {
    expect(programs.length).toBeGreaterThan(5);
    const lines = programs[0].code.split("\n").filter((line) => /\w/.test(line));
    const statements = lines.filter((line) => !line.startsWith("import "));
    expect(statements).toHaveLength(10);
  });

  test.each(programs.map(({ section, code }, i) => [i + 1, section, code] as const))(
    "program %i, in section %s, prints what its comments say",
    async (number, _, code) => {
      const expected = expectedOutput(code);
      expect(expected.length).toBeGreaterThan(0);
      expect(await run(code, join(directory, `program-${number}.js`))).toEqual(expected);
    },
  );

  test("has programs that fit the library's types", () => {
    expect(typeErrors(['import { tensor } from "nabla"; tensor([1]).add({});'])).toHaveLength(1);
    expect(typeErrors(programs.map(({ code }) => code))).toEqual([]);
  });

  test("shows no command that would fetch a stranger's package", () => {
    const fetching =
      /\b(npm (i|install|add|exec)|npx|yarn add|pnpm (add|dlx)) (?!--no-install)(-\S+ )*nabla\b(?!\/)/;
    expect("npm install nabla").toMatch(fetching);
    expect(readme).not.toMatch(fetching);
  });

  test("names npm scripts and files that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name);
    expect(named).toContain("train:mnist");
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

/** What the compiler has to say about programs that stand beside the sources. */
function typeErrors(codes: readonly string[]): string[] {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, "tsconfig.json"), (file) => ts.sys.readFile(file)).config,
    ts.sys,
    root,
  );
  const files = new Map(codes.map((code, i) => [join(root, `readme-${i + 1}.mts`), code]));
  const host = ts.createCompilerHost(options);
  const program = ts.createProgram([...files.keys()], options, {
    ...host,
    fileExists: (file) => files.has(file) || host.fileExists(file),
    getSourceFile: (file, ...rest) => {
      const code = files.get(file);
      if (code === undefined) return host.getSourceFile(file, ...rest);
      return ts.createSourceFile(file, code, ts.ScriptTarget.ES2022);
    },
  });
  return [...files.keys()].flatMap((file) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`),
  );
}
