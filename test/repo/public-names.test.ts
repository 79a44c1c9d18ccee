/** What the package exports, values and types: a name more or less is a change of the public API. */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { SymbolFlags, type TypeChecker, type Symbol, createProgram } from "typescript";

const INDEX = resolve(__dirname, "..", "..", "src", "index.ts");

/** The names of a module, those of its namespaces behind a dot. */
function namesOf(checker: TypeChecker, module: Symbol, prefix = ""): string[] {
  return checker.getExportsOfModule(module).flatMap((symbol) => {
    const target = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const path = `${prefix}${symbol.name}`;
    return target.flags & SymbolFlags.ValueModule
      ? [path, ...namesOf(checker, target, `${path}.`)]
      : [path];
  });
}

test("the public names are those of public-names.txt", () => {
  const program = createProgram([INDEX], { noLib: true, types: [] });
  const checker = program.getTypeChecker();
  const index = checker.getSymbolAtLocation(program.getSourceFile(INDEX)!);
  const expected = readFileSync(join(__dirname, "public-names.txt"), "utf8").trim().split("\n");
  expect(namesOf(checker, index!).sort()).toEqual(expected);
});
