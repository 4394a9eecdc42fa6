import type { NotebookCell, NotebookDocument, Unknown } from './document';
import { CONFLICT_TAG, type Undecided } from './merge';

export type Choice = 'ours' | 'theirs' | 'both';

type CellLike = Pick<NotebookCell, 'kind' | 'source' | 'tags' | 'unknown'>;

/** Something that a merge left to be decided: a cell that says so, and below it the two versions of a cell. */
export interface Conflict {
  /** Index of the cell that says so. */
  note: number;
  /** Indexes of the two versions; absent where what the note says of needs no choice between cells. */
  versions?: { ours: number; theirs: number };
  /** What the other side did, where it is not a version of a cell. */
  about?: Undecided;
}

/** What a choice makes of a conflict. */
export interface Decision {
  /** Indexes of the cells that go. */
  removed: readonly number[];
  /** Cells that stay as others than they were, by their index. */
  changed: ReadonlyMap<number, NotebookCell>;
  title: string | undefined;
  unknown: Unknown;
}

const isMarked = (cell: CellLike | undefined) => cell?.tags.includes(CONFLICT_TAG) === true;
const isNote = (cell: CellLike | undefined) =>
  isMarked(cell) && cell?.kind === 'markdown' && cell.source.startsWith('**Merge conflict.**');

/** What is to be decided in a notebook, from above. */
export function findConflicts(cells: readonly CellLike[]): Conflict[] {
  return cells.flatMap((cell, note): Conflict[] => {
    if (!isNote(cell)) return [];
    const [ours, theirs] = [note + 1, note + 2];
    const about = undecided(cell.unknown.conflict);
    if (about) return [{ note, about }];
    const hasVersions = [ours, theirs].every((index) => isMarked(cells[index]) && !isNote(cells[index]));
    return [hasVersions ? { note, versions: { ours, theirs } } : { note }];
  });
}

/** Anyone may have written the file. */
function undecided(value: unknown): Undecided | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { of, name, cell, by, theirs } = value as { [field: string]: unknown };
  if (of === 'title') return theirs === undefined || typeof theirs === 'string' ? (value as Undecided) : undefined;
  if (of === 'field' && typeof name === 'string')
    return cell === undefined || typeof cell === 'string' ? (value as Undecided) : undefined;
  return of === 'cell' && typeof cell === 'string' && (by === 'ours' || by === 'theirs')
    ? (value as Undecided)
    : undefined;
}

/** A conflict of a notebook, decided. What cannot be kept of both sides stays in the note, which is an ordinary cell then. */
export function decisionOf(
  { cells, title, unknown }: Pick<NotebookDocument, 'cells' | 'title' | 'unknown'>,
  { note, versions, about }: Conflict,
  choice: Choice,
): Decision {
  const same: Decision = { removed: [note], changed: new Map(), title, unknown };
  if (versions) {
    const lost = choice === 'both' ? undefined : choice === 'ours' ? versions.theirs : versions.ours;
    const kept = [versions.ours, versions.theirs].filter((index) => index !== lost);
    const removed = lost === undefined ? [note] : [note, lost];
    // The version that is kept alone is the cell: whatever the other side makes of it next is merged into it.
    const own = lost === undefined ? {} : { id: cells[versions.ours]!.id };
    const changed = new Map(kept.map((index) => [index, { ...withoutConflict(cells[index]!), ...own }]));
    return { ...same, removed, changed };
  }
  if (about?.of === 'cell') {
    const at = cells.findIndex(({ id }) => id === about.cell);
    return { ...same, removed: choice === about.by && at >= 0 ? [note, at] : [note] };
  }
  if (choice === 'ours') return same;
  if (choice === 'both' || !about)
    return { ...same, removed: [], changed: new Map([[note, withoutConflict(cells[note]!)]]) };
  if (about.of === 'title') return { ...same, title: about.theirs };
  if (about.cell === undefined) return { ...same, unknown: withField(unknown, about) };
  const at = cells.findIndex(({ id }) => id === about.cell);
  const cell = cells[at];
  return cell ? { ...same, changed: new Map([[at, { ...cell, unknown: withField(cell.unknown, about) }]]) } : same;
}

function withField(fields: Unknown, { name, theirs }: { name: string; theirs?: unknown }): Unknown {
  const { [name]: _, ...others } = fields;
  return theirs === undefined ? others : { ...fields, [name]: theirs };
}

function withoutConflict(cell: NotebookCell): NotebookCell {
  const { conflict: _, ...unknown } = cell.unknown;
  return {
    ...cell,
    tags: cell.tags.filter((tag) => tag !== CONFLICT_TAG),
    unknown: isNote(cell) ? unknown : cell.unknown,
  };
}

/** Whether a cell is part of a conflict. */
export const isConflicting = (tags: readonly string[]): boolean => tags.includes(CONFLICT_TAG);

/** The notebook with every conflict decided alike. */
export function decide(document: NotebookDocument, choice: Choice): NotebookDocument {
  // From below: the places of those above stay what they are.
  const decided = findConflicts(document.cells).reduceRight((now, conflict): NotebookDocument => {
    const { removed, changed, title, unknown } = decisionOf(now, conflict, choice);
    const { title: _, ...others } = now;
    const cells = now.cells
      .map((cell, index) => changed.get(index) ?? cell)
      .filter((_, index) => !removed.includes(index));
    return { ...others, ...(title !== undefined && { title }), cells, unknown };
  }, document);
  // Tags of versions whose note is gone say nothing any more.
  return { ...decided, cells: decided.cells.map((cell) => (isConflicting(cell.tags) ? withoutConflict(cell) : cell)) };
}
