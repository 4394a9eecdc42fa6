import { homedir } from 'node:os';
import type * as vscode from 'vscode';
import type { HostPorts } from '../running/host-ports';
import type { OpenNotebook } from '../running/open-notebook';
import { readSettings } from '../settings';
import type { VS } from '../vs';

interface Choice extends vscode.QuickPickItem {
  /** Empty: the editor's own; absent: another, that is looked for by hand. */
  node?: string;
}

/**
 * *dinnb: Choose Node for Kernels*: a list of the Nodes of this machine. The choice is the setting `dinnb.nodePath`, of the workspace
 * where that has one already; it counts from the next start of a kernel.
 */
export async function chooseNode(
  vs: VS,
  host: Pick<HostPorts, 'findNodes'>,
  open: OpenNotebook | undefined,
  confirm: () => Promise<boolean>,
): Promise<void> {
  const { nodePath = '' } = readSettings(vs);
  const note = (node: string) => (node === nodePath ? { detail: vs.l10n.t('chosen') } : {});
  const items = async (): Promise<Choice[]> => {
    const found = await host.findNodes({ env: process.env, home: homedir(), platform: process.platform });
    return [
      { label: `Node ${process.versions.node}`, description: vs.l10n.t("the editor's own"), node: '', ...note('') },
      ...found.map(({ path, version }) => ({ label: `Node ${version}`, description: path, node: path, ...note(path) })),
      { label: `$(folder-opened) ${vs.l10n.t('Another...')}` },
    ];
  };
  const placeHolder = vs.l10n.t('Which Node runs new kernels?');
  const choice = await vs.window.showQuickPick(items(), { placeHolder, matchOnDescription: true });
  if (!choice) return;
  const node = choice.node ?? (await askForFile(vs));
  if (node === undefined) return;
  const configuration = vs.workspace.getConfiguration('dinnb');
  const { workspaceValue } = configuration.inspect<string>('nodePath') ?? {};
  const { Workspace, Global } = vs.ConfigurationTarget;
  await configuration.update(
    'nodePath',
    node === '' ? undefined : node,
    workspaceValue === undefined ? Global : Workspace,
  );
  const runs = open?.kernel.state === 'idle' || open?.kernel.state === 'busy';
  const name = node === '' ? choice.label : node;
  const restart = vs.l10n.t('Restart Kernel');
  const told = await vs.window.showInformationMessage(
    vs.l10n.t('Kernels run with {0} from their next start on.', name),
    ...(runs ? [restart] : []),
  );
  if (told === restart && (await confirm())) await open?.restart();
}

async function askForFile(vs: VS): Promise<string | undefined> {
  const [uri] =
    (await vs.window.showOpenDialog({ canSelectMany: false, title: vs.l10n.t('Give the Node to use') })) ?? [];
  return uri?.fsPath;
}
