import type * as TypeScript from 'typescript';
import { boundNames, isVar } from './names';
import { isNameOnly, namesIn, opensScope } from './uses';

// What a cell reads of a name before it declares it, as in `const rows = rows.filter(...)`: the value that the cell above gave the name. To
// TypeScript it is the new one, before its time.

/** Where a cell reads a name that it declares only behind that. */
export interface EarlyReads {
  name: string;
  /** Where in the cell. */
  at: readonly number[];
}

/** What functions read is left out, unless they are handed to a call, or called, where they stand: they run when the name is declared. */
export function earlyReads(ts: typeof TypeScript, file: TypeScript.SourceFile): EarlyReads[] {
  const until = new Map<string, number>();
  for (const statement of file.statements) for (const [name, end] of declaredAt(ts, statement)) until.set(name, end);
  if (until.size === 0) return [];
  const found = new Map<string, number[]>();
  const visit = (node: TypeScript.Node, hidden: ReadonlySet<string>): void => {
    if (ts.isTypeNode(node) || ts.isPropertyDeclaration(node) || ts.isClassStaticBlockDeclaration(node)) return;
    if (ts.isFunctionLike(node) && !isCalledThere(ts, node)) return;
    if (ts.isShorthandPropertyAssignment(node)) return; // the name of a property as well
    if (ts.isIdentifier(node)) {
      const at = node.getStart(file);
      const end = until.get(node.text);
      if (end === undefined || at >= end || hidden.has(node.text) || !file.text.startsWith(node.text, at)) return;
      found.set(node.text, [...(found.get(node.text) ?? []), at]);
      return;
    }
    const inner = opensScope(ts, node) ? new Set([...hidden, ...namesIn(ts, node)]) : hidden;
    ts.forEachChild(node, (child) => {
      const isName = isNameOnly(ts, node, child) || (ts.isIdentifier(child) && isTag(ts, node));
      if (!isName) visit(child, inner);
    });
  };
  for (const statement of file.statements) visit(statement, new Set());
  return [...found].map(([name, at]) => ({ name, at }));
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
