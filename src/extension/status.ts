import type * as vscode from 'vscode';
import type { NotebookKernel } from './running/kernel';
import { NOTEBOOK_TYPE, type VS } from './vs';

const ICONS = {
  none: '$(circle-outline)',
  starting: '$(loading~spin)',
  idle: '$(circle-large-outline)',
  busy: '$(circle-large-filled)',
  dead: '$(error)',
} as const;

/**
 * What the status bar says of a notebook's kernel.
 *
 * @param sharers names of the notebooks that share it
 */
export function statusText(
  kernel: Pick<NotebookKernel, 'state' | 'info'> | undefined,
  sharers: readonly string[],
  l10n: VS['l10n'],
): { text: string; tooltip: string; words: string } {
  const state = kernel?.state ?? 'none';
  const info = kernel?.info;
  const words = {
    none: l10n.t('not started'),
    starting: l10n.t('starting'),
    idle: l10n.t('idle'),
    busy: l10n.t('busy'),
    dead: l10n.t('dead'),
  }[state];
  const isShared = sharers.length > 0;
  const shared = {
    text: isShared ? [l10n.t('shared')] : [],
    tooltip: isShared ? [l10n.t('Shared with {0}.', sharers.join(', '))] : [],
  };
  const said = (text: readonly string[], ...tooltip: string[]) => ({
    words,
    text: `${ICONS[state]} dinnb: ${[...text, words, ...shared.text].join(' · ')}`,
    tooltip: [l10n.t('dinnb kernel: {0}.', words), ...tooltip, ...shared.tooltip].join(' '),
  });
  if (!info || state === 'none' || state === 'starting') return said([]);
  const backend = info.backend === 'native' ? `TensorFlow ${info.tensorflow}` : `TensorFlow wasm ${info.tensorflow}`;
  const details = l10n.t(
    'dinnb {0}, Node {1}, {2} backend, process {3}',
    info.dinnb,
    info.node,
    info.backend,
    info.pid,
  );
  return said([backend], `${details}.`);
}

/** A status bar item for the kernel of the notebook that is being looked at. */
export class KernelStatus implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly vs: VS,
    private readonly kernelOf: (notebook: vscode.NotebookDocument) => NotebookKernel | undefined,
    /** Names of the notebooks that a notebook shares its kernel with. */
    private readonly sharersOf: (notebook: vscode.NotebookDocument) => readonly string[],
  ) {
    this.item = vs.window.createStatusBarItem('dinnb.kernel', vs.StatusBarAlignment.Right, 100);
    this.item.name = vs.l10n.t('dinnb Kernel');
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
    const { text, tooltip } = statusText(kernel, this.sharersOf(notebook), this.vs.l10n);
    this.item.text = text;
    this.item.tooltip = `${tooltip} ${this.vs.l10n.t('Click for actions.')}`;
    this.item.backgroundColor =
      kernel?.state === 'dead' ? new this.vs.ThemeColor('statusBarItem.errorBackground') : undefined;
    this.item.show();
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }
}
