import path from 'node:path';
import ts from 'typescript';
import { diagnose } from '../../../src/language/diagnostics';
import type { Declarations } from '../../../src/language/globals';
import { NotebookProgram } from '../../../src/language/program';

export const root = path.resolve(__dirname, '..', '..', '..');

/** The declarations of this checkout: what the package ships is built from them. */
export const declarations: Declarations = {
  tensorflow: path.join(root, 'node_modules', '@tensorflow', 'tfjs', 'dist', 'index.d.ts'),
  din: path.join(root, 'src', 'din', 'index.ts'),
  typeRoots: [path.join(root, 'node_modules', '@types')],
};

const registry = ts.createDocumentRegistry();

const programs = new Map<string, NotebookProgram>();

/** A program over cells; those that begin with `// parameters` are tagged. One of a path: what it knows of files is dear. */
export function programOf(
  sources: readonly string[],
  notebook = path.join(root, 'notebooks', 'x.dinnb'),
): NotebookProgram {
  const program = programs.get(notebook) ?? new NotebookProgram(ts, notebook, declarations, registry);
  programs.set(notebook, program);
  program.refresh();
  program.update(cellsOf(sources));
  return program;
}

export const cellsOf = (sources: readonly string[]) =>
  sources.map((source, index) => ({ id: `c${index}`, source, parameters: source.startsWith('// parameters') }));

/** Problems as `cell text: message`. */
export function problemsOf(program: NotebookProgram, sources: readonly string[]): string[] {
  return diagnose(program).map(
    ({ cell, start, end, message, severity, code }) =>
      `${cell + 1} '${sources[cell]!.slice(start, end)}' ${severity} ${code}: ${message}`,
  );
}

/** Problems of cells. */
export function problems(...sources: string[]): string[] {
  return problemsOf(programOf(sources), sources);
}

/** What hovering over a text of a cell shows. */
export function hover(sources: readonly string[], cell: number, text: string, program = programOf(sources)): string {
  const offset = sources[cell]!.indexOf(text);
  const info = program.service.getQuickInfoAtPosition(program.file, program.current.toModule({ cell, offset }));
  return ts.displayPartsToString(info?.displayParts);
}
