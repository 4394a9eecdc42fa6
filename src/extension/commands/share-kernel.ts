import type * as vscode from 'vscode';
import { fileName, fileNames } from '../documents/save-guard';
import type { OpenNotebooks, Sharers } from '../running/open-notebooks';
import { statusText } from '../status';
import type { VS } from '../vs';

interface Choice extends vscode.QuickPickItem {
  /** Absent: a kernel of its own. */
  sharers?: Sharers;
}

/** *dinnb: Share Kernel...*: whether a notebook has a kernel of its own, or uses that of other open notebooks. */
export async function shareKernel(
  vs: VS,
  notebook: vscode.NotebookDocument,
  notebooks: Pick<OpenNotebooks, 'find' | 'candidates' | 'sharerNames' | 'share' | 'unshare'>,
): Promise<void> {
  const name = fileName(notebook.uri);
  const shared = notebooks.find(notebook)?.shared;
  const now = notebooks.sharerNames(notebook);
  const chosen = { detail: vs.l10n.t('chosen') };
  const items: Choice[] = [
    { label: vs.l10n.t('A kernel of its own'), ...(now.length === 0 && chosen) },
    ...notebooks.candidates(notebook).map((sharers): Choice => {
      const isNow = shared !== undefined && sharers.kernel === shared.kernel;
      return {
        label: vs.l10n.t('Share with {0}', fileNames(sharers.notebooks)),
        description: statusText(sharers.kernel, [], vs.l10n).words,
        sharers,
        ...(isNow && chosen),
      };
    }),
  ];
  const placeHolder =
    items.length > 1
      ? vs.l10n.t('Which kernel runs the cells of {0}?', name)
      : vs.l10n.t('To share a kernel, open another notebook of the same folder.');
  const choice = await vs.window.showQuickPick(items, { placeHolder });
  if (!choice || choice.detail) return;
  // What happened while the list was open counts.
  const open = notebooks.find(notebook);
  if (open?.queue.isBusy) {
    await vs.window.showInformationMessage(
      vs.l10n.t('Cells of {0} run or wait: it can go over to another kernel when they have ended.', name),
    );
    return;
  }
  if (open?.kernel.hasRun && open.sharers.length === 0) {
    const go = vs.l10n.t('End Its Kernel');
    const question = vs.l10n.t('The kernel of {0} ends, and its variables are lost, trained models among them.', name);
    if ((await vs.window.showWarningMessage(question, { modal: true }, go)) !== go) return;
  }
  const other = choice.sharers?.notebooks.find(({ isClosed }) => !isClosed);
  if (other) notebooks.share(notebook, other);
  else if (!choice.sharers) notebooks.unshare(notebook);
}
