import type * as vscode from 'vscode';
import type { OpenNotebook } from './open-notebook';
import { fileName } from './save-guard';
import type { VS } from './vs';

const OFFERED = 'dinnb.setUpOffered';

/** A kernel died: say why, offer a new one. */
export async function tellOfDeath(
  vs: VS,
  notebook: vscode.NotebookDocument,
  reason: string,
  open: OpenNotebook | undefined,
  log: vscode.LogOutputChannel,
): Promise<void> {
  const message = vs.l10n.t(
    'The kernel of {0} is gone, and its variables with it: {1}',
    fileName(notebook.uri),
    reason,
  );
  // The heap's limit is a setting; of native memory there is no more than the machine has.
  const [restart, memory, showLog] = [
    vs.l10n.t('Restart Kernel'),
    vs.l10n.t('Give More Memory'),
    vs.l10n.t('Show Log'),
  ];
  const more = /JavaScript heap out of memory/.test(reason) ? [memory] : [];
  const choice = await vs.window.showErrorMessage(message, restart, ...more, showLog);
  if (choice === memory) await vs.commands.executeCommand('workbench.action.openSettings', 'dinnb.kernelHeap');
  if (choice === restart) await open?.restart();
  if (choice === showLog) log.show();
}

/** A kernel's notebook is in another folder now: what its cells import from beside them is still looked for in the old one. */
export async function tellOfOtherFolder(
  vs: VS,
  notebook: vscode.NotebookDocument,
  open: OpenNotebook | undefined,
): Promise<void> {
  const message = vs.l10n.t(
    '{0} is in another folder now, and its kernel goes on: relative imports of its cells still resolve from the old folder, until the kernel is restarted.',
    fileName(notebook.uri),
  );
  const choice = await vs.window.showInformationMessage(message, vs.l10n.t('Restart Kernel'));
  if (choice) await open?.restart();
}

/** Offers the fast TensorFlow when a kernel had to start without, once: the status bar keeps offering it. */
export async function offerSetUp(vs: VS, memory: vscode.Memento, notice: string): Promise<void> {
  if (memory.get<boolean>(OFFERED)) return;
  await memory.update(OFFERED, true);
  const choice = await vs.window.showInformationMessage(notice, vs.l10n.t('Set Up TensorFlow'));
  if (choice) await vs.commands.executeCommand('dinnb.setUpTensorFlow');
}
