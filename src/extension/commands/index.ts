import type * as vscode from 'vscode';
import type { Choice } from '../../notebook/conflicts';
import { MIME_PARAMETERS } from '../../outputs/mime';
import { cellIdOf } from '../cell-ids';
import { checkOpenNotebook } from '../checking/check-notebook';
import type { Comparisons } from '../checking/comparison';
import { interrupt, requireTrust } from '../controller';
import { describe } from '../executions';
import type { HostPorts } from '../host-ports';
import type { MergeConflicts } from '../merge-conflicts';
import type { OpenNotebooks } from '../open-notebooks';
import { toggleParametersTag } from '../parameters-tag';
import { readSettings } from '../settings';
import type { StaleMarks } from '../stale/marks';
import { NOTEBOOK_TYPE, type VS } from '../vs';
import { chooseNode } from './choose-node';
import { confirmRestart } from './confirm-restart';
import { type ExportFormat, exportNotebook } from './export';
import { showKernelMenu } from './kernel-menu';
import { createNotebook } from './new-notebook';
import { openSample } from './open-sample';
import { runSelection } from './run-selection';
import { runWithParameters } from './run-with-parameters';
import { setUpTensorFlow } from './set-up-tensorflow';
import { targetNotebook, tellNoNotebook } from './target';

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
}

/** The commands of package.json. */
export function registerCommands(
  vs: VS,
  { context, host, log, notebooks, comparisons, conflicts, stale, debugCell }: CommandSurroundings,
): vscode.Disposable[] {
  const onNotebook = (act: (notebook: vscode.NotebookDocument, ...rest: unknown[]) => unknown) => {
    return (argument: unknown, ...rest: unknown[]) => {
      const notebook = targetNotebook(vs, argument);
      return notebook ? act(notebook, ...rest) : tellNoNotebook(vs);
    };
  };
  /** A kernel started by hand runs code of the workspace (imports, a Node of its own) as much as a cell does. */
  const restart = async (notebook: vscode.NotebookDocument): Promise<boolean> => {
    if (!vs.workspace.isTrusted || !(await confirmRestart(vs, notebooks.find(notebook)?.kernel))) return false;
    await notebooks.of(notebook).restart();
    return true;
  };
  const exportAs = (format: ExportFormat) => (notebook: vscode.NotebookDocument, target: unknown) =>
    exportNotebook(vs, context.extensionUri, notebook, format, target instanceof vs.Uri ? target : undefined);
  const activeKernel = () => notebooks.find(vs.window.activeNotebookEditor?.notebook)?.kernel;

  const commands: { [id: string]: (...args: never[]) => unknown } = {
    'dinnb.newNotebook': () => createNotebook(vs),
    'dinnb.openSample': () => openSample(vs, context.extensionUri),
    'dinnb.restartKernel': onNotebook(restart),
    'dinnb.restartAndRunAll': onNotebook(async (notebook) => {
      if (await restart(notebook)) await vs.commands.executeCommand('notebook.execute', notebook.uri);
    }),
    'dinnb.interruptKernel': onNotebook((notebook) => interrupt(vs, notebooks.find(notebook))),
    'dinnb.exportHtml': onNotebook(exportAs('html')),
    'dinnb.exportJupyter': onNotebook(exportAs('jupyter')),
    'dinnb.chooseNode': () => {
      const open = notebooks.find(vs.window.activeNotebookEditor?.notebook);
      return chooseNode(vs, host, open, () => confirmRestart(vs, open?.kernel));
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
      await runWithParameters(vs, notebook, open, () => confirmRestart(vs, open.kernel));
    }),
    'dinnb.runSelection': async () => {
      const editor = vs.window.activeNotebookEditor;
      if (editor?.notebook.notebookType !== NOTEBOOK_TYPE) return tellNoNotebook(vs);
      if (await requireTrust(vs)) await runSelection(vs, editor, (notebook) => notebooks.of(notebook));
    },
    'dinnb.runStale': onNotebook((notebook) => stale.runStale(notebook)),
    'dinnb.runWithNeeds': (cell?: vscode.NotebookCell) =>
      onCell(vs, cell, async (found) => {
        if (await requireTrust(vs)) await stale.runWithNeeds(found);
      }),
    'dinnb.debugCell': (cell?: vscode.NotebookCell) => onCell(vs, cell, debugCell),
    'dinnb.decideConflict': onNotebook((notebook, cell, choice) =>
      typeof cell === 'number' ? conflicts.keep(notebook, cell, choice as Choice) : conflicts.decide(notebook),
    ),
    'dinnb.toggleParameters': (cell?: vscode.NotebookCell) =>
      onCell(vs, cell, async (found) => {
        const shown = found.outputs.some(({ items }) => items[0]?.mime === MIME_PARAMETERS);
        if ((await toggleParametersTag(vs, found)) && !shown)
          notebooks.of(found.notebook).outputs.showForm(cellIdOf(found), found);
      }),
    'dinnb.kernelMenu': () => showKernelMenu(vs, activeKernel()),
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
  };
  return Object.entries(commands).map(([id, run]) =>
    vs.commands.registerCommand(id, async (...args: never[]) => {
      try {
        await run(...args);
      } catch (error) {
        log.error(`${id}: ${describe(error)}`);
        await vs.window.showErrorMessage(describe(error));
      }
    }),
  );
}

/** With the code cell that a command is for: what the cell's toolbar passes, else the one in front. */
async function onCell(
  vs: VS,
  given: vscode.NotebookCell | undefined,
  act: (cell: vscode.NotebookCell) => Promise<void>,
): Promise<void> {
  const editor = vs.window.activeNotebookEditor;
  const cell = given ?? (editor && focusedCell(vs, editor));
  if (cell?.kind === vs.NotebookCellKind.Code) await act(cell);
  else await vs.window.showInformationMessage(vs.l10n.t('Select a code cell of a .dinnb notebook first.'));
}

/** The cell that is being written in, else the selected one: the editor tells the selection of a focused cell late or not at all. */
function focusedCell(vs: VS, { notebook, selection }: vscode.NotebookEditor): vscode.NotebookCell | undefined {
  const written = vs.window.activeTextEditor?.document;
  const cell = written && notebook.getCells().find(({ document }) => document === written);
  return cell ?? (notebook.cellCount > 0 ? notebook.cellAt(selection.start) : undefined);
}
