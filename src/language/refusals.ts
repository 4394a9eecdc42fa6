import type * as TypeScript from 'typescript';
import { boundNames, isVar } from './names';

/** Where a cell, by itself, is wrong. */
export interface CellSyntaxError {
  start: number;
  length: number;
  code: number;
  message: string;
}

/** What V8 lets nobody declare, in any cell. */
const FIXED_GLOBALS = new Set(['undefined', 'NaN', 'Infinity']);

/** What a kernel refuses of a parsed cell, and TypeScript does not say of a module, or not of one whose imports may stand again. */
export function refusals(ts: typeof TypeScript, file: TypeScript.SourceFile): CellSyntaxError[] {
  const found: CellSyntaxError[] = [];
  const say = (node: TypeScript.Node, code: number, message: string) =>
    found.push({ start: node.getStart(file), length: node.getWidth(file), code, message });
  const imported = new Map<string, TypeScript.Identifier[]>();
  for (const name of file.statements.flatMap((statement) => importedNames(ts, statement)))
    imported.set(name.text, [...(imported.get(name.text) ?? []), name]);
  for (const [name, nodes] of imported)
    if (nodes.length > 1) for (const node of nodes) say(node, 2300, `Duplicate identifier '${name}'.`);
  for (const name of file.statements.flatMap((statement) => declaredNames(ts, statement)))
    if (FIXED_GLOBALS.has(name.text))
      say(name, 2397, `Declaration name conflicts with built-in global identifier '${name.text}'.`);
  const visit = (node: TypeScript.Node): void => {
    const bodies = ts.isIfStatement(node)
      ? [node.thenStatement, node.elseStatement]
      : ts.isLabeledStatement(node)
        ? [node.statement]
        : [];
    for (const body of bodies)
      if (body && ts.isFunctionDeclaration(body))
        say(body.name ?? body, 1156, "'function' declarations can only be declared inside a block.");
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Names of values that an import declares. */
function importedNames(ts: typeof TypeScript, statement: TypeScript.Statement): TypeScript.Identifier[] {
  if (!ts.isImportDeclaration(statement) || !statement.importClause || statement.importClause.isTypeOnly) return [];
  const { name, namedBindings } = statement.importClause;
  const named = !namedBindings
    ? []
    : ts.isNamespaceImport(namedBindings)
      ? [namedBindings.name]
      : namedBindings.elements.filter(({ isTypeOnly }) => !isTypeOnly).map((element) => element.name);
  return [...(name ? [name] : []), ...named];
}

/** Names of values that a statement declares, and that the kernel declares as they stand. */
function declaredNames(ts: typeof TypeScript, statement: TypeScript.Statement): TypeScript.Identifier[] {
  if (ts.isVariableStatement(statement)) {
    if (isVar(ts, statement.declarationList)) return [];
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(ts, name));
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement);
  return isNamed && statement.name ? [statement.name] : importedNames(ts, statement);
}
