import type * as TypeScript from 'typescript';
import { diagnose } from '../diagnostics';
import { parseCell } from '../half-typed';
import type { Edit, Place, Questions } from '../messages';
import { usesOf } from '../uses';
import { everywhere } from './alike';
import { PREFERENCES } from './completion';
import { isInCell, type ServedNotebook } from './notebooks';

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

export function rename(
  notebook: ServedNotebook,
  { name, ...place }: Place & { name: string },
): Questions['rename']['answer'] {
  const found = renamed(notebook, notebook.toModule(place));
  const edits = editsTo(notebook, found, name);
  const refusal = whyNot(notebook, place, { name, found, edits });
  return refusal === undefined ? edits : { refusal };
}

function editsTo(notebook: ServedNotebook, found: readonly TypeScript.RenameLocation[], name: string): Edit[] {
  const edits = new Map<string, Edit>();
  // What stands between the cells is made anew from them.
  for (const { fileName, textSpan, prefixText, suffixText } of found) {
    const span = notebook.locate(fileName, textSpan);
    if (!span || !isInCell(span)) continue;
    edits.set(`${span.cell} ${span.start}`, { ...span, text: `${prefixText ?? ''}${name}${suffixText ?? ''}` });
  }
  return [...edits.values()];
}

const NAME = /^#?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

interface Wanted {
  name: string;
  found: readonly TypeScript.RenameLocation[];
  edits: readonly Edit[];
}

/** Why the new name would make another program of the notebook. */
function whyNot(notebook: ServedNotebook, place: Place, { name, found, edits }: Wanted): string | undefined {
  const { ts, current } = notebook.program;
  const [first] = edits;
  if (!first) return undefined;
  const spelled = notebook.source(first.cell).slice(first.start, first.end);
  if (spelled === name) return undefined;
  if (NAME.test(spelled) && !NAME.test(name))
    return `'${name}' is no name: one is written in letters, digits, _ and $, and does not begin with a digit.`;
  // A function of a cell finds what was declared last, wherever it stands.
  if (isOfCells(notebook, spelled, found) && current.declaring(name).length > 0)
    return `${name} is declared in the notebook already: choose another name.`;
  const count = () => diagnose(notebook.program).filter(({ severity }) => severity === 'error');
  const wrong = count();
  return notebook.supposing(edits, () => {
    const places = edits.map((edit) => placeAfter(edits, edit, name));
    const at = places[edits.findIndex((edit) => covers(edit, place))];
    const now = at ? editsTo(notebook, renamed(notebook, notebook.toModule(at)), name) : [];
    const keys = (some: readonly Place[]) => some.map(({ cell, offset }) => `${cell} ${offset}`).sort();
    const isSame =
      keys(places).join() === keys(now.map(({ cell, start }) => ({ cell, offset: start }))).join() &&
      now.every(({ start, end }) => end - start === name.length);
    const errors = count();
    if (isSame && errors.length <= wrong.length) return undefined;
    if (isReserved(ts, name)) return `'${name}' is a word of the language, and can be no name here.`;
    if (!isSame) return `${name} means something else already where ${spelled} is used: choose another name.`;
    const known = new Set(wrong.map(({ message }) => message));
    const said = errors.find(({ message }) => !known.has(message)) ?? errors[0]!;
    return `${spelled} cannot be named ${name}: ${said.message}`;
  });
}

/** Whether what was found is what the cells call by a name, and not a member or something of a function's own. */
function isOfCells({ program }: ServedNotebook, name: string, found: readonly TypeScript.RenameLocation[]): boolean {
  const starts = new Set(found.map(({ fileName, textSpan }) => (fileName === program.file ? textSpan.start : -1)));
  return program.current
    .declaring(name)
    .some((cell) => program.declarationsOf(name, cell).some((place) => starts.has(place)));
}

const covers = ({ cell, start, end }: Edit, place: Place) =>
  cell === place.cell && start <= place.offset && place.offset <= end;

/** Where the new name of an edit begins after all of them. */
function placeAfter(edits: readonly Edit[], { cell, start, text }: Edit, name: string): Place {
  const before = edits.filter((other) => other.cell === cell && other.start < start);
  const grown = before.reduce((sum, other) => sum + other.text.length - (other.end - other.start), 0);
  return { cell, offset: start + grown + Math.max(text.lastIndexOf(name), 0) };
}

function isReserved(ts: typeof TypeScript, name: string): boolean {
  const { FirstReservedWord, LastFutureReservedWord } = ts.SyntaxKind;
  const token = ts.createScanner(ts.ScriptTarget.ESNext, true, ts.LanguageVariant.Standard, name).scan();
  return (
    ['await', 'eval', 'arguments'].includes(name) || (token >= FirstReservedWord && token <= LastFutureReservedWord)
  );
}

/** Where a name stands that is to be renamed. */
function renamed(notebook: ServedNotebook, position: number): readonly TypeScript.RenameLocation[] {
  const { service } = notebook.program;
  const at = (file: string, where: number) => service.findRenameLocations(file, where, false, false, PREFERENCES) ?? [];
  return everywhere(notebook, position, at);
}
