import type { CellUses } from '../../language/uses';

/** A code cell as it stands in the notebook now. */
export interface NowCell {
  /** Under which the kernel knows it. */
  id: string;
  source: string;
  /** The name of its notebook, where several share the kernel. */
  notebook?: string;
}

interface Ran {
  /** Counts the runs of this kernel. */
  turn: number;
  source: string;
  /** Undefined until it is known. */
  uses: CellUses | undefined;
}

/** What has run in a kernel, and which cell gave each name its value: whether what a cell shows still follows from the others. */
export class Dependencies {
  private turn = 0;
  private readonly ran = new Map<string, Ran>();
  private readonly writers = new Map<string, { id: string; turn: number }>();

  /** A new kernel knows nothing. */
  reset(): void {
    this.ran.clear();
    this.writers.clear();
  }

  /** A cell has run, or failed after it had changed what it had changed. Returns what to tell `know` by. */
  ended(id: string, source: string): number {
    this.turn += 1;
    this.ran.set(id, { turn: this.turn, source, uses: undefined });
    return this.turn;
  }

  /** What the run of a cell used. */
  know(id: string, turn: number, uses: CellUses): void {
    const ran = this.ran.get(id);
    if (ran?.turn === turn) ran.uses = uses;
    for (const name of [...uses.declared, ...uses.writes]) {
      const writer = this.writers.get(name);
      if (!writer || writer.turn < turn) this.writers.set(name, { id, turn });
    }
  }

  /** Why each cell's result does not follow from the notebook as it is, by the cell's id. Cells that have not run are none. */
  stale(cells: readonly NowCell[]): Map<string, string> {
    const found = new Map<string, string>();
    const visiting = new Set<string>();
    const now = new Map(numbered(cells).map((cell) => [cell.id, cell]));
    const why = (id: string): string | undefined => {
      const known = found.get(id);
      if (known !== undefined) return known;
      const ran = this.ran.get(id);
      const cell = now.get(id);
      if (!ran || !cell || visiting.has(id)) return undefined;
      visiting.add(id);
      const reason =
        cell.source !== ran.source ? 'It was edited after it ran.' : this.inputsChanged(cell, ran, now, why);
      visiting.delete(id);
      if (reason !== undefined) found.set(id, reason);
      return reason;
    };
    for (const { id } of cells) why(id);
    return found;
  }

  private inputsChanged(
    { id, notebook }: NowCell,
    { uses, turn }: Ran,
    now: ReadonlyMap<string, NumberedCell>,
    why: (id: string) => string | undefined,
  ): string | undefined {
    for (const name of uses?.reads ?? []) {
      const writer = this.writers.get(name);
      if (!writer || writer.id === id) continue;
      const where = now.get(writer.id);
      const of = where && where.notebook !== notebook ? ` of ${where.notebook}` : '';
      const cell = where ? `code cell ${where.number}${of}` : 'a cell that is gone';
      if (writer.turn > turn) return `\`${name}\` was changed by ${cell} after it ran.`;
      if (why(writer.id) !== undefined) return `\`${name}\` comes from ${cell}, which is out of date.`;
    }
    return undefined;
  }

  /**
   * The cells to run so that one has what it needs, that one last: those above it that give names which it reads (or which these
   * read), unless they have run and are not out of date.
   */
  needed(cells: readonly NowCell[], uses: readonly (CellUses | null)[], index: number): number[] {
    const stale = this.stale(cells);
    const fresh = (at: number) => this.ran.get(cells[at]!.id) !== undefined && !stale.has(cells[at]!.id);
    const wanted = new Set([index]);
    const queue = [index];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const name of uses[at]?.reads ?? []) {
        const givers = giversOf(uses, name, at);
        // Something ran after the giver and changed it: then it has to give it anew.
        for (const giver of givers) {
          if (fresh(giver) || wanted.has(giver)) continue;
          wanted.add(giver);
          queue.push(giver);
        }
      }
    }
    return [...wanted].sort((a, b) => a - b);
  }
}

interface NumberedCell extends NowCell {
  /** Among the code cells of its notebook. */
  number: number;
}

function numbered(cells: readonly NowCell[]): NumberedCell[] {
  const counts = new Map<string | undefined, number>();
  return cells.map((cell) => {
    const number = (counts.get(cell.notebook) ?? 0) + 1;
    counts.set(cell.notebook, number);
    return { ...cell, number };
  });
}

/** The cells above that give a name its value there: the last that declares it, and those between that assign to it. */
function giversOf(uses: readonly (CellUses | null)[], name: string, before: number): number[] {
  const givers: number[] = [];
  for (let at = before - 1; at >= 0; at--) {
    if (uses[at]?.declared.includes(name)) return [...givers, at];
    if (uses[at]?.writes.includes(name)) givers.push(at);
  }
  return givers;
}
