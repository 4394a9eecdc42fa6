import { fileNames } from '../documents/save-guard';
import type { OpenNotebook } from '../running/open-notebook';
import { readSettings } from '../settings';
import type { VS } from '../vs';

/** Asks before variables are lost; without any there is nothing to ask. */
export async function confirmRestart(vs: VS, open: OpenNotebook | undefined): Promise<boolean> {
  if (!open?.kernel.hasRun || !readSettings(vs).confirmRestart) return true;
  const sharers = fileNames(open.sharers);
  const question = sharers
    ? vs.l10n.t(
        'Restart the kernel? It is shared with {0}: the variables of all are lost, trained models among them.',
        sharers,
      )
    : vs.l10n.t('Restart the kernel? Its variables are lost, trained models among them.');
  const [restart, neverAgain] = [vs.l10n.t('Restart'), vs.l10n.t("Restart, Don't Ask Again")];
  const answer = await vs.window.showWarningMessage(question, { modal: true }, restart, neverAgain);
  if (answer === neverAgain) {
    await vs.workspace.getConfiguration('dinnb').update('confirmRestart', false, vs.ConfigurationTarget.Global);
  }
  return answer !== undefined;
}
