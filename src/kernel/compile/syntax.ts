import ts from 'typescript';

const { factory } = ts;

/** `callee(...args)` of one of the hidden globals. */
export function callGlobal(name: string, args: ts.Expression[]): ts.CallExpression {
  return factory.createCallExpression(factory.createIdentifier(name), undefined, args);
}

/** `let name = value;` */
export function letStatement(name: ts.BindingName | string, value: ts.Expression | undefined): ts.VariableStatement {
  const declaration = factory.createVariableDeclaration(name, undefined, undefined, value);
  return factory.createVariableStatement(
    undefined,
    factory.createVariableDeclarationList([declaration], ts.NodeFlags.Let),
  );
}

/** `void (expression);`: an effect without a completion value, so that it is not shown as the cell's result. */
export function voidStatement(expression: ts.Expression): ts.Statement {
  return factory.createExpressionStatement(
    factory.createVoidExpression(factory.createParenthesizedExpression(expression)),
  );
}

export function hasModifier(node: ts.HasModifiers, kind: ts.SyntaxKind): boolean {
  return ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false;
}

/** A boundary for `var`, `await` and `this`: what lies inside does not run as part of the cell's own statements. */
export function isFunctionBoundary(node: ts.Node): boolean {
  return ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node) || ts.isPropertyDeclaration(node);
}
