import * as vscode from 'vscode';
import { startKernel } from '../host/kernel-process';
import { installRuntime, selectRuntime } from '../host/runtime';
import { checkNotebook } from '../runs/check';
import { compose } from './compose';
import { registerLanguage } from './language';

export function activate(context: vscode.ExtensionContext): void {
  const { log } = compose(vscode, context, { startKernel, selectRuntime, installRuntime, checkNotebook });
  context.subscriptions.push(registerLanguage(vscode, (line) => log.info(line)));
}
