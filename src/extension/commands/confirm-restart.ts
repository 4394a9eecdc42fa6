import type { NotebookKernel } from '../kernel';
import { readSettings } from '../settings';
import type { VS } from '../vs';

const RESTART = 'Restart';
const NEVER_AGAIN = "Restart, Don't Ask Again";

/** Asks before variables are lost; without any there is nothing to ask. */
export async function confirmRestart(vs: VS, kernel: Pick<NotebookKernel, 'hasRun'> | undefined): Promise<boolean> {
  if (!kernel?.hasRun || !readSettings(vs).confirmRestart) return true;
  const question = 'Restart the kernel? Its variables are lost, trained models among them.';
  const answer = await vs.window.showWarningMessage(question, { modal: true }, RESTART, NEVER_AGAIN);
  if (answer === NEVER_AGAIN) {
    await vs.workspace.getConfiguration('dinnb').update('confirmRestart', false, vs.ConfigurationTarget.Global);
  }
  return answer !== undefined;
}
