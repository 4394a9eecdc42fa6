import ts from 'typescript';
import { deepestNesting, TOO_DEEP } from '../../language/half-typed';
import { simplifyImports } from './imports';
import { type CellShape, replStatements } from './statements';
import { hoistVars } from './vars';

/** Code for `Runtime.evaluate` in REPL mode, and the source map from it to the cell. */
export interface CompiledCell {
  code: string;
  /** JSON of a version 3 source map. */
  map: string;
}

/** Where a cell is not TypeScript; 1-based. */
export interface SyntaxProblem {
  message: string;
  line: number;
  column: number;
}

export type Compilation = { ok: true; cell: CompiledCell } | { ok: false; problems: SyntaxProblem[] };

// Cells are as strict as modules; the second statement keeps the directive from being the value of an empty cell.
const PREFIX = '"use strict"; void 0;\n';

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  // Imports are used by other cells: the compiler must not drop those that this one does not use.
  verbatimModuleSyntax: true,
  useDefineForClassFields: true,
  sourceMap: true,
};

/** Compiles a cell. Types are not checked, only erased: errors of types are the editor's business. */
export function compileCell(source: string, shape: CellShape): Compilation {
  const text = withoutShebang(source);
  try {
    return transpile(text, shape);
  } catch (error) {
    // TypeScript itself throws at some sources that are no TypeScript, and at nesting that its recursion cannot follow.
    return { ok: false, problems: [compilerFailure(text, error)] };
  }
}

function transpile(text: string, shape: CellShape): Compilation {
  const { outputText, sourceMapText, diagnostics } = ts.transpileModule(text, {
    fileName: 'cell.ts',
    reportDiagnostics: true,
    compilerOptions: OPTIONS,
    transformers: { before: [simplifyImports, hoistVars], after: [replStatements(shape)] },
  });
  const problems = (diagnostics ?? []).filter(isSyntaxError).map(problem);
  if (problems.length > 0) return { ok: false, problems };
  const map = JSON.parse(sourceMapText!) as { mappings: string };
  const code = outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '');
  return { ok: true, cell: { code: PREFIX + code, map: JSON.stringify({ ...map, mappings: `;${map.mappings}` }) } };
}

/** The cell's first syntax error, which a compiler that gave up did not come to tell; else what it died of. */
function compilerFailure(text: string, error: unknown): SyntaxProblem {
  if (error instanceof RangeError) {
    const before = text.slice(0, deepestNesting(text).at).split('\n');
    return { message: TOO_DEEP, line: before.length, column: before.at(-1)!.length + 1 };
  }
  try {
    const file = ts.createSourceFile('cell.ts', text, ts.ScriptTarget.ES2022) as ParsedFile;
    const [first] = file.parseDiagnostics.filter(isSyntaxError);
    if (first) return problem(first);
  } catch {
    // the parser gives up as well: what the compiler said is all there is
  }
  const said = error instanceof Error ? error.message.split('\n')[0] : String(error);
  return { message: `The TypeScript compiler failed on this cell: ${said}`, line: 1, column: 1 };
}

/** `ts.SourceFile` with what TypeScript keeps there for itself. */
type ParsedFile = ts.SourceFile & { parseDiagnostics: readonly ts.Diagnostic[] };

/** `#!` as a comment of the same length, so that columns stay. */
function withoutShebang(source: string): string {
  return source.startsWith('#!') ? `//${source.slice(2)}` : source;
}

/** Diagnostics without a file are about compiler options. */
function isSyntaxError(diagnostic: ts.Diagnostic): boolean {
  return diagnostic.category === ts.DiagnosticCategory.Error && diagnostic.file !== undefined;
}

function problem(diagnostic: ts.Diagnostic): SyntaxProblem {
  const { line, character } = ts.getLineAndCharacterOfPosition(diagnostic.file!, diagnostic.start ?? 0);
  return {
    message: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
    line: line + 1,
    column: character + 1,
  };
}
