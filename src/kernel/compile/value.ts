import ts from 'typescript';
import { NAMES } from './names';
import { callGlobal, isFunctionBoundary } from './syntax';

const { factory } = ts;

/**
 * Every expression statement whose value may be the cell's, `x;`, becomes `value(x);`, which packs long strings: V8's
 * inspector returns strings by value. What the value of the cell is stays V8's decision.
 */
export function packValues(
  statements: readonly ts.Statement[],
  context: ts.TransformationContext,
): readonly ts.Statement[] {
  const visit = (node: ts.Node): ts.Node => {
    if (isFunctionBoundary(node)) return node;
    if (ts.isExpressionStatement(node)) return hasValue(node) ? packed(node) : node;
    return ts.visitEachChild(node, visit, context);
  };
  const last = statements.findLastIndex(endsSearch);
  return statements.map((statement, index) => (index < last ? statement : (visit(statement) as ts.Statement)));
}

/** Statements before it cannot give the cell its value: even when it runs nothing, its own is undefined. */
function endsSearch(statement: ts.Statement): boolean {
  return (
    ts.isExpressionStatement(statement) ||
    ts.isIfStatement(statement) ||
    ts.isIterationStatement(statement, false) ||
    ts.isSwitchStatement(statement) ||
    ts.isTryStatement(statement)
  );
}

/** Not `void x`, nor the tick of a loop. */
function hasValue({ expression }: ts.ExpressionStatement): boolean {
  const isTick =
    ts.isCallExpression(expression) &&
    ts.isIdentifier(expression.expression) &&
    expression.expression.text === NAMES.tick;
  return !isTick && !ts.isVoidExpression(expression);
}

function packed(node: ts.ExpressionStatement): ts.ExpressionStatement {
  const call = ts.setTextRange(callGlobal(NAMES.value, [node.expression]), node.expression);
  return factory.updateExpressionStatement(node, call);
}
