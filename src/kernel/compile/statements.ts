import ts from 'typescript';
import {
  functionExpression,
  hoistedFunction,
  letDeclaration,
  parameter,
  parenthesized,
  plainClass,
} from './declarations';
import { importStatements, reExportStatements, rewriteImportExpression } from './imports';
import { rewriteAwait, rewriteLoop } from './interrupts';
import { isFunctionBoundary } from './syntax';

const { factory } = ts;

export interface CellShape {
  /** Number of the run, for the awaits of the cell's own statements. */
  run: number;
  /** Whether top-level declarations are notebook parameters. */
  parameters: boolean;
  /** What the `tsconfig.json` of the notebook's folder changes. */
  options?: ts.CompilerOptions;
}

/**
 * The JavaScript tree of a module as the statements of a REPL: imports first and functions next, as in a module, then
 * the rest in order.
 */
export function replStatements(shape: CellShape): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    const rewriteInside =
      (run: number | undefined) =>
      (node: ts.Node): ts.Node => {
        const visited = ts.visitEachChild(node, rewriteInside(isFunctionBoundary(node) ? undefined : run), context);
        return rewriteImportExpression(visited) ?? rewriteAwait(visited, run) ?? rewriteLoop(visited, run) ?? visited;
      };
    const rewrite = rewriteInside(shape.run);
    const imports: ts.Statement[] = [];
    const functions = new Map<string, ts.Statement>();
    const rest: ts.Statement[] = [];
    for (const original of withoutUseStrict(file.statements)) {
      if (ts.isImportDeclaration(original)) {
        imports.push(...importStatements(original).map((statement) => rewrite(statement) as ts.Statement));
        continue;
      }
      if (ts.isExportDeclaration(original)) {
        imports.push(...reExportStatements(original).map((statement) => rewrite(statement) as ts.Statement));
        continue;
      }
      const statement = rewrite(original) as ts.Statement;
      if (ts.isFunctionDeclaration(statement)) {
        if (isNamed(statement)) functions.set(statement.name.text, hoistedFunction(statement));
        else rest.push(ts.setTextRange(parenthesized(functionExpression(statement)), statement));
      } else if (ts.isExportAssignment(statement)) {
        rest.push(ts.setTextRange(factory.createExpressionStatement(statement.expression), statement));
      } else if (ts.isClassDeclaration(statement)) {
        rest.push(plainClass(statement));
      } else if (ts.isVariableStatement(statement)) {
        rest.push(letDeclaration(statement, shape.parameters ? parameter : (declaration) => declaration));
      } else {
        rest.push(statement);
      }
    }
    return factory.updateSourceFile(file, [...imports, ...functions.values(), ...rest]);
  };
}

/** The cell is strict anyway, and behind other statements the directive would be a value to show. */
function withoutUseStrict(statements: readonly ts.Statement[]): readonly ts.Statement[] {
  return statements.filter(
    (s) => !(ts.isExpressionStatement(s) && ts.isStringLiteral(s.expression) && s.expression.text === 'use strict'),
  );
}

function isNamed(node: ts.FunctionDeclaration): node is ts.FunctionDeclaration & { name: ts.Identifier } {
  return node.name !== undefined;
}
