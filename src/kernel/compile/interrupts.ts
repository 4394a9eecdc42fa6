import ts from 'typescript';
import { NAMES } from './names';
import { callGlobal } from './syntax';

const { factory } = ts;

/**
 * `await x` becomes `check(await x)`, which throws when the cell was interrupted while it waited. An await of the cell's
 * own statements, `check(await hold(x, run), run)`, names its run, because after an interrupt that abandoned the cell
 * another one may be running; what it waits for is kept alive.
 */
export function rewriteAwait(node: ts.Node, run: number | undefined): ts.Node | undefined {
  if (!ts.isAwaitExpression(node)) return undefined;
  if (run === undefined) return ts.setTextRange(callGlobal(NAMES.check, [node]), node);
  const number = factory.createNumericLiteral(run);
  const held = factory.updateAwaitExpression(node, callGlobal(NAMES.hold, [node.expression, number]));
  return ts.setTextRange(callGlobal(NAMES.check, [held, number]), node);
}

/** Every loop body starts with `tick()`, so that an endless loop can be stopped by an ordinary exception. */
export function rewriteLoop(node: ts.Node, run: number | undefined): ts.Node | undefined {
  if (ts.isForStatement(node)) {
    return factory.updateForStatement(
      node,
      node.initializer,
      node.condition,
      node.incrementor,
      ticking(node.statement),
    );
  }
  if (ts.isWhileStatement(node)) return factory.updateWhileStatement(node, node.expression, ticking(node.statement));
  if (ts.isDoStatement(node)) return factory.updateDoStatement(node, ticking(node.statement), node.expression);
  if (ts.isForOfStatement(node)) {
    const { awaitModifier, initializer, expression, statement } = node;
    const isOwnWait = awaitModifier !== undefined && run !== undefined;
    const source = isOwnWait ? callGlobal(NAMES.each, [expression, factory.createNumericLiteral(run)]) : expression;
    return factory.updateForOfStatement(node, awaitModifier, initializer, source, ticking(statement));
  }
  if (ts.isForInStatement(node)) {
    return factory.updateForInStatement(node, node.initializer, node.expression, ticking(node.statement));
  }
  return undefined;
}

function ticking(body: ts.Statement): ts.Block {
  const tick = factory.createExpressionStatement(callGlobal(NAMES.tick, []));
  if (!ts.isBlock(body)) return factory.createBlock([tick, body], true);
  return ts.setTextRange(factory.createBlock([tick, ...body.statements], true), body);
}
