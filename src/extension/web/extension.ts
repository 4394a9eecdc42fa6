import * as vscode from 'vscode';
import { composeForWeb } from './compose';

/** The extension in a VS Code that is a web page and nothing else: no Node, no files but those of the workspace. */
export function activate(context: vscode.ExtensionContext): void {
  composeForWeb(vscode, context);
}
