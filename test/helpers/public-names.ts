/** The names that a package exports, values and types. */

import { SymbolFlags, type TypeChecker, type Symbol, createProgram } from "typescript";

/** Those of the module in a file, sorted; those of its namespaces behind a dot. */
export function publicNames(index: string): string[] {
  const program = createProgram([index], { noLib: true, types: [] });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(index)!);
  return namesOf(checker, module!).sort();
}

function namesOf(checker: TypeChecker, module: Symbol, prefix = ""): string[] {
  return checker.getExportsOfModule(module).flatMap((symbol) => {
    const target = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const path = `${prefix}${symbol.name}`;
    return target.flags & SymbolFlags.ValueModule
      ? [path, ...namesOf(checker, target, `${path}.`)]
      : [path];
  });
}
