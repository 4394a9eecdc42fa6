import type * as vscode from 'vscode';
import { fileName } from '../documents/save-guard';
import { CODE_LANGUAGE, KERNEL, NOTEBOOK_TYPE, type VS } from '../vs';
import { describe } from './executions';
import type { OpenNotebook } from './open-notebook';

/** How long an interrupt may take before a restart is offered, in ms. */
const PATIENCE = 10_000;

export interface ControllerSurroundings {
  open(notebook: vscode.NotebookDocument): OpenNotebook;
  find(notebook: vscode.NotebookDocument): OpenNotebook | undefined;
}

/** Offers the kernel to every dinnb notebook. What runs cells is given later, since it needs the controller itself. */
export function createController(vs: VS): vscode.NotebookController {
  const controller = vs.notebooks.createNotebookController(
    KERNEL.id,
    NOTEBOOK_TYPE,
    vs.l10n.t('dinnb (Node and TensorFlow)'),
  );
  controller.supportedLanguages = [CODE_LANGUAGE];
  controller.supportsExecutionOrder = true;
  controller.description = vs.l10n.t('TypeScript cells, with tf and din preloaded');
  return controller;
}

/** Connects the editor's run and stop to the notebooks' queues. */
export function connectController(
  vs: VS,
  controller: vscode.NotebookController,
  { open, find }: ControllerSurroundings,
): vscode.Disposable {
  controller.executeHandler = async (cells, notebook) => {
    if (!(await requireTrust(vs))) return;
    const runnable = cells.filter((cell) => cell.document.languageId === CODE_LANGUAGE);
    if (runnable.length > 0) await open(notebook).queue.run(runnable);
  };
  controller.interruptHandler = async (notebook) => {
    const open = find(notebook);
    if (open && !(await goesOn(vs, open))) await interrupt(vs, open);
  };
  return preferForNotebooks(vs, controller);
}

/** Every dinnb notebook takes this kernel unless its user chooses another. */
export function preferForNotebooks(vs: VS, controller: vscode.NotebookController): vscode.Disposable {
  const prefer = (notebook: vscode.NotebookDocument) => {
    if (notebook.notebookType !== NOTEBOOK_TYPE) return;
    controller.updateNotebookAffinity(notebook, vs.NotebookControllerAffinity.Preferred);
  };
  vs.workspace.notebookDocuments.forEach(prefer);
  return vs.workspace.onDidOpenNotebookDocument(prefer);
}

/** How long the editor takes to say that it has replaced a cell, in ms: it asks to interrupt it before. */
const REPLACING = 30;

/** Whether the editor only put cells of a file that it read anew in the place of what runs. Of a notebook with changes it reads none. */
async function goesOn(vs: VS, open: OpenNotebook): Promise<boolean> {
  if (open.notebook.isDirty) return false;
  await new Promise((resolve) => setTimeout(resolve, REPLACING));
  const goes = open.goOnInNewCells();
  if (goes === 'changed')
    void vs.window.showWarningMessage(
      vs.l10n.t(
        '{0} was changed by another program: the cell that ran is another now, and was stopped.',
        fileName(open.notebook.uri),
      ),
    );
  return goes === true;
}

/** Stops what runs; a kernel that does not answer can be restarted. */
export async function interrupt(vs: VS, open: OpenNotebook | undefined): Promise<void> {
  if (!open) return;
  const timer = setTimeout(async () => {
    const message = vs.l10n.t(
      'The cell has not stopped after {0} s. Restarting the kernel stops it, and loses its variables.',
      PATIENCE / 1000,
    );
    const choice = await vs.window.showWarningMessage(message, vs.l10n.t('Restart Kernel'));
    if (choice) await open.restart();
  }, PATIENCE);
  try {
    await open.interrupt();
  } catch (error) {
    await vs.window.showErrorMessage(vs.l10n.t('The kernel could not be interrupted: {0}', describe(error)));
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the workspace is trusted; where it is not, the user learns why nothing happens and where to change it. */
export async function requireTrust(
  vs: VS,
  refused = vs.l10n.t('notebooks can be read here, but their cells do not run'),
): Promise<boolean> {
  if (vs.workspace.isTrusted) return true;
  const manage = vs.l10n.t('Manage Workspace Trust');
  const choice = await vs.window.showErrorMessage(vs.l10n.t('This workspace is not trusted: {0}.', refused), manage);
  if (choice === manage) await vs.commands.executeCommand('workbench.trust.manage');
  return false;
}
