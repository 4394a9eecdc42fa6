import type * as TypeScript from 'typescript';
import { parseCell } from '../half-typed';
import type { Edit } from '../messages';
import type { ServedNotebook } from './notebooks';

export interface Imported {
  name: string;
  /** What the module calls it; `default` and `export=` are imports without braces. */
  exportName: string;
  from: string;
}

/**
 * The import of a name, in the cell that uses it: a cell must not need another to run again. It joins an import of the same module there;
 * undefined where the cell has it already.
 */
export function importEdit(
  notebook: ServedNotebook,
  cell: string,
  { name, exportName, from }: Imported,
): Edit | undefined {
  const { ts } = notebook.program;
  const source = notebook.source(cell);
  const named = exportName !== 'default' && exportName !== 'export=';
  const file = parseCell(ts, source);
  let after = 0;
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    after = statement.end;
    const { moduleSpecifier, importClause } = statement;
    if (!ts.isStringLiteral(moduleSpecifier) || moduleSpecifier.text !== from) continue;
    const bindings = importClause?.namedBindings;
    if (!named || !bindings || !ts.isNamedImports(bindings)) continue;
    if (bindings.elements.some((element) => element.name.text === name)) return undefined;
    const last = bindings.elements.at(-1);
    const at = last?.end ?? bindings.getStart(file) + 1;
    return { cell, start: at, end: at, text: last ? `, ${name}` : ` ${name} ` };
  }
  const binding = named ? (name === exportName ? `{ ${name} }` : `{ ${exportName} as ${name} }`) : name;
  const text = `import ${binding} from '${from}';`;
  if (after === 0) after = endOfHead(ts, file);
  return after === 0
    ? { cell, start: 0, end: 0, text: `${text}\n` }
    : { cell, start: after, end: after, text: `\n${text}` };
}

/** Where what belongs at the top of a cell ends: `#!`, comments that a blank line follows or that are meant for tools, "use strict". */
function endOfHead(ts: typeof TypeScript, { text, statements }: TypeScript.SourceFile): number {
  const shebang = /^#!.*/.exec(text)?.[0].length ?? 0;
  const comments = ts.getLeadingCommentRanges(text, shebang) ?? [];
  const head = comments.findLast(
    ({ pos, end }) =>
      /^[^\S\n]*\r?\n[^\S\n]*\r?\n/.test(text.slice(end)) || /^\/[/*]+\s*(?:@|eslint|!)/.test(text.slice(pos)),
  );
  const isDirective = (statement: TypeScript.Statement) =>
    ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
  const code = statements.findIndex((statement) => !isDirective(statement));
  const directive = statements.slice(0, code < 0 ? statements.length : code).at(-1);
  return Math.max(shebang, head?.end ?? 0, directive?.end ?? 0);
}
