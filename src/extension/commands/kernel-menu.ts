import type { NotebookKernel } from '../kernel';
import { statusText } from '../status';
import type { VS } from '../vs';

/** The actions behind the status bar item. */
export async function showKernelMenu(vs: VS, kernel: NotebookKernel | undefined): Promise<void> {
  const runs = kernel?.state === 'idle' || kernel?.state === 'busy';
  const items = [
    ...(kernel?.state === 'busy'
      ? [{ label: `$(debug-stop) ${vs.l10n.t('Interrupt')}`, command: 'dinnb.interruptKernel' }]
      : []),
    {
      label: runs ? `$(debug-restart) ${vs.l10n.t('Restart Kernel')}` : `$(play) ${vs.l10n.t('Start Kernel')}`,
      command: 'dinnb.restartKernel',
    },
    { label: `$(server-process) ${vs.l10n.t('Choose Node for Kernels')}`, command: 'dinnb.chooseNode' },
    { label: `$(output) ${vs.l10n.t('Show Log')}`, command: 'dinnb.showLog' },
    ...(kernel?.info?.backend === 'native'
      ? []
      : [{ label: `$(cloud-download) ${vs.l10n.t('Set Up TensorFlow')}`, command: 'dinnb.setUpTensorFlow' }]),
  ];
  const placeHolder = statusText(kernel, vs.l10n).tooltip;
  const choice = await vs.window.showQuickPick(items, { placeHolder });
  if (choice) await vs.commands.executeCommand(choice.command);
}
