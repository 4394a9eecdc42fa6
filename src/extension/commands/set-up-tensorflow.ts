import type * as vscode from 'vscode';
import { formatBytes, type InstallPlan, type InstallProgress, type InstallResult } from '../../tensorflow';
import { describe } from '../running/executions';
import type { HostPorts } from '../running/host-ports';
import type { VS } from '../vs';

export interface SetUpSurroundings {
  host: Pick<HostPorts, 'installRuntime'>;
  nodePath: string | undefined;
  log: vscode.LogOutputChannel;
  /** Called after a native TensorFlow was set up, when kernels still run without it; restarts them. */
  restart: (() => Promise<void>) | undefined;
}

/** *dinnb: Set Up TensorFlow*: asks, downloads with progress, can be cancelled, and says what became of it. */
export async function setUpTensorFlow(vs: VS, surroundings: SetUpSurroundings): Promise<void> {
  const { host, nodePath, log } = surroundings;
  let declined = false;
  const install = (progress: vscode.Progress<{ message?: string }>, token: vscode.CancellationToken) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort(new vs.CancellationError()));
    return host.installRuntime({
      nodePath,
      signal: abort.signal,
      progress: (step) => progress.report({ message: progressText(step) }),
      consent: async (plan) => {
        const agreed = await askConsent(vs, plan);
        declined = !agreed;
        return agreed;
      },
    });
  };
  let result: InstallResult;
  try {
    const options = { location: vs.ProgressLocation.Notification, title: 'TensorFlow', cancellable: true };
    result = await vs.window.withProgress(options, install);
  } catch (error) {
    if (error instanceof vs.CancellationError) return;
    log.error(`Setting TensorFlow up failed: ${describe(error)}`);
    await vs.window.showErrorMessage(vs.l10n.t('TensorFlow could not be set up: {0}', describe(error)));
    return;
  }
  for (const { step, ok, reason } of result.steps)
    log.info(`TensorFlow, ${step}: ${ok ? 'taken' : 'not taken'}, ${reason}`);
  if (!declined) await tellResult(vs, result, surroundings);
}

async function askConsent(vs: VS, plan: InstallPlan): Promise<boolean> {
  const download = vs.l10n.t('Download');
  const choice = await vs.window.showInformationMessage(
    vs.l10n.t('Download TensorFlow?'),
    {
      modal: true,
      detail: vs.l10n.t(
        'Cells then train several times faster than with the built-in WebAssembly backend. {0} are downloaded and {1} of disk are used in {2}, once for all your projects.',
        formatBytes(plan.downloadBytes),
        formatBytes(plan.diskBytes),
        plan.folder,
      ),
    },
    download,
  );
  return choice === download;
}

async function tellResult(
  vs: VS,
  { selection, steps }: InstallResult,
  { log, restart }: SetUpSurroundings,
): Promise<void> {
  if (selection.backend === 'wasm') {
    const reasons = steps.filter(({ ok }) => !ok).map(({ step, reason }) => `${step}: ${reason}`);
    const message = `TensorFlow could not be set up; notebooks go on with WebAssembly. ${reasons.join('; ')}`;
    if (await vs.window.showWarningMessage(message, vs.l10n.t('Show Log'))) log.show();
    return;
  }
  const message = vs.l10n.t('TensorFlow {0} is ready.', selection.tensorflow);
  if (!restart) {
    await vs.window.showInformationMessage(message);
    return;
  }
  const choice = await vs.window.showInformationMessage(
    `${message} ${vs.l10n.t('A running kernel uses it after a restart.')}`,
    vs.l10n.t('Restart Kernel'),
  );
  if (choice) await restart();
}

function progressText({ message, fraction }: InstallProgress): string {
  return fraction === undefined ? message : `${message} (${Math.round(100 * fraction)} %)`;
}
