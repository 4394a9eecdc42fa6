import ts from 'typescript';

const { factory } = ts;

/** What CommonJS gives a file, in a line before a module's own. */
export const COMMON_JS =
  "import { createRequire as __dinnb_createRequire } from 'node:module'; const require = __dinnb_createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;\n";

/** Whether a file says `import x = require('y')`. */
export function requires(file: ts.SourceFile): boolean {
  return file.statements.some(isRequired);
}

/** On the TypeScript tree: `import x = require('y')` and `export =` of CommonJS, in a module's words. */
export const asModule: ts.TransformerFactory<ts.SourceFile> = () => (file) => {
  const statements = file.statements.flatMap((statement): ts.Statement[] => {
    if (isRequired(statement)) {
      if (statement.isTypeOnly) return [];
      const load = factory.createCallExpression(factory.createIdentifier('require'), undefined, [
        statement.moduleReference.expression,
      ]);
      const variable = factory.createVariableDeclaration(statement.name, undefined, undefined, load);
      const list = factory.createVariableDeclarationList([variable], ts.NodeFlags.Const);
      return [ts.setTextRange(factory.createVariableStatement(statement.modifiers, list), statement)];
    }
    if (ts.isExportAssignment(statement) && statement.isExportEquals)
      return [ts.setTextRange(factory.createExportDefault(statement.expression), statement)];
    return [statement];
  });
  return factory.updateSourceFile(file, statements);
};

type Required = ts.ImportEqualsDeclaration & { moduleReference: ts.ExternalModuleReference };

const isRequired = (statement: ts.Statement): statement is Required =>
  ts.isImportEqualsDeclaration(statement) && ts.isExternalModuleReference(statement.moduleReference);
