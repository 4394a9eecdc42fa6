import type * as vscode from 'vscode';
import { SAVE_MODES, type SaveMode } from '../notebook/save-mode';
import type { RuntimeRequest } from '../tensorflow';
import type { VS } from './vs';

export interface Settings {
  /** The Node that runs kernels; undefined: the editor's own. */
  nodePath: string | undefined;
  backend: RuntimeRequest;
  saveOutputs: SaveMode;
  /** Whether restarting a kernel that holds variables is asked about. */
  confirmRestart: boolean;
  /** Seconds after which the end of a cell that nobody saw is told; 0 is never. */
  notifyAfter: number;
  /** Whether cells whose result is out of date say so. */
  markStale: boolean;
  /** Megabytes of JavaScript's heap; undefined: Node's own limit. */
  heap: number | undefined;
  /** Whether what XLA compiles is kept for the next kernel. */
  xlaCache: boolean;
  /** Variables of the environment that kernels get. */
  environment: { [name: string]: string };
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
    notifyAfter: numberFrom(configuration.get('notifyAfter'), 0) ?? 60,
    markStale: configuration.get('markStale') !== false,
    heap: numberFrom(configuration.get('kernelHeap'), 64),
    xlaCache: configuration.get('xlaCache') !== false,
    environment: textsOf(configuration.get('kernelEnvironment')),
  };
}

function numberFrom(value: unknown, least: number): number | undefined {
  return typeof value === 'number' && value >= least ? Math.floor(value) : undefined;
}

function textsOf(value: unknown): { [name: string]: string } {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
