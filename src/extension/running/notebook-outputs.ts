import type * as vscode from 'vscode';
import { FoldedOutputs } from '../../outputs/accumulate';
import type { CellOutput, ErrorOutput, OutputEvent } from '../../outputs/events';
import { urlByCount } from '../documents/error-links';
import { bundleItems, parametersForm, streamItem, toEditorOutput } from '../documents/output-items';
import { hasParametersTag } from '../parameters/tag';
import type { VS } from '../vs';
import type { NotebookExecutions } from './executions';
import { RunningTrainings } from './running-trainings';

type StreamName = 'stdout' | 'stderr';
/** The cell of an id, in the document of now. */
type CellOf = (cellId: string) => vscode.NotebookCell | undefined;

/** What of a cell's outputs may still change. */
interface CellState {
  readonly cellId: string;
  cell: vscode.NotebookCell;
  /** The stream that the cell's last output is, which more text of the same name is added to. */
  tail?: { name: StreamName; output: vscode.NotebookCellOutput };
  waiting?: { name: StreamName; text: string };
  /** Characters of streams shown in this run. */
  length: number;
  failed: boolean;
  /** Whether the editor has taken an output of this run: only then does an empty cell mean that the user cleared it. */
  shown: boolean;
  /** While the cell runs: all that it has shown, to show it again in another document. */
  folded?: FoldedOutputs | undefined;
}

type DisplayData = Extract<OutputEvent, { type: 'update' }>['data'];

/** Sends a live change to the renderers that draw a display. */
export type LivePost = (message: { displayId: string; mime: string; patch: unknown }) => void;

/**
 * How long text and new states of displays are gathered, in ms: a loop that prints must not send a message a line. They wait longer
 * while the editor has not taken the last: it would go on drawing long after the cell has ended.
 */
const GATHER = 50;
/** And no longer than this, in ms: an editor that never says that it has taken something is to get the next nevertheless. */
const LONGEST_WAIT = 3_000;
/** Streams of one run of a cell beyond this many characters make editors unusable; the rest is left out, and said so. */
const MOST_TEXT = 2_000_000;

/**
 * Projects the output events of a notebook's kernel onto its cells. Outputs change in place: streams grow by items,
 * displays are replaced where they stand, so that nothing flashes or jumps.
 */
export class NotebookOutputs {
  private readonly cells = new Map<string, CellState>();
  private displays = new Map<string, { state: CellState; output: vscode.NotebookCellOutput }>();
  /** The newest state of displays that the editor has not been given. */
  private readonly updates = new Map<string, DisplayData>();
  private timer: NodeJS.Timeout | undefined;
  private readonly trainings = new RunningTrainings();
  /** What came while the cells had no document. */
  private missed: ((cellOf: CellOf) => void)[] | undefined;

  constructor(
    private readonly vs: VS,
    private readonly executions: Pick<NotebookExecutions, 'edit' | 'taken'>,
    private readonly live: LivePost,
    /** The cell that ran as this number in the kernel of now; null where one of another notebook did, undefined while it runs. */
    private readonly cellOfRun: (run: number) => string | null | undefined,
  ) {}

  /** A cell starts to run: its old outputs go. */
  begin(cellId: string, cell: vscode.NotebookCell): void {
    if (this.missed) {
      this.missed.push((cellOf) => {
        const moved = cellOf(cellId);
        if (moved) this.begin(cellId, moved);
      });
      return;
    }
    this.forget(this.cells.get(cellId));
    this.cells.set(cellId, { cellId, cell, length: 0, failed: false, shown: false, folded: new FoldedOutputs() });
    this.clear(cellId, cell);
  }

  /** Shows the form of a cell that has become one of parameters. */
  showForm(cellId: string, cell: vscode.NotebookCell): void {
    const form = parametersForm(this.vs, cellId);
    this.executions.edit(cell, (execution) => execution.appendOutput(form, cell));
  }

  private clear(cellId: string, cell: vscode.NotebookCell): void {
    this.executions.edit(cell, (execution) => execution.clearOutput(cell));
    if (hasParametersTag(cell)) this.showForm(cellId, cell);
  }

  /** A cell has ended: everything is handed to the editor, and the error shown if the kernel's events did not tell it. */
  finish(cellId: string, error: ErrorOutput | undefined): void {
    if (this.missed) {
      this.missed.push(() => this.finish(cellId, error));
      return;
    }
    const state = this.cells.get(cellId);
    if (!state) return;
    this.flush(state);
    this.flushUpdates();
    if (error && !state.failed) this.apply(cellId, { type: 'error', error });
    state.folded = undefined;
  }

  apply(cellId: string, event: OutputEvent): void {
    this.trainings.observe(event);
    if (event.type === 'append') {
      this.live({ displayId: event.displayId, mime: event.mime, patch: event.patch });
    } else if (this.missed) {
      this.missed.push(() => this.take(cellId, event));
    } else {
      this.take(cellId, event);
    }
  }

  private take(cellId: string, event: Exclude<OutputEvent, { type: 'append' }>): void {
    const state = this.cells.get(cellId);
    if (event.type === 'update') {
      this.displays.get(event.displayId)?.state.folded?.apply(event);
      this.update(event.displayId, event.data);
    } else if (!state) {
      return; // the cell is gone, or belongs to a kernel before this one
    } else if (event.type === 'stream') {
      this.addText(state, event.name, event.text);
    } else {
      this.flush(state);
      state.folded?.apply(event);
      if (event.type === 'error') state.failed = true;
      this.show(state, event);
    }
  }

  private show(state: CellState, event: Exclude<CellOutput, { type: 'stream' }>): void {
    const output = toEditorOutput(this.vs, event, (run, line) => {
      const cellId = this.cellOfRun(run);
      return cellId === null ? undefined : this.cellUrl(cellId ?? state.cellId, run, line);
    });
    if (event.type !== 'error' && event.displayId !== undefined) this.displays.set(event.displayId, { state, output });
    this.append(state, output);
    state.tail = undefined;
  }

  /** The kernel is gone: what it left in the middle is ended. */
  abandon(): void {
    if (this.missed) {
      this.missed.push(() => this.abandon());
      return;
    }
    for (const { displayId, data } of this.trainings.abandon()) this.update(displayId, data);
    this.flushUpdates();
  }

  /** The editor says that a cell's outputs are empty now: what was there cannot be changed any more. */
  cleared(cell: vscode.NotebookCell): void {
    for (const state of this.cells.values()) {
      if (state.cell === cell && state.shown) this.forget(state);
    }
  }

  /** The document goes. What comes from now on is kept until `moveTo`. */
  leave(): void {
    this.flushAll();
    this.missed ??= [];
  }

  /**
   * The same cells go on in another document. A running cell shows there what it had shown; of the others the document has it, but
   * displays among them cannot be updated any more.
   */
  moveTo(cellOf: CellOf): void {
    this.displays.clear();
    this.updates.clear();
    for (const [cellId, state] of this.cells) {
      const cell = cellOf(cellId);
      if (!cell) {
        this.cells.delete(cellId);
        continue;
      }
      state.cell = cell;
      state.tail = undefined;
      state.shown = false; // the outputs that are cleared now are not cleared by the user
      if (!state.folded) continue;
      state.waiting = undefined; // what waits has been folded too
      this.clear(cellId, cell);
      for (const output of state.folded.list) this.showAgain(state, output);
    }
    for (const { displayId, data } of this.trainings.known()) this.take('', { type: 'update', displayId, data });
    const missed = this.missed ?? [];
    this.missed = undefined;
    for (const take of missed) take(cellOf);
  }

  private showAgain(state: CellState, output: CellOutput): void {
    if (output.type === 'stream') {
      state.waiting = { name: output.name, text: output.text };
      this.flush(state);
    } else {
      this.show(state, output);
    }
  }

  /** The cells belong to no document any more. */
  reset(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.cells.clear();
    this.displays.clear();
    this.updates.clear();
  }

  /** None where the editor, which goes by the number and takes the last cell that bears it, would open another cell. */
  private cellUrl(cellId: string, run: number, line: number): string | undefined {
    const cell = this.cells.get(cellId)?.cell;
    if (!cell || cell.index < 0) return undefined;
    const later = cell.notebook.getCells().slice(cell.index + 1);
    return later.some(({ executionSummary }) => executionSummary?.executionOrder === run)
      ? undefined
      : urlByCount(run, line);
  }

  private update(displayId: string, data: DisplayData): void {
    if (!this.displays.has(displayId)) return;
    this.updates.set(displayId, data);
    this.flushSoon();
  }

  private flushUpdates(): void {
    for (const [displayId, data] of this.updates) {
      const display = this.displays.get(displayId);
      if (!display) continue; // its cell was cleared, or runs again
      const items = bundleItems(this.vs, data);
      this.executions.edit(display.state.cell, (execution) => execution.replaceOutputItems(items, display.output));
    }
    this.updates.clear();
  }

  private addText(state: CellState, name: StreamName, text: string): void {
    if (state.length > MOST_TEXT) return;
    const room = MOST_TEXT - state.length;
    state.length += text.length;
    const cut = state.length > MOST_TEXT;
    const note = `\n[more than ${MOST_TEXT.toLocaleString('en')} characters: the rest is not shown]\n`;
    const shown = cut ? text.slice(0, room) + note : text;
    state.folded?.apply({ type: 'stream', name, text: shown });
    if (state.waiting && state.waiting.name !== name) this.flush(state);
    state.waiting = { name, text: (state.waiting?.text ?? '') + shown };
    this.flushSoon();
  }

  private flushSoon(): void {
    this.timer ??= setTimeout(() => {
      const flush = () => {
        clearTimeout(longest);
        this.flushAll();
      };
      const longest = setTimeout(flush, LONGEST_WAIT);
      void this.executions.taken().then(flush);
    }, GATHER);
  }

  private flushAll(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const state of this.cells.values()) this.flush(state);
    this.flushUpdates();
  }

  private flush(state: CellState): void {
    const { waiting, tail, cell } = state;
    if (!waiting) return;
    state.waiting = undefined;
    const item = streamItem(this.vs, waiting.name, waiting.text);
    if (tail?.name === waiting.name) {
      this.executions.edit(cell, (execution) => execution.appendOutputItems(item, tail.output));
      return;
    }
    const output = new this.vs.NotebookCellOutput([item]);
    state.tail = { name: waiting.name, output };
    this.append(state, output);
  }

  private append(state: CellState, output: vscode.NotebookCellOutput): void {
    this.executions.edit(state.cell, async (execution) => {
      await execution.appendOutput(output, state.cell);
      state.shown = true;
    });
  }

  private forget(state: CellState | undefined): void {
    if (!state) return;
    state.tail = undefined;
    state.shown = false;
    this.displays = new Map([...this.displays].filter(([, display]) => display.state !== state));
  }
}
