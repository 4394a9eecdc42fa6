import type * as vscode from 'vscode';
import { newCellId, randomFromText } from '../../notebook/cell-id';
import type { NotebookDocument } from '../../notebook/document';
import { printNotebookBytes } from '../../notebook/print';
import type { CheckReport } from '../../runs/check';
import { printCheck } from '../../runs/report';
import type { VS } from '../vs';

const SCHEME = 'dinnb-check';

/**
 * A check as the editor's diff of two notebooks: what was saved, and what came now. Both are files that exist in memory only, and go
 * with the tab that shows them.
 */
export class Comparisons implements vscode.Disposable {
  private readonly files = new Map<string, Uint8Array>();
  private readonly subscriptions: vscode.Disposable[];
  private count = 0;

  constructor(private readonly vs: VS) {
    const changed = new vs.EventEmitter<vscode.FileChangeEvent[]>();
    const refuse = (uri: vscode.Uri): never => {
      throw vs.FileSystemError.NoPermissions(uri);
    };
    const find = (uri: vscode.Uri): Uint8Array => {
      const content = this.files.get(uri.path);
      if (!content) throw vs.FileSystemError.FileNotFound(uri);
      return content;
    };
    const provider: vscode.FileSystemProvider = {
      onDidChangeFile: changed.event,
      watch: () => ({ dispose: () => {} }),
      stat: (uri) => ({ type: vs.FileType.File, ctime: 0, mtime: 0, size: find(uri).byteLength }),
      readFile: find,
      readDirectory: () => [],
      createDirectory: refuse,
      writeFile: refuse,
      delete: refuse,
      rename: refuse,
    };
    this.subscriptions = [
      changed,
      vs.workspace.registerFileSystemProvider(SCHEME, provider, { isReadonly: true, isCaseSensitive: true }),
      vs.workspace.onDidCloseNotebookDocument(({ uri }) => {
        if (uri.scheme === SCHEME) this.files.delete(uri.path);
      }),
    ];
  }

  async show(name: string, saved: NotebookDocument, rerun: NotebookDocument, report: CheckReport): Promise<void> {
    this.count++;
    const put = (side: string, document: NotebookDocument) => {
      const path = `/${this.count}/${side}/${name}`;
      this.files.set(path, printNotebookBytes(document));
      return this.vs.Uri.from({ scheme: SCHEME, path });
    };
    const title = `${name} (saved ↔ run again)`;
    await this.vs.commands.executeCommand(
      'vscode.diff',
      put('saved', saved),
      put('now', againDocument(saved, rerun, report)),
      title,
    );
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

/** The notebook as the check found it: new outputs where they differ by its rules, and what it says above them. */
export function againDocument(saved: NotebookDocument, rerun: NotebookDocument, report: CheckReport): NotebookDocument {
  const differing = new Set(report.cells.map(({ id }) => id));
  const again = new Map(rerun.cells.map((cell) => [cell.id, cell]));
  const cells = saved.cells.map((cell) =>
    differing.has(cell.id) ? { ...cell, outputs: again.get(cell.id)?.outputs ?? [] } : cell,
  );
  const words = [...report.problems.map(({ message }) => `The notebook itself: ${message}.`), printCheck(report)].join(
    '\n',
  );
  const taken = new Set(cells.map(({ id }) => id));
  const told = {
    id: newCellId(randomFromText(words), taken),
    kind: 'markdown' as const,
    source: `\`\`\`text\n${words.trim().replaceAll('```', "'''")}\n\`\`\``,
    tags: [],
    outputs: [],
    unknown: {},
  };
  return { ...saved, cells: [told, ...cells] };
}
