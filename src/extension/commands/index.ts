import type * as vscode from 'vscode';
import { MIME_PARAMETERS } from '../../outputs/mime';
import type { ParameterShape } from '../../outputs/parameters';
import { checkOpenNotebook } from '../checking/check-notebook';
import type { Comparisons } from '../checking/comparison';
import { cellIdOf } from '../documents/cell-ids';
import type { MergeConflicts } from '../documents/merge-conflicts';
import { interrupt, requireTrust } from '../running/controller';
import type { HostPorts } from '../running/host-ports';
import type { OpenNotebooks } from '../running/open-notebooks';
import { readSettings } from '../settings';
import type { StaleMarks } from '../stale/marks';
import { NOTEBOOK_TYPE, type VS } from '../vs';
import { chooseNode } from './choose-node';
import { confirmRestart } from './confirm-restart';
import { documentCommands, forNotebook, onCell, registerAll } from './documents';
import { showKernelMenu } from './kernel-menu';
import { runSelection } from './run-selection';
import { runWithParameters } from './run-with-parameters';
import { setUpTensorFlow } from './set-up-tensorflow';
import { shareKernel } from './share-kernel';
import { tellNoNotebook } from './target';

export interface CommandSurroundings {
  context: Pick<vscode.ExtensionContext, 'extensionUri'>;
  host: Pick<HostPorts, 'installRuntime' | 'selectRuntime' | 'checkNotebook' | 'findNodes'>;
  log: vscode.LogOutputChannel;
  notebooks: OpenNotebooks;
  /** Runs a cell under a debugger. */
  debugCell(cell: vscode.NotebookCell): Promise<void>;
  stale: StaleMarks;
  comparisons: Comparisons;
  conflicts: MergeConflicts;
  /** The parameters that a cell declares. */
  shapesOf(cell: vscode.NotebookCell): Promise<ParameterShape[]>;
}

/** The commands of package.json: those of documents, and those that need a process. */
export function registerCommands(
  vs: VS,
  { context, host, log, notebooks, comparisons, conflicts, stale, debugCell, shapesOf }: CommandSurroundings,
): vscode.Disposable[] {
  const onNotebook = forNotebook(vs);
  /** A kernel started by hand runs code of the workspace (imports, a Node of its own) as much as a cell does. */
  const restart = async (notebook: vscode.NotebookDocument): Promise<boolean> => {
    if (!vs.workspace.isTrusted || !(await confirmRestart(vs, notebooks.find(notebook)))) return false;
    await notebooks.of(notebook).restart();
    return true;
  };

  return registerAll(vs, log, {
    ...documentCommands(vs, {
      extensionUri: context.extensionUri,
      conflicts,
      onParametersTag: (cell) => {
        const shown = cell.outputs.some(({ items }) => items[0]?.mime === MIME_PARAMETERS);
        if (!shown) notebooks.of(cell.notebook).outputs.showForm(cellIdOf(cell), cell);
      },
    }),
    'dinnb.restartKernel': onNotebook(restart),
    'dinnb.restartAndRunAll': onNotebook(async (notebook) => {
      if (await restart(notebook)) await vs.commands.executeCommand('notebook.execute', notebook.uri);
    }),
    'dinnb.interruptKernel': onNotebook((notebook) => interrupt(vs, notebooks.find(notebook))),
    'dinnb.chooseNode': () => {
      const open = notebooks.find(vs.window.activeNotebookEditor?.notebook);
      return chooseNode(vs, host, open, () => confirmRestart(vs, open));
    },
    'dinnb.checkNotebook': onNotebook((notebook) =>
      checkOpenNotebook(vs, notebook, {
        ...{ host, comparisons, log },
        showsOthers: (shown) => notebooks.find(shown)?.showsOthers(),
      }),
    ),
    'dinnb.runWithParameters': onNotebook(async (notebook) => {
      if (!(await requireTrust(vs))) return;
      const open = notebooks.of(notebook);
      await runWithParameters(vs, notebook, open, shapesOf, () => confirmRestart(vs, open));
    }),
    'dinnb.runSelection': async () => {
      const editor = vs.window.activeNotebookEditor;
      if (editor?.notebook.notebookType !== NOTEBOOK_TYPE) return tellNoNotebook(vs);
      if (await requireTrust(vs)) await runSelection(vs, editor, (notebook) => notebooks.chosen(notebook));
    },
    'dinnb.runStale': onNotebook((notebook) => stale.runStale(notebook)),
    'dinnb.runWithNeeds': (cell?: vscode.NotebookCell) =>
      onCell(vs, cell, async (found) => {
        if (await requireTrust(vs)) await stale.runWithNeeds(found);
      }),
    'dinnb.debugCell': (cell?: vscode.NotebookCell) => onCell(vs, cell, debugCell),
    'dinnb.kernelMenu': onNotebook((notebook) => showKernelMenu(vs, notebook, notebooks)),
    'dinnb.shareKernel': onNotebook((notebook) => shareKernel(vs, notebook, notebooks)),
    'dinnb.showVariables': () => vs.commands.executeCommand('dinnb.variables.focus'),
    'dinnb.showLog': () => log.show(),
    'dinnb.setUpTensorFlow': async () => {
      // Python, a compiler and the configured Node run
      if (!(await requireTrust(vs, vs.l10n.t('TensorFlow is not set up from here')))) return;
      const open = notebooks.find(vs.window.activeNotebookEditor?.notebook);
      const { nodePath } = readSettings(vs);
      const restartActive = open?.kernel.info?.backend === 'wasm' ? () => open.restart() : undefined;
      return setUpTensorFlow(vs, { host, nodePath, log, restart: restartActive });
    },
  });
}
