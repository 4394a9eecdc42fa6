import { newCellId, type Random, randomFromText } from '../../../src/notebook/cell-id';
import type { NotebookCell, NotebookDocument, SavedOutput, Unknown } from '../../../src/notebook/document';

/** Random documents for property tests: every feature of the format, awkward texts, unknown fields at every level. */
export class DocumentMaker {
  private readonly random: Random;

  constructor(seed: number) {
    this.random = randomFromText(`document ${seed}`);
  }

  document(): NotebookDocument {
    const taken = new Set<string>();
    const cells = this.list(6, () => this.cell(taken));
    return {
      version: 1,
      ...(this.chance(0.5) && { title: this.text() }),
      cells,
      ...(this.chance(0.5) && { environment: { node: 'v22.1.0', seed: 42, [this.field()]: this.json(2) } }),
      unknown: this.unknown(),
    };
  }

  private cell(taken: Set<string>): NotebookCell {
    const id = this.chance(0.2) ? String(this.int(1e9)) + taken.size : newCellId(this.random, taken);
    taken.add(id);
    return {
      id,
      kind: this.pick(['code', 'markdown']),
      source: this.text(),
      tags: this.list(2, () => this.pick(['parameters', 'slow', this.text()])),
      outputs: this.list(3, () => this.output()),
      ...(this.chance(0.5) && {
        execution: {
          count: this.int(50),
          ok: this.chance(0.5),
          startedAt: 1.7e12 + this.int(1e9),
          endedAt: 1.7e12 + this.int(1e9) + 0.5,
          ...this.maybeUnknown(),
        },
      }),
      unknown: this.unknown(),
      ...(this.chance(0.2) && { unknownRun: { [this.field()]: this.json(1) } }),
    };
  }

  private output(): SavedOutput {
    const base: SavedOutput = this.pick<() => SavedOutput>([
      () => ({ type: 'stream', name: this.pick(['stdout', 'stderr']), text: this.text() }),
      () => ({ type: 'error', error: { name: 'TypeError', message: this.text(), stack: this.text() } }),
      () => ({
        type: this.pick(['display', 'result']),
        data: this.bundle(),
      }),
    ])();
    return { ...base, ...this.maybeUnknown() };
  }

  private bundle() {
    const bytes = Uint8Array.from(this.list(40, () => this.int(256)));
    return {
      ...(this.chance(0.5) && { 'application/vnd.dinnb.training+json': this.json(3) }),
      ...(this.chance(0.5) && { 'image/png': bytes }),
      ...(this.chance(0.5) && { 'image/svg+xml': this.text() }),
      'text/plain': this.text(),
    };
  }

  private maybeUnknown(): { unknown?: Unknown } {
    return this.chance(0.2) ? { unknown: { [this.field()]: this.json(2) } } : {};
  }

  private unknown(): Unknown {
    return this.chance(0.3) ? Object.fromEntries(this.list(3, () => [this.field(), this.json(2)])) : {};
  }

  private field(): string {
    return `${this.pick(['future', 'x-', 'Zähler ', '__proto__', '7'])}${this.int(100)}`;
  }

  private json(depth: number): unknown {
    const scalar = () => this.pick<unknown>([null, true, false, this.int(1000), -0.125, 1e-9, this.text()]);
    if (depth === 0 || this.chance(0.3)) return scalar();
    if (this.chance(0.5)) return this.list(5, () => this.json(depth - 1));
    return Object.fromEntries(this.list(4, () => [this.field(), this.json(depth - 1)]));
  }

  private text(): string {
    const part = () =>
      this.pick([
        '',
        'const a = 1;',
        '"quoted" \\ back',
        '\t',
        'é 漢字 😀',
        '\ud800',
        '\u2028',
        '</script>',
        'x'.repeat(120),
      ]);
    return this.list(5, part).join(this.pick(['\n', ' ', '\n\n']));
  }

  private list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.int(most + 1) }, make);
  }

  private pick<T>(choices: readonly T[]): T {
    return choices[this.int(choices.length)]!;
  }

  private chance(odds: number): boolean {
    return this.random() < odds;
  }

  private int(end: number): number {
    return Math.floor(this.random() * end);
  }
}

/** A document with random edits that people make. */
export function edited(document: NotebookDocument, random: Random, side: string): NotebookDocument {
  const cells = document.cells.map((each) => ({ ...each }));
  const int = (end: number) => Math.floor(random() * end);
  const taken = new Set(document.cells.map(({ id }) => id));
  for (let edits = int(5); edits > 0; edits--) {
    const at = int(cells.length);
    const target = cells[at];
    const lines = target?.source.split('\n') ?? [];
    switch (int(6)) {
      case 0:
        cells.splice(int(cells.length + 1), 0, {
          id: newCellId(random, taken),
          kind: 'code',
          source: `new ${side} ${int(1e9)}`,
          tags: [],
          outputs: [],
          unknown: {},
        });
        break;
      case 1:
        cells.splice(at, 1);
        break;
      case 2:
        if (target) cells.splice(int(cells.length), 0, ...cells.splice(at, 1));
        break;
      case 3:
        if (target) target.tags = [...target.tags, `${side}${int(9)}`];
        break;
      default:
        lines.splice(int(lines.length + 1), int(2), `${side} ${int(1e9)}`);
        if (target) Object.assign(target, { source: lines.join('\n') });
    }
  }
  return { ...document, cells };
}
