import type * as vscode from 'vscode';
import { outputsForSaving, type SaveMode } from '../../notebook/save-mode';
import { type CertificateState, certificateBadge, certificateOf, describeCertificate } from '../../runs/certificate';
import { thisMachine } from '../../runs/provenance';
import { fromOpenNotebook, type NotebookMetadata } from '../documents/notebook-data';
import { NOTEBOOK_TYPE, type VS } from '../vs';

const ICONS = { reproduced: '$(verified)', changed: '$(unverified)', 'never checked': '$(circle-slash)' } as const;
/** Hashing a notebook takes time: not at every key. */
const PAUSE = 400;

/** A status bar item that says whether the notebook that is being looked at was reproduced; a click checks it. */
export class CertificateBadge implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly vs: VS,
    private readonly saveMode: (notebook: vscode.NotebookDocument) => SaveMode,
  ) {
    this.item = vs.window.createStatusBarItem('dinnb.certificate', vs.StatusBarAlignment.Right, 99);
    this.item.name = vs.l10n.t('dinnb Certificate');
    this.item.command = 'dinnb.checkNotebook';
    this.subscriptions = [
      this.item,
      vs.window.onDidChangeActiveNotebookEditor(() => this.refresh()),
      vs.workspace.onDidChangeNotebookDocument(({ notebook }) => {
        if (notebook === this.notebook) this.refreshSoon();
      }),
    ];
    this.refresh();
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private get notebook(): vscode.NotebookDocument | undefined {
    const notebook = this.vs.window.activeNotebookEditor?.notebook;
    return notebook?.notebookType === NOTEBOOK_TYPE ? notebook : undefined;
  }

  private refreshSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), PAUSE);
  }

  private refresh(): void {
    clearTimeout(this.timer);
    const { notebook } = this;
    if (!notebook) {
      this.item.hide();
      return;
    }
    const state = this.stateOf(notebook);
    const { platform, processors, cpu } = thisMachine();
    this.item.text = `${ICONS[state.state]} ${certificateBadge(state, { platform, processors, ...(cpu && { cpu: cpu.join(' ') }) })}`;
    this.item.tooltip = `${describeCertificate(state)}. ${this.vs.l10n.t('Click to run the notebook again in a kernel of its own and compare.')}`;
    this.item.show();
  }

  private stateOf(notebook: vscode.NotebookDocument): CertificateState {
    // Where there is none, nothing need be hashed.
    if ((notebook.metadata as NotebookMetadata).unknown?.certificate === undefined) return { state: 'never checked' };
    return certificateOf(outputsForSaving(fromOpenNotebook(this.vs, notebook), this.saveMode(notebook)));
  }
}
