import type * as vscode from 'vscode';
import { fileName, fileNames } from './documents/save-guard';
import type { OpenNotebooks } from './running/open-notebooks';
import type { VS } from './vs';

const OFFERED = 'dinnb.setUpOffered';

/** A kernel died: say why, offer a new one. */
export async function tellOfDeath(
  vs: VS,
  notebooks: readonly vscode.NotebookDocument[],
  reason: string,
  open: Pick<OpenNotebooks, 'find'>,
  log: vscode.LogOutputChannel,
): Promise<void> {
  const message = vs.l10n.t('The kernel of {0} is gone, and its variables with it: {1}', fileNames(notebooks), reason);
  // The heap's limit is a setting; of native memory there is no more than the machine has.
  const [restart, memory, showLog] = [
    vs.l10n.t('Restart Kernel'),
    vs.l10n.t('Give More Memory'),
    vs.l10n.t('Show Log'),
  ];
  const more = /JavaScript heap out of memory/.test(reason) ? [memory] : [];
  const choice = await vs.window.showErrorMessage(message, restart, ...more, showLog);
  if (choice === memory) await vs.commands.executeCommand('workbench.action.openSettings', 'dinnb.kernelHeap');
  if (choice === restart)
    await notebooks
      .map((notebook) => open.find(notebook))
      .find((found) => found)
      ?.restart();
  if (choice === showLog) log.show();
}

/** What a notebook did to a kernel that others share, to the users of these. */
export async function tellSharers(
  vs: VS,
  did: 'interrupted' | 'restarted',
  by: vscode.NotebookDocument,
  others: readonly vscode.NotebookDocument[],
): Promise<void> {
  const names = [fileNames(others), fileName(by.uri)];
  const message =
    did === 'interrupted'
      ? vs.l10n.t(
          '{0}: what ran or waited was stopped, because the kernel shared with {1} was interrupted there.',
          ...names,
        )
      : vs.l10n.t('{0}: variables are gone, because the kernel shared with {1} was restarted there.', ...names);
  await vs.window.showInformationMessage(message);
}

/** A kernel's notebook is in another folder now: what its cells import from beside them is still looked for in the old one. */
export async function tellOfOtherFolder(
  vs: VS,
  notebook: vscode.NotebookDocument,
  notebooks: Pick<OpenNotebooks, 'find'>,
): Promise<void> {
  const name = fileName(notebook.uri);
  if (notebooks.find(notebook)?.sharers.length) {
    const message = vs.l10n.t(
      '{0} is in another folder now than the notebooks that it shares the kernel with: relative imports of its cells resolve from theirs. When it is opened again it has a kernel of its own.',
      name,
    );
    await vs.window.showInformationMessage(message);
    return;
  }
  const message = vs.l10n.t(
    '{0} is in another folder now, and its kernel goes on: relative imports of its cells still resolve from the old folder, until the kernel is restarted.',
    name,
  );
  const choice = await vs.window.showInformationMessage(message, vs.l10n.t('Restart Kernel'));
  if (choice) await notebooks.find(notebook)?.restart();
}

/** Offers the fast TensorFlow when a kernel had to start without, once: the status bar keeps offering it. */
export async function offerSetUp(vs: VS, memory: vscode.Memento, notice: string): Promise<void> {
  if (memory.get<boolean>(OFFERED)) return;
  await memory.update(OFFERED, true);
  const choice = await vs.window.showInformationMessage(notice, vs.l10n.t('Set Up TensorFlow'));
  if (choice) await vs.commands.executeCommand('dinnb.setUpTensorFlow');
}
