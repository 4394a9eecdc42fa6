import ts from 'typescript';
import { parameter } from './declarations';
import { hasModifier, isFunctionBoundary, voidStatement } from './syntax';

const { factory } = ts;

/**
 * `var`, on the TypeScript tree: every one becomes an assignment where it stood, and its name is told, to be declared
 * before the cell runs unless an earlier run has. V8's REPL refuses `let x` where an earlier cell said `var x`, so none may
 * reach it. A name that the cell also declares as something else stays, for V8 to refuse.
 *
 * @param lifted the names, filled while it runs
 */
export function liftVars(lifted: Set<string>, isParameters: boolean): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    const functions = new Set(file.statements.filter(ts.isFunctionDeclaration).map((f) => f.name?.text));
    const others = new Set(file.statements.flatMap(otherNames));
    const isLifted = (list: ts.Node | undefined): list is ts.VariableDeclarationList => {
      if (!list || !ts.isVariableDeclarationList(list) || !isVar(list)) return false;
      const names = declaredNames(list);
      if (names.some((name) => others.has(name))) return false;
      for (const name of names) if (!functions.has(name)) lifted.add(name);
      return true;
    };
    const rewrite = (node: ts.Node): ts.Node => {
      if (isFunctionBoundary(node) || ts.isModuleDeclaration(node)) return node;
      if (ts.isVariableStatement(node) && isVar(node.declarationList)) {
        if (hasModifier(node, ts.SyntaxKind.DeclareKeyword) || !isLifted(node.declarationList)) return node;
        const assigned = assignments(node.declarationList, isParameters && file.statements.includes(node));
        return ts.setTextRange(assigned ? voidStatement(assigned) : factory.createEmptyStatement(), node);
      }
      const visited = ts.visitEachChild(node, rewrite, context);
      if (ts.isForStatement(visited) && isLifted(visited.initializer)) {
        const { condition, incrementor, statement } = visited;
        return factory.updateForStatement(visited, assignments(visited.initializer), condition, incrementor, statement);
      }
      if (ts.isForOfStatement(visited) && isLifted(visited.initializer)) {
        const { awaitModifier, expression, statement } = visited;
        return factory.updateForOfStatement(visited, awaitModifier, target(visited.initializer), expression, statement);
      }
      if (ts.isForInStatement(visited) && isLifted(visited.initializer)) {
        return factory.updateForInStatement(
          visited,
          target(visited.initializer),
          visited.expression,
          visited.statement,
        );
      }
      return visited;
    };
    return factory.updateSourceFile(
      file,
      file.statements.map((statement) => rewrite(statement) as ts.Statement),
    );
  };
}

/** Names that a statement of the cell declares as `let`, `const`, class, enum or import. */
function otherNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return isVar(statement.declarationList) ? [] : declaredNames(statement.declarationList);
  }
  if (ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement)) {
    return statement.name ? [statement.name.text] : [];
  }
  if (!ts.isImportDeclaration(statement)) return [];
  const { name, namedBindings } = statement.importClause ?? {};
  const bindings = !namedBindings ? [] : ts.isNamespaceImport(namedBindings) ? [namedBindings] : namedBindings.elements;
  return [...(name ? [name.text] : []), ...bindings.map((binding) => binding.name.text)];
}

function isVar(list: ts.VariableDeclarationList): boolean {
  return (list.flags & ts.NodeFlags.BlockScoped) === 0;
}

function declaredNames(list: ts.VariableDeclarationList): string[] {
  return list.declarations.flatMap((declaration) => bindingNames(declaration.name));
}

function bindingNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? bindingNames(element.name) : []));
}

/** `a = 1, { b } = o`; undefined when nothing has a value. */
function assignments(list: ts.VariableDeclarationList, areParameters = false): ts.Expression | undefined {
  const parts = list.declarations
    .filter((declaration) => declaration.initializer)
    .map((declaration) => (areParameters ? parameter(declaration) : declaration))
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
