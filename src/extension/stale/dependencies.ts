import type { CellUses } from '../../language/uses';

/** A code cell as it stands in the notebook now. */
export interface NowCell {
  /** Under which the kernel knows it. */
  id: string;
  source: string;
  /** The name of its notebook, where several share the kernel. */
  notebook?: string | undefined;
}

export interface Files {
  readonly [name: string]: string;
}

/** The run of a cell that gave a name its value. */
interface Giver {
  id: string;
  notebook: string | undefined;
  /** Counts the runs of this kernel. */
  turn: number;
}

interface Run extends Giver {
  source: string;
  ok: boolean;
  /** What it imports of the workspace, by name, with hashes; undefined until that has been read. */
  files?: Files;
  /** Of these one that is another by now. */
  changed?: string | undefined;
}

interface Ran extends Run {
  /** Which run gave each name its value when this one read it or assigned to it. */
  inputs: ReadonlyMap<string, Giver>;
}

/** A cell of now, and what of its notebook it follows from. */
interface Placed extends NowCell {
  /** Among the code cells of its notebook, from 1. */
  number: number;
  uses: CellUses;
  /** The names that it declares or assigns to. */
  gives: readonly string[];
  /** For each name that it reads or assigns to: the nearest cell above that gives it, as running all of the notebook would. */
  above: ReadonlyMap<string, Placed>;
}

const NOTHING: CellUses = { declared: [], reads: [], later: [], writes: [] };
const given = ({ declared, writes }: CellUses) => [...declared, ...writes];

/**
 * What has run in one life of a kernel, and which run gave each name its value: whether what a cell shows is what running the whole notebook
 * would show. A cell has to read each name as the nearest cell above that gives it gave it last.
 */
export class Dependencies {
  private turn = 0;
  /** The last run of each cell. */
  private readonly ran = new Map<string, Ran>();
  /** Which run gave each name the value that it has in the kernel. */
  private readonly values = new Map<string, Giver>();
  /** Runs whose names are not known yet, in their order. */
  private unread: Run[] = [];
  /** The names of sources; null for one that the compiler cannot follow. */
  private names = new Map<string, CellUses | null>();

  /** @param before what ran in earlier lives, and is shown still: the source of each cell's last run */
  constructor(private readonly before: ReadonlyMap<string, string> = new Map()) {}

  /** The source of each cell's last run, in this life and before. */
  get shown(): Map<string, string> {
    const ran = [...this.ran.values(), ...this.unread].map(({ id, source }): [string, string] => [id, source]);
    return new Map([...this.before, ...ran]);
  }

  /** A cell has run, or failed after it had changed what it had changed. Returns the run's turn. */
  ended({ id, source, notebook }: NowCell, ok: boolean): number {
    this.turn += 1;
    this.unread.push({ id, source, notebook, turn: this.turn, ok });
    this.settle();
    return this.turn;
  }

  /** The last runs that import files of the workspace. */
  get importing(): { turn: number; source: string }[] {
    return [...this.ran.values()].filter(({ files }) => Object.keys(files ?? {}).length > 0);
  }

  /** What a run imports of the workspace: told first as it ran, later as it is by now. */
  imported(turn: number, now: Files): void {
    const run = [...this.ran.values(), ...this.unread].find((each) => each.turn === turn);
    const then = run?.files;
    if (run && then) run.changed = Object.keys(then).find((name) => now[name] !== then[name]);
    else if (run) run.files = now;
  }

  /** Whether a cell has run, now or in an earlier life: before that none can be out of date. */
  get hasRun(): boolean {
    return this.turn > 0 || this.before.size > 0;
  }

  /** The sources whose names have to be known, and are not. */
  unknown(cells: readonly NowCell[]): string[] {
    const wanted = new Set([...cells, ...this.unread].map(({ source }) => source));
    // What was typed and is gone is not kept.
    this.names = new Map([...this.names].filter(([source]) => wanted.has(source)));
    return [...wanted].filter((source) => !this.names.has(source));
  }

  know(source: string, uses: CellUses | null): void {
    this.names.set(source, uses);
    this.settle();
  }

  private settle(): void {
    for (let run = this.unread[0]; run && this.names.has(run.source); run = this.unread[0]) {
      this.unread.shift();
      const { id, notebook, turn } = run;
      const uses = this.usesOf(run.source);
      const inputs = new Map<string, Giver>();
      for (const name of [...uses.reads, ...uses.writes]) {
        const from = this.values.get(name);
        if (from) inputs.set(name, from);
      }
      this.ran.set(id, { ...run, inputs });
      for (const name of uses.declared) this.values.set(name, { id, notebook, turn });
      // What no cell has declared cannot be assigned to.
      for (const name of uses.writes) if (inputs.has(name)) this.values.set(name, { id, notebook, turn });
    }
  }

  private usesOf(source: string): CellUses {
    return this.names.get(source) ?? NOTHING;
  }

  /** Why each cell's result does not follow from the notebook as it is, by the cell's id. Cells that have not run are none. */
  stale(cells: readonly NowCell[]): Map<string, string> {
    return this.reasons(this.place(cells));
  }

  /**
   * The cells to run, from top to bottom, so that none of a notebook is out of date: those that are, and those that have to give a
   * name anew that these read, because it has not been given or has another value by now.
   */
  toRun(cells: readonly NowCell[], notebook: string | undefined): string[] {
    const placed = this.place(cells);
    const reasons = this.reasons(placed);
    const own = placed.filter((cell) => cell.notebook === notebook);
    return this.plan(
      own,
      own.filter(({ id }) => reasons.has(id)),
    );
  }

  /** The cells to run, from top to bottom, so that one has what it needs; that one last. */
  needed(cells: readonly NowCell[], id: string): string[] {
    const placed = this.place(cells);
    const reasons = this.reasons(placed);
    const wanted = placed.find((cell) => cell.id === id)!;
    const above = new Set([wanted]);
    // A set goes on with what is added while it is walked.
    for (const cell of above) for (const giver of cell.above.values()) above.add(giver);
    const within = placed.filter((cell) => above.has(cell));
    return this.plan(
      within,
      within.filter((cell) => cell === wanted || reasons.has(cell.id)),
    );
  }

  /** Adds to cells that run those of `within` that must run with them. */
  private plan(within: readonly Placed[], first: readonly Placed[]): string[] {
    const chosen = new Set(first);
    for (let before = -1; before !== chosen.size; ) {
      before = chosen.size;
      for (const cell of within) {
        if (chosen.has(cell)) for (const giver of this.giversFor(cell, chosen)) chosen.add(giver);
        else if (this.isShown(cell) && cell.uses.reads.some((name) => chosen.has(cell.above.get(name)!)))
          chosen.add(cell);
      }
    }
    return within.filter((cell) => chosen.has(cell)).map(({ id }) => id);
  }

  private isShown({ id }: Placed): boolean {
    return this.ran.has(id) || this.before.has(id);
  }

  /** Those that have to run before a cell does: their names have no value then, or one that another gave. */
  private giversFor(cell: Placed, chosen: ReadonlySet<Placed>): Placed[] {
    return [...cell.above]
      .filter(([name, giver]) => {
        const ran = this.ran.get(giver.id);
        if (!ran || !cell.uses.reads.includes(name)) return !ran;
        const gaveLast = this.values.get(name)?.turn === ran.turn;
        return !gaveLast || [...chosen].some((each) => isAbove(each, giver) && each.gives.includes(name));
      })
      .map(([, giver]) => giver);
  }

  private reasons(placed: readonly Placed[]): Map<string, string> {
    const found = new Map<string, string>();
    const now = new Map(placed.map((cell) => [cell.id, cell]));
    const visiting = new Set<string>();
    const why = (cell: Placed): string | undefined => {
      const known = found.get(cell.id);
      const ran = this.ran.get(cell.id);
      const source = ran ? ran.source : this.before.get(cell.id);
      if (known !== undefined || source === undefined || visiting.has(cell.id)) return known;
      visiting.add(cell.id);
      const edited = cell.source === source ? undefined : 'It was edited after it ran.';
      const reason = edited ?? (ran ? this.inputsChanged(cell, ran, now, why) : this.inputsOfBefore(cell, why));
      visiting.delete(cell.id);
      if (reason !== undefined) found.set(cell.id, reason);
      return reason;
    };
    for (const cell of placed) why(cell);
    return found;
  }

  /** Of a cell that ran in an earlier life: whatever runs in this one comes after it. */
  private inputsOfBefore(cell: Placed, why: (cell: Placed) => string | undefined): string | undefined {
    for (const name of cell.uses.reads) {
      const above = cell.above.get(name);
      if (!above) continue;
      const from = `code cell ${above.number}`;
      if (this.ran.has(above.id)) return `\`${name}\` was changed by ${from} after it ran.`;
      if (!this.isShown(above)) return `\`${name}\` comes from ${from}, which has not run.`;
      if (why(above) !== undefined) return `\`${name}\` comes from ${from}, which is out of date.`;
    }
    return undefined;
  }

  private inputsChanged(
    cell: Placed,
    { inputs, turn, ok, changed }: Ran,
    now: ReadonlyMap<string, Placed>,
    why: (cell: Placed) => string | undefined,
  ): string | undefined {
    const isElsewhere = (giver: Giver) => (now.get(giver.id) ?? giver).notebook !== cell.notebook;
    const say = ({ id }: Pick<Giver, 'id'>) => {
      const where = now.get(id);
      if (!where) return 'a cell that is gone';
      return `code cell ${where.number}${where.notebook === cell.notebook ? '' : ` of ${where.notebook}`}`;
    };
    if (changed !== undefined) return `${changed}, which it imports, was changed after it ran.`;
    for (const name of new Set([...cell.uses.reads, ...cell.uses.writes])) {
      const read = inputs.get(name);
      const value = this.values.get(name);
      // What it failed for may be that it could not assign to a name.
      const isRead = !ok || cell.uses.reads.includes(name);
      // Other notebooks that share the kernel are as if above this one, whenever they run.
      if (isRead && value && value.turn > turn && isElsewhere(value))
        return `\`${name}\` was changed by ${say(value)} after it ran.`;
      const above = cell.above.get(name) ?? (read && isElsewhere(read) ? now.get(read.id) : undefined);
      if (!above) {
        // A function may use what a cell below declares, before which nobody calls it.
        if (!read || isElsewhere(read) || cell.uses.later.includes(name)) continue;
        const where = now.has(read.id) ? `${say(read)}, and no cell above gives it` : say(read);
        return `\`${name}\` comes from ${where}.`;
      }
      if (!isRead) continue; // which value it replaced is all the same
      const gave = this.ran.get(above.id);
      if (!gave) return `\`${name}\` comes from ${say(above)}, which has not run.`;
      if (gave.turn > turn) return `\`${name}\` was changed by ${say(above)} after it ran.`;
      if (read?.turn !== gave.turn) {
        const other =
          read?.id === cell.id ? 'its own run before' : read && read.id !== above.id ? say(read) : 'an earlier run';
        return `\`${name}\` had the value of ${other} when it ran, not that of ${say(above)} above it.`;
      }
      if (why(above) !== undefined) return `\`${name}\` comes from ${say(above)}, which is out of date.`;
    }
    return undefined;
  }

  private place(cells: readonly NowCell[]): Placed[] {
    const notebooks = new Map<string | undefined, { count: number; givers: Map<string, Placed> }>();
    return cells.map((cell) => {
      const notebook = notebooks.get(cell.notebook) ?? { count: 0, givers: new Map<string, Placed>() };
      notebooks.set(cell.notebook, notebook);
      notebook.count += 1;
      const uses = this.usesOf(cell.source);
      const above = new Map<string, Placed>();
      for (const name of [...uses.reads, ...uses.writes]) {
        const giver = notebook.givers.get(name);
        if (giver) above.set(name, giver);
      }
      const placed = { ...cell, number: notebook.count, uses, gives: given(uses), above };
      for (const name of placed.gives) notebook.givers.set(name, placed);
      return placed;
    });
  }
}

function isAbove(one: Placed, other: Placed): boolean {
  return one.notebook === other.notebook && one.number < other.number;
}
