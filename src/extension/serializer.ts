import type * as vscode from 'vscode';
import { newCellId } from '../notebook/cell-id';
import { NotebookParseError, parseNotebook } from '../notebook/parse';
import { printNotebook } from '../notebook/print';
import { outputsForSaving, type SaveMode } from '../notebook/save-mode';
import { fromNotebookData, type NotebookMetadata, toNotebookData } from './notebook-data';
import type { VS } from './vs';

export interface SerializerSurroundings {
  saveMode(): SaveMode;
  /** Why this open notebook must not be saved now; asked once a save. */
  refusal(instance: string): Error | undefined;
  /** What the last run of this open notebook ran on. */
  environment(instance: string): { [name: string]: unknown } | undefined;
  /** A file could not be read; the editor shows the error itself. */
  onBroken(error: NotebookParseError): void;
}

/**
 * Between the bytes of a `.dinnb` file and the editor. A file that cannot be read throws, so that the editor shows the
 * error instead of an empty notebook that a save would write over the file.
 */
export class DinnbSerializer implements vscode.NotebookSerializer {
  constructor(
    private readonly vs: VS,
    private readonly surroundings: SerializerSurroundings,
  ) {}

  deserializeNotebook(content: Uint8Array): vscode.NotebookData {
    try {
      return toNotebookData(this.vs, parseNotebookBytes(content, 'notebook'), newCellId(Math.random));
    } catch (error) {
      if (error instanceof NotebookParseError) this.surroundings.onBroken(error);
      throw error;
    }
  }

  serializeNotebook(data: vscode.NotebookData): Uint8Array {
    const { instance } = (data.metadata ?? {}) as NotebookMetadata;
    const refusal = instance === undefined ? undefined : this.surroundings.refusal(instance);
    if (refusal) throw refusal;
    const document = fromNotebookData(this.vs, data);
    const environment = instance === undefined ? undefined : this.surroundings.environment(instance);
    if (environment) document.environment = { ...document.environment, ...environment };
    return new TextEncoder().encode(printNotebook(outputsForSaving(document, this.surroundings.saveMode())));
  }
}

/** @throws NotebookParseError also when the bytes are not UTF-8: decoding them loosely would lose what they are */
export function parseNotebookBytes(content: Uint8Array, name: string): ReturnType<typeof parseNotebook> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const remedy = 'Save it as UTF-8 with a text editor; it has not been changed.';
    throw new NotebookParseError(name, firstBadPlace(content), 'not UTF-8 text', remedy);
  }
  return parseNotebook(text, name);
}

/** Where loose decoding first puts a replacement character that is not in the bytes. */
function firstBadPlace(content: Uint8Array): { line: number; column: number } {
  const strict = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  let start = 0;
  for (let end = 0; end <= content.length; end++) {
    if (end < content.length && content[end] !== 10) continue;
    try {
      strict.decode(content.subarray(start, end));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const loose = new TextDecoder().decode(content.subarray(start, end));
      return { line, column: loose.indexOf('\ufffd') + 1 };
    }
    line++;
    start = end + 1;
  }
  return { line, column: 1 };
}
