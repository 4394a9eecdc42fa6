import { constants } from 'node:buffer';
import type { MimeBundle } from '../outputs/mime';
import type { NotebookCell, NotebookDocument, SavedOutput } from './document';
import { MAX_DEPTH } from './json-locator';
import { isPlainJson, oneALine, writeJson } from './json-writer';
import { toLines } from './lines';
import { isJsonMime } from './mime-kind';
import { parseNotebook, readNotebook } from './parse';
import { PayloadWriter, quoted } from './payloads';
import { savable } from './savable';

/** The text of a `.dinnb` file: see `printNotebookBytes`. */
export function printNotebook(document: NotebookDocument): string {
  return printNotebookBytes(document).toString();
}

/**
 * The bytes of a `.dinnb` file. Sources come first, in the order of the cells; what runs made of them comes after,
 * keyed by cell id, so that a review of code is not interrupted by results; bytes come last. See `docs/format.md`.
 *
 * What comes out has been read again: an output that the format cannot hold is replaced by a message that says so.
 *
 * @throws Error when there is no text that could be read again; then nothing may be written
 */
export function printNotebookBytes(document: NotebookDocument): Buffer {
  const problem = problemOf(document);
  if ('bytes' in problem) return problem.bytes;
  const repaired = problemOf(savable(document, (part) => 'bytes' in problemOf(part)));
  if ('bytes' in repaired) return repaired.bytes;
  throw new Error(`The notebook is not written, because it could not be read again: ${repaired.problem}`);
}

/** A document as its file tells it when it has been written: what the format cannot hold is gone from it. */
export function asSaved(document: NotebookDocument): NotebookDocument {
  return parseNotebook(printNotebook(document), 'the notebook');
}

function problemOf(document: NotebookDocument): { bytes: Buffer } | { problem: string } {
  try {
    const file = fileOf(document);
    const bytes = writeJson(file);
    if (bytes.length > constants.MAX_STRING_LENGTH) throw new RangeError('it is longer than a text can be');
    // Of plain JSON the text need not be parsed to know what would be read.
    if (isPlainJson(file, MAX_DEPTH)) readNotebook(file, () => bytes.toString(), 'the notebook');
    else parseNotebook(bytes.toString(), 'the notebook');
    return { bytes };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** What the file holds, as the JSON that is written. */
function fileOf(document: NotebookDocument): object {
  const payloads = new PayloadWriter();
  const outputs = outputsById(document.cells, payloads);
  return {
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
}

function printedCell(cell: NotebookCell): object {
  return {
    id: cell.id,
    kind: cell.kind,
    tags: cell.tags.length > 0 ? cell.tags : undefined,
    ...cell.unknown,
    source: oneALine(cell.source === '' ? [] : toLines(cell.source)),
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
  return text.includes('\n') ? oneALine(toLines(text)) : text;
}

function nonEmpty(fields: object): object | undefined {
  return Object.keys(fields).length > 0 ? fields : undefined;
}
