import path from 'node:path';
import type * as vscode from 'vscode';
import packageJson from '../../../package.json';
import { findOtherMachine } from '../../runs/differences';
import { thisMachine } from '../../runs/provenance';
import type { NotebookMetadata } from '../documents/notebook-data';
import { fileName } from '../documents/save-guard';
import type { HostPorts } from '../running/host-ports';
import { readSettings } from '../settings';
import { NOTEBOOK_TYPE, type VS } from '../vs';

type RanOn = { backend?: string; tensorflow?: string };

/**
 * Says of a notebook whose outputs were made on another backend, TensorFlow or number of processors that its numbers may come out
 * otherwise: when it opens, and when its first cell runs.
 */
export class Elsewhere implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  private readonly told = new WeakSet<vscode.NotebookDocument>();

  constructor(
    private readonly vs: VS,
    private readonly host: Pick<HostPorts, 'selectRuntime'>,
    private readonly onLog: (line: string) => void,
  ) {
    this.subscription = vs.workspace.onDidOpenNotebookDocument((notebook) => void this.opened(notebook));
    for (const notebook of vs.workspace.notebookDocuments) void this.opened(notebook);
  }

  /** A notebook's kernel has started. */
  started(notebook: vscode.NotebookDocument, ranOn: Required<RanOn>): void {
    if (this.told.has(notebook)) return;
    this.told.add(notebook);
    void this.tell(notebook, ranOn);
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private async opened(notebook: vscode.NotebookDocument): Promise<void> {
    const hasOutputs = notebook.getCells().some(({ outputs }) => outputs.length > 0);
    if (notebook.notebookType !== NOTEBOOK_TYPE || notebook.uri.scheme !== 'file' || !hasOutputs) return;
    await this.tell(notebook, await this.wouldRunOn(notebook));
  }

  private async wouldRunOn({ uri }: vscode.NotebookDocument): Promise<RanOn> {
    // Trying a TensorFlow that lies in the workspace would run it.
    if (!this.vs.workspace.isTrusted) return {};
    const { backend, nodePath } = readSettings(this.vs, uri);
    try {
      const runtime = await this.host.selectRuntime(backend, { projectFolder: path.dirname(uri.fsPath), nodePath });
      if (runtime.backend === 'native') return { backend: 'native', tensorflow: runtime.tensorflow };
      return { backend: 'wasm', tensorflow: packageJson.dependencies['@tensorflow/tfjs-backend-wasm'] };
    } catch (error) {
      this.onLog(`Which TensorFlow would run was not found out: ${(error as Error).message}`);
      return {}; // a kernel will say so too, where somebody waits for it
    }
  }

  private async tell(notebook: vscode.NotebookDocument, ranOn: RanOn): Promise<void> {
    const { environment } = notebook.metadata as NotebookMetadata;
    const message = environment && findOtherMachine(environment, { ...ranOn, processors: thisMachine().processors });
    if (!message) return;
    const choice = await this.vs.window.showWarningMessage(
      `${fileName(notebook.uri)}: ${message}`,
      this.vs.l10n.t('Check Notebook'),
    );
    if (choice) await this.vs.commands.executeCommand('dinnb.checkNotebook', notebook.uri);
  }
}
