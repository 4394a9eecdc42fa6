import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type * as vscode from 'vscode';
import { debugSource, debugSources } from '../../protocol/debug-sources';
import { CODE_LANGUAGE } from '../vs';

/** A cell, and the id under which the kernel knows it. */
export interface SourceCell {
  cell: vscode.NotebookCell;
  id: string;
  name: string;
}

/** The cells that run in a kernel as files, for as long as a debugger is attached to it. */
export class CellSources {
  private readonly fileOf = new Map<string, string>();
  private readonly cellOf = new Map<string, { uri: string; name: string }>();

  constructor(
    private readonly pid: number,
    private readonly cells: () => SourceCell[],
  ) {
    rmSync(debugSources(pid), { recursive: true, force: true });
    // Nobody else's business, and nobody else's folder: it is an error if one has made it.
    mkdirSync(debugSources(pid), { mode: 0o700 });
    this.write();
  }

  /** Writes the cells as they are now: those that run next run so. */
  write(): void {
    for (const { cell, id, name } of this.cells()) {
      if (cell.document.languageId !== CODE_LANGUAGE) continue;
      const file = debugSource(this.pid, id);
      const uri = cell.document.uri.toString();
      this.fileOf.set(uri, file);
      this.cellOf.set(file, { uri, name });
      writeFileSync(file, cell.document.getText());
    }
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
