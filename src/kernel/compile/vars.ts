import ts from 'typescript';
import { hasModifier, isFunctionBoundary, letStatement, voidStatement } from './syntax';

const { factory } = ts;

/**
 * `var`, on the TypeScript tree. V8's REPL refuses `let x` where an earlier cell said `var x`, so no `var` may reach it:
 * one that stands alone among the cell's statements simply becomes `let` later (`declarations.ts`); one inside a block or
 * a loop head, or declared twice, becomes a `let` on top and assignments where it stood.
 */
export function hoistVars(context: ts.TransformationContext): ts.Transformer<ts.SourceFile> {
  return (file) => {
    const lifted = namesToLift(file);
    if (lifted.size === 0) return file;
    const functions = new Set(file.statements.filter(ts.isFunctionDeclaration).map((f) => f.name?.text));
    const rewrite = (node: ts.Node): ts.Node | undefined => {
      if (isFunctionBoundary(node) || ts.isModuleDeclaration(node)) return node;
      const liftedList = (list: ts.Node | undefined): list is ts.VariableDeclarationList =>
        list !== undefined &&
        ts.isVariableDeclarationList(list) &&
        isVar(list) &&
        declaredNames(list).some((n) => lifted.has(n));
      if (ts.isVariableStatement(node)) {
        if (hasModifier(node, ts.SyntaxKind.DeclareKeyword) || !liftedList(node.declarationList)) return node;
        const assigned = assignments(node.declarationList);
        return ts.setTextRange(assigned ? voidStatement(assigned) : factory.createEmptyStatement(), node);
      }
      const visited = ts.visitEachChild(node, rewrite, context);
      if (ts.isForStatement(visited) && liftedList(visited.initializer)) {
        const { condition, incrementor, statement } = visited;
        return factory.updateForStatement(visited, assignments(visited.initializer), condition, incrementor, statement);
      }
      if (ts.isForOfStatement(visited) && liftedList(visited.initializer)) {
        const { awaitModifier, expression, statement } = visited;
        return factory.updateForOfStatement(visited, awaitModifier, target(visited.initializer), expression, statement);
      }
      if (ts.isForInStatement(visited) && liftedList(visited.initializer)) {
        return factory.updateForInStatement(
          visited,
          target(visited.initializer),
          visited.expression,
          visited.statement,
        );
      }
      return visited;
    };
    const statements = file.statements.map((statement) => rewrite(statement) as ts.Statement);
    const declared = [...lifted].filter((name) => !functions.has(name)).map((name) => letStatement(name, undefined));
    return factory.updateSourceFile(file, [...declared, ...statements]);
  };
}

function isVar(list: ts.VariableDeclarationList): boolean {
  return (list.flags & ts.NodeFlags.BlockScoped) === 0;
}

/** Names of `var`s that cannot simply become `let` where they stand, with those that share a declaration with one. */
function namesToLift(file: ts.SourceFile): Set<string> {
  const nested = new Set<string>();
  const seen = new Set(
    file.statements.filter(ts.isFunctionDeclaration).flatMap((f) => (f.name && f.body ? [f.name.text] : [])),
  );
  const topLevel: string[][] = [];
  const visit = (node: ts.Node, parent: ts.Node): void => {
    if (isFunctionBoundary(node) || ts.isModuleDeclaration(node)) return;
    if (ts.isVariableStatement(node) && hasModifier(node, ts.SyntaxKind.DeclareKeyword)) return;
    if (ts.isVariableDeclarationList(node) && isVar(node)) {
      const names = declaredNames(node);
      const isTopLevel = ts.isVariableStatement(parent) && file.statements.includes(parent);
      if (isTopLevel) topLevel.push(names);
      for (const name of names) {
        if (!isTopLevel || seen.has(name)) nested.add(name);
        seen.add(name);
      }
    }
    ts.forEachChild(node, (child) => visit(child, node));
  };
  for (const statement of file.statements) visit(statement, file);
  // Lifting one name of `var a = 1, b = 2` turns the whole statement into assignments.
  for (let before = -1; before !== nested.size; ) {
    before = nested.size;
    for (const names of topLevel)
      if (names.some((name) => nested.has(name))) for (const name of names) nested.add(name);
  }
  return nested;
}

function declaredNames(list: ts.VariableDeclarationList): string[] {
  return list.declarations.flatMap((declaration) => bindingNames(declaration.name));
}

function bindingNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? bindingNames(element.name) : []));
}

/** `a = 1, { b } = o`; undefined when nothing has a value. */
function assignments(list: ts.VariableDeclarationList): ts.Expression | undefined {
  const parts = list.declarations
    .filter((declaration) => declaration.initializer)
    .map((declaration) =>
      ts.setTextRange(factory.createAssignment(pattern(declaration.name), declaration.initializer!), declaration),
    );
  const [first, ...others] = parts;
  return first && others.reduce<ts.Expression>((all, next) => factory.createComma(all, next), first);
}

/** The variable of `for (var x of ...)` as something to assign to. */
function target(list: ts.VariableDeclarationList): ts.Expression {
  return pattern(list.declarations[0]!.name);
}

/** A binding pattern as the same pattern of an assignment. */
function pattern(name: ts.BindingName): ts.Expression {
  if (ts.isIdentifier(name)) return name;
  const withDefault = (element: ts.BindingElement): ts.Expression =>
    element.initializer ? factory.createAssignment(pattern(element.name), element.initializer) : pattern(element.name);
  if (ts.isArrayBindingPattern(name)) {
    return factory.createArrayLiteralExpression(
      name.elements.map((element) => {
        if (ts.isOmittedExpression(element)) return element;
        return element.dotDotDotToken ? factory.createSpreadElement(pattern(element.name)) : withDefault(element);
      }),
    );
  }
  return factory.createObjectLiteralExpression(
    name.elements.map((element) => {
      if (element.dotDotDotToken) return factory.createSpreadAssignment(pattern(element.name));
      const key = element.propertyName ?? (element.name as ts.Identifier);
      return factory.createPropertyAssignment(key, withDefault(element));
    }),
  );
}
