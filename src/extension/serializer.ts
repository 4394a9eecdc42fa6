import type * as vscode from 'vscode';
import { parseNotebookBytes } from '../notebook/bytes';
import { newCellId } from '../notebook/cell-id';
import { NotebookParseError } from '../notebook/errors';
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
