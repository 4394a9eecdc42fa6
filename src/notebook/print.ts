import type { MimeBundle } from '../outputs/mime';
import type { NotebookCell, NotebookDocument, SavedOutput } from './document';
import { OneALine, writeJson } from './json-writer';
import { toLines } from './lines';
import { isJsonMime } from './mime-kind';
import { parseNotebook } from './parse';
import { PayloadWriter, quoted } from './payloads';
import { savable } from './savable';

/**
 * The text of a `.dinnb` file. Sources come first, in the order of the cells; what runs made of them comes after,
 * keyed by cell id, so that a review of code is not interrupted by results; bytes come last. See `docs/format.md`.
 *
 * What comes out has been read again: an output that the format cannot hold is replaced by a message that says so.
 *
 * @throws Error when there is no text that could be read again; then nothing may be written
 */
export function printNotebook(document: NotebookDocument): string {
  const problem = problemOf(document);
  if ('text' in problem) return problem.text;
  const repaired = problemOf(savable(document, (part) => 'text' in problemOf(part)));
  if ('text' in repaired) return repaired.text;
  throw new Error(`The notebook is not written, because it could not be read again: ${repaired.problem}`);
}

function problemOf(document: NotebookDocument): { text: string } | { problem: string } {
  try {
    const text = print(document);
    parseNotebook(text, 'the notebook');
    return { text };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function print(document: NotebookDocument): string {
  const payloads = new PayloadWriter();
  const outputs = outputsById(document.cells, payloads);
  const file = {
    format: 'dinnb',
    version: document.version,
    language: 'typescript',
    title: document.title,
    ...document.unknown,
    cells: document.cells.map(printedCell),
    environment: document.environment,
    outputs: nonEmpty(outputs),
    payloads: nonEmpty(payloads.payloads),
  };
  return `${writeJson(file)}\n`;
}

function printedCell(cell: NotebookCell): object {
  return {
    id: cell.id,
    kind: cell.kind,
    tags: cell.tags.length > 0 ? cell.tags : undefined,
    ...cell.unknown,
    source: new OneALine(cell.source === '' ? [] : toLines(cell.source)),
  };
}

function outputsById(cells: readonly NotebookCell[], payloads: PayloadWriter): object {
  const entries = cells.map((cell): [string, object] => [
    cell.id,
    {
      execution: cell.execution && printedExecution(cell.execution),
      ...cell.unknownRun,
      outputs: cell.outputs.length > 0 ? cell.outputs.map((output) => printedOutput(output, payloads)) : undefined,
    },
  ]);
  return Object.fromEntries(entries.filter(([, run]) => Object.values(run).some((value) => value !== undefined)));
}

function printedExecution({ count, ok, startedAt, endedAt, unknown }: NonNullable<NotebookCell['execution']>): object {
  return { count, ok, startedAt, endedAt, ...unknown };
}

function printedOutput(output: SavedOutput, payloads: PayloadWriter): object {
  switch (output.type) {
    case 'stream':
      return { type: output.type, name: output.name, ...output.unknown, text: printedText(output.text) };
    case 'error': {
      const { name, message, stack, ...rest } = output.error;
      return { type: output.type, ...output.unknown, error: { name, message, ...rest, stack: printedText(stack) } };
    }
    default:
      // Not `displayId`: it names the display to a kernel that will be gone, and differs at every run.
      return {
        type: output.type,
        ...output.unknown,
        data: printedBundle(output.data, payloads),
      };
  }
}

function printedBundle(data: MimeBundle, payloads: PayloadWriter): object {
  return Object.fromEntries(Object.entries(data).map(([mime, value]) => [mime, printedValue(mime, value, payloads)]));
}

function printedValue(mime: string, value: unknown, payloads: PayloadWriter): unknown {
  if (value instanceof Uint8Array) return payloads.add(value);
  return typeof value === 'string' && !isJsonMime(mime) ? printedText(value) : quoted(mime, value);
}

/** One line stays a text, more become a list of lines. */
function printedText(text: string): unknown {
  return text.includes('\n') ? new OneALine(toLines(text)) : text;
}

function nonEmpty(fields: object): object | undefined {
  return Object.keys(fields).length > 0 ? fields : undefined;
}
