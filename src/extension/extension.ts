import * as vscode from 'vscode';
import { findNodes } from '../host/find-nodes';
import { startKernel } from '../host/kernel-process';
import { checkNotebook } from '../runs/check';
import { installRuntime, selectRuntime } from '../tensorflow';
import { compose } from './compose';
import { CellDebugger } from './debug/cell-debugger';
import { registerLanguage } from './language';

export function activate(context: vscode.ExtensionContext): void {
  const parts = compose(vscode, context, { startKernel, selectRuntime, installRuntime, checkNotebook, findNodes });
  const tell = (line: string) => parts.log.info(line);
  const debugging = new CellDebugger(vscode, parts.notebooks, tell);
  parts.debugCell = (cell) => debugging.debugCell(cell);
  parts.onInterrupt = (notebook, stopped) => void debugging.letGo(notebook, stopped);
  const language = registerLanguage(vscode, tell, {
    beside: (notebook) => parts.notebooks.beside(notebook),
    onFiles: () => parts.filesChanged(),
  });
  parts.onSharing = () => language.sharingChanged();
  parts.reader = language.reader;
  context.subscriptions.push(language, debugging);
}
