import type * as vscode from 'vscode';
import { CODE_LANGUAGE, type VS } from '../../../src/extension/vs';

/** A small, strict stand-in for the parts of the editor that the extension uses. */

type Listener<T> = (event: T) => unknown;

interface CancellationToken {
  onCancellationRequested(listener: () => void): void;
}

class CancellationTokenSource {
  private readonly cancelled = new Emitter<void>();
  readonly token: CancellationToken = { onCancellationRequested: (listener) => void this.cancelled.event(listener) };
  cancel(): void {
    void this.cancelled.fire();
  }
  dispose(): void {}
}

export class Emitter<T> {
  private readonly listeners = new Set<Listener<T>>();
  readonly event = (listener: Listener<T>): { dispose(): void } => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };
  async fire(event: T): Promise<void> {
    await Promise.all([...this.listeners].map((listener) => listener(event)));
  }
}

export class Uri {
  constructor(
    readonly scheme: string,
    readonly path: string,
  ) {}
  get fsPath(): string {
    return this.path;
  }
  toString(): string {
    return `${this.scheme}:${this.path}`;
  }
  static file(path: string): Uri {
    return new Uri('file', path);
  }
  static parse(text: string): Uri {
    const [, scheme, path] = /^([^:]+):(.*)$/.exec(text)!;
    return new Uri(scheme!, path!);
  }
  static from({ scheme, path }: { scheme: string; path: string }): Uri {
    return new Uri(scheme, path);
  }
  static joinPath(uri: Uri, ...parts: string[]): Uri {
    const steps: string[] = [];
    for (const step of [...uri.path.split('/'), ...parts]) {
      if (step === '..') steps.pop();
      else if (step !== '') steps.push(step);
    }
    return new Uri(uri.scheme, `/${steps.join('/')}`);
  }
}

class OutputItem {
  constructor(
    readonly data: Uint8Array,
    readonly mime: string,
  ) {}
  static text(value: string, mime: string): OutputItem {
    return new OutputItem(new TextEncoder().encode(value), mime);
  }
  static stdout(value: string): OutputItem {
    return OutputItem.text(value, 'application/vnd.code.notebook.stdout');
  }
  static stderr(value: string): OutputItem {
    return OutputItem.text(value, 'application/vnd.code.notebook.stderr');
  }
  static error({ name, message, stack }: Error): OutputItem {
    return OutputItem.text(JSON.stringify({ name, message, stack }), 'application/vnd.code.notebook.error');
  }
}

class Output {
  constructor(
    public items: OutputItem[],
    readonly metadata?: { [key: string]: unknown },
  ) {}
}

class CellData {
  metadata?: { [key: string]: unknown };
  outputs?: Output[];
  executionSummary?: vscode.NotebookCellExecutionSummary;
  constructor(
    readonly kind: number,
    readonly value: string,
    readonly languageId: string,
  ) {}
}

class Range {
  readonly start: { line: number; character: number };
  readonly end: { line: number; character: number };
  constructor(startLine: number, startCharacter: number, endLine: number, endCharacter: number) {
    this.start = { line: startLine, character: startCharacter };
    this.end = { line: endLine, character: endCharacter };
  }
}

class FileSystemError extends Error {
  constructor(
    message: string,
    readonly code = 'Unknown',
  ) {
    super(message);
  }
  static FileNotFound(uri: Uri): FileSystemError {
    return new FileSystemError(`not found: ${uri}`, 'FileNotFound');
  }
  static NoPermissions(uri: Uri): FileSystemError {
    return new FileSystemError(`no permissions: ${uri}`, 'NoPermissions');
  }
}

export class TabInputNotebook {
  constructor(
    readonly uri: Uri,
    readonly notebookType: string,
  ) {}
}

let documents = 0;

export class FakeCell {
  outputs: Output[] = [];
  executionSummary: vscode.NotebookCellExecutionSummary | undefined;
  metadata: { [key: string]: unknown };
  kind = 2;
  languageId: string;
  constructor(
    readonly notebook: FakeNotebook,
    public source: string,
    { language = CODE_LANGUAGE, ...metadata }: { [key: string]: unknown } = {},
  ) {
    this.metadata = metadata;
    this.languageId = String(language);
    if (language === 'markdown') this.kind = 1;
  }
  get index(): number {
    return this.notebook.cells.indexOf(this);
  }
  readonly document = (() => {
    const cell = this;
    return {
      uri: new Uri('vscode-notebook-cell', `cell${documents++}`),
      getText: () => cell.source,
      get lineCount() {
        return cell.source.split('\n').length;
      },
      lineAt: (line: number) => ({
        range: new Range(line, 0, line, cell.source.split('\n')[line]!.length),
      }),
      get languageId() {
        return cell.languageId;
      },
    };
  })();
  /** The outputs as a reader sees them: streams and errors as text, displays as `mime: text` of their first item. */
  shown(): string[] {
    return this.outputs.map((output) => {
      const texts = output.items.map((item) => new TextDecoder().decode(item.data));
      const mime = output.items[0]!.mime;
      const label = mime.replace('application/vnd.code.notebook.', '');
      return /stdout|stderr/.test(mime) ? `${label}: ${texts.join('')}` : `${label}: ${texts[0]}`;
    });
  }
}

export class FakeNotebook {
  readonly notebookType: string;
  readonly isUntitled: boolean;
  metadata: { [key: string]: unknown } = {};
  cells: FakeCell[] = [];
  constructor(
    readonly uri: Uri,
    sources: (string | { source: string; [key: string]: unknown })[] = [],
  ) {
    this.notebookType = 'dinnb';
    this.isUntitled = uri.scheme === 'untitled';
    sources.forEach((given, index) => {
      const { source, ...metadata } = typeof given === 'string' ? { source: given } : given;
      this.cells.push(new FakeCell(this, source, { id: `cell${index + 1}`, ...metadata }));
    });
  }
  get cellCount(): number {
    return this.cells.length;
  }
  getCells(): FakeCell[] {
    return [...this.cells];
  }
  cellAt(index: number): FakeCell {
    return this.cells[index]!;
  }
  isDirty = false;
  isClosed = false;
  /** What a save from the extension does; tests say it. */
  save: () => Promise<boolean> = async () => true;
  asApi(): vscode.NotebookDocument {
    return this as unknown as vscode.NotebookDocument;
  }
}

/** As strict as the editor: a second execution of a cell, outputs outside of a run, ending twice are errors. */
class Execution {
  private state: 'made' | 'started' | 'ended' = 'made';
  executionOrder: number | undefined;
  private startedAt: number | undefined;
  constructor(
    private readonly fake: FakeVs,
    readonly cell: FakeCell,
  ) {
    if (!fake.selected.has(cell.notebook.uri.path))
      throw new Error('notebook controller is NOT associated to notebook');
    if (cell.index < 0) throw new Error('CANNOT execute cell that has been REMOVED from notebook');
    if (fake.executing.has(cell)) throw new Error(`duplicate execution for ${cell.source}`);
    fake.executing.add(cell);
  }
  start(at?: number): void {
    if (this.state !== 'made') throw new Error('Cannot call start again');
    this.state = 'started';
    this.startedAt = at;
    this.fake.events.push(`start ${this.cell.source}`);
  }
  end(success: boolean | undefined, at?: number): void {
    if (this.state === 'ended') throw new Error('Cannot call resolve twice');
    const started = this.state === 'started';
    this.state = 'ended';
    this.fake.executing.delete(this.cell);
    this.fake.events.push(`end ${this.cell.source} ${success}`);
    const timing = started && at ? { startTime: this.startedAt ?? at, endTime: at } : undefined;
    const summary = { executionOrder: this.executionOrder, success, timing };
    const tell = () => {
      this.cell.executionSummary = summary;
    };
    // The editor's other process keeps the summary; it comes back with a delay.
    if (this.fake.summaryDelay > 0) setTimeout(tell, this.fake.summaryDelay);
    else tell();
  }
  async clearOutput(cell = this.cell): Promise<void> {
    this.verify();
    cell.outputs = [];
    await this.fake.changed(cell);
  }
  async appendOutput(output: Output, cell = this.cell): Promise<void> {
    this.verify();
    cell.outputs = [...cell.outputs, new Output([...output.items], output.metadata)];
    this.fake.outputIds.set(output, cell.outputs.at(-1)!);
    await this.fake.changed(cell);
  }
  async appendOutputItems(items: OutputItem | OutputItem[], output: Output): Promise<void> {
    this.verify();
    this.fake.outputIds.get(output)?.items.push(...[items].flat());
    await this.fake.takeChange();
  }
  async replaceOutputItems(items: OutputItem | OutputItem[], output: Output): Promise<void> {
    this.verify();
    const shown = this.fake.outputIds.get(output);
    if (shown) shown.items = [items].flat();
    await this.fake.takeChange();
  }
  private verify(): void {
    if (this.state !== 'started') throw new Error('outputs change only while a cell runs');
  }
}

export interface FakeEdit {
  uri: Uri;
  edits: {
    index?: number;
    metadata?: { [key: string]: unknown };
    deleted?: true;
    cells?: CellData[];
    replaced?: number;
  }[];
  texts?: Map<Uri, string>;
}

function newStatusItem() {
  const item = {
    text: '',
    tooltip: '',
    visible: false,
    name: '',
    command: '',
    show: () => {
      item.visible = true;
    },
    hide: () => {
      item.visible = false;
    },
    dispose: () => {},
  };
  return item;
}

export class FakeVs {
  readonly events: string[] = [];
  readonly executing = new Set<FakeCell>();
  readonly outputIds = new Map<Output, Output>();
  readonly files = new Map<string, Uint8Array>();
  readonly fileSystems = new Map<string, vscode.FileSystemProvider>();
  readonly settings: { [name: string]: unknown } = {};
  readonly messages: string[] = [];
  /** What the user answers to a message that begins so. */
  readonly answers: { [beginning: string]: string } = {};
  /** What the user takes from a list, by a part of its label; the first where nothing is said. */
  pick: string | undefined;
  readonly lists: { placeHolder: string | undefined; items: { label: string; [field: string]: unknown }[] }[] = [];
  /** Messages in the user's language. */
  translations: { [message: string]: string } = {};
  readonly executed: unknown[][] = [];
  /** The input boxes that were shown, the last one perhaps still; as in the editor, one that opens closes another. */
  readonly boxes: {
    title: string;
    prompt: string;
    value?: string;
    isOpen: boolean;
    answer(text: string | undefined): void;
  }[] = [];
  readonly posted: unknown[] = [];
  private readonly rendererSaid = new Emitter<{ editor: unknown; message: unknown }>();
  /** A renderer says something in the notebook in front. */
  fromRenderer(message: unknown): Promise<void> {
    return this.rendererSaid.fire({ editor: this.asApi().window.activeNotebookEditor, message });
  }
  readonly commands = new Map<string, (...args: unknown[]) => Promise<unknown>>();
  readonly notebooks: FakeNotebook[] = [];
  /** Items of the status bar, by id. */
  /** What was said of work in progress. */
  readonly progress: string[] = [];
  /** Tools of language models, by name. */
  readonly tools = new Map<string, vscode.LanguageModelTool<object>>();
  readonly viewProviders = new Map<string, vscode.WebviewViewProvider>();
  readonly statusBar = new Map<string, ReturnType<typeof newStatusItem>>();
  get statusItem() {
    return this.statusBar.get('dinnb.kernel')!;
  }
  readonly controller = {
    supportedLanguages: [] as string[],
    executeHandler: undefined as unknown as (cells: FakeCell[], notebook: FakeNotebook) => Promise<void>,
    interruptHandler: undefined as unknown as (notebook: FakeNotebook) => Promise<void>,
    createNotebookCellExecution: (cell: FakeCell) => new Execution(this, cell),
    updateNotebookAffinity: () => {},
    onDidChangeSelectedNotebooks: (listener: (event: { notebook: FakeNotebook; selected: boolean }) => unknown) =>
      this.selection.event(listener),
    dispose: () => {},
  };
  serializer: vscode.NotebookSerializer | undefined;
  statusItems: ((cell: FakeCell) => { text: string }[]) | undefined;
  summaryDelay = 0;
  /** How long the editor's other process takes for a change of an output, in ms; it takes one after the other. */
  changeTime = 0;
  changes = 0;
  trusted = true;
  active: FakeNotebook | undefined;
  activeTab: unknown;
  readonly tabs: { input: TabInputNotebook; isDirty: boolean }[] = [];
  readonly tabsChanged = new Emitter<{ opened: unknown[]; closed: unknown[]; changed: unknown[] }>();
  /** Paths of the notebooks whose cells the controller may run, and what tells of them. */
  readonly selected = new Set<string>();
  /** Whether a kernel is chosen as soon as a notebook is open; else when a cell is run by hand, or by command. */
  selectsAlone = true;
  readonly selection = new Emitter<{ notebook: FakeNotebook; selected: boolean }>();
  /** Paths of files that are not there any more. */
  readonly gone = new Set<string>();
  saveTarget: Uri | undefined;
  readonly opened = new Emitter<FakeNotebook>();
  readonly openedText = new Emitter<unknown>();
  readonly closed = new Emitter<FakeNotebook>();
  readonly willSave = new Emitter<{ notebook: FakeNotebook; waitUntil(work: Promise<unknown>): void }>();
  readonly willRename = new Emitter<{
    files: { oldUri: Uri; newUri: Uri }[];
    waitUntil(work: Promise<unknown>): void;
  }>();
  readonly didRename = new Emitter<{ files: { oldUri: Uri; newUri: Uri }[] }>();
  readonly changedNotebook = new Emitter<unknown>();
  readonly activeChanged = new Emitter<unknown>();
  /** Watched files, and what is told of each. */
  readonly watched = new Map<string, Emitter<Uri>>();
  /** The cell that is being written in. */
  written: FakeCell | undefined;

  /** A file changes on disk. */
  async write(path: string, content: Uint8Array): Promise<void> {
    this.files.set(path, content);
    await this.watched.get(path)?.fire(Uri.file(path));
  }

  async takeChange(): Promise<void> {
    this.changes += 1;
    if (this.changeTime > 0) await new Promise((resolve) => setTimeout(resolve, this.changeTime));
  }

  async changed(cell: FakeCell): Promise<void> {
    const cellChanges = [{ cell, outputs: cell.outputs }];
    await this.setDirty(cell.notebook, true);
    await this.changedNotebook.fire({ notebook: cell.notebook, cellChanges, contentChanges: [] });
  }

  /** What the editor does at a save: tells the participants, then serializes. */
  async save(notebook: FakeNotebook): Promise<Uint8Array> {
    const work: Promise<unknown>[] = [];
    await this.willSave.fire({ notebook, waitUntil: (promise) => work.push(promise) });
    await Promise.all(work);
    const cells = notebook.cells.map((cell) => {
      const data = new CellData(cell.kind, cell.source, cell.languageId);
      return Object.assign(data, {
        metadata: cell.metadata,
        outputs: cell.outputs,
        executionSummary: cell.executionSummary,
      });
    });
    const data = { cells, metadata: notebook.metadata } as unknown as vscode.NotebookData;
    return await this.serializer!.serializeNotebook(data, undefined as never);
  }

  async setDirty(notebook: FakeNotebook, isDirty: boolean): Promise<void> {
    const tab = this.tabOf(notebook);
    if (!tab || tab.isDirty === isDirty) return;
    tab.isDirty = isDirty;
    await this.tabsChanged.fire({ opened: [], closed: [], changed: [tab] });
  }

  private tabOf({ uri }: FakeNotebook) {
    return this.tabs.find(({ input }) => input.uri.toString() === uri.toString());
  }

  private async openTab(uri: Uri): Promise<void> {
    const tab = { input: new TabInputNotebook(uri, 'dinnb'), isDirty: false };
    this.tabs.push(tab);
    await this.tabsChanged.fire({ opened: [tab], closed: [], changed: [] });
  }

  private async closeTab(notebook: FakeNotebook): Promise<void> {
    const tab = this.tabOf(notebook);
    if (!tab) return;
    this.tabs.splice(this.tabs.indexOf(tab), 1);
    await this.tabsChanged.fire({ opened: [], closed: [tab], changed: [] });
  }

  /** The editor chooses the only kernel there is, a moment after the notebook has opened. */
  async select(notebook: FakeNotebook): Promise<void> {
    this.selected.add(notebook.uri.path);
    await this.selection.fire({ notebook, selected: true });
  }

  async close(notebook: FakeNotebook, order: 'tab' | 'document' = 'tab'): Promise<void> {
    if (order === 'tab') await this.closeTab(notebook);
    this.notebooks.splice(this.notebooks.indexOf(notebook), 1);
    this.selected.delete(notebook.uri.path);
    await this.closed.fire(notebook);
    if (order === 'document') await this.closeTab(notebook);
  }

  /** What the editor does at *Save As*, in the order of a real one. */
  async saveAs(notebook: FakeNotebook, path: string): Promise<FakeNotebook> {
    const copy = new FakeNotebook(Uri.file(path));
    this.notebooks.push(copy);
    await this.opened.fire(copy);
    this.copyCells(notebook, copy);
    const contentChanges = [{ addedCells: [...copy.cells], removedCells: [] }];
    await this.changedNotebook.fire({ notebook: copy, cellChanges: [], contentChanges });
    const work: Promise<unknown>[] = [];
    await this.willSave.fire({ notebook: copy, waitUntil: (promise) => work.push(promise) });
    await Promise.all(work);
    if (notebook.cells.some((cell) => this.executing.has(cell))) throw new Error('closing interrupts a cell that runs');
    await this.openTab(copy.uri);
    await this.close(notebook, 'document');
    await this.select(copy);
    this.active = copy;
    return copy;
  }

  private copyCells(from: FakeNotebook, to: FakeNotebook): void {
    for (const { source, metadata, outputs, languageId } of from.cells) {
      const cell = new FakeCell(to, source, metadata);
      cell.languageId = languageId;
      cell.outputs = outputs.map(({ items }) => new Output([...items]));
      to.cells.push(cell);
    }
  }

  /**
   * What the editor does when a file or folder is renamed, in the order of a real one: tabs change, the open notebook closes, and one
   * with the same cells opens, which the kernel is chosen for later.
   */
  async rename(from: string, to: string, fails = false): Promise<FakeNotebook[]> {
    const work: Promise<unknown>[] = [];
    const files = [{ oldUri: Uri.file(from), newUri: Uri.file(to) }];
    await this.willRename.fire({ files, waitUntil: (promise) => work.push(promise) });
    await Promise.all(work);
    const renamed: FakeNotebook[] = [];
    for (const old of [...this.notebooks]) {
      if (old.uri.path !== from && !old.uri.path.startsWith(`${from}/`)) continue;
      if (old.cells.some((cell) => this.executing.has(cell))) throw new Error('a cell that runs keeps its tab open');
      const dirty = this.tabOf(old)?.isDirty;
      await this.setDirty(old, false);
      if (fails) {
        if (dirty) await this.setDirty(old, true);
        continue;
      }
      const notebook = new FakeNotebook(Uri.file(to + old.uri.path.slice(from.length)));
      this.copyCells(old, notebook);
      await this.openTab(notebook.uri);
      await this.close(old);
      this.notebooks.push(notebook);
      await this.opened.fire(notebook);
      await this.select(notebook);
      if (dirty) await this.restore(notebook);
      if (this.active === old) this.active = notebook;
      renamed.push(notebook);
    }
    if (!fails) await this.didRename.fire({ files });
    return renamed;
  }

  /** Unsaved changes come back after a renaming: what the document shows is made anew. */
  private async restore(notebook: FakeNotebook): Promise<void> {
    if (notebook.cells.some((cell) => this.executing.has(cell)))
      throw new Error('a cell that runs would show it no more');
    for (const cell of notebook.cells) cell.outputs = cell.outputs.map(({ items }) => new Output([...items]));
    const cellChanges = notebook.cells.map((cell) => ({ cell, outputs: cell.outputs }));
    await this.changedNotebook.fire({ notebook, cellChanges, contentChanges: [] });
    await this.setDirty(notebook, true);
  }

  async run(notebook: FakeNotebook, ...cells: FakeCell[]): Promise<void> {
    await this.controller.executeHandler(cells.length > 0 ? cells : notebook.cells, notebook);
  }

  asApi(): VS {
    return this.api as unknown as VS;
  }

  private readonly say = async (message: string, ...rest: unknown[]): Promise<string | undefined> => {
    this.messages.push(message);
    const answer = Object.entries(this.answers).find(([beginning]) => message.startsWith(beginning))?.[1];
    return rest.includes(answer) ? answer : undefined;
  };

  private readonly api = {
    Uri,
    CancellationTokenSource,
    Range,
    TabInputNotebook,
    NotebookCellKind: { Markup: 1, Code: 2 },
    NotebookControllerAffinity: { Default: 1, Preferred: 2 },
    NotebookCellStatusBarAlignment: { Left: 1, Right: 2 },
    StatusBarAlignment: { Left: 1, Right: 2 },
    ConfigurationTarget: { Global: 1, Workspace: 2, WorkspaceFolder: 3 },
    ProgressLocation: { Window: 10, Notification: 15 },
    NotebookRange: class {
      constructor(
        readonly start: number,
        readonly end: number,
      ) {}
    },
    CancellationError: class CancellationError extends Error {},
    ThemeColor: class {},
    EventEmitter: class<T> extends Emitter<T> {
      dispose(): void {}
    },
    FileType: { File: 1 },
    FileSystemError,
    RelativePattern: class {
      constructor(
        readonly base: Uri,
        readonly pattern: string,
      ) {}
    },
    NotebookCellStatusBarItem: class {
      constructor(readonly text: string) {}
    },
    NotebookCellOutputItem: OutputItem,
    NotebookCellOutput: Output,
    NotebookCellData: CellData,
    NotebookData: class {
      metadata?: object;
      constructor(readonly cells: CellData[]) {}
    },
    NotebookEdit: {
      updateCellMetadata: (index: number, metadata: object) => ({ index, metadata }),
      insertCells: (index: number, cells: CellData[]) => ({ index, cells }),
      replaceCells: ({ start, end }: { start: number; end: number }, cells: CellData[]) => ({
        index: start,
        cells,
        replaced: end - start,
      }),
      deleteCells: ({ start }: { start: number }) => ({ index: start, deleted: true as const }),
      updateNotebookMetadata: (metadata: object) => ({ metadata }),
    },
    MarkdownString: class {
      constructor(public value = '') {}
      appendCodeblock(code: string, language: string) {
        this.value += `\n\`\`\`${language}\n${code}\n\`\`\`\n`;
      }
    },
    LanguageModelTextPart: class {
      constructor(readonly value: string) {}
    },
    LanguageModelToolResult: class {
      constructor(readonly content: unknown[]) {}
    },
    l10n: {
      /** As the editor: places are filled, and a text that is not translated stays as it is. */
      t: (message: string, ...args: unknown[]) =>
        (this.translations[message] ?? message).replace(/\{(\d+)\}/g, (_, place) => String(args[place])),
    },
    lm: {
      registerTool: (name: string, tool: vscode.LanguageModelTool<object>) => {
        this.tools.set(name, tool);
        return { dispose: () => this.tools.delete(name) };
      },
    },
    WorkspaceEdit: class {
      uri!: Uri;
      edits!: FakeEdit['edits'];
      texts = new Map<Uri, string>();
      /** Of whole documents. */
      replace(uri: Uri, _range: Range, text: string) {
        this.texts.set(uri, text);
      }
      set(uri: Uri, edits: FakeEdit['edits']) {
        this.uri = uri;
        this.edits = edits;
      }
    },
    commands: {
      registerCommand: (id: string, run: (...args: unknown[]) => Promise<unknown>) => {
        this.commands.set(id, run);
        return { dispose: () => {} };
      },
      executeCommand: async (...args: unknown[]) => {
        this.executed.push(args);
        if (args[0] === 'notebook.selectKernel' && !this.selectsAlone) setTimeout(() => this.select(this.active!), 5);
        return this.commands.get(String(args[0]))?.(...args.slice(1));
      },
    },
    languages: {
      setTextDocumentLanguage: async (document: unknown, language: string) => {
        const cells = this.notebooks.flatMap((notebook) => notebook.cells);
        cells.find((cell) => cell.document === document)!.languageId = language;
      },
    },
    env: { openExternal: async (uri: Uri) => this.executed.push(['openExternal', uri.toString()]) },
    notebooks: {
      createNotebookController: () => this.controller,
      createRendererMessaging: (id: string) => ({
        postMessage: async (message: object) => this.posted.push({ renderer: id, ...message }),
        onDidReceiveMessage: this.rendererSaid.event,
      }),
      registerNotebookCellStatusBarItemProvider: (
        _type: string,
        provider: { provideCellStatusBarItems(cell: FakeCell): { text: string }[] },
      ) => {
        const before = this.statusItems;
        this.statusItems = (cell) => [...(before?.(cell) ?? []), ...provider.provideCellStatusBarItems(cell)];
        return { dispose: () => {} };
      },
    },
    window: {
      createOutputChannel: () => ({
        info: (line: string) => this.events.push(`log ${line}`),
        error: (line: string) => this.events.push(`log error ${line}`),
        show: () => this.events.push('log shown'),
        dispose: () => {},
      }),
      createStatusBarItem: (id: string) => {
        const item = newStatusItem();
        this.statusBar.set(id, item);
        return item;
      },
      showErrorMessage: this.say,
      showWarningMessage: this.say,
      showInformationMessage: this.say,
      showSaveDialog: async () => this.saveTarget,
      showInputBox: (options: { title: string; prompt: string; value?: string }, token: CancellationToken) => {
        this.boxes.at(-1)?.answer(undefined);
        return new Promise<string | undefined>((resolve) => {
          const box = {
            ...options,
            isOpen: true,
            answer(text: string | undefined) {
              box.isOpen = false;
              resolve(text);
            },
          };
          this.boxes.push(box);
          token.onCancellationRequested(() => box.answer(undefined));
        });
      },
      showQuickPick: async (
        items: { label: string }[] | Promise<{ label: string }[]>,
        options?: { placeHolder?: string },
      ) => {
        const shown = await items;
        this.lists.push({ placeHolder: options?.placeHolder, items: shown });
        return this.pick === undefined ? shown[0] : shown.find(({ label }) => label.includes(this.pick!));
      },
      showNotebookDocument: async () => undefined,
      withProgress: (options: { title?: string }, work: (progress: object, token: object) => unknown) => {
        const report = ({ message }: { message?: string }) => this.progress.push([options.title, message].join(': '));
        return work({ report }, { onCancellationRequested: () => {} });
      },
      state: { focused: true },
      visibleNotebookEditors: [] as { notebook: unknown }[],
      onDidChangeActiveNotebookEditor: this.activeChanged.event,
      registerWebviewViewProvider: (id: string, provider: vscode.WebviewViewProvider) => {
        this.viewProviders.set(id, provider);
        return { dispose: () => {} };
      },
      tabGroups: this.tabGroups(),
      activeNotebookEditor: undefined as unknown,
    },
    workspace: {
      isTrusted: true,
      workspaceFolders: [{ uri: Uri.file('/project') }],
      notebookDocuments: this.notebooks,
      fs: {
        readFile: async (uri: Uri) => {
          const content = this.files.get(uri.path);
          if (!content) throw new Error(`no such file ${uri.path}`);
          return content;
        },
        readDirectory: async (uri: Uri) =>
          [...this.files.keys()]
            .filter((path) => path.startsWith(`${uri.path}/`))
            .map((path) => [path.slice(uri.path.length + 1), 1]),
        copy: async (from: Uri, to: Uri) => void this.files.set(to.path, this.files.get(from.path)!),
        stat: async (uri: Uri) => {
          if (this.gone.has(uri.path)) throw FileSystemError.FileNotFound(uri);
        },
        writeFile: async (uri: Uri, content: Uint8Array) => void this.files.set(uri.path, content),
      },
      getConfiguration: () => ({
        get: (name: string) => this.settings[name],
        inspect: () => undefined,
        update: async (name: string, value: unknown) => {
          this.settings[name] = value;
        },
      }),
      registerFileSystemProvider: (scheme: string, provider: vscode.FileSystemProvider) => {
        this.fileSystems.set(scheme, provider);
        return { dispose: () => {} };
      },
      registerNotebookSerializer: (_type: string, serializer: vscode.NotebookSerializer) => {
        this.serializer = serializer;
        return { dispose: () => {} };
      },
      createFileSystemWatcher: ({ base, pattern }: { base: Uri; pattern: string }) => {
        const { path } = Uri.joinPath(base, pattern);
        const changed = new Emitter<Uri>();
        this.watched.set(path, changed);
        return {
          onDidChange: changed.event,
          onDidCreate: () => ({ dispose: () => {} }),
          dispose: () => this.watched.delete(path),
        };
      },
      openNotebookDocument: async (_type: string, data: { cells: CellData[] }) => {
        const sources = data.cells.map((cell) => ({ source: cell.value, language: cell.languageId, ...cell.metadata }));
        const notebook = new FakeNotebook(new Uri('untitled', 'Untitled-1.dinnb'), sources);
        this.notebooks.push(notebook);
        await this.openTab(notebook.uri);
        await this.select(notebook);
        return notebook;
      },
      applyEdit: async ({ uri, edits = [], texts }: FakeEdit) => {
        for (const [document, text] of texts ?? []) {
          const cells = this.notebooks.flatMap((notebook) => notebook.cells);
          cells.find((cell) => cell.document.uri === document)!.source = text;
        }
        const notebook = this.notebooks.find((candidate) => candidate.uri === uri)!;
        for (const { index, metadata = {}, deleted, cells, replaced = 0 } of edits) {
          if (index === undefined) notebook.metadata = metadata;
          else if (cells) {
            const made = cells.map((data) => {
              const cell = new FakeCell(notebook, data.value, { language: data.languageId, ...data.metadata });
              const { outputs = [], executionSummary } = data as Partial<FakeCell>;
              return Object.assign(cell, { outputs, executionSummary });
            });
            notebook.cells.splice(index, replaced, ...made);
          } else if (deleted) notebook.cells.splice(index, 1);
          else notebook.cells[index]!.metadata = metadata;
        }
        return true;
      },
      textDocuments: [],
      onDidOpenTextDocument: this.openedText.event,
      onDidOpenNotebookDocument: this.opened.event,
      onDidCloseNotebookDocument: this.closed.event,
      onWillSaveNotebookDocument: this.willSave.event,
      onWillRenameFiles: this.willRename.event,
      onDidRenameFiles: this.didRename.event,
      onDidChangeNotebookDocument: this.changedNotebook.event,
    },
  };

  constructor() {
    Object.defineProperty(this.api.workspace, 'isTrusted', { get: () => this.trusted });
    Object.defineProperty(this.api.window, 'activeNotebookEditor', {
      get: () =>
        this.active && {
          notebook: this.active,
          selection: { start: 0 },
          selections: [{ start: 0, end: 1 }],
          revealRange: () => {},
        },
    });
    Object.defineProperty(this.api.window, 'activeTextEditor', { get: () => this.written });
  }

  private tabGroups() {
    const active = () => this.activeTab;
    return {
      all: [{ tabs: this.tabs }],
      onDidChangeTabs: this.tabsChanged.event,
      activeTabGroup: {
        get activeTab() {
          return { input: active() };
        },
      },
    };
  }

  open(path: string, sources: ConstructorParameters<typeof FakeNotebook>[1]): FakeNotebook {
    const notebook = new FakeNotebook(Uri.file(path), sources);
    this.notebooks.push(notebook);
    void this.openTab(notebook.uri);
    if (this.selectsAlone) void this.select(notebook);
    this.active = notebook;
    return notebook;
  }
}
