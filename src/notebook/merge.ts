import { isDeepStrictEqual } from 'node:util';
import { newCellId, randomFromText } from './cell-id';
import type { NotebookCell, NotebookDocument, Unknown } from './document';

export interface Merged {
  document: NotebookDocument;
  /** What the two sides did differently, one sentence each; the document shows every one in a cell. */
  conflicts: string[];
}

/** Marks the cells that a merge made for somebody to decide. */
export const CONFLICT_TAG = 'merge-conflict';

/**
 * What a note says of, for who decides it, as its field `conflict`; notes of the two versions of a cell have none.
 * `theirs` is absent where the other side removed it.
 */
export type Undecided =
  | { of: 'title'; theirs?: string }
  /** Of the notebook, or of a cell. */
  | { of: 'field'; name: string; cell?: string; theirs?: unknown }
  /** A cell that one side removed. */
  | { of: 'cell'; cell: string; by: 'ours' | 'theirs' };

/** Made by runs: never worth a conflict. */
const MADE_BY_RUNS = ['certificate'];

/**
 * Three versions of a notebook as one, by cell id. A cell that either side added or changed is in the result; where both
 * changed the same, both versions stand below a cell that says so; a cell that one side changed and the other removed stays.
 * Results go with the source that they were made of. The result is an ordinary notebook: it always opens.
 */
export function mergeNotebooks(base: NotebookDocument, ours: NotebookDocument, theirs: NotebookDocument): Merged {
  const merge = new Merge(base, ours, theirs);
  return { document: merge.document(), conflicts: merge.conflicts };
}

type Cells = Map<string, NotebookCell>;

class Merge {
  readonly conflicts: string[] = [];
  private readonly base: Cells;
  private readonly ours: Cells;
  private readonly theirs: Cells;
  private readonly taken: Set<string>;

  constructor(
    private readonly baseDocument: NotebookDocument,
    private readonly ourDocument: NotebookDocument,
    private readonly theirDocument: NotebookDocument,
  ) {
    [this.base, this.ours, this.theirs] = [baseDocument, ourDocument, theirDocument].map(
      ({ cells }): Cells => new Map(cells.map((cell) => [cell.id, cell])),
    ) as [Cells, Cells, Cells];
    this.taken = new Set([...this.base.keys(), ...this.ours.keys(), ...this.theirs.keys()]);
  }

  document(): NotebookDocument {
    const [base, ours, theirs] = [this.baseDocument, this.ourDocument, this.theirDocument];
    const above: NotebookCell[] = [];
    const title = pick(base.title, ours.title, theirs.title);
    if (title.conflict)
      above.push(
        this.note(`The title is ${quote(ours.title)} here and ${quote(theirs.title)} there; the former is kept.`, {
          about: { of: 'title', theirs: theirs.title },
        }),
      );
    const unknown = this.fields(base.unknown, ours.unknown, theirs.unknown, (name, there) => {
      if (MADE_BY_RUNS.includes(name)) return;
      above.push(
        this.note(
          `The notebook's field ${quote(name)} was changed on both sides; this one's is kept. The other's:\n\n${fence(there)}`,
          { about: { of: 'field', name, theirs: there } },
        ),
      );
    });
    const environment = pick(base.environment, ours.environment, theirs.environment).value;
    const cells = this.order().flatMap((id) => this.cell(id));
    return {
      version: 1,
      ...(title.value !== undefined && { title: title.value }),
      cells: [...above, ...cells],
      ...(environment && { environment }),
      unknown,
    };
  }

  /** Ids of the result: the order of the side that moved cells, with the other's additions behind what they followed there. */
  private order(): string[] {
    const inAll = (id: string) => this.base.has(id) && this.ours.has(id) && this.theirs.has(id);
    const common = (cells: Cells) => [...cells.keys()].filter(inAll).join(' ');
    const weMoved = common(this.ours) !== common(this.base);
    const [first, second] = weMoved ? [this.ours, this.theirs] : [this.theirs, this.ours];
    const followers = new Map<string | undefined, string[]>();
    let previous: string | undefined;
    for (const id of second.keys()) {
      if (first.has(id)) previous = id;
      else followers.set(previous, [...(followers.get(previous) ?? []), id]);
    }
    const result: string[] = [...(followers.get(undefined) ?? [])];
    for (const id of first.keys()) result.push(id, ...(followers.get(id) ?? []));
    return result;
  }

  private cell(id: string): NotebookCell[] {
    const [base, ours, theirs] = [this.base.get(id), this.ours.get(id), this.theirs.get(id)];
    if (ours && theirs) return this.both(base, ours, theirs);
    const left = (ours ?? theirs)!;
    if (!base) return [left];
    if (sameContent(base, left)) return [];
    const [here, there] = ours ? ['here', 'there'] : ['there', 'here'];
    const about = { of: 'cell', cell: id, by: ours ? 'theirs' : 'ours' } as const;
    return [this.note(`The next cell was changed ${here} and removed ${there}: it is kept.`, { id, about }), left];
  }

  private both(base: NotebookCell | undefined, ours: NotebookCell, theirs: NotebookCell): NotebookCell[] {
    const kind = pick(base?.kind, ours.kind, theirs.kind);
    const source = mergedSource(base?.source, ours.source, theirs.source);
    const tags = mergedTags(base?.tags ?? [], ours.tags, theirs.tags);
    const notes: NotebookCell[] = [];
    const unknown = this.fields(base?.unknown ?? {}, ours.unknown, theirs.unknown, (name, there) => {
      const words = `The next cell's field ${quote(name)} was changed on both sides; this one's is kept. The other's:`;
      const about = { of: 'field', name, cell: ours.id, theirs: there } as const;
      notes.push(this.note(`${words}\n\n${fence(there)}`, { id: ours.id, about }));
    });
    if (kind.conflict || source === undefined) {
      const words =
        'The next two cells are the same cell, changed on both sides: first as it is here, then as it is there.';
      const note = this.note(`${words} Make one of them, and remove this and the other.`, { id: ours.id });
      const other = { ...theirs, id: this.newId(`theirs:${theirs.id}:${theirs.source}`), tags: marked(theirs.tags) };
      return [...notes, note, { ...ours, tags: marked(tags), unknown }, other];
    }
    const cell = { id: ours.id, kind: kind.value, source, tags, unknown };
    return [...notes, { ...cell, ...results({ ...cell, outputs: [] }, base, ours, theirs) }];
  }

  /** @param conflict told a field that both changed, and their value of it */
  private fields(
    base: Unknown,
    ours: Unknown,
    theirs: Unknown,
    conflict: (name: string, there: unknown) => void,
  ): Unknown {
    const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
    const entries = [...names].map((name): [string, unknown] => {
      const own = (fields: Unknown) => (Object.hasOwn(fields, name) ? fields[name] : undefined);
      const picked = pick(own(base), own(ours), own(theirs));
      if (picked.conflict) conflict(name, own(theirs));
      // Both changed it, one by removing it: what is there survives.
      return [name, picked.conflict ? (own(ours) ?? own(theirs)) : picked.value];
    });
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }

  private note(words: string, { id, about }: { id?: string; about?: Undecided } = {}): NotebookCell {
    this.conflicts.push(`${id === undefined ? '' : `cell ${id}: `}${words.split('\n')[0]}`);
    const source = `**Merge conflict.** ${words}`;
    return {
      id: this.newId(`note:${id}:${source}`),
      kind: 'markdown',
      source,
      tags: [CONFLICT_TAG],
      outputs: [],
      unknown: about ? { conflict: withoutUndefined(about) } : {},
    };
  }

  /** The same merge gives the same ids. */
  private newId(seed: string): string {
    const id = newCellId(randomFromText(seed), this.taken);
    this.taken.add(id);
    return id;
  }
}

/** What came of a value that each side may have changed; on a conflict ours. */
function pick<T>(base: T | undefined, ours: T, theirs: T): { value: T; conflict: boolean } {
  if (isDeepStrictEqual(ours, theirs) || isDeepStrictEqual(base, theirs)) return { value: ours, conflict: false };
  if (isDeepStrictEqual(base, ours)) return { value: theirs, conflict: false };
  return { value: ours, conflict: true };
}

/** Tags of either side, without those that one of them removed. */
function mergedTags(base: readonly string[], ours: readonly string[], theirs: readonly string[]): string[] {
  if (isDeepStrictEqual(base, ours)) return [...theirs];
  if (isDeepStrictEqual(base, theirs)) return [...ours];
  const kept = ours.filter((tag) => theirs.includes(tag) || !base.includes(tag));
  return [...kept, ...theirs.filter((tag) => !ours.includes(tag) && !base.includes(tag))];
}

function marked(tags: readonly string[]): string[] {
  return tags.includes(CONFLICT_TAG) ? [...tags] : [...tags, CONFLICT_TAG];
}

/** Undefined where both sides changed the same or neighbouring lines. */
function mergedSource(base: string | undefined, ours: string, theirs: string): string | undefined {
  const picked = pick(base, ours, theirs);
  if (!picked.conflict) return picked.value;
  if (base === undefined) return undefined;
  const lines = base.split('\n');
  const [first, second] = [change(lines, ours.split('\n')), change(lines, theirs.split('\n'))].sort(
    (a, b) => a.start - b.start || a.end - b.end,
  ) as [Change, Change];
  // A line that neither changed lies between.
  if (first.end >= second.start) return undefined;
  const between = lines.slice(first.end, second.start);
  return [...lines.slice(0, first.start), ...first.lines, ...between, ...second.lines, ...lines.slice(second.end)].join(
    '\n',
  );
}

interface Change {
  start: number;
  end: number;
  lines: string[];
}

/** The one range of lines outside of which nothing changed. */
function change(before: readonly string[], after: readonly string[]): Change {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return { start: head, end: before.length - tail, lines: after.slice(head, after.length - tail) };
}

type Results = Pick<NotebookCell, 'outputs' | 'execution' | 'unknownRun'>;

const resultsOf = ({ outputs, execution, unknownRun }: NotebookCell): Results => ({
  outputs,
  ...(execution && { execution }),
  ...(unknownRun && { unknownRun }),
});

/** The results of a side whose source is the merged one: of a cell that was put together of two, there are none. */
function results(
  merged: NotebookCell,
  base: NotebookCell | undefined,
  ours: NotebookCell,
  theirs: NotebookCell,
): Results {
  const fits = (cell: NotebookCell) => cell.source === merged.source && cell.kind === merged.kind;
  if (!fits(ours)) return fits(theirs) ? resultsOf(theirs) : { outputs: [] };
  if (!fits(theirs)) return resultsOf(ours);
  return pick(base && resultsOf(base), resultsOf(ours), resultsOf(theirs)).value;
}

/** Whether people wrote the same; results aside. */
function sameContent(a: NotebookCell, b: NotebookCell): boolean {
  const content = ({ kind, source, tags, unknown }: NotebookCell) => ({ kind, source, tags, unknown });
  return isDeepStrictEqual(content(a), content(b));
}

const withoutUndefined = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const quote = (value: unknown) => JSON.stringify(value) ?? 'missing';
const fence = (value: unknown) =>
  `\`\`\`json\n${JSON.stringify(value, null, 2)?.replaceAll('```', '\\u0060``') ?? 'removed'}\n\`\`\``;
