import type * as TypeScript from 'typescript';
import type { Outline, Questions } from '../messages';
import type { CellService } from './cell-service';

export function folding(cells: CellService, source: string): Questions['folding']['answer'] {
  return cells
    .of(source)
    .getOutliningSpans(cells.file)
    .map(({ textSpan, kind }) => ({ start: textSpan.start, end: textSpan.start + textSpan.length, kind }));
}

/** What a cell declares, and what lies in it. */
export function outline(cells: CellService, source: string): Outline[] {
  const tree = cells.of(source).getNavigationTree(cells.file);
  return (tree.childItems ?? []).flatMap(toOutline);
}

function toOutline(item: TypeScript.NavigationTree): Outline[] {
  const [first] = item.spans;
  // Calls and other statements have no name of their own.
  if (!first || item.text === '' || item.text.startsWith('<')) return [];
  const last = item.spans.at(-1)!;
  const name = item.nameSpan ?? first;
  return [
    {
      name: item.text,
      kind: item.kind,
      start: first.start,
      end: last.start + last.length,
      nameSpan: { start: name.start, end: name.start + name.length },
      children: (item.childItems ?? []).flatMap(toOutline),
    },
  ];
}
