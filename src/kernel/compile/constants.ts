import ts from 'typescript';
import { hasModifier } from './syntax';

const CONSTANT = 2588;
const OPTIONS: ts.CompilerOptions = { noLib: true, noResolve: true, types: [], target: ts.ScriptTarget.ES2022 };

/**
 * Assignments to a `const` of the same cell. Top-level ones run as `let`, so that a later cell may declare them again: V8
 * does not see to it. What lies in which scope TypeScript's checker knows; it is asked only about cells that may assign.
 */
export function constantAssignments({ fileName, text, statements }: ts.SourceFile): readonly ts.Diagnostic[] {
  const constants = new Set(identifiers(statements.flatMap(constantsOf).map(({ name }) => name)));
  if (constants.size === 0 || !statements.some((statement) => assigns(statement, constants))) return [];
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.ES2022);
  const host: ts.CompilerHost = {
    getSourceFile: (name) => (name === fileName ? file : undefined),
    getDefaultLibFileName: () => 'lib.d.ts',
    writeFile() {},
    getCurrentDirectory: () => '',
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: (name) => name === fileName,
    readFile: () => undefined,
  };
  const program = ts.createProgram([fileName], OPTIONS, host);
  return program.getSemanticDiagnostics(file).filter(({ code }) => code === CONSTANT);
}

/** Top-level `const`s without a value, which run as `let` and V8 would take. */
export function unsetConstants(file: ts.SourceFile): readonly ts.Diagnostic[] {
  return file.statements.flatMap((statement) => {
    if (ts.canHaveModifiers(statement) && hasModifier(statement, ts.SyntaxKind.DeclareKeyword)) return [];
    const unset = constantsOf(statement).filter(({ initializer }) => !initializer);
    return unset.map(({ name }) => ({
      category: ts.DiagnosticCategory.Error,
      code: 1155,
      file,
      start: name.getStart(file),
      length: name.getWidth(file),
      messageText: "'const' declarations must be initialized.",
    }));
  });
}

function constantsOf(statement: ts.Statement): readonly ts.VariableDeclaration[] {
  if (!ts.isVariableStatement(statement) || !(statement.declarationList.flags & ts.NodeFlags.Const)) return [];
  return statement.declarationList.declarations;
}

/** Whether something with one of the names is assigned to, in whatever scope. */
function assigns(statement: ts.Statement, names: ReadonlySet<string>): boolean {
  const visit = (node: ts.Node): boolean => {
    const target = assigned(node);
    if (target && identifiers([target]).some((name) => names.has(name))) return true;
    return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false;
  };
  return visit(statement);
}

function assigned(node: ts.Node): ts.Node | undefined {
  const { FirstAssignment, LastAssignment, PlusPlusToken, MinusMinusToken } = ts.SyntaxKind;
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    return kind >= FirstAssignment && kind <= LastAssignment ? node.left : undefined;
  }
  if (ts.isPostfixUnaryExpression(node)) return node.operand;
  if (ts.isPrefixUnaryExpression(node)) {
    return node.operator === PlusPlusToken || node.operator === MinusMinusToken ? node.operand : undefined;
  }
  return ts.isForOfStatement(node) || ts.isForInStatement(node) ? node.initializer : undefined;
}

function identifiers(nodes: readonly ts.Node[]): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) found.push(node.text);
    else ts.forEachChild(node, visit);
  };
  for (const node of nodes) visit(node);
  return found;
}
