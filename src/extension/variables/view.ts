import { randomBytes } from 'node:crypto';
import type * as vscode from 'vscode';
import type { FromPage, InspectParams, InspectResult, ToPage } from '../../outputs/inspect';
import { fileName } from '../documents/save-guard';
import type { NotebookKernel } from '../running/kernel';
import { NOTEBOOK_TYPE, type VS } from '../vs';

export const VARIABLES_VIEW = 'dinnb.variables';
/** How long a kernel has to rest before its variables are read, in ms: cells that follow each other are not held up. */
const REST = 60;

/** Shows what the variables of the notebook in front hold, while the view is seen. */
export class VariablesView implements vscode.WebviewViewProvider, vscode.Disposable {
  private view: vscode.WebviewView | undefined;
  private ready = false;
  private timer: NodeJS.Timeout | undefined;
  /** The notebook that was in front last: the view has the focus when it is used. */
  private notebook: vscode.NotebookDocument | undefined;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly vs: VS,
    private readonly extensionUri: vscode.Uri,
    private readonly kernelOf: (notebook: vscode.NotebookDocument) => NotebookKernel | undefined,
  ) {
    this.look(vs.window.activeNotebookEditor);
    this.subscriptions = [
      vs.window.registerWebviewViewProvider(VARIABLES_VIEW, this, {
        webviewOptions: { retainContextWhenHidden: true },
      }),
      vs.window.onDidChangeActiveNotebookEditor((editor) => this.look(editor)),
      vs.workspace.onDidCloseNotebookDocument((notebook) => {
        if (notebook !== this.notebook) return;
        this.notebook = undefined;
        this.refresh();
      }),
    ];
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    this.ready = false;
    const dist = this.vs.Uri.joinPath(this.extensionUri, 'dist');
    view.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    view.webview.onDidReceiveMessage((message: FromPage) => void this.receive(message));
    view.onDidChangeVisibility(() => this.refresh());
    view.onDidDispose(() => {
      this.view = undefined;
    });
    const script = view.webview.asWebviewUri(this.vs.Uri.joinPath(dist, 'renderers.js')).toString();
    view.webview.html = page(script, view.webview.cspSource, randomBytes(16).toString('base64'));
  }

  /** A kernel's state has changed. */
  observe(notebook: vscode.NotebookDocument): void {
    if (notebook === this.notebook) this.refresh();
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private look(editor: vscode.NotebookEditor | undefined): void {
    if (editor?.notebook.notebookType !== NOTEBOOK_TYPE || editor.notebook === this.notebook) return;
    this.notebook = editor.notebook;
    this.refresh();
  }

  private refresh(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.show(), REST);
  }

  private async show(): Promise<void> {
    const { notebook, view } = this;
    if (!view?.visible || !this.ready) return;
    const kernel = notebook && this.kernelOf(notebook);
    if (!notebook)
      return this.post({ type: 'none', message: this.vs.l10n.t('Open a notebook (.dinnb) to see its variables.') });
    if (!kernel || kernel.state === 'none' || kernel.state === 'dead') {
      return this.post({ type: 'none', message: this.vs.l10n.t('Run a cell: what it declares is listed here.') });
    }
    if (kernel.state !== 'idle') return; // it is shown again when the cell has ended
    const result = await kernel.inspect({ what: 'variables' });
    if (result.ok === 'variables') {
      const { variables, tensors } = result;
      this.post({ type: 'variables', notebook: fileName(notebook.uri), variables, tensors });
    } else if (result.ok === false && !result.busy) this.post({ type: 'none', message: result.message });
  }

  private async receive(message: FromPage): Promise<void> {
    if (message.type === 'ready') {
      this.ready = true;
      await this.show();
      return;
    }
    this.post({ type: 'answer', id: message.id, result: await this.ask(message.params) });
    if (message.params.what === 'dispose') this.refresh();
  }

  private async ask(params: InspectParams): Promise<InspectResult> {
    const kernel = this.notebook && this.kernelOf(this.notebook);
    return kernel ? kernel.inspect(params) : { ok: false, message: this.vs.l10n.t('The notebook has been closed.') };
  }

  private post(message: ToPage): void {
    void this.view?.webview.postMessage(message);
  }
}

/** The page loads the renderers, and nothing else. */
function page(script: string, source: string, nonce: string): string {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}' ${source}; style-src 'unsafe-inline' ${source}; img-src data: blob:; font-src ${source}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Variables</title>
</head>
<body>
<script type="module" nonce="${nonce}">
import { startVariables } from ${JSON.stringify(script)};
startVariables(acquireVsCodeApi());
</script>
</body>
</html>`;
}
