import type * as vscode from 'vscode';
import { ownReader, type SourceReader } from '../source-reader';
import { CODE_LANGUAGE, NOTEBOOK_TYPE, type VS } from '../vs';
import { type ClientSurroundings, LanguageClient } from './client';
import { ProblemsView } from './problems';
import { registerProviders } from './providers';
import { startServer } from './server-process';

/** Files that say what imports of cells mean. */
const WATCHED = '**/*.{ts,tsx,mts,cts,js,mjs,cjs,json}';

/** The language of cells, for as long as the extension lives. */
export interface Language extends vscode.Disposable {
  /** Notebooks share a kernel that did not, or the other way round. */
  sharingChanged(): void;
  /** Reads sources in the language server's process; in this one where there is none. */
  reader: SourceReader;
}

export interface LanguageSurroundings {
  /** The other notebooks whose names the kernel of one knows too. */
  beside: ClientSurroundings['beside'];
  /** Files that cells may import have changed. */
  onFiles(): void;
}

/** What the editor knows of the TypeScript in cells: the language server, and what it is asked for. */
export function registerLanguage(
  vs: VS,
  log: (line: string) => void,
  { beside, onFiles }: LanguageSurroundings,
): Language {
  const client = new LanguageClient(vs, {
    start: () => startServer(log),
    log,
    beside,
    onEnd: (reason, again) => void tellOfEnd(reason, again),
  });
  const problems = new ProblemsView(vs, client, log);

  const tellOfEnd = async (reason: string, again: boolean): Promise<void> => {
    log(`The language server ended (${reason}).`);
    if (again) {
      problems.scheduleAll();
      void vs.window.showWarningMessage(
        vs.l10n.t('The language server of dinnb notebooks ended ({0}) and was started again.', reason),
      );
      return;
    }
    const restart = vs.l10n.t('Start It Again');
    const message = vs.l10n.t(
      'The language server of dinnb notebooks keeps ending ({0}): cells are not checked and completed.',
      reason,
    );
    if ((await vs.window.showErrorMessage(message, restart)) !== restart) return;
    client.restart();
    problems.scheduleAll();
  };

  const watcher = vs.workspace.createFileSystemWatcher(WATCHED);
  const refresh = () => {
    client.refresh();
    problems.scheduleAll();
    onFiles();
  };
  /** What is wrong in a notebook may be otherwise in those, too, that share its kernel. */
  const changed = (notebook: vscode.NotebookDocument) => {
    for (const each of client.together(notebook)) problems.schedule(each);
  };
  const open = (notebook: vscode.NotebookDocument) => problems.schedule(notebook, 0);
  vs.workspace.notebookDocuments.forEach(open);
  const parts: vscode.Disposable[] = [
    problems,
    client,
    watcher,
    watcher.onDidChange(refresh),
    watcher.onDidCreate(refresh),
    watcher.onDidDelete(refresh),
    vs.workspace.onDidOpenNotebookDocument(open),
    vs.workspace.onDidCloseNotebookDocument((notebook) => {
      if (notebook.notebookType !== NOTEBOOK_TYPE) return;
      problems.close(notebook);
      client.close(notebook);
    }),
    vs.workspace.onDidChangeNotebookDocument(({ notebook, contentChanges, cellChanges }) => {
      if (notebook.notebookType !== NOTEBOOK_TYPE) return;
      problems.forget(contentChanges.flatMap(({ removedCells }) => [...removedCells]));
      // Outputs are none of its business.
      if (contentChanges.length > 0 || cellChanges.some(({ metadata, document }) => metadata || document))
        changed(notebook);
    }),
    vs.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (document.languageId !== CODE_LANGUAGE || contentChanges.length === 0) return;
      const notebook = client.notebookOf(document);
      if (notebook) changed(notebook);
    }),
    ...registerProviders(vs, client),
  ];
  return {
    reader: {
      imports: async (params) => (await client.read('imports', params)) ?? ownReader.imports(params),
      parameters: async (params) => (await client.read('parameters', params)) ?? ownReader.parameters(params),
    },
    sharingChanged: () => problems.scheduleAll(),
    dispose: () => parts.forEach((part) => void part.dispose()),
  };
}
