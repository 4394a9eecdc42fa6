import type * as vscode from 'vscode';
import { MIME_PARAMETERS } from '../../outputs/mime';
import type { ParameterShape, ParametersMessage, ParametersState } from '../../outputs/parameters';
import { cellIdOf } from '../documents/cell-ids';
import type { NotebookKernel } from '../running/kernel';
import { NOTEBOOK_TYPE, type VS } from '../vs';
import { hasParametersTag } from './tag';

export interface FormsSurroundings {
  messaging: Pick<vscode.NotebookRendererMessaging, 'postMessage' | 'onDidReceiveMessage'>;
  kernelOf(notebook: vscode.NotebookDocument): Pick<NotebookKernel, 'parameters'> | undefined;
  /** The parameters that a cell declares. */
  shapesOf(cell: vscode.NotebookCell): Promise<ParameterShape[]>;
  /** Restarts the kernel with these values and runs all cells. */
  run(notebook: vscode.NotebookDocument, values: { [name: string]: string }): Promise<void>;
}

/**
 * The forms of parameters cells, which `renderers/parameters` draws: what they show follows the cell's source and the kernel; what they
 * are filled with runs the notebook.
 */
export class ParametersForms implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly vs: VS,
    private readonly surroundings: FormsSurroundings,
  ) {
    this.subscriptions = [
      surroundings.messaging.onDidReceiveMessage(({ editor, message }) => void this.receive(editor, message)),
      vs.workspace.onDidChangeNotebookDocument(({ notebook, cellChanges }) => {
        if (notebook.notebookType !== NOTEBOOK_TYPE) return;
        for (const { cell, document, metadata } of cellChanges)
          if ((document && hasParametersTag(cell)) || metadata) void this.show(cell);
      }),
    ];
  }

  /** The kernel has others than before. */
  refresh(notebook: vscode.NotebookDocument): void {
    for (const cell of notebook.getCells()) if (hasParametersTag(cell)) void this.show(cell);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async receive(editor: vscode.NotebookEditor | undefined, message: unknown): Promise<void> {
    const asked = message as Partial<ParametersMessage> | null;
    if (asked?.type !== 'dinnb.parameters' || !editor) return;
    const cell = editor.notebook.getCells().find((each) => cellIdOf(each) === asked.cell);
    if (!cell) return;
    if ('run' in asked && asked.run) {
      // Another form of the notebook has values of its own.
      const own = new Set((await this.surroundings.shapesOf(cell)).map(({ name }) => name));
      const others = Object.entries(this.surroundings.kernelOf(editor.notebook)?.parameters ?? {});
      const kept = Object.fromEntries(others.filter(([name]) => !own.has(name)));
      const given = Object.entries(asked.run).filter(([name, value]) => own.has(name) && typeof value === 'string');
      await this.surroundings.run(editor.notebook, { ...kept, ...Object.fromEntries(given) });
    } else {
      await this.post(cell, editor);
    }
  }

  private async show(cell: vscode.NotebookCell): Promise<void> {
    for (const editor of this.vs.window.visibleNotebookEditors)
      if (editor.notebook === cell.notebook) await this.post(cell, editor);
  }

  private async post(cell: vscode.NotebookCell, editor: vscode.NotebookEditor): Promise<void> {
    const patch: ParametersState = {
      shapes: hasParametersTag(cell) ? await this.surroundings.shapesOf(cell) : [],
      values: this.surroundings.kernelOf(cell.notebook)?.parameters ?? {},
    };
    const message = { displayId: `parameters-${cellIdOf(cell)}`, mime: MIME_PARAMETERS, patch };
    await this.surroundings.messaging.postMessage(message, editor);
  }
}
