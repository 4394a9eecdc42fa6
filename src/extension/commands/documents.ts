import type * as vscode from 'vscode';
import type { Choice } from '../../notebook/conflicts';
import type { MergeConflicts } from '../documents/merge-conflicts';
import { toggleParametersTag } from '../parameters/tag';
import { describe } from '../running/executions';
import type { VS } from '../vs';
import { type ExportFormat, exportNotebook } from './export';
import { createNotebook } from './new-notebook';
import { openSample } from './open-sample';
import { targetNotebook, tellNoNotebook } from './target';

export interface Commands {
  [id: string]: (...args: never[]) => unknown;
}

export interface DocumentSurroundings {
  extensionUri: vscode.Uri;
  conflicts: MergeConflicts;
  /** A cell has become the one of the parameters. */
  onParametersTag?(cell: vscode.NotebookCell): void;
}

/** The commands that need nothing but the document: they work in a web page too. */
export function documentCommands(vs: VS, { extensionUri, conflicts, onParametersTag }: DocumentSurroundings): Commands {
  const onNotebook = forNotebook(vs);
  const exportAs = (format: ExportFormat) =>
    onNotebook((notebook, target) =>
      exportNotebook(vs, extensionUri, notebook, format, target instanceof vs.Uri ? target : undefined),
    );
  return {
    'dinnb.newNotebook': () => createNotebook(vs),
    'dinnb.openSample': () => openSample(vs, extensionUri),
    'dinnb.exportHtml': exportAs('html'),
    'dinnb.exportJupyter': exportAs('jupyter'),
    'dinnb.decideConflict': onNotebook((notebook, cell, choice) =>
      typeof cell === 'number' ? conflicts.keep(notebook, cell, choice as Choice) : conflicts.decide(notebook),
    ),
    'dinnb.toggleParameters': (cell?: vscode.NotebookCell) =>
      onCell(vs, cell, async (found) => {
        if (await toggleParametersTag(vs, found)) onParametersTag?.(found);
      }),
  };
}

/** Registers commands; what goes wrong in one is told. */
export function registerAll(
  vs: VS,
  log: Pick<vscode.LogOutputChannel, 'error'>,
  commands: Commands,
): vscode.Disposable[] {
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

/** A command on the notebook that it is for; without one it says so. */
export const forNotebook =
  (vs: VS) =>
  (act: (notebook: vscode.NotebookDocument, ...rest: unknown[]) => unknown) =>
  (argument: unknown, ...rest: unknown[]) => {
    const notebook = targetNotebook(vs, argument);
    return notebook ? act(notebook, ...rest) : tellNoNotebook(vs);
  };

/** With the code cell that a command is for: what the cell's toolbar passes, else the one in front. */
export async function onCell(
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
