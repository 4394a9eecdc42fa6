import type * as vscode from 'vscode';
import {
  type AskParams,
  METHOD,
  type Question,
  type Questions,
  type Readings,
  type ReadParams,
  type SyncParams,
} from '../../language/messages';
import { hasParametersTag } from '../parameters/tag';
import { notebookPath } from '../running/open-notebook';
import { CODE_LANGUAGE, NOTEBOOK_TYPE, type VS } from '../vs';
import type { ServerProcess } from './server-process';

/** So many ends in so short a time are no accident: the server is not started again of itself. */
const ENDS = 4;
const WITHIN_MS = 120_000;

export interface ClientSurroundings {
  start(): ServerProcess;
  log(line: string): void;
  /** Other notebooks whose names the kernel of one knows too; some may have been closed. */
  beside(notebook: vscode.NotebookDocument): readonly vscode.NotebookDocument[];
  /** The server ended; `again`: and was started again. */
  onEnd(reason: string, again: boolean): void;
}

/** What was last sent of a notebook. */
interface Sent {
  path: string;
  order: string;
  cells: Map<string, { version: number; parameters: boolean }>;
}

/** Asks the language server about cells. It is started at the first question, and again when it ended. */
export class LanguageClient {
  private server: ServerProcess | undefined;
  private sent = new Map<string, Sent>();
  private readonly notebooks = new WeakMap<vscode.TextDocument, vscode.NotebookDocument>();
  private ends: number[] = [];
  private disposed = false;

  constructor(
    private readonly vs: VS,
    private readonly surroundings: ClientSurroundings,
  ) {}

  /** The code cells that the server knows of a notebook, in order. */
  static cells(notebook: vscode.NotebookDocument): vscode.NotebookCell[] {
    return notebook.getCells().filter(({ document }) => document.languageId === CODE_LANGUAGE);
  }

  /** The notebook that a cell's document is of. */
  notebookOf(document: vscode.TextDocument): vscode.NotebookDocument | undefined {
    const known = this.notebooks.get(document);
    if (known && !known.isClosed) return known;
    for (const notebook of this.vs.workspace.notebookDocuments) {
      if (notebook.notebookType !== NOTEBOOK_TYPE) continue;
      for (const cell of notebook.getCells()) this.notebooks.set(cell.document, notebook);
    }
    return this.notebooks.get(document);
  }

  /** The open notebooks of which cells may be meant by an answer about one: itself, and those that share its kernel. */
  together(notebook: vscode.NotebookDocument): vscode.NotebookDocument[] {
    return [notebook, ...this.surroundings.beside(notebook).filter(({ isClosed }) => !isClosed)];
  }

  /** Asks about a notebook as it is now. Undefined when there is no answer: the server says why in the log. */
  async ask<Q extends Question>(
    notebook: vscode.NotebookDocument | undefined,
    question: Q,
    params: Questions[Q]['params'],
    token?: vscode.CancellationToken,
  ): Promise<Questions[Q]['answer'] | undefined> {
    const server = notebook && this.running();
    if (!server) return undefined;
    try {
      await this.sync(server, notebook);
      const asked: AskParams = { notebook: notebook.uri.toString(), question, params };
      return await server.connection.sendRequest(METHOD.ask, asked, token);
    } catch (error) {
      if (!token?.isCancellationRequested) this.surroundings.log(`${question}: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** Asks about sources alone. Undefined when there is no answer. */
  async read<R extends keyof Readings>(
    reading: R,
    params: Readings[R]['params'],
  ): Promise<Readings[R]['answer'] | undefined> {
    try {
      const asked: ReadParams = { reading, params };
      return await this.running()?.connection.sendRequest(METHOD.read, asked);
    } catch (error) {
      this.surroundings.log(`${reading}: ${(error as Error).message}`);
      return undefined;
    }
  }

  close(notebook: vscode.NotebookDocument): void {
    const key = notebook.uri.toString();
    if (this.sent.delete(key)) void this.server?.connection.sendNotification(METHOD.close, key);
  }

  /** Files of the workspace changed. */
  refresh(): void {
    void this.server?.connection.sendNotification(METHOD.refresh);
  }

  /** Starts the server again, however often it ended. */
  restart(): void {
    this.ends = [];
    const { server } = this;
    this.server = undefined;
    server?.kill();
    this.running();
  }

  dispose(): void {
    this.disposed = true;
    this.server?.kill();
  }

  private running(): ServerProcess | undefined {
    if (this.server || this.disposed || this.hasGivenUp()) return this.server;
    const server = this.surroundings.start();
    this.server = server;
    this.sent = new Map();
    void server.ended.then((reason) => this.ended(server, reason));
    return server;
  }

  private ended(server: ServerProcess, reason: string): void {
    server.connection.dispose();
    if (this.server !== server || this.disposed) return;
    this.server = undefined;
    this.ends.push(Date.now());
    this.surroundings.onEnd(reason, !this.hasGivenUp());
  }

  private hasGivenUp(): boolean {
    this.ends = this.ends.filter((time) => Date.now() - time < WITHIN_MS);
    return this.ends.length >= ENDS;
  }

  /** Tells the server what changed of a notebook since it was last told. */
  private async sync(server: ServerProcess, notebook: vscode.NotebookDocument): Promise<void> {
    const key = notebook.uri.toString();
    const path = notebookPath(this.vs, notebook);
    const before = this.sent.get(key);
    const known = before?.path === path ? before.cells : new Map();
    const now: Sent['cells'] = new Map();
    const changed: SyncParams['changed'] = [];
    const others = this.surroundings.beside(notebook).flatMap(LanguageClient.cells);
    for (const cell of [...others, ...LanguageClient.cells(notebook)]) {
      const id = cell.document.uri.toString();
      const state = { version: cell.document.version, parameters: hasParametersTag(cell) };
      const was = known.get(id);
      now.set(id, state);
      if (was?.version !== state.version || was.parameters !== state.parameters)
        changed.push({ id, source: cell.document.getText(), parameters: state.parameters });
    }
    const order = [...now.keys()];
    const joined = [others.length, ...order].join('\n');
    if (changed.length === 0 && before?.path === path && before.order === joined) return;
    this.sent.set(key, { path, order: joined, cells: now });
    const params: SyncParams = { notebook: key, path, order, beside: others.length, changed };
    await server.connection.sendNotification(METHOD.sync, params);
  }
}
