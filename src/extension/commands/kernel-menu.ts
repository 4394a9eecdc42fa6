import type { NotebookKernel } from '../kernel';
import { statusText } from '../status';
import type { VS } from '../vs';

/** The actions behind the status bar item. */
export async function showKernelMenu(vs: VS, kernel: NotebookKernel | undefined): Promise<void> {
  const runs = kernel?.state === 'idle' || kernel?.state === 'busy';
  const items = [
    ...(kernel?.state === 'busy' ? [{ label: '$(debug-stop) Interrupt', command: 'dinnb.interruptKernel' }] : []),
    { label: runs ? '$(debug-restart) Restart Kernel' : '$(play) Start Kernel', command: 'dinnb.restartKernel' },
    { label: '$(output) Show Log', command: 'dinnb.showLog' },
    ...(kernel?.info?.backend === 'native'
      ? []
      : [{ label: '$(cloud-download) Set Up TensorFlow', command: 'dinnb.setUpTensorFlow' }]),
  ];
  const placeHolder = statusText(kernel).tooltip.replace(' Click for actions.', '');
  const choice = await vs.window.showQuickPick(items, { placeHolder });
  if (choice) await vs.commands.executeCommand(choice.command);
}
