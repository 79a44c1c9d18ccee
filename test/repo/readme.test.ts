// The programs of the README and of docs/, run as given: what they print must be what their comments
// say, and they must fit the library's types.

import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { format } from "node:util";
import * as ts from "typescript";

const root = resolve(__dirname, "..", "..");
/** The pages by their paths. */
const pages = new Map(
  [
    ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "scripts/labs/README.md"],
    ...readdirSync(join(root, "docs"))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ].map((path) => [path, readFileSync(join(root, path), "utf8")]),
);
const readme = pages.get("README.md")!;

interface Program {
  page: string;
  section: string;
  code: string;
}

const programs = [...pages].flatMap(([page, text]) => programsOf(page, text));

function programsOf(page: string, text: string): Program[] {
  const found: Program[] = [];
  let section = "";
  for (const match of text.matchAll(/^#+ (.*)$|^```ts\n([^]*?)^```$/gm)) {
    const [, title, code] = match as readonly (string | undefined)[];
    if (title !== undefined) section = title;
    if (code !== undefined) found.push({ page, section, code });
  }
  return found;
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

describe("the README and the pages of docs", () => {
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

  test("keep the README within two screens", () => {
    expect(readme.split("\n").length).toBeLessThanOrEqual(120);
    expect(programs.length).toBeGreaterThan(5);
  });

  test.each(programs.map(({ page, section, code }, i) => [i + 1, page, section, code] as const))(
    "program %i, of %s, %s, prints what its comments say",
    async (number, _page, _section, code) => {
      const expected = expectedOutput(code);
      expect(expected.length).toBeGreaterThan(0);
      expect(await run(code, join(directory, `program-${number}.js`))).toEqual(expected);
    },
  );

  test("have programs that fit the library's types", () => {
    expect(typeErrors(['import { tensor } from "nabla"; tensor([1]).add({});'])).toHaveLength(1);
    expect(typeErrors(programs.map(({ code }) => code))).toEqual([]);
  });

  test("show no command that would fetch a stranger's package", () => {
    const fetching =
      /\b(npm (i|install|add|exec)|npx|yarn add|pnpm (add|dlx)) (?!--no-install)(-\S+ )*nabla\b(?!\/)/;
    expect("npm install nabla").toMatch(fetching);
    for (const text of pages.values()) expect(text).not.toMatch(fetching);
  });

  test("name npm scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const text = [...pages.values()].join("\n");
    const named = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name);
    expect(named).toContain("train:mnist");
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test("link to files that exist", () => {
    const dead = [...pages].flatMap(([page, text]) =>
      [...text.matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)]
        .map(([, target]) => target)
        .filter((target) => !existsSync(resolve(root, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(dead).toEqual([]);
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
