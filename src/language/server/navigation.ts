import type * as TypeScript from 'typescript';
import { parseCell } from '../half-typed';
import type { Edit, Location, Place, Questions } from '../messages';
import { usesOf } from '../uses';
import { PREFERENCES } from './completion';
import { declared, markdown } from './documentation';
import { isInCell, type ServedNotebook } from './notebooks';

export function hover(notebook: ServedNotebook, place: Place): Questions['hover']['answer'] {
  const { service, file } = notebook.program;
  const info = service.getQuickInfoAtPosition(file, notebook.toModule(place));
  const span = info && notebook.inCell(place.cell, info.textSpan);
  if (!info || !span) return null;
  return { span, signature: declared(info.displayParts), documentation: markdown(info.documentation, info.tags) };
}

export function definition(notebook: ServedNotebook, place: Place): Location[] {
  const { service, file } = notebook.program;
  return locations(notebook, service.getDefinitionAtPosition(file, notebook.toModule(place)));
}

export function typeDefinition(notebook: ServedNotebook, place: Place): Location[] {
  const { service, file } = notebook.program;
  return locations(notebook, service.getTypeDefinitionAtPosition(file, notebook.toModule(place)));
}

export function references(notebook: ServedNotebook, place: Place): Location[] {
  const { service, file } = notebook.program;
  return locations(notebook, service.getReferencesAtPosition(file, notebook.toModule(place)));
}

export function highlights(notebook: ServedNotebook, place: Place): Questions['highlights']['answer'] {
  const { service, file } = notebook.program;
  const found = service.getDocumentHighlights(file, notebook.toModule(place), [file]) ?? [];
  return found
    .flatMap(({ highlightSpans }) => highlightSpans)
    .flatMap(({ textSpan, kind }) => {
      const span = notebook.inCell(place.cell, textSpan);
      return span ? [{ ...span, write: kind === 'writtenReference' }] : [];
    });
}

export function renameable(notebook: ServedNotebook, place: Place): Questions['renameable']['answer'] {
  const { service, file } = notebook.program;
  const at = notebook.toModule(place);
  const info = service.getRenameInfo(file, at, PREFERENCES);
  if (!info.canRename) return { refusal: info.localizedErrorMessage };
  const span = notebook.inCell(place.cell, info.triggerSpan);
  if (!span) return { refusal: 'This is no name of a cell.' };
  const all = renamed(notebook, at);
  const own = all.find(({ fileName }) => notebook.program.isGlobals(fileName));
  if (own && !notebook.program.parameterPlaces(info.displayName))
    return { refusal: `${info.displayName} is what every cell finds, and has this name in all of them.` };
  const elsewhere = all
    .map(({ fileName, textSpan }) => notebook.locate(fileName, textSpan))
    .find((location) => location && !isInCell(location));
  if (elsewhere && !isInCell(elsewhere)) {
    // Other notebooks and files may use it, and are not looked through.
    return { refusal: `${info.displayName} is declared outside this notebook, in ${elsewhere.file}: rename it there.` };
  }
  if (usesBehind(notebook, info.displayName, all))
    return {
      refusal: `${info.displayName} is used in a notebook that shares the kernel, where it would keep its name: rename it there first.`,
    };
  return { span, name: info.displayName };
}

/** Whether a cell of another notebook uses a name that no notebook but this declares, and is not among what a rename renames. */
function usesBehind(notebook: ServedNotebook, name: string, found: readonly TypeScript.RenameLocation[]): boolean {
  const { ts } = notebook.program;
  const of = (cells: readonly string[]) =>
    cells.map((cell) => ({ cell, uses: usesOf(ts, parseCell(ts, notebook.source(cell))) }));
  const places = found.map(({ fileName, textSpan }) => notebook.locate(fileName, textSpan));
  const renamedIn = new Set(places.map((place) => place && isInCell(place) && place.cell));
  const isShared = of(notebook.own).some(({ cell, uses }) => renamedIn.has(cell) && uses.declared.includes(name));
  const others = of(notebook.others);
  if (!isShared || others.some(({ uses }) => uses.declared.includes(name))) return false;
  return others.some(({ cell, uses }) => !renamedIn.has(cell) && [...uses.reads, ...uses.writes].includes(name));
}

export function rename(notebook: ServedNotebook, { name, ...place }: Place & { name: string }): Edit[] {
  const edits = new Map<string, Edit>();
  // What stands between the cells is made anew from them.
  for (const { fileName, textSpan, prefixText, suffixText } of renamed(notebook, notebook.toModule(place))) {
    const span = notebook.locate(fileName, textSpan);
    if (!span || !isInCell(span)) continue;
    edits.set(`${span.cell} ${span.start}`, { ...span, text: `${prefixText ?? ''}${name}${suffixText ?? ''}` });
  }
  return [...edits.values()];
}

/** Where a name stands; that of a parameter also as `params.name`, and the other way round. */
function renamed(notebook: ServedNotebook, position: number): readonly TypeScript.RenameLocation[] {
  const { program } = notebook;
  const at = ({ file, position: where }: { file: string; position: number }) =>
    program.service.findRenameLocations(file, where, false, false, PREFERENCES) ?? [];
  const found = at({ file: program.file, position });
  const beside = found.flatMap(({ fileName, textSpan }) => {
    const property = program.isGlobals(fileName);
    // The export of a parameter behind its cell; its property among the globals.
    if (!property && (fileName !== program.file || notebook.toCell(textSpan))) return [];
    const name = program.textOf(fileName)?.slice(textSpan.start, textSpan.start + textSpan.length) ?? '';
    const places = program.parameterPlaces(name);
    return places ? at(property ? places.variable : places.property) : [];
  });
  return [...found, ...beside];
}

function locations(
  notebook: ServedNotebook,
  found: readonly { fileName: string; textSpan: TypeScript.TextSpan }[] | undefined,
): Location[] {
  const all = (found ?? []).flatMap(({ fileName, textSpan }) => notebook.locate(fileName, textSpan) ?? []);
  const seen = new Set<string>();
  return all.filter((one) => {
    const key = JSON.stringify(one);
    return !seen.has(key) && seen.add(key);
  });
}
