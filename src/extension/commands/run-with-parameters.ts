import type * as vscode from 'vscode';
import { type ParameterShape, parameterProblem, parameterShapesWith } from '../../protocol/parameters';
import type { OpenNotebook } from '../open-notebook';
import { hasParametersTag } from '../parameters-tag';
import type { VS } from '../vs';

const RUN = '$(run-all) Run All';

/**
 * *Run All with Parameters…*: asks for the values of the notebook's parameters, restarts the kernel with them and runs all cells.
 * `confirm` asks before variables are lost.
 */
export async function runWithParameters(
  vs: VS,
  notebook: vscode.NotebookDocument,
  open: OpenNotebook,
  confirm: () => Promise<boolean>,
): Promise<void> {
  // Loaded when it is needed: it is as large as the rest of the extension.
  const { default: ts } = await import('typescript');
  const cells = notebook.getCells().filter(hasParametersTag);
  const shapes = cells.flatMap((cell) => parameterShapesWith(ts, cell.document.getText()));
  if (shapes.length === 0) {
    const how = vs.l10n.t(
      'This notebook has no parameters. Mark a cell that declares constants with "DIN: Mark Cell as Parameters".',
    );
    await vs.window.showInformationMessage(how);
    return;
  }
  const values = new Map(Object.entries(open.kernel.parameters));
  for (const name of values.keys()) if (!shapes.some((shape) => shape.name === name)) values.delete(name);
  if (!(await ask(vs, shapes, values)) || !(await confirm())) return;
  await open.restart(Object.fromEntries(values));
  await vs.commands.executeCommand('notebook.execute', notebook.uri);
}

/** A list of the parameters, in which each can be changed; whether to run. */
async function ask(vs: VS, shapes: readonly ParameterShape[], values: Map<string, string>): Promise<boolean> {
  for (;;) {
    const items = shapes.map((shape) => {
      const given = values.get(shape.name);
      const description = given === undefined ? shape.standard : `${given} (default ${shape.standard})`;
      return { label: shape.name, description, ...(shape.description ? { detail: shape.description } : {}), shape };
    });
    const chosen = await vs.window.showQuickPick(
      [{ label: RUN, description: vs.l10n.t('in a new kernel'), shape: undefined }, ...items],
      {
        title: vs.l10n.t('Run All with Parameters'),
        placeHolder: vs.l10n.t('Choose a parameter to change it'),
        matchOnDescription: true,
      },
    );
    if (!chosen) return false;
    if (!chosen.shape) return true;
    const value = await askOne(vs, chosen.shape, values.get(chosen.shape.name) ?? chosen.shape.standard);
    if (value === undefined) continue;
    if (value === chosen.shape.standard) values.delete(chosen.shape.name);
    else values.set(chosen.shape.name, value);
  }
}

async function askOne(vs: VS, shape: ParameterShape, value: string): Promise<string | undefined> {
  const choices = shape.choices ?? (shape.kind === 'boolean' ? ['true', 'false'] : undefined);
  if (choices) {
    const items = choices.map((label) => ({ label, ...(label === shape.standard ? { description: 'default' } : {}) }));
    return (await vs.window.showQuickPick(items, { title: shape.name }))?.label;
  }
  return vs.window.showInputBox({
    title: shape.name,
    value,
    prompt: `${shape.description ? `${shape.description} ` : ''}Default: ${shape.standard}`,
    validateInput: (text) => parameterProblem(shape, text),
  });
}
