import type * as vscode from 'vscode';
import type { RuntimeRequest } from '../host/runtime';
import { SAVE_MODES, type SaveMode } from '../notebook/save-mode';
import type { VS } from './vs';

export interface Settings {
  /** The Node that runs kernels; undefined: the editor's own. */
  nodePath: string | undefined;
  backend: RuntimeRequest;
  saveOutputs: SaveMode;
  /** Whether restarting a kernel that holds variables is asked about. */
  confirmRestart: boolean;
}

const BACKENDS: readonly RuntimeRequest[] = ['auto', 'native', 'wasm'];

/** The settings as they are now. A value that the schema does not allow counts as the default. */
export function readSettings(vs: VS, scope?: vscode.Uri): Settings {
  const configuration = vs.workspace.getConfiguration('dinnb', scope);
  const nodePath = configuration.get<unknown>('nodePath');
  return {
    nodePath: typeof nodePath === 'string' && nodePath.trim() !== '' ? nodePath.trim() : undefined,
    backend: BACKENDS.find((backend) => backend === configuration.get('backend')) ?? 'auto',
    saveOutputs: SAVE_MODES.find((mode) => mode === configuration.get('saveOutputs')) ?? 'all',
    confirmRestart: configuration.get('confirmRestart') !== false,
  };
}
