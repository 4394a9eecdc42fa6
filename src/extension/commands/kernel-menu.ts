import type * as vscode from 'vscode';
import type { OpenNotebooks } from '../running/open-notebooks';
import { statusText } from '../status';
import type { VS } from '../vs';

/** The actions behind the status bar item. */
export async function showKernelMenu(
  vs: VS,
  notebook: vscode.NotebookDocument,
  notebooks: Pick<OpenNotebooks, 'find' | 'sharerNames'>,
): Promise<void> {
  const kernel = notebooks.find(notebook)?.kernel;
  const runs = kernel?.state === 'idle' || kernel?.state === 'busy';
  const items = [
    ...(kernel?.state === 'busy'
      ? [{ label: `$(debug-stop) ${vs.l10n.t('Interrupt')}`, command: 'dinnb.interruptKernel' }]
      : []),
    {
      label: runs ? `$(debug-restart) ${vs.l10n.t('Restart Kernel')}` : `$(play) ${vs.l10n.t('Start Kernel')}`,
      command: 'dinnb.restartKernel',
    },
    { label: `$(link) ${vs.l10n.t('Share Kernel...')}`, command: 'dinnb.shareKernel' },
    { label: `$(server-process) ${vs.l10n.t('Choose Node for Kernels')}`, command: 'dinnb.chooseNode' },
    { label: `$(output) ${vs.l10n.t('Show Log')}`, command: 'dinnb.showLog' },
    ...(kernel?.info?.backend === 'native'
      ? []
      : [{ label: `$(cloud-download) ${vs.l10n.t('Set Up TensorFlow')}`, command: 'dinnb.setUpTensorFlow' }]),
  ];
  const placeHolder = statusText(kernel, notebooks.sharerNames(notebook), vs.l10n).tooltip;
  const choice = await vs.window.showQuickPick(items, { placeHolder });
  if (choice) await vs.commands.executeCommand(choice.command);
}
