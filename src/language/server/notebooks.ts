import type * as TypeScript from 'typescript';
import type { Declarations } from '../globals';
import type { CellSpan, Edit, Location, Place, Span, SyncParams } from '../messages';
import { NoAnswer, NotebookProgram, type ReadFiles } from '../program';

/** A notebook that is open in the editor: its program, and which cell of it is which of the editor's. */
export class ServedNotebook {
  readonly program: NotebookProgram;
  private order: string[] = [];
  private beside = 0;
  private readonly texts = new Map<string, { source: string; parameters: boolean }>();
  private indices = new Map<string, number>();

  constructor(
    ts: typeof TypeScript,
    path: string,
    declarations: Declarations,
    registry: TypeScript.DocumentRegistry,
    files?: ReadFiles,
  ) {
    this.program = new NotebookProgram(ts, path, declarations, registry, files);
  }

  sync({ order, changed, beside = 0 }: SyncParams): void {
    for (const { id, source, parameters } of changed) this.texts.set(id, { source, parameters });
    const wanted = new Set(order);
    for (const id of this.texts.keys()) if (!wanted.has(id)) this.texts.delete(id);
    this.order = order.filter((id) => this.texts.has(id));
    this.beside = beside;
    this.indices = new Map(this.order.map((id, index) => [id, index]));
    this.program.update(
      this.order.map((id) => ({ id, ...this.texts.get(id)! })),
      beside,
    );
  }

  /** What is answered of the notebook as edits, none of which overlap, would leave it. */
  supposing<T>(edits: readonly Edit[], question: () => T): T {
    const cells = this.order.map((id) => {
      const { source, parameters } = this.texts.get(id)!;
      const own = edits.filter(({ cell }) => cell === id).sort((a, b) => b.start - a.start);
      const edited = own.reduce((text, one) => text.slice(0, one.start) + one.text + text.slice(one.end), source);
      return { id, source: edited, parameters };
    });
    return this.program.supposing(cells, question);
  }

  /** All that the program has, also of other notebooks. */
  get cells(): readonly string[] {
    return this.order;
  }

  /** Those of the notebook. */
  get own(): readonly string[] {
    return this.order.slice(this.beside);
  }

  /** Those of other notebooks. */
  get others(): readonly string[] {
    return this.order.slice(0, this.beside);
  }

  source(cell: string): string {
    return this.texts.get(cell)?.source ?? '';
  }

  /** @throws NoAnswer when there is no such cell any more */
  indexOf(cell: string): number {
    const index = this.indices.get(cell);
    if (index === undefined) throw new NoAnswer(`The notebook has no cell ${cell} (any more).`);
    return index;
  }

  toModule({ cell, offset }: Place): number {
    return this.program.current.toModule({ cell: this.indexOf(cell), offset });
  }

  rangeOf({ cell, start, end }: CellSpan): { pos: number; end: number } {
    return { pos: this.toModule({ cell, offset: start }), end: this.toModule({ cell, offset: end }) };
  }

  /** A span of the module in its cell; undefined between cells. */
  toCell({ start, length }: TypeScript.TextSpan): CellSpan | undefined {
    const found = this.program.current.toCellSpan(start, length);
    return found && { cell: this.order[found.cell]!, start: found.start, end: found.end };
  }

  /** A span of the module in one given cell. */
  inCell(cell: string, span: TypeScript.TextSpan): Span | undefined {
    const found = this.toCell(span);
    return found?.cell === cell ? { start: found.start, end: found.end } : undefined;
  }

  /** Where a span of the module or of a file lies; undefined in what was put between the cells. */
  locate(file: string, span: TypeScript.TextSpan): Location | undefined {
    if (file === this.program.file) return this.toCell(span);
    if (this.program.isGlobals(file)) return undefined;
    const source = this.program.service.getProgram()?.getSourceFile(file);
    if (!source) return undefined;
    const at = (position: number) => source.getLineAndCharacterOfPosition(Math.min(position, source.text.length));
    return { file, start: at(span.start), end: at(span.start + span.length) };
  }
}

/** Whether a place lies in a cell. */
export const isInCell = (place: Location): place is CellSpan => 'cell' in place;
