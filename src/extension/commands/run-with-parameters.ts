import type * as vscode from 'vscode';
import { type ParameterShape, parameterProblem } from '../../outputs/parameters';
import { hasParametersTag } from '../parameters/tag';
import type { OpenNotebook } from '../running/open-notebook';
import type { VS } from '../vs';

/**
 * *Run All with Parameters…*: asks for the values of the notebook's parameters, restarts the kernel with them and runs all cells.
 * `confirm` asks before variables are lost.
 */
export async function runWithParameters(
  vs: VS,
  notebook: vscode.NotebookDocument,
  open: OpenNotebook,
  shapesOf: (cell: vscode.NotebookCell) => Promise<ParameterShape[]>,
  confirm: () => Promise<boolean>,
): Promise<void> {
  const cells = notebook.getCells().filter(hasParametersTag);
  const shapes = (await Promise.all(cells.map(shapesOf))).flat();
  if (shapes.length === 0) {
    const how = vs.l10n.t(
      'This notebook has no parameters. Mark a cell that declares constants with "dinnb: Mark Cell as Parameters".',
    );
    await vs.window.showInformationMessage(how);
    return;
  }
  const values = new Map(Object.entries(open.kernel.parameters));
  for (const name of values.keys()) if (!shapes.some((shape) => shape.name === name)) values.delete(name);
  if (await ask(vs, shapes, values)) await runAllWith(vs, notebook, open, Object.fromEntries(values), confirm);
}

/** Restarts the kernel with values of parameters, and runs all cells. `confirm` asks before variables are lost. */
export async function runAllWith(
  vs: VS,
  notebook: vscode.NotebookDocument,
  open: OpenNotebook,
  values: { [name: string]: string },
  confirm: () => Promise<boolean>,
): Promise<void> {
  if (!(await confirm())) return;
  await open.restart(values);
  await vs.commands.executeCommand('notebook.execute', notebook.uri);
}

/** A list of the parameters, in which each can be changed; whether to run. */
async function ask(vs: VS, shapes: readonly ParameterShape[], values: Map<string, string>): Promise<boolean> {
  const run = `$(run-all) ${vs.l10n.t('Run All')}`;
  for (;;) {
    const items = shapes.map((shape) => {
      const given = values.get(shape.name);
      const description = given === undefined ? shape.standard : vs.l10n.t('{0} (default {1})', given, shape.standard);
      return { label: shape.name, description, ...(shape.description ? { detail: shape.description } : {}), shape };
    });
    const chosen = await vs.window.showQuickPick(
      [{ label: run, description: vs.l10n.t('in a new kernel'), shape: undefined }, ...items],
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
    const items = choices.map((label) => ({
      label,
      ...(label === shape.standard ? { description: vs.l10n.t('default') } : {}),
    }));
    return (await vs.window.showQuickPick(items, { title: shape.name }))?.label;
  }
  // The box is one line: a text of several is written in it as in code.
  const isEscaped = [value, shape.standard].some((text) => /[\r\n]/.test(text));
  const shown = (text: string) => (isEscaped ? JSON.stringify(text).slice(1, -1) : text);
  const hint = isEscaped ? ` ${vs.l10n.t('Line breaks and quotes are written as in code.')}` : '';
  const answer = await vs.window.showInputBox({
    title: shape.name,
    value: shown(value),
    prompt: `${shape.description ? `${shape.description} ` : ''}${vs.l10n.t('Default: {0}', shown(shape.standard))}${hint}`,
    validateInput: (text) => {
      const read = isEscaped ? unescaped(text) : text;
      return read === undefined
        ? vs.l10n.t('This is no text as it is written in code.')
        : parameterProblem(shape, read);
    },
  });
  return answer === undefined || !isEscaped ? answer : unescaped(answer);
}

function unescaped(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return undefined; // which the box says
  }
}
