import ts from 'typescript';
import { NAMES } from './names';
import { callGlobal, letStatement } from './syntax';

const { factory } = ts;

/**
 * On the TypeScript tree: `import x = require('y')` becomes `let x = require('y')`, `export = x` its expression, and an import of types alone
 * (`import { type A } from 'y'`) goes, so that a package of types need not load.
 */
export function simplifyImports(): ts.Transformer<ts.SourceFile> {
  return (file) => {
    const statements = file.statements.flatMap((statement): ts.Statement[] => {
      if (ts.isImportEqualsDeclaration(statement) && ts.isExternalModuleReference(statement.moduleReference)) {
        if (statement.isTypeOnly) return [];
        const load = factory.createCallExpression(factory.createIdentifier('require'), undefined, [
          statement.moduleReference.expression,
        ]);
        return [ts.setTextRange(letStatement(statement.name, ts.setTextRange(load, statement)), statement)];
      }
      if (ts.isImportDeclaration(statement) && importsOnlyTypes(statement)) return [];
      if (ts.isExportAssignment(statement) && statement.isExportEquals) {
        return [ts.setTextRange(factory.createExpressionStatement(statement.expression), statement)];
      }
      return [statement];
    });
    return factory.updateSourceFile(file, statements);
  };
}

function importsOnlyTypes({ importClause }: ts.ImportDeclaration): boolean {
  const named = importClause?.namedBindings;
  if (!importClause || importClause.name || !named || !ts.isNamedImports(named)) return false;
  return named.elements.length > 0 && named.elements.every((element) => element.isTypeOnly);
}

/** A static import as statements of the cell: `let { a: b } = await import('x')`, which a later cell may redeclare. */
export function importStatements(node: ts.ImportDeclaration): ts.Statement[] {
  const load = awaitImport(node.moduleSpecifier, node.attributes);
  const clause = node.importClause;
  if (!clause) return [ts.setTextRange(factory.createExpressionStatement(factory.createVoidExpression(load)), node)];
  const bindings = clause.namedBindings;
  if (bindings && ts.isNamespaceImport(bindings) && !clause.name) {
    return [ts.setTextRange(letStatement(bindings.name, load), node)];
  }
  const namespace = factory.createUniqueName('__dinnb_module');
  const declare = (name: ts.Identifier, value: ts.Expression) =>
    factory.createVariableDeclaration(name, undefined, undefined, value);
  const named = (name: string) => callGlobal(NAMES.named, [namespace, factory.createStringLiteral(name)]);
  const declarations = [declare(namespace, load)];
  if (clause.name) declarations.push(declare(clause.name, named('default')));
  if (bindings && ts.isNamespaceImport(bindings)) declarations.push(declare(bindings.name, namespace));
  if (bindings && ts.isNamedImports(bindings)) {
    for (const element of bindings.elements) {
      declarations.push(declare(element.name, named((element.propertyName ?? element.name).text)));
    }
  }
  const list = factory.createVariableDeclarationList(declarations, ts.NodeFlags.Let);
  return [ts.setTextRange(factory.createVariableStatement(undefined, list), node)];
}

/** `export ... from 'x'` has nobody to export to; its module still loads, as it would. */
export function reExportStatements(node: ts.ExportDeclaration): ts.Statement[] {
  if (!node.moduleSpecifier) return [];
  const load = awaitImport(node.moduleSpecifier, node.attributes);
  return [ts.setTextRange(factory.createExpressionStatement(factory.createVoidExpression(load)), node)];
}

function awaitImport(specifier: ts.Expression, attributes: ts.ImportAttributes | undefined): ts.Expression {
  const args = attributes ? [specifier, importOptions(attributes)] : [specifier];
  const call = ts.setTextRange(callGlobal(NAMES.import, args), specifier);
  return factory.createAwaitExpression(call);
}

function importOptions(attributes: ts.ImportAttributes): ts.Expression {
  const entries = attributes.elements.map(({ name, value }) => factory.createPropertyAssignment(name, value));
  return factory.createObjectLiteralExpression([
    factory.createPropertyAssignment('with', factory.createObjectLiteralExpression(entries)),
  ]);
}

/** `import(x)` and `import.meta`, which V8 refuses in evaluated code. */
export function rewriteImportExpression(node: ts.Node): ts.Node | undefined {
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return factory.updateCallExpression(node, factory.createIdentifier(NAMES.import), undefined, node.arguments);
  }
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
    return factory.createIdentifier(NAMES.meta);
  }
  return undefined;
}
