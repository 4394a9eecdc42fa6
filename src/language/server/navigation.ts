import type * as TypeScript from 'typescript';
import type { Location, Place, Questions } from '../messages';
import { everywhere, meant } from './alike';
import { declared, markdown } from './documentation';
import type { ServedNotebook } from './notebooks';

export function hover(notebook: ServedNotebook, place: Place): Questions['hover']['answer'] {
  const { service, file } = notebook.program;
  const info = service.getQuickInfoAtPosition(file, notebook.toModule(place));
  const span = info && notebook.inCell(place.cell, info.textSpan);
  if (!info || !span) return null;
  return {
    span,
    signature: notebook.program.current.asWritten(declared(info.displayParts)),
    documentation: markdown(info.documentation, info.tags),
  };
}

export function definition(notebook: ServedNotebook, place: Place): Location[] {
  const { program } = notebook;
  const at = (file: string, position: number): readonly TypeScript.DefinitionInfo[] =>
    (program.service.getDefinitionAtPosition(file, position) ?? []).flatMap((one) => {
      const places = [...meant(notebook, [one]), ...program.moduleBehind(one.fileName)];
      return places.length > 0 ? places.flatMap((place) => at(place.file, place.position)) : [one];
    });
  return locations(notebook, at(program.file, notebook.toModule(place)));
}

export function typeDefinition(notebook: ServedNotebook, place: Place): Location[] {
  const { service, file } = notebook.program;
  return locations(notebook, service.getTypeDefinitionAtPosition(file, notebook.toModule(place)));
}

export function references(notebook: ServedNotebook, place: Place): Location[] {
  const { service } = notebook.program;
  const at = (file: string, position: number) => service.getReferencesAtPosition(file, position) ?? [];
  return locations(notebook, everywhere(notebook, notebook.toModule(place), at));
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
