import ts from 'typescript';

/**
 * A file of declarations as a module: it has no values, only those that it passes on.
 * @throws TypeError naming file, line and column where it declares a value, which nothing here gives
 */
export function declaredModule(text: string, file: string): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const value = source.statements.find(exportsValue);
  if (value) {
    const { line, character } = source.getLineAndCharacterOfPosition(value.getStart(source));
    throw new TypeError(
      `This file only declares values, and no file beside it has them: import their types with 'import type', or import the file that has the values (${file}:${line + 1}:${character + 1})`,
    );
  }
  const passedOn = source.statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) && !statement.isTypeOnly && !statement.exportClause && statement.moduleSpecifier
      ? [`export * from ${statement.moduleSpecifier.getText(source)};`]
      : [],
  );
  return ['export {};', ...passedOn].join('\n');
}

function exportsValue(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true;
  const isValue =
    ts.isVariableStatement(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isEnumDeclaration(statement);
  return isValue && (statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false);
}
