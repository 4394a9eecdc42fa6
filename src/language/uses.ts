import type * as TypeScript from 'typescript';
import { isAssignment, namesOf } from './names';

/** What a cell does with the variables that all cells share. */
export interface CellUses {
  /** Names that it declares. */
  declared: string[];
  /**
   * Names of others that it reads: those of other cells, and globals. Also those that it may assign to, or not, as in an `if`; not
   * those that it reads only after it has assigned to them.
   */
  reads: string[];
  /** Of these the ones that only functions read: they may be given before the functions are called, and not before. */
  later: string[];
  /** Names of others that it assigns to. */
  writes: string[];
}

/** The names that a scope holds by itself. */
type Scope = { names: Set<string>; outer: Scope | undefined };

/** Reads off a parsed cell which names it declares, reads and assigns to. Types are none: they change nothing at run time. */
export function usesOf(ts: typeof TypeScript, file: TypeScript.SourceFile): CellUses {
  const { declared } = namesOf(ts, file);
  const own = new Set(declared);
  // A `var` belongs to the cell from wherever in it, as it does to a function.
  for (const statement of file.statements) hoisted(ts, statement, own);
  const reads = new Set<string>();
  const writes = new Set<string>();
  const atOnce = new Set<string>();
  /** Assigned to, whatever happens, before what is visited runs. */
  const replaced = new Set<string>();
  /** Whether what is visited runs for sure. */
  let isSure = true;
  let isInFunction = false;
  const isLocal = (name: string, scope: Scope | undefined) => {
    for (let at = scope; at; at = at.outer) if (at.names.has(name)) return true;
    return false;
  };
  const use = (identifier: TypeScript.Identifier, scope: Scope | undefined, isRead: boolean, isWrite: boolean) => {
    const name = identifier.text;
    if (own.has(name) || isLocal(name, scope)) return;
    if ((isRead || !isSure) && !replaced.has(name)) reads.add(name);
    if (!isInFunction) atOnce.add(name);
    if (isWrite) writes.add(name);
    if (isWrite && isSure) replaced.add(name);
  };

  /** What is assigned to: `a`, `[a, b]`, `{ a, b: c = 1 }`. */
  const target = (node: TypeScript.Node, scope: Scope | undefined): void => {
    if (ts.isIdentifier(node)) use(node, scope, false, true);
    else if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isAsExpression(node))
      target(node.expression, scope);
    else if (ts.isArrayLiteralExpression(node)) for (const each of node.elements) target(each, scope);
    else if (ts.isSpreadElement(node) || ts.isSpreadAssignment(node)) target(node.expression, scope);
    else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      target(node.left, scope);
      visit(node.right, scope);
    } else if (ts.isObjectLiteralExpression(node)) {
      for (const property of node.properties) {
        if (ts.isShorthandPropertyAssignment(property)) {
          use(property.name, scope, false, true);
          if (property.objectAssignmentInitializer) visit(property.objectAssignmentInitializer, scope);
        } else if (ts.isPropertyAssignment(property)) target(property.initializer, scope);
        else if (ts.isSpreadAssignment(property)) target(property.expression, scope);
      }
    } else visit(node, scope);
  };

  const visit = (node: TypeScript.Node, scope: Scope | undefined): unknown => {
    const before = [isSure, isInFunction] as const;
    isSure &&= !mayNotRun(ts, node);
    isInFunction ||= ts.isFunctionLike(node);
    visitInOrder(node, scope);
    [isSure, isInFunction] = before;
    return undefined;
  };

  const visitInOrder = (node: TypeScript.Node, scope: Scope | undefined): unknown => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return undefined;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isImportDeclaration(node))
      return undefined;
    if (ts.isIdentifier(node)) return use(node, scope, true, false);
    if (ts.isPropertyAccessExpression(node)) return visit(node.expression, scope);
    if (ts.isShorthandPropertyAssignment(node)) return use(node.name, scope, true, false);
    if (ts.isBinaryExpression(node) && isAssignment(ts, node.operatorToken.kind)) {
      if (node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) visit(node.left, scope);
      visit(node.right, scope);
      return target(node.left, scope);
    }
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      visit(node.operand, scope);
      if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken) {
        target(node.operand, scope);
      }
      return undefined;
    }
    if ((ts.isForOfStatement(node) || ts.isForInStatement(node)) && !ts.isVariableDeclarationList(node.initializer)) {
      target(node.initializer, scope);
      visit(node.expression, scope);
      return visit(node.statement, scope);
    }
    const inner = opensScope(ts, node) ? { names: namesIn(ts, node), outer: scope } : scope;
    ts.forEachChild(node, (child) => {
      if (!isNameOnly(ts, node, child)) visit(child, inner);
    });
    return undefined;
  };
  for (const statement of file.statements) visit(statement, undefined);
  return {
    declared: [...own],
    reads: [...reads],
    later: [...reads].filter((name) => !atOnce.has(name)),
    writes: [...writes],
  };
}

/** Whether parts of a node may not run, or later. */
function mayNotRun(ts: typeof TypeScript, node: TypeScript.Node): boolean {
  const { SyntaxKind } = ts;
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    return [SyntaxKind.AmpersandAmpersandToken, SyntaxKind.BarBarToken, SyntaxKind.QuestionQuestionToken].includes(
      kind,
    );
  }
  return (
    ts.isFunctionLike(node) ||
    ts.isIfStatement(node) ||
    ts.isConditionalExpression(node) ||
    ts.isIterationStatement(node, false) ||
    ts.isSwitchStatement(node) ||
    ts.isTryStatement(node)
  );
}

/** Whether a child is the name of something, and no expression. */
export function isNameOnly(ts: typeof TypeScript, node: TypeScript.Node, child: TypeScript.Node): boolean {
  if (!ts.isIdentifier(child)) return false;
  if (ts.isBindingElement(node)) return child === node.propertyName || child === node.name;
  if (ts.isLabeledStatement(node) || ts.isBreakOrContinueStatement(node)) return child === node.label;
  if (ts.isExportSpecifier(node) || ts.isImportSpecifier(node) || ts.isMetaProperty(node)) return true;
  return (node as { name?: TypeScript.Node }).name === child;
}

export function opensScope(ts: typeof TypeScript, node: TypeScript.Node): boolean {
  return (
    ts.isFunctionLike(node) ||
    ts.isBlock(node) ||
    ts.isForStatement(node) ||
    ts.isForOfStatement(node) ||
    ts.isForInStatement(node) ||
    ts.isCaseBlock(node) ||
    ts.isCatchClause(node) ||
    ts.isClassLike(node) ||
    ts.isModuleBlock(node)
  );
}

/** What is declared directly in a scope. */
export function namesIn(ts: typeof TypeScript, scope: TypeScript.Node): Set<string> {
  const names = new Set<string>();
  const bind = (name: TypeScript.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name);
  };
  const declare = (node: TypeScript.Node): void => {
    if (ts.isVariableStatement(node)) for (const { name } of node.declarationList.declarations) bind(name);
    else if (ts.isVariableDeclarationList(node)) for (const { name } of node.declarations) bind(name);
    else if (
      (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node)) &&
      node.name
    ) {
      names.add(node.name.text);
    } else if (ts.isCaseClause(node) || ts.isDefaultClause(node)) node.statements.forEach(declare);
  };
  if (ts.isFunctionLike(scope)) {
    for (const { name } of scope.parameters) bind(name);
    names.add('arguments');
    const { name, body } = scope as TypeScript.FunctionExpression;
    if (name && ts.isIdentifier(name)) names.add(name.text);
    if (body) hoisted(ts, body, names);
  } else if (ts.isClassLike(scope)) {
    if (scope.name) names.add(scope.name.text);
  } else if (ts.isCatchClause(scope)) {
    if (scope.variableDeclaration) bind(scope.variableDeclaration.name);
  } else ts.forEachChild(scope, declare);
  return names;
}

/** Names of `var`s, which belong to the function around them. */
function hoisted(ts: typeof TypeScript, node: TypeScript.Node, names: Set<string>): void {
  if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
  if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0) {
    const bind = (name: TypeScript.BindingName): void => {
      if (ts.isIdentifier(name)) names.add(name.text);
      else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name);
    };
    for (const { name } of node.declarations) bind(name);
  }
  ts.forEachChild(node, (child) => hoisted(ts, child, names));
}
