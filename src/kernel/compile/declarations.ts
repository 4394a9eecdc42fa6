import ts from 'typescript';
import { isParameter } from '../../protocol/parameters';
import { NAMES } from './names';
import { callGlobal, letStatement } from './syntax';

const { factory } = ts;

/**
 * Top-level declarations become what V8's REPL lets later cells declare again in any form: `const`, `var`, enums and
 * namespaces (which the compiler has turned into `var`) become `let`; `export` goes.
 */
export function letDeclaration(
  node: ts.VariableStatement,
  rewriteValue: (declaration: ts.VariableDeclaration) => ts.VariableDeclaration,
): ts.VariableStatement {
  const list = factory.createVariableDeclarationList(
    node.declarationList.declarations.map(rewriteValue),
    ts.NodeFlags.Let,
  );
  return ts.setTextRange(factory.createVariableStatement(undefined, ts.setTextRange(list, node.declarationList)), node);
}

/** `let f = function () {}`, for the top of the cell: functions may be called before their declaration. */
export function hoistedFunction(node: ts.FunctionDeclaration & { name: ts.Identifier }): ts.VariableStatement {
  return ts.setTextRange(letStatement(node.name, functionExpression(node)), node);
}

/** A nameless function expression takes the name of its variable, which stays assignable inside it. */
export function functionExpression(node: ts.FunctionDeclaration): ts.FunctionExpression {
  const { asteriskToken, parameters } = node;
  const body = node.body ?? factory.createBlock([]);
  return ts.setTextRange(
    factory.createFunctionExpression(
      withoutExport(ts.getModifiers(node)),
      asteriskToken,
      undefined,
      undefined,
      parameters,
      undefined,
      body,
    ),
    node,
  );
}

export function plainClass(node: ts.ClassDeclaration): ts.Statement {
  const modifiers = withoutExport(ts.getModifiers(node));
  if (node.name) {
    return factory.updateClassDeclaration(node, modifiers, node.name, undefined, node.heritageClauses, node.members);
  }
  const expression = factory.createClassExpression(modifiers, undefined, undefined, node.heritageClauses, node.members);
  return ts.setTextRange(parenthesized(expression), node);
}

/** An expression as a statement that no declaration begins. */
export function parenthesized(expression: ts.Expression): ts.Statement {
  return factory.createExpressionStatement(factory.createParenthesizedExpression(expression));
}

function withoutExport(modifiers: readonly ts.Modifier[] | undefined): ts.Modifier[] | undefined {
  return modifiers?.filter(({ kind }) => kind !== ts.SyntaxKind.ExportKeyword && kind !== ts.SyntaxKind.DefaultKeyword);
}

/** `let name = parameter('name', value)` */
export function parameter(node: ts.VariableDeclaration): ts.VariableDeclaration {
  if (!isParameter(ts, node)) return node;
  const name = factory.createStringLiteral((node.name as ts.Identifier).text);
  const value = callGlobal(NAMES.parameter, [name, node.initializer!]);
  return factory.updateVariableDeclaration(
    node,
    node.name,
    undefined,
    undefined,
    ts.setTextRange(value, node.initializer!),
  );
}
