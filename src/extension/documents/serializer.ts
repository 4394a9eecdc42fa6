import type * as vscode from 'vscode';
import { textHash } from '../../base/hash';
import { parseNotebookBytes } from '../../notebook/bytes';
import { mergeMarkedBytes } from '../../notebook/conflict-markers';
import { NotebookParseError } from '../../notebook/errors';
import { printNotebookBytes } from '../../notebook/print';
import { outputsForSaving, type SaveMode } from '../../notebook/save-mode';
import type { VS } from '../vs';
import { fromNotebookData, toNotebookData } from './notebook-data';

export interface SerializerSurroundings {
  saveMode(): SaveMode;
  /** Why this open notebook must not be saved now; asked once a save. */
  refusal(cells: readonly vscode.NotebookCellData[]): Error | undefined;
  /** What the last run of this open notebook ran on. */
  environment(
    cells: readonly vscode.NotebookCellData[],
    before: { [name: string]: unknown } | undefined,
  ): { [name: string]: unknown } | undefined;
  /** Bytes that were read, or are going to be written. */
  onBytes(content: Uint8Array): void;
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
    this.surroundings.onBytes(content);
    try {
      return toNotebookData(this.vs, parseNotebookBytes(content, 'notebook'));
    } catch (error) {
      if (!(error instanceof NotebookParseError)) throw error;
      const merged = mergeMarkedBytes(content)?.document;
      if (merged) return toNotebookData(this.vs, merged, textHash(content));
      this.surroundings.onBroken(error);
      // The editor names the file itself, and does not tell it here.
      throw new Error(error.message.replace(/^notebook:(\d+):(\d+): /, 'line $1, column $2: '));
    }
  }

  serializeNotebook(data: vscode.NotebookData): Uint8Array {
    const refusal = this.surroundings.refusal(data.cells);
    if (refusal) throw refusal;
    const document = fromNotebookData(this.vs, data);
    const environment = this.surroundings.environment(data.cells, document.environment);
    if (environment) document.environment = environment;
    const content = printNotebookBytes(outputsForSaving(document, this.surroundings.saveMode()));
    this.surroundings.onBytes(content);
    return content;
  }
}
