// Runs inside an editor's extension host, a desktop VS Code's or code-server's: opens a notebook, runs it, saves it, and
// writes what came of it beside it. Nothing of a page is driven here; that is what the other end-to-end tests do.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';

/** What the test that started the editor reads. */
export interface SmokeReport {
  ok: boolean;
  /** `Visual Studio Code 1.120.0`, and so on. */
  app: string;
  error?: string;
}

const PATIENCE = 100_000;

/** Asks again until an answer comes; editors tell of some changes by no event. */
async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  for (const start = Date.now(); Date.now() - start < PATIENCE; ) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Waited ${PATIENCE / 1000} s for ${what}.`);
}

function text(cell: vscode.NotebookCell): string {
  return cell.outputs
    .flatMap(({ items }) => items)
    .map(({ data }) => new TextDecoder().decode(data))
    .join('\n');
}

async function smoke(folder: string): Promise<void> {
  const extension = vscode.extensions.getExtension('dinnb.dinnb');
  assert(extension, 'the extension is not there');
  const uri = vscode.Uri.file(path.join(folder, 'smoke.dinnb'));
  const notebook = await vscode.workspace.openNotebookDocument(uri);
  await vscode.window.showNotebookDocument(notebook);
  assert.equal(notebook.notebookType, 'dinnb');
  await until('the extension to be active', () => extension.isActive || undefined);

  const [sum, fails] = notebook.getCells();
  assert(sum && fails);
  await vscode.commands.executeCommand('notebook.selectKernel', { id: 'dinnb', extension: 'dinnb.dinnb' });
  await vscode.commands.executeCommand('notebook.execute');
  assert.equal(await until('the first cell to end', () => sum.executionSummary?.success), true, text(sum));
  assert.match(text(sum), /\b6\b/);
  assert.equal(await until('the second cell to end', () => fails.executionSummary?.success), false);
  assert.match(text(fails), /no such row/);

  assert(await notebook.save(), 'the notebook could not be saved');
  const saved = readFileSync(uri.fsPath, 'utf8');
  assert.match(saved, /no such row/);
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  assert.equal((await vscode.workspace.openNotebookDocument(uri)).cellCount, 2);
}

/** What a desktop VS Code calls, which is started for this alone. */
export async function run(): Promise<void> {
  const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const report: SmokeReport = { ok: false, app: `${vscode.env.appName} ${vscode.version}` };
  try {
    await smoke(folder);
    report.ok = true;
  } catch (error) {
    report.error = error instanceof Error ? error.stack : String(error);
    throw error;
  } finally {
    writeFileSync(path.join(folder, 'smoke.json'), JSON.stringify(report));
  }
}

/** What code-server calls: it takes no tests, so that they are an extension there. */
export function activate(): Promise<void> {
  return run();
}
