import ts from 'typescript';
import { NAMES } from './names';
import { callGlobal, hasModifier } from './syntax';

const { factory } = ts;

/**
 * On the TypeScript tree: a cell's last statement, if it is an expression, hands its value over, `value(x, run)`. Types
 * and functions stand anywhere; `export default x` counts as the expression.
 */
export function handOverValue(run: number): ts.TransformerFactory<ts.SourceFile> {
  return () => (file) => {
    const last = file.statements.findLastIndex((statement) => !isSilent(statement));
    const expression = last < 0 ? undefined : expressionOf(file.statements[last]!);
    if (!expression) return file;
    const statement = file.statements[last]!;
    const call = callGlobal(NAMES.value, [expression, factory.createNumericLiteral(run)]);
    const handing = ts.setTextRange(factory.createExpressionStatement(ts.setTextRange(call, expression)), statement);
    return factory.updateSourceFile(file, file.statements.with(last, handing));
  };
}

/** What runs nothing where it stands. */
function isSilent(statement: ts.Statement): boolean {
  return (
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEmptyStatement(statement) ||
    ts.isFunctionDeclaration(statement) ||
    (ts.isExportDeclaration(statement) && !statement.moduleSpecifier) ||
    (ts.canHaveModifiers(statement) && hasModifier(statement, ts.SyntaxKind.DeclareKeyword))
  );
}

function expressionOf(statement: ts.Statement): ts.Expression | undefined {
  if (ts.isExportAssignment(statement)) return statement.expression;
  if (!ts.isExpressionStatement(statement)) return undefined;
  const { expression } = statement;
  return ts.isStringLiteral(expression) && expression.text === 'use strict' ? undefined : expression;
}

/**
 * A cell that is one object, `{ a: 1, b: 2 }`, in parentheses: as a statement it would be a block, or no TypeScript.
 * @returns undefined for everything else, also for blocks
 */
export function objectInParentheses(text: string): string | undefined {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, true, ts.LanguageVariant.Standard, text);
  if (scanner.scan() !== ts.SyntaxKind.OpenBraceToken) return undefined;
  const wrapped = `(${text}\n)`;
  const file = ts.createSourceFile('cell.ts', wrapped, ts.ScriptTarget.ES2022) as ts.SourceFile & {
    parseDiagnostics: readonly ts.Diagnostic[];
  };
  const [statement, ...others] = file.statements;
  if (file.parseDiagnostics.length > 0 || others.length > 0 || !statement) return undefined;
  return ts.isExpressionStatement(statement) && isObject(statement.expression) ? wrapped : undefined;
}

function isObject(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) {
    return isObject(node.expression);
  }
  return ts.isObjectLiteralExpression(node) && node.properties.every(isComplete);
}

/** Not `f()` without a body nor `x = 1`, which TypeScript's parser takes for members and only a block can hold. */
function isComplete(member: ts.ObjectLiteralElementLike): boolean {
  if (ts.isShorthandPropertyAssignment(member)) return member.objectAssignmentInitializer === undefined;
  return !ts.isFunctionLike(member) || (member as ts.MethodDeclaration).body !== undefined;
}
