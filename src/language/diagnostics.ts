import type * as TypeScript from 'typescript';
import type { NotebookModule } from './module';
import type { NotebookProgram } from './program';
import { isGrammar } from './refusals';

export interface Problem {
  cell: number;
  start: number;
  end: number;
  severity: 'error' | 'warning' | 'hint';
  message: string;
  code: number;
  /** Drawn struck through. */
  deprecated?: boolean;
}

/** What is right in the cells of a notebook and wrong in a module, or the other way round: grammar that a block does not allow. */
const ONLY_IN_BLOCKS = new Set([1184, 1231, 1232, 1233, 1234, 1235, 1258, 1316, 2666, 2668]);
/** A name used before its declaration stands. */
const BEFORE_DECLARATION = new Set([2448, 2449, 2450, 2454]);
const UNKNOWN_NAME = new Set([2304, 2552, 18004, 2503, 2663]);
/** Two `var`s of nested statements, which cells do not share; exports that nobody takes, also of the same name; `import x = require()`. */
const NOT_OF_CELLS = new Set([2403, 2481, 1202, 1203, 2309, 2323, 2484, 2528]);

/** Of two imports or exports, also of two `default`s. */
const SAME_DEFAULT = new Set([2300, 2393, 2813, 2814]);

/** What has no type and may be anything, of the codes that begin with 7. */
const IMPLICIT_ANY = /^70(?:0[5-9]|1.|2[0-6]|3[1-49]|5[1-57])$/;
/** A member between brackets that its object does not have: `counts['a']`. */
const NO_MEMBER = new Set([2339, 2551, 2576]);

/** What is wrong in each cell, each said once, at its place. */
export function diagnose(program: NotebookProgram): Problem[] {
  return program.ask(() => problemsOf(program));
}

function problemsOf(program: NotebookProgram): Problem[] {
  const { ts, service, file, current } = program;
  // Syntax is each cell's own affair: in the module, what is half typed has been closed.
  const problems: Problem[] = [];
  for (let cell = 0; cell < current.size; cell++) {
    const { start: from, end: to } = current.range(cell);
    for (const { start, length, code, message } of [...current.syntaxErrors(cell), ...current.refusedIn(cell)]) {
      const at = Math.min(start, Math.max(to - from - 1, 0));
      const end = Math.min(Math.max(start + length, at + 1), to - from);
      problems.push({
        cell,
        start: at,
        end,
        severity: 'error',
        code,
        message,
      });
    }
  }
  const source = service.getProgram()?.getSourceFile(file);
  const found = [
    ...service
      .getSemanticDiagnostics(file)
      .filter((diagnostic) => program.namesImplicitAny || !source || !isImplicitAny(source, diagnostic)),
    ...service.getSuggestionDiagnostics(file).filter(({ reportsDeprecated }) => reportsDeprecated),
  ];
  for (const diagnostic of found) {
    const problem = source && toProblem(ts, current, source, diagnostic);
    if (problem) problems.push(problem);
  }
  for (let cell = 0; cell < current.size; cell++) {
    const known = new Set(problems.filter((problem) => problem.cell === cell).map(({ start }) => start));
    for (const { name, at } of current.readTooEarly(cell))
      if (!known.has(at))
        problems.push({
          cell,
          start: at,
          end: at + name.length,
          severity: 'warning',
          code: 2448,
          message: tooEarly(name),
        });
  }
  const said = new Set<string>();
  const early = new Set(problems.filter(({ code }) => code === 2448).map(({ cell, start }) => `${cell} ${start}`));
  const once = problems.filter(({ cell, start, message, code }) => {
    // Used before its declaration, it is not assigned yet either.
    if (code === 2454 && early.has(`${cell} ${start}`)) return false;
    const key = `${cell} ${start} ${message}`;
    if (said.has(key)) return false;
    said.add(key);
    return true;
  });
  return once.filter((problem) => !isSaidBy(once, problem, current));
}

/** Whether another problem says it: of what grammar forbids nothing else is said, nor of a line that is half typed. */
function isSaidBy(all: readonly Problem[], problem: Problem, module: NotebookModule): boolean {
  if (problem.severity !== 'error') return false;
  const { cell, start } = problem;
  const first = all.find((other) => other.cell === cell && other.start === start && isGrammar(other));
  if (first && first !== problem) return true;
  const syntax = module.syntaxErrors(cell);
  // Not all codes of the parser's own are those of grammar.
  if (isGrammar(problem) || syntax.some(({ code }) => code === problem.code)) return false;
  return syntax.some((error) => module.isOneLine(cell, error.start, start));
}

function toProblem(
  ts: typeof TypeScript,
  module: NotebookModule,
  source: TypeScript.SourceFile,
  diagnostic: TypeScript.Diagnostic,
): Problem | undefined {
  const { code, category } = diagnostic;
  const at = diagnostic.start ?? 0;
  const span = module.toCellSpan(at, diagnostic.length ?? 0);
  if (!span) return undefined;
  if (NOT_OF_CELLS.has(code)) return undefined;
  if (SAME_DEFAULT.has(code) && module.isImportOrExport(span.cell, span.start)) return undefined;
  // Of the grammar of what is half typed, the parser has said enough.
  if (isGrammar(diagnostic) && module.syntaxErrors(span.cell).length > 0) return undefined;
  if (ONLY_IN_BLOCKS.has(code) && module.depth(span.cell) > 0) return undefined;
  if (isOfVar(module, source, diagnostic, span.cell)) return undefined;
  const severity =
    category === ts.DiagnosticCategory.Error ? 'error' : diagnostic.reportsDeprecated ? 'hint' : 'warning';
  const problem: Problem = {
    ...span,
    severity,
    code,
    message: module.asWritten(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')),
    ...(diagnostic.reportsDeprecated && { deprecated: true }),
  };
  const later =
    BEFORE_DECLARATION.has(code) || UNKNOWN_NAME.has(code) ? declaredLater(module, source, at, span.cell) : undefined;
  if (later === undefined) return problem;
  // Inside a function it is a name that exists by the time of the call.
  if (isInFunction(ts, source, at)) return undefined;
  const name = source.text.slice(at, at + (diagnostic.length ?? 0));
  return {
    ...problem,
    severity: 'warning',
    message: tooEarly(name),
  };
}

const tooEarly = (name: string) => `'${name}' is declared in a later cell, which must run before this one.`;

function isImplicitAny(source: TypeScript.SourceFile, { code, start = 0, length = 0 }: TypeScript.Diagnostic): boolean {
  if (IMPLICIT_ANY.test(String(code))) return true;
  return NO_MEMBER.has(code) && /^['"`\d]|\]$/.test(source.text.slice(start, start + length));
}

/** What is said of a `const` or a namespace of a module, and does not hold for the `var`s and namespaces that cells share. */
function isOfVar(
  module: NotebookModule,
  source: TypeScript.SourceFile,
  { code, start = 0 }: TypeScript.Diagnostic,
  cell: number,
): boolean {
  const name = nameAt(source, start);
  if (name === undefined) return false;
  // It has had a value since a loop, a branch or another cell ran.
  if (code === 2454) return module.isVar(name);
  // `var n = n + 1` counts on from what it was; its type is what it was.
  if (code === 2448 || code === 7022) return module.isVar(name, cell) || module.declaring(name)[0]! < cell;
  return code === 2503 && module.isNamespace(name);
}

function nameAt(source: TypeScript.SourceFile, at: number): string | undefined {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/u.exec(source.text.slice(at, at + 200))?.[0];
}

/** The later cell that declares the name at a position, where no cell before does. */
function declaredLater(
  module: NotebookModule,
  source: TypeScript.SourceFile,
  at: number,
  cell: number,
): number | undefined {
  const name = nameAt(source, at);
  if (name === undefined) return undefined;
  const declaring = module.declaring(name);
  if (declaring.includes(cell)) return undefined;
  return declaring.find((other) => other > cell);
}

function isInFunction(ts: typeof TypeScript, source: TypeScript.SourceFile, position: number): boolean {
  let inside = false;
  const visit = (node: TypeScript.Node): void => {
    if (position < node.pos || position >= node.end) return;
    if (ts.isFunctionLike(node) || ts.isPropertyDeclaration(node)) inside = true;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return inside;
}
