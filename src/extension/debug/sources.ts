import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type * as vscode from 'vscode';
import { debugSource, debugSources } from '../../protocol/debug-sources';
import { cellIdOf } from '../cell-ids';
import { CODE_LANGUAGE } from '../vs';

/** The cells of a notebook as files, for as long as a debugger is attached to its kernel. */
export class CellSources {
  private readonly fileOf = new Map<string, string>();
  private readonly cellOf = new Map<string, { uri: string; name: string }>();

  constructor(
    private readonly pid: number,
    private readonly notebook: vscode.NotebookDocument,
  ) {
    rmSync(debugSources(pid), { recursive: true, force: true });
    // Nobody else's business, and nobody else's folder: it is an error if one has made it.
    mkdirSync(debugSources(pid), { mode: 0o700 });
    this.write();
  }

  /** Writes the cells as they are now: those that run next run so. */
  write(): void {
    this.notebook.getCells().forEach((cell, index) => {
      if (cell.document.languageId !== CODE_LANGUAGE) return;
      const file = debugSource(this.pid, cellIdOf(cell));
      const uri = cell.document.uri.toString();
      this.fileOf.set(uri, file);
      this.cellOf.set(file, { uri, name: `Cell ${index + 1}` });
      writeFileSync(file, cell.document.getText());
    });
  }

  /** The file of a cell's document. */
  file(uri: string): string | undefined {
    return this.fileOf.get(uri);
  }

  /** The cell that a file stands for. */
  cell(file: string): { uri: string; name: string } | undefined {
    return this.cellOf.get(file);
  }

  dispose(): void {
    rmSync(debugSources(this.pid), { recursive: true, force: true });
  }
}
