import type * as TypeScript from 'typescript';
import { boundNames, isVar } from './names';

/** Where a cell, by itself, is wrong. */
export interface CellSyntaxError {
  start: number;
  length: number;
  code: number;
  message: string;
}

/** Whether TypeScript says it of the grammar, and not of names and types. */
export const isGrammar = ({ code }: { code: number }): boolean => code >= 1000 && code < 2000;

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
    if (ts.isIfStatement(node))
      for (const body of [node.thenStatement, node.elseStatement])
        if (body && ts.isFunctionDeclaration(body))
          say(body.name ?? body, 1156, "'function' declarations can only be declared inside a block.");
    if (ts.isLabeledStatement(node) && ts.isFunctionDeclaration(node.statement))
      say(node.label, 1344, "'A label is not allowed here.'");
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...found, ...misplaced(ts, file)];
}

/**
 * Declarations where JavaScript allows none, and V8 would not see it in what the kernel makes of the cell: one that is all there is behind
 * `if` or `for`; a `var` in a block that has its name for something else.
 */
export function misplaced(ts: typeof TypeScript, file: TypeScript.SourceFile): CellSyntaxError[] {
  const found: CellSyntaxError[] = [];
  const say = (node: TypeScript.Node, code: number, message: string) =>
    found.push({ start: node.getStart(file), length: node.end - node.getStart(file), code, message });
  const visit = (node: TypeScript.Node, taken: ReadonlySet<string>): void => {
    for (const body of bodiesOf(ts, node)) {
      const word = ts.isClassDeclaration(body)
        ? 'class'
        : ts.isVariableStatement(body) && wordOf(ts, body.declarationList);
      if (word) say(body, 1156, `'${word}' declarations can only be declared inside a block.`);
    }
    if (ts.isVariableDeclarationList(node) && isVar(ts, node))
      for (const name of node.declarations.flatMap((one) => boundNames(ts, one.name)))
        if (taken.has(name.text)) say(name, 2451, `Cannot redeclare block-scoped variable '${name.text}'.`);
    const isOwn = ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node) || ts.isModuleDeclaration(node);
    const inner = new Set([...(isOwn ? [] : taken), ...blockNames(ts, node)]);
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(file, new Set());
  return found;
}

function bodiesOf(ts: typeof TypeScript, node: TypeScript.Node): TypeScript.Statement[] {
  if (ts.isIfStatement(node)) return [node.thenStatement, ...(node.elseStatement ? [node.elseStatement] : [])];
  return ts.isIterationStatement(node, false) || ts.isLabeledStatement(node) ? [node.statement] : [];
}

function wordOf(ts: typeof TypeScript, list: TypeScript.VariableDeclarationList): string | undefined {
  if (isVar(ts, list)) return undefined;
  return list.flags & ts.NodeFlags.Const ? 'const' : 'let';
}

/** Names of `let`, `const` and classes that a block, or the head of a loop, has for itself. */
function blockNames(ts: typeof TypeScript, node: TypeScript.Node): string[] {
  const ofList = (list: TypeScript.Node | undefined): string[] =>
    list && ts.isVariableDeclarationList(list) && !isVar(ts, list)
      ? list.declarations.flatMap(({ name }) => boundNames(ts, name)).map(({ text }) => text)
      : [];
  const ofStatement = (statement: TypeScript.Statement): string[] =>
    ts.isVariableStatement(statement)
      ? ofList(statement.declarationList)
      : ts.isClassDeclaration(statement) && statement.name
        ? [statement.name.text]
        : [];
  if (ts.isForStatement(node) || ts.isForOfStatement(node) || ts.isForInStatement(node))
    return ofList(node.initializer);
  if (ts.isCaseBlock(node)) return node.clauses.flatMap(({ statements }) => statements.flatMap(ofStatement));
  return ts.isBlock(node) ? node.statements.flatMap(ofStatement) : [];
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
