import { readdirSync, readFileSync } from 'node:fs';
import type * as vscode from 'vscode';
import { registerLanguage } from '../../../src/extension/language';
import { CODE_LANGUAGE, NOTEBOOK_TYPE, type VS } from '../../../src/extension/vs';

/** As much of VS Code as its TypeScript of cells needs: documents, events, the providers that are registered, underlines. */
export class ServedCells {
  private readonly notebook;
  private readonly providers: { [register: string]: object } = {};
  private readonly listeners: { [event: string]: ((event: object) => void)[] } = {};
  private readonly language: vscode.Disposable;
  private readonly waiting: { uri: string; code: number; done(): void }[] = [];
  private answers = 0;

  constructor(file: string, cells: readonly { source: string; parameters: boolean }[]) {
    const uri = new Uri(file);
    const all = cells.map((cell, index) => ({
      document: new Document(new Uri(`${file}#${index}`), cell.source),
      metadata: cell.parameters ? { tags: ['parameters'] } : {},
    }));
    this.notebook = { uri, notebookType: NOTEBOOK_TYPE, isClosed: false, isUntitled: false, getCells: () => all };
    const log = (line: string) => {
      // A question without an answer would be the fastest.
      throw new Error(`The language server: ${line}`);
    };
    this.language = registerLanguage(this.vs() as unknown as VS, log, { beside: () => [], onFiles: () => {} });
  }

  /** The notebook is opened. */
  open(): void {
    this.fire('onDidOpenNotebookDocument', this.notebook);
  }

  /** A cell gets another text; resolves with its completions, at the end. */
  async type(cell: number, text: string): Promise<number> {
    const { document } = this.notebook.getCells()[cell]!;
    document.set(text);
    this.fire('onDidChangeTextDocument', { document, contentChanges: [{}] });
    const provider = this.providers.registerCompletionItemProvider as vscode.CompletionItemProvider;
    const given = [document, document.positionAt(text.length)] as unknown as [vscode.TextDocument, vscode.Position];
    const found = (await provider.provideCompletionItems(...given, NEVER, undefined!)) as
      | vscode.CompletionList
      | undefined;
    // Where a name is made up there is none to offer.
    return found?.items.length ?? 0;
  }

  /** What the editor asks for when the typing stops for a moment: colours and the outline. */
  async pause(cell: number): Promise<void> {
    const { document } = this.notebook.getCells()[cell]!;
    for (const [register, method] of [
      ['registerDocumentSemanticTokensProvider', 'provideDocumentSemanticTokens'],
      ['registerDocumentSymbolProvider', 'provideDocumentSymbols'],
    ] as const)
      await (this.providers[register] as { [name: string]: (...args: unknown[]) => unknown })[method]!(document, NEVER);
  }

  /** Resolves when an error of this code is underlined in a cell. */
  underlined(cell: number, code: number): Promise<void> {
    const uri = this.notebook.getCells()[cell]!.document.uri.toString();
    return new Promise((done) => this.waiting.push({ uri, code, done }));
  }

  /** Resolves when something has been underlined, or nothing found. */
  async settled(): Promise<void> {
    const before = this.answers;
    while (this.answers === before) await new Promise((done) => setTimeout(done, 20));
  }

  get pid(): number | undefined {
    if (process.platform !== 'linux') return undefined;
    const [pid] = readdirSync('/proc/self/task').flatMap((thread) =>
      readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
    );
    return Number(pid);
  }

  dispose(): void {
    this.language.dispose();
  }

  private fire(event: string, value: object): void {
    for (const listener of this.listeners[event] ?? []) listener(value);
  }

  private vs() {
    const event = (name: string) => (listener: (event: object) => void) => {
      this.listeners[name] ??= [];
      this.listeners[name].push(listener);
      return NOTHING;
    };
    const register = (name: string) => (_selector: unknown, provider: object) => {
      this.providers[name] = provider;
      return NOTHING;
    };
    const anything = (own: object) =>
      new Proxy(own, {
        get: (target, name: string) => {
          if (name in target) return (target as { [name: string]: unknown })[name];
          return name.startsWith('onDid') ? event(name) : name.startsWith('register') ? register(name) : undefined;
        },
      });
    const kinds = new Proxy({}, { get: (_target, name) => name });
    return {
      ...{ Range, Uri, CompletionItem, CompletionList, SemanticTokensLegend: class {}, SemanticTokensBuilder },
      ...{ MarkdownString, Diagnostic, DocumentSymbol, CompletionItemKind: kinds, SymbolKind: kinds },
      DiagnosticSeverity: kinds,
      commands: anything({}),
      DiagnosticTag: kinds,
      DocumentHighlightKind: kinds,
      CodeActionKind: kinds,
      FoldingRangeKind: kinds,
      CompletionItemTag: kinds,
      l10n: { t: (text: string) => text },
      window: { showWarningMessage: async () => undefined, showErrorMessage: async () => undefined },
      workspace: anything({
        notebookDocuments: [this.notebook],
        workspaceFolders: [],
        getConfiguration: () => ({ get: () => undefined }),
        createFileSystemWatcher: () => ({
          onDidChange: () => NOTHING,
          onDidCreate: () => NOTHING,
          onDidDelete: () => NOTHING,
          ...NOTHING,
        }),
      }),
      languages: anything({
        createDiagnosticCollection: () => ({
          set: (uri: Uri, found: { code: number }[]) => this.onUnderlined(uri, found),
          delete() {},
          ...NOTHING,
        }),
      }),
    };
  }

  private onUnderlined(uri: Uri, found: readonly { code: number }[]): void {
    this.answers += 1;
    for (const [index, one] of [...this.waiting.entries()].reverse()) {
      if (one.uri !== uri.toString() || !found.some(({ code }) => code === one.code)) continue;
      this.waiting.splice(index, 1);
      one.done();
    }
  }
}

const NOTHING = { dispose() {} };
const NEVER: vscode.CancellationToken = { isCancellationRequested: false, onCancellationRequested: () => NOTHING };

class Uri {
  readonly scheme = 'file';
  constructor(readonly path: string) {}
  get fsPath(): string {
    return this.path;
  }
  toString(): string {
    return `file://${this.path}`;
  }
}

type Position = { line: number; character: number };

class Range {
  constructor(
    readonly start: Position,
    readonly end: Position,
  ) {}
  get isSingleLine(): boolean {
    return this.start.line === this.end.line;
  }
  union(): Range {
    return this;
  }
}

class Document {
  readonly languageId = CODE_LANGUAGE;
  version = 1;
  private starts: number[] = [];
  constructor(
    readonly uri: Uri,
    private text: string,
  ) {
    this.set(text);
  }
  set(text: string): void {
    this.text = text;
    this.version += 1;
    this.starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }
  getText(): string {
    return this.text;
  }
  positionAt(offset: number): Position {
    const line = this.starts.findLastIndex((start) => start <= offset);
    return { line, character: offset - this.starts[line]! };
  }
  offsetAt({ line, character }: Position): number {
    return this.starts[line]! + character;
  }
}

class CompletionItem {
  constructor(
    readonly label: unknown,
    readonly kind: unknown,
  ) {}
}

class CompletionList {
  constructor(
    readonly items: unknown[],
    readonly isIncomplete: boolean,
  ) {}
}

class SemanticTokensBuilder {
  push(): void {}
  build(): object {
    return {};
  }
}

class MarkdownString {}

class Diagnostic {
  code = 0;
  constructor(
    readonly range: Range,
    readonly message: string,
    readonly severity: unknown,
  ) {}
}

class DocumentSymbol {
  children: unknown[] = [];
}
