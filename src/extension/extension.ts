import * as vscode from 'vscode';
import { startKernel } from '../host/kernel-process';
import { installRuntime, selectRuntime } from '../host/runtime';
import { checkNotebook } from '../runs/check';
import { compose } from './compose';

export function activate(context: vscode.ExtensionContext): void {
  compose(vscode, context, { startKernel, selectRuntime, installRuntime, checkNotebook });
}
