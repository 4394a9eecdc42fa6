import type * as TypeScript from 'typescript';
import type { ServedNotebook } from './notebooks';

/** Where something stands, in the notebook's module or in a file. */
export interface Found {
  fileName: string;
  textSpan: TypeScript.TextSpan;
}

/** All that is found of a name, also where it has another declaration for TypeScript and is the same to a kernel. */
export function everywhere<F extends Found>(
  notebook: ServedNotebook,
  position: number,
  at: (file: string, position: number) => readonly F[],
): F[] {
  const all: F[] = [];
  const asked = new Set<string>();
  const waiting = [{ file: notebook.program.file, position }];
  for (const next of waiting) {
    const key = `${next.position} ${next.file}`;
    if (asked.has(key)) continue;
    asked.add(key);
    const found = at(next.file, next.position);
    all.push(...found);
    waiting.push(...meant(notebook, found), ...varsAlike(notebook, found));
  }
  return all;
}

/** The places that are meant by those which exist for TypeScript only. */
export function meant(notebook: ServedNotebook, found: readonly Found[]): { file: string; position: number }[] {
  return [...parametersAlike(notebook, found), ...earlierAlike(notebook, found)];
}

/** A parameter is also `params.name`, and the other way round. */
function parametersAlike(notebook: ServedNotebook, found: readonly Found[]) {
  const { program } = notebook;
  return found.flatMap(({ fileName, textSpan }) => {
    const property = program.isGlobals(fileName);
    // The export of a parameter behind its cell; its property among the globals.
    if (!property && (fileName !== program.file || notebook.toCell(textSpan))) return [];
    const places = program.parameterPlaces(textAt(notebook, { fileName, textSpan }));
    return places ? [property ? places.variable : places.property] : [];
  });
}

/** A name is also what stands for it where a cell reads it before declaring it again, and the other way round. */
function earlierAlike({ program }: ServedNotebook, found: readonly Found[]) {
  return found.flatMap(({ fileName, textSpan }) => {
    const position = fileName === program.file ? program.current.besideEarlier(textSpan.start) : undefined;
    return position === undefined ? [] : [{ file: program.file, position }];
  });
}

/** A `var` is the variable that a cell above declared: it keeps its value. So is what is made of the earlier. */
function varsAlike(notebook: ServedNotebook, found: readonly Found[]) {
  const { program } = notebook;
  const own = found.filter(({ fileName }) => fileName === program.file);
  const starts = new Set(own.map(({ textSpan }) => textSpan.start));
  const names = new Set(
    own.map((one) => textAt(notebook, one)).filter((name) => program.current.declaring(name).length > 1),
  );
  return [...names].flatMap((name) =>
    program.current
      .sharing(name)
      .filter((cells) => cells.length > 1)
      .map((cells) => cells.flatMap((cell) => program.declarationsOf(name, cell)))
      .filter((places) => places.some((place) => starts.has(place)))
      .flatMap((places) => places.map((position) => ({ file: program.file, position }))),
  );
}

function textAt({ program }: ServedNotebook, { fileName, textSpan: { start, length } }: Found): string {
  return program.textOf(fileName)?.slice(start, start + length) ?? '';
}
