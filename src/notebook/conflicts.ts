import type { NotebookCell, NotebookDocument } from './document';
import { CONFLICT_TAG } from './merge';

export type Choice = 'ours' | 'theirs' | 'both';

type CellLike = Pick<NotebookCell, 'kind' | 'source' | 'tags'>;

/** Something that a merge left to be decided: a cell that says so, and below it the two versions of a cell. */
export interface Conflict {
  /** Index of the cell that says so. */
  note: number;
  /** Indexes of the two versions; absent where what the note says of needs no choice between cells. */
  versions?: { ours: number; theirs: number };
}

const isMarked = (cell: CellLike | undefined) => cell?.tags.includes(CONFLICT_TAG) === true;
const isNote = (cell: CellLike | undefined) =>
  isMarked(cell) && cell?.kind === 'markdown' && cell.source.startsWith('**Merge conflict.**');

/** What is to be decided in a notebook, from above. */
export function findConflicts(cells: readonly CellLike[]): Conflict[] {
  return cells.flatMap((cell, note): Conflict[] => {
    if (!isNote(cell)) return [];
    const [ours, theirs] = [note + 1, note + 2];
    const hasVersions = [ours, theirs].every((index) => isMarked(cells[index]) && !isNote(cells[index]));
    return [hasVersions ? { note, versions: { ours, theirs } } : { note }];
  });
}

/** What becomes of the cells of a conflict: which of them go; those that stay lose the tag. */
export function removedBy({ note, versions }: Conflict, choice: Choice): number[] {
  if (!versions || choice === 'both') return [note];
  return [note, choice === 'ours' ? versions.theirs : versions.ours];
}

export const withoutConflictTag = (tags: readonly string[]): string[] => tags.filter((tag) => tag !== CONFLICT_TAG);

/** The notebook with every conflict decided alike. */
export function decide(document: NotebookDocument, choice: Choice): NotebookDocument {
  const removed = new Set(findConflicts(document.cells).flatMap((conflict) => removedBy(conflict, choice)));
  const cells = document.cells.filter((_, index) => !removed.has(index));
  return { ...document, cells: cells.map((cell) => ({ ...cell, tags: withoutConflictTag(cell.tags) })) };
}
