import ts from 'typescript';
import { deepestNesting, isMarkup, TOO_DEEP } from '../../language/half-typed';
import { misplaced } from '../../language/refusals';
import { objectInParentheses } from '../../protocol/cell-value';
import { constantAssignments, unsetConstants } from './constants';
import { emitModule, NestedTooDeeply, oneLineLower } from './emit';
import { simplifyImports } from './imports';
import { type CellShape, replStatements } from './statements';
import { handOverValue } from './value';
import { liftVars } from './vars';

/** Code for `Runtime.evaluate` in REPL mode, and the source map from it to the cell. */
export interface CompiledCell {
  code: string;
  /** JSON of a version 3 source map. */
  map: string;
  /** How many columns the map's places in the first line lie behind the cell's own. */
  indent: number;
  /** Variables that the code assigns to and does not declare: the cell's `var`s, which keep their value when it runs again. */
  vars: string[];
}

/** Where a cell is not TypeScript; 1-based. */
export interface SyntaxProblem {
  message: string;
  line: number;
  column: number;
}

export type Compilation = { ok: true; cell: CompiledCell } | { ok: false; problems: SyntaxProblem[] };

// Cells are as strict as modules.
const PREFIX = '"use strict";\n';
// The value was handed over, if there is one (`value.ts`): what the inspector would take for it is none.
const SUFFIX = '\nvoid 0;';

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  // Imports are used by other cells: the compiler must not drop those that this one does not use.
  verbatimModuleSyntax: true,
  useDefineForClassFields: true,
  sourceMap: true,
  jsx: ts.JsxEmit.React,
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
  const object = objectInParentheses(ts, text);
  const vars = new Set<string>();
  let wrong: readonly ts.Diagnostic[] = [];
  const findWrong: ts.TransformerFactory<ts.SourceFile> = () => (file) => {
    wrong = [...constantAssignments(file), ...unsetConstants(file), ...misplacedDeclarations(file)];
    return file;
  };
  const markup = isMarkup(ts, object ?? text);
  // Without this TypeScript calls what the package of the comment gives, and does not import it.
  const jsx = markup && /@jsxImportSource\s/.test(text) ? { jsx: ts.JsxEmit.ReactJSX } : {};
  const { code, map, diagnostics } = emitModule(object ?? text, {
    fileName: markup ? 'cell.tsx' : 'cell.ts',
    compilerOptions: { ...OPTIONS, ...shape.options, ...jsx },
    transformers: {
      before: [findWrong, simplifyImports, liftVars(vars, shape.parameters), handOverValue(shape.run)],
      after: [replStatements(shape)],
    },
  });
  const problems = [...diagnostics, ...wrong].filter(isSyntaxError).map(problem);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    cell: {
      code: PREFIX + code.replace(/\n$/, '') + SUFFIX,
      map: oneLineLower(map),
      indent: object === undefined ? 0 : 1,
      vars: [...vars],
    },
  };
}

function misplacedDeclarations(file: ts.SourceFile): ts.Diagnostic[] {
  const category = ts.DiagnosticCategory.Error;
  return misplaced(ts, file).map(({ message, ...place }) => ({ ...place, category, file, messageText: message }));
}

/** @param at what a parser that ran out of stack, TypeScript's or V8's, does not say */
export function nestedTooDeeply(text: string, at = deepestNesting(text).at): SyntaxProblem {
  const before = text.slice(0, at).split('\n');
  return { message: TOO_DEEP, line: before.length, column: before.at(-1)!.length + 1 };
}

/** The cell's first syntax error, which a compiler that gave up did not come to tell; else what it died of. */
function compilerFailure(text: string, error: unknown): SyntaxProblem {
  // In one object, a parenthesis that the compiler was given before it is not the cell's.
  if (error instanceof NestedTooDeeply) return nestedTooDeeply(text, error.at - (error.text === text ? 0 : 1));
  if (error instanceof RangeError) return nestedTooDeeply(text);
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
