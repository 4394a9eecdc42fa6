import type * as TypeScript from 'typescript';

type Compiler = typeof TypeScript;

/**
 * The expression whose value a cell shows, and its statement: the last one, if it is an expression. Types, of which no
 * JavaScript is left, may stand behind it; `export default x` counts as the expression.
 */
export function shownExpression(
  ts: Compiler,
  statements: readonly TypeScript.Statement[],
): { statement: TypeScript.Statement; expression: TypeScript.Expression } | undefined {
  const statement = statements.findLast((each) => !isSilent(ts, each));
  const expression = statement && expressionOf(ts, statement);
  return expression && { statement, expression };
}

/** What leaves no JavaScript. */
function isSilent(ts: Compiler, statement: TypeScript.Statement): boolean {
  return (
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEmptyStatement(statement) ||
    (ts.isExportDeclaration(statement) && !statement.moduleSpecifier) ||
    (ts.canHaveModifiers(statement) &&
      (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false))
  );
}

function expressionOf(ts: Compiler, statement: TypeScript.Statement): TypeScript.Expression | undefined {
  if (ts.isExportAssignment(statement)) return statement.expression;
  if (!ts.isExpressionStatement(statement)) return undefined;
  const { expression } = statement;
  return ts.isStringLiteral(expression) && expression.text === 'use strict' ? undefined : expression;
}

/**
 * A cell that is one object, `{ a: 1, b: 2 }`, in parentheses: as a statement it would be a block, or no TypeScript. A semicolon behind it
 * makes no difference, as behind any expression; it becomes a space, so that places stay.
 * @returns undefined for everything else, also for blocks
 */
export function objectInParentheses(ts: Compiler, text: string): string | undefined {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, true, ts.LanguageVariant.Standard, text);
  if (scanner.scan() !== ts.SyntaxKind.OpenBraceToken) return undefined;
  const wrapped = `(${withoutLastSemicolon(ts, text)}\n)`;
  const file = ts.createSourceFile('cell.ts', wrapped, ts.ScriptTarget.ES2022) as TypeScript.SourceFile & {
    parseDiagnostics: readonly TypeScript.Diagnostic[];
  };
  const [statement, ...others] = file.statements;
  if (file.parseDiagnostics.length > 0 || others.length > 0 || !statement) return undefined;
  return ts.isExpressionStatement(statement) && isObject(ts, statement.expression) ? wrapped : undefined;
}

function withoutLastSemicolon(ts: Compiler, text: string): string {
  const [statement] = ts.createSourceFile('cell.ts', `(${text}`, ts.ScriptTarget.ES2022).statements;
  if (!statement || !ts.isExpressionStatement(statement) || !ts.isParenthesizedExpression(statement.expression))
    return text;
  const end = statement.expression.expression.end - 1;
  return text.slice(0, end) + text.slice(end).replaceAll(';', ' ');
}

function isObject(ts: Compiler, node: TypeScript.Expression): boolean {
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) {
    return isObject(ts, node.expression);
  }
  return ts.isObjectLiteralExpression(node) && node.properties.every((member) => isComplete(ts, member));
}

/** Not `f()` without a body nor `x = 1`, which TypeScript's parser takes for members and only a block can hold. */
function isComplete(ts: Compiler, member: TypeScript.ObjectLiteralElementLike): boolean {
  if (ts.isShorthandPropertyAssignment(member)) return member.objectAssignmentInitializer === undefined;
  return !ts.isFunctionLike(member) || (member as TypeScript.MethodDeclaration).body !== undefined;
}
