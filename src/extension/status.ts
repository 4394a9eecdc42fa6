import type * as vscode from 'vscode';
import type { NotebookKernel } from './kernel';
import { NOTEBOOK_TYPE, type VS } from './vs';

const ICONS = {
  none: '$(circle-outline)',
  starting: '$(loading~spin)',
  idle: '$(circle-large-outline)',
  busy: '$(circle-large-filled)',
  dead: '$(error)',
} as const;

/** What the status bar says of a notebook's kernel. */
export function statusText(kernel: Pick<NotebookKernel, 'state' | 'info'> | undefined): {
  text: string;
  tooltip: string;
} {
  const state = kernel?.state ?? 'none';
  const info = kernel?.info;
  const words = state === 'none' ? 'not started' : state;
  if (!info || state === 'none' || state === 'starting') {
    return { text: `${ICONS[state]} DIN: ${words}`, tooltip: `DIN kernel: ${words}. Click for actions.` };
  }
  const backend = info.backend === 'native' ? `TensorFlow ${info.tensorflow}` : `TensorFlow wasm ${info.tensorflow}`;
  const details = `dinnb ${info.dinnb}, Node ${info.node}, ${info.backend} backend, process ${info.pid}`;
  return {
    text: `${ICONS[state]} DIN: ${backend} · ${words}`,
    tooltip: `DIN kernel: ${words}. ${details}. Click for actions.`,
  };
}

/** A status bar item for the kernel of the notebook that is being looked at. */
export class KernelStatus implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly vs: VS,
    private readonly kernelOf: (notebook: vscode.NotebookDocument) => NotebookKernel | undefined,
  ) {
    this.item = vs.window.createStatusBarItem('dinnb.kernel', vs.StatusBarAlignment.Right, 100);
    this.item.name = 'DIN Kernel';
    this.item.command = 'dinnb.kernelMenu';
    this.subscription = vs.window.onDidChangeActiveNotebookEditor(() => this.refresh());
    this.refresh();
  }

  refresh(): void {
    const notebook = this.vs.window.activeNotebookEditor?.notebook;
    if (notebook?.notebookType !== NOTEBOOK_TYPE) {
      this.item.hide();
      return;
    }
    const kernel = this.kernelOf(notebook);
    Object.assign(this.item, statusText(kernel));
    this.item.backgroundColor =
      kernel?.state === 'dead' ? new this.vs.ThemeColor('statusBarItem.errorBackground') : undefined;
    this.item.show();
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }
}
