import type * as vscode from 'vscode';
import type { Problem } from '../../language/diagnostics';
import { CODE_LANGUAGE, NOTEBOOK_TYPE, type VS } from '../vs';
import { LanguageClient } from './client';

/** How long the editor waits for the next keystroke before it asks what is wrong, in ms. */
const PAUSE = 150;

/** Underlines what is wrong in the cells of open notebooks. */
export class ProblemsView implements vscode.Disposable {
  private readonly collection: vscode.DiagnosticCollection;
  private readonly timers = new Map<vscode.NotebookDocument, NodeJS.Timeout>();
  private readonly asking = new Set<vscode.NotebookDocument>();
  /** What was said of configurations. */
  private readonly told = new Set<string>();

  constructor(
    private readonly vs: VS,
    private readonly client: LanguageClient,
    private readonly log: (line: string) => void,
  ) {
    this.collection = vs.languages.createDiagnosticCollection('dinnb');
  }

  /** Asks anew, soon. */
  schedule(notebook: vscode.NotebookDocument, pause = PAUSE): void {
    if (notebook.notebookType !== NOTEBOOK_TYPE || notebook.isClosed) return;
    clearTimeout(this.timers.get(notebook));
    this.timers.set(
      notebook,
      setTimeout(() => {
        this.timers.delete(notebook);
        void this.update(notebook);
      }, pause),
    );
  }

  scheduleAll(pause?: number): void {
    for (const notebook of this.vs.workspace.notebookDocuments) this.schedule(notebook, pause);
  }

  /** Forgets cells that are no more. */
  forget(cells: readonly vscode.NotebookCell[]): void {
    for (const { document } of cells) this.collection.delete(document.uri);
  }

  close(notebook: vscode.NotebookDocument): void {
    clearTimeout(this.timers.get(notebook));
    this.timers.delete(notebook);
    this.forget(notebook.getCells());
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.collection.dispose();
  }

  private async update(notebook: vscode.NotebookDocument): Promise<void> {
    // One question at a time: what changes meanwhile is asked about afterwards.
    if (this.asking.has(notebook)) return this.schedule(notebook);
    this.asking.add(notebook);
    try {
      const cells = LanguageClient.cells(notebook);
      const versions = new Map(cells.map(({ document }) => [document.uri.toString(), document.version]));
      const answer = await this.client.ask(notebook, 'problems', {});
      if (!answer || notebook.isClosed) return;
      this.tellOf(answer.configuration);
      const found = new Map(answer.cells.map(({ cell, problems }) => [cell, problems]));
      for (const { document } of LanguageClient.cells(notebook)) {
        const id = document.uri.toString();
        // Typed on meanwhile: the next answer is under way.
        if (versions.get(id) !== document.version) continue;
        const problems = found.get(id);
        if (problems)
          this.collection.set(
            document.uri,
            problems.map((problem) => this.diagnostic(document, problem)),
          );
      }
      for (const { document } of notebook.getCells())
        if (document.languageId !== CODE_LANGUAGE) this.collection.delete(document.uri);
    } finally {
      this.asking.delete(notebook);
    }
  }

  private diagnostic(document: vscode.TextDocument, problem: Problem): vscode.Diagnostic {
    const { vs } = this;
    const severities = {
      error: vs.DiagnosticSeverity.Error,
      warning: vs.DiagnosticSeverity.Warning,
      hint: vs.DiagnosticSeverity.Hint,
    };
    const range = new vs.Range(document.positionAt(problem.start), document.positionAt(problem.end));
    const diagnostic = new vs.Diagnostic(range, problem.message, severities[problem.severity]);
    diagnostic.source = 'ts';
    if (problem.code > 0) diagnostic.code = problem.code;
    if (problem.deprecated) diagnostic.tags = [vs.DiagnosticTag.Deprecated];
    return diagnostic;
  }

  private tellOf(problems: readonly string[]): void {
    const fresh = problems.filter((problem) => !this.told.has(problem));
    for (const problem of fresh) {
      this.told.add(problem);
      this.log(problem);
    }
    if (fresh.length > 0)
      void this.vs.window.showWarningMessage(
        this.vs.l10n.t('What can be read of it counts, the rest does not: {0}', fresh.join('\n')),
      );
  }
}
