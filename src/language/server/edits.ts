import type * as TypeScript from 'typescript';
import { objectInParentheses } from '../../protocol/cell-value';
import type { CellSpan, Edit, Fix, Format } from '../messages';
import { importEdit } from './auto-import';
import type { CellService } from './cell-service';
import { PREFERENCES } from './completion';
import { isInCell, type ServedNotebook } from './notebooks';

/** What can be done about the problems of a span. */
export function fixes(notebook: ServedNotebook, { codes, ...span }: CellSpan & { codes: number[] }): Fix[] {
  const { service, file } = notebook.program;
  const { pos, end } = notebook.rangeOf(span);
  const found = service.getCodeFixesAtPosition(file, pos, end, codes, {}, PREFERENCES);
  const all = found.flatMap((action): Fix[] => {
    const edits = action.fixName === 'import' ? importOf(notebook, span, action) : editsOf(notebook, action.changes);
    return edits
      ? [
          {
            title: action.description.replace(/^Update import/, 'Add import'),
            edits,
            preferred: action.fixName === 'import' || action.fixName === 'spelling',
          },
        ]
      : [];
  });
  return all.filter(({ title }, index) => all.findIndex((other) => other.title === title) === index);
}

/** Edits of cells; undefined where something else would have to change as well, or nothing at all. */
function editsOf(notebook: ServedNotebook, changes: readonly TypeScript.FileTextChanges[]): Edit[] | undefined {
  const edits: Edit[] = [];
  for (const { fileName, textChanges } of changes) {
    for (const { span, newText } of textChanges) {
      const place = notebook.locate(fileName, span);
      if (!place || !isInCell(place)) return undefined;
      edits.push({ ...place, text: newText });
    }
  }
  return edits.length > 0 ? edits : undefined;
}

/** `Add import from "node:path"`, as an import of the cell itself. */
function importOf(notebook: ServedNotebook, span: CellSpan, action: TypeScript.CodeFixAction): Edit[] | undefined {
  const from = /["']([^"']+)["']\s*$/.exec(action.description)?.[1];
  const name = notebook.source(span.cell).slice(span.start, span.end);
  if (!from || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return editsOf(notebook, action.changes);
  const text = action.changes.flatMap(({ textChanges }) => textChanges.map(({ newText }) => newText)).join('');
  const isDefault = new RegExp(`import (?:\\* as )?${name.replaceAll('$', '\\$')}\\b`).test(text);
  const edit = importEdit(notebook, span.cell, { name, exportName: isDefault ? 'default' : name, from });
  return edit ? [edit] : undefined;
}

/** A cell is formatted by itself: what blocks it lies in is nobody's business. */
export function format(
  cells: CellService,
  source: string,
  { cell, start, end, options }: CellSpan & { options: Format },
): Edit[] {
  const { ts } = cells;
  const settings: TypeScript.FormatCodeSettings = {
    ...ts.getDefaultFormatCodeSettings('\n'),
    indentSize: options.tabSize,
    tabSize: options.tabSize,
    convertTabsToSpaces: options.insertSpaces,
    semicolons: ts.SemicolonPreference.Ignore,
    indentMultiLineObjectLiteralBeginningOnBlankLine: true,
  };
  // A cell that is one object is none as a statement.
  const object = objectInParentheses(ts, source);
  const brace = object === undefined ? source.length : braceOf(ts, object);
  const service = cells.of(object === undefined ? source : `${source.slice(0, brace)}(${object.slice(brace + 1)}`);
  const [inText, inCell] = [(at: number) => (at < brace ? at : at + 1), (at: number) => (at <= brace ? at : at - 1)];
  const whole = start === 0 && end === source.length;
  const changes = whole
    ? service.getFormattingEditsForDocument(cells.file, settings)
    : service.getFormattingEditsForRange(cells.file, inText(start), inText(end), settings);
  const edits = changes.map(({ span, newText }) => ({
    cell,
    start: inCell(span.start),
    end: inCell(span.start + span.length),
    text: newText,
  }));
  // What was put around it, and a semicolon that was taken away, stay.
  const isOfCell = (edit: Edit) => edit.end <= source.length && source.slice(edit.start, edit.end).trim() === '';
  return object === undefined ? edits : edits.filter(isOfCell);
}

/** Where in a cell its object begins, which is one in parentheses here. */
function braceOf(ts: typeof TypeScript, object: string): number {
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, true, ts.LanguageVariant.Standard, object);
  while (scanner.scan() !== ts.SyntaxKind.OpenBraceToken);
  return scanner.getTokenStart() - 1;
}
