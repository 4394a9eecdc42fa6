import type * as TypeScript from 'typescript';

/** What a cell means to the cells after it. */
export interface CellNames {
  /** Names that it declares for all cells, types too. */
  declared: ReadonlySet<string>;
  /** Of those, names of top-level `var`s: where the word stands, and whether it is the only declaration of its names. */
  vars: readonly { at: number; names: readonly string[] }[];
  /** Its imports, and where they stand. */
  imports: readonly CellImport[];
  /** Modules that it imports or re-exports. */
  modules: readonly string[];
}

export interface CellImport {
  start: number;
  end: number;
  module: string;
  /** What each name is: `default`, `*` or the name that the module gives it. */
  bindings: readonly { name: string; imported: string }[];
}

/** Reads names off a parsed cell. */
export function namesOf(ts: typeof TypeScript, file: TypeScript.SourceFile): CellNames {
  const counts = new Map<string, number>();
  const modules: string[] = [];
  const imports: CellImport[] = [];
  const vars: { at: number; names: string[] }[] = [];
  const declare = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      const { declarations, flags } = statement.declarationList;
      const names = declarations.flatMap((declaration) => boundNames(ts, declaration.name));
      names.forEach(declare);
      if ((flags & ts.NodeFlags.BlockScoped) === 0) vars.push({ at: statement.declarationList.getStart(file), names });
    } else if (ts.isImportDeclaration(statement)) {
      const found = importOf(ts, file, statement);
      if (!found) continue;
      modules.push(found.module);
      imports.push(found);
      for (const { name } of found.bindings) declare(name);
    } else if (ts.isImportEqualsDeclaration(statement)) {
      const { moduleReference } = statement;
      if (ts.isExternalModuleReference(moduleReference) && ts.isStringLiteral(moduleReference.expression))
        modules.push(moduleReference.expression.text);
      declare(statement.name.text);
    } else if (ts.isExportDeclaration(statement)) {
      if (statement.moduleSpecifier && ts.isStringLiteral(statement.moduleSpecifier))
        modules.push(statement.moduleSpecifier.text);
    } else if (isNamedDeclaration(ts, statement)) declare(statement.name.text);
  }
  const once = vars.filter(({ names }) => names.every((name) => counts.get(name) === 1));
  return { declared: new Set(counts.keys()), vars: once, imports, modules };
}

function importOf(
  ts: typeof TypeScript,
  file: TypeScript.SourceFile,
  declaration: TypeScript.ImportDeclaration,
): CellImport | undefined {
  const { moduleSpecifier, importClause } = declaration;
  if (!ts.isStringLiteral(moduleSpecifier)) return undefined;
  const bindings: { name: string; imported: string }[] = [];
  const { name, namedBindings } = importClause ?? {};
  if (name) bindings.push({ name: name.text, imported: 'default' });
  if (namedBindings && ts.isNamespaceImport(namedBindings))
    bindings.push({ name: namedBindings.name.text, imported: '*' });
  if (namedBindings && ts.isNamedImports(namedBindings)) {
    for (const element of namedBindings.elements)
      bindings.push({ name: element.name.text, imported: (element.propertyName ?? element.name).text });
  }
  return { start: declaration.getStart(file), end: declaration.end, module: moduleSpecifier.text, bindings };
}

type NamedDeclaration = TypeScript.Statement & { name: TypeScript.Identifier };

function isNamedDeclaration(ts: typeof TypeScript, node: TypeScript.Statement): node is NamedDeclaration {
  const isDeclaration =
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isModuleDeclaration(node);
  return isDeclaration && node.name !== undefined && ts.isIdentifier(node.name);
}

function boundNames(ts: typeof TypeScript, name: TypeScript.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(ts, element.name) : []));
}
