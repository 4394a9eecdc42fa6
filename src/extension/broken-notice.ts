import type * as vscode from 'vscode';
import { parseNotebookBytes } from '../notebook/bytes';
import { NotebookParseError } from '../notebook/parse';
import { fileName } from './save-guard';
import { NOTEBOOK_TYPE, type VS } from './vs';

/**
 * Tells of the broken file that the user looks at, and offers the text editor. The editor itself shows no error at all
 * when a file becomes unreadable while its notebook is open.
 */
export async function tellOfBrokenFile(vs: VS): Promise<void> {
  const input = vs.window.tabGroups.activeTabGroup.activeTab?.input;
  if (!(input instanceof vs.TabInputNotebook) || input.notebookType !== NOTEBOOK_TYPE) return;
  const problem = await problemOf(vs, input.uri);
  if (problem === undefined) return;
  const isOpen = vs.workspace.notebookDocuments.some(({ uri }) => uri.toString() === input.uri.toString());
  const addition = isOpen ? ' The notebook still shows the cells from before; it will not be saved over the file.' : '';
  const choice = await vs.window.showErrorMessage(`${messageOf(problem)}${addition}`, 'Open as Text');
  if (!choice) return;
  const place = problem instanceof NotebookParseError ? { selection: rangeOf(vs, problem) } : {};
  await vs.commands.executeCommand('vscode.openWith', input.uri, 'default', place);
}

/** Where the text editor puts the cursor: the place that the error names. */
function rangeOf(vs: VS, { line, column }: NotebookParseError): vscode.Range {
  return new vs.Range(line - 1, column - 1, line - 1, column - 1);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why the file cannot be read; undefined when it can. */
async function problemOf(vs: VS, uri: vscode.Uri): Promise<unknown> {
  try {
    parseNotebookBytes(await vs.workspace.fs.readFile(uri), fileName(uri));
    return undefined;
  } catch (error) {
    return error;
  }
}
