import type { CellRun } from '../host/run-notebook';
import type { NotebookCell } from '../notebook/document';
import type { OutputEvent } from '../outputs/events';
import { MIME_PROGRESS, MIME_TRAINING } from '../outputs/mime';
import { OutputError } from '../outputs/parse';
import { parseProgressOutput } from '../outputs/progress';
import { type WorkSink, workLines } from '../outputs/working';

export interface Reporter {
  info(line: string): void;
  cellStart(cell: NotebookCell, number: number): void;
  output(cell: NotebookCell, event: OutputEvent): void;
  cellEnd(cell: NotebookCell, number: number, run: CellRun): void;
}

/**
 * Prints a run for a person reading a terminal: outputs as they happen, live charts and progress once, when their cell ends.
 * @param tell takes what is of the moment only: how far long work has come.
 */
export function terminalReporter(write: (text: string) => void, tell: (text: string) => void): Reporter {
  const work = workLines((text) => tell(`${text}\n`));
  const line = (text: string) => write(text.endsWith('\n') ? text : `${text}\n`);
  let printedError: string | undefined;
  return {
    info: line,
    cellStart(cell, number) {
      line(`\n[${number}] ${heading(cell.source)}`);
    },
    output(_cell, event) {
      if (event.type === 'stream') write(event.text);
      else if (event.type === 'display' || event.type === 'result') {
        if (!isLive(event.data)) line(textOf(event.data));
      } else if (event.type === 'append') {
        if (event.mime === MIME_PROGRESS) tellWork(event.displayId, event.patch, work);
      } else if (event.type === 'update') {
        if (MIME_PROGRESS in event.data) tellWork(event.displayId, event.data[MIME_PROGRESS], work);
      } else if (event.type === 'error') {
        printedError = event.error.stack;
        line(printedError);
      }
    },
    cellEnd(cell, number, run) {
      for (const output of cell.outputs) {
        if ((output.type !== 'display' && output.type !== 'result') || !isLive(output.data)) continue;
        const isTold = MIME_TRAINING in output.data && wasLogged(cell);
        line(isTold ? textOf(output.data).split('\n\n')[0]! : textOf(output.data));
      }
      if (!run.error) return;
      const failed = `cell ${number} failed after ${run.seconds.toFixed(1)} s`;
      // Printed when it came; a timeout is known only now.
      line(run.error.stack === printedError ? failed : `${failed}: ${run.error.message}`);
    },
  };
}

/** What grows while its cell runs: printed as it is at the end. */
const isLive = (data: { [mime: string]: unknown }) => MIME_TRAINING in data || MIME_PROGRESS in data;

/** What a cell itself sends under this name may be anything. */
function tellWork(id: string, patch: unknown, work: WorkSink): void {
  try {
    work(id, parseProgressOutput(patch));
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
  }
}

/** Whether `fit` printed a line an epoch, as it does unless told not to: the table at its end would say the same again. */
function wasLogged(cell: NotebookCell): boolean {
  return cell.outputs.some((output) => output.type === 'stream' && /^epoch \d+\/\d+ /m.test(output.text));
}

function heading(source: string): string {
  const first = source.split('\n').find((text) => text.trim() !== '') ?? '(empty)';
  return first.length > 100 ? `${first.slice(0, 99)}…` : first;
}

function textOf(data: { [mime: string]: unknown }): string {
  const text = data['text/plain'];
  return typeof text === 'string' ? text : `(${Object.keys(data).join(', ')})`;
}
