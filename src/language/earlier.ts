import type * as TypeScript from 'typescript';
import { boundNames, isVar } from './names';
import { isNameOnly, namesIn, opensScope } from './uses';

// What a cell reads at once, and of whom. Of a name before it declares it, as in `const rows = rows.filter(...)`, it is the value that the
// cell above gave the name; to TypeScript it is the new one, before its time. Of a name of a later cell it is nothing yet; to TypeScript a
// function is there from the beginning.

/** Where a cell reads a name. */
export interface ReadsOf {
  name: string;
  /** Where in the cell. */
  at: readonly number[];
}

export interface ReadsAtOnce {
  /** Names that the cell declares only behind that. */
  early: readonly ReadsOf[];
  /** Names that it does not declare. */
  others: readonly ReadsOf[];
}

/**
 * What functions read is left out: they run later. Not so, of the names that the cell declares, those that are handed to a call, or called,
 * where they stand.
 */
export function readsAtOnce(
  ts: typeof TypeScript,
  file: TypeScript.SourceFile,
  declared: ReadonlySet<string>,
): ReadsAtOnce {
  const until = new Map<string, number>();
  for (const statement of file.statements) for (const [name, end] of declaredAt(ts, statement)) until.set(name, end);
  const found = { early: new Map<string, number[]>(), others: new Map<string, number[]>() };
  const visit = (node: TypeScript.Node, hidden: ReadonlySet<string>, isInFunction: boolean): void => {
    if (ts.isTypeNode(node) || ts.isPropertyDeclaration(node) || ts.isClassStaticBlockDeclaration(node)) return;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node)) return;
    if (ts.isModuleDeclaration(node) || (ts.isFunctionLike(node) && !isCalledThere(ts, node))) return;
    if (ts.isTypeOfExpression(node) && ts.isIdentifier(node.expression)) return; // of what is nowhere, too
    if (ts.isIdentifier(node)) {
      const at = node.getStart(file);
      const { text } = node;
      if (hidden.has(text) || !file.text.startsWith(text, at)) return;
      // In short, the name of a property as well, which stays.
      const isShort = ts.isShorthandPropertyAssignment(node.parent);
      const isEarly = at < (until.get(text) ?? 0);
      if (isEarly ? isShort : declared.has(text) || isInFunction) return;
      const reads = isEarly ? found.early : found.others;
      reads.set(text, [...(reads.get(text) ?? []), at]);
      return;
    }
    const inner = opensScope(ts, node) ? new Set([...hidden, ...namesIn(ts, node)]) : hidden;
    ts.forEachChild(node, (child) => {
      const isProperty = isNameOnly(ts, node, child) && !ts.isShorthandPropertyAssignment(node);
      const isName = isProperty || (ts.isIdentifier(child) && isTag(ts, node));
      if (!isName) visit(child, inner, isInFunction || ts.isFunctionLike(node));
    });
  };
  for (const statement of file.statements) visit(statement, new Set(), false);
  const list = (reads: Map<string, number[]>) => [...reads].map(([name, at]) => ({ name, at }));
  return { early: list(found.early), others: list(found.others) };
}

/** The names of a statement, other than `var`s and functions, and from where on they are declared. */
function declaredAt(ts: typeof TypeScript, statement: TypeScript.Statement): [name: string, from: number][] {
  if (ts.isVariableStatement(statement)) {
    if (isVar(ts, statement.declarationList)) return [];
    return statement.declarationList.declarations.flatMap(({ name, end }) =>
      boundNames(ts, name).map(({ text }): [string, number] => [text, end]),
    );
  }
  const isNamed = ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement);
  return isNamed && statement.name ? [[statement.name.text, statement.pos]] : [];
}

function isCalledThere(ts: typeof TypeScript, node: TypeScript.Node): boolean {
  let outer = node;
  while (ts.isParenthesizedExpression(outer.parent)) outer = outer.parent;
  return ts.isCallOrNewExpression(outer.parent);
}

function isTag(ts: typeof TypeScript, node: TypeScript.Node): boolean {
  return ts.isJsxOpeningLikeElement(node) || ts.isJsxClosingElement(node);
}

/**
 * What stands for the name where the cell reads the earlier one: a word of the same length that nobody writes, so that places stay. Undefined
 * where there is none.
 */
export function earlierName(name: string): string | undefined {
  const [first] = name;
  // A syllable of Hangul, of which there are 11172.
  return first?.length === 1 ? String.fromCharCode(0xac00 + (first.charCodeAt(0) % 11172)) + name.slice(1) : undefined;
}
