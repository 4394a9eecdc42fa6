import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import { loadNative } from '../../src/din/backend/native';
import { loadWasm } from '../../src/din/backend/wasm';

/**
 * The native backend for tests of the library, loaded once a process.
 *
 * @throws Error when no installation is found: a test without TensorFlow must fail, not pass silently.
 */
export function nativeTensorFlow(): typeof tf {
  return loadNative(addonIn(nativeFolder()));
}

/** The installation that tests load. @throws Error as above */
export function nativeFolder(): string {
  const folder = candidates().find((candidate) => existsSync(addonIn(candidate)));
  if (!folder) {
    throw new Error(
      `No native TensorFlow for the tests. Install it with "node dist/dinnb.js doctor --install", or set DINNB_TENSORFLOW to a folder with lib/napi-v8/tfjs_binding.node and deps/lib. Looked in: ${candidates().join(', ') || '(no cache)'}.`,
    );
  }
  return folder;
}

/** The WebAssembly backend for tests of the library, loaded once a process. */
export function wasmTensorFlow(): Promise<typeof tf> {
  return loadWasm();
}

export function addonIn(folder: string): string {
  return path.join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
}

/** What is asked for, else what the doctor installed, the newest first. */
function candidates(): string[] {
  const asked = process.env.DINNB_TENSORFLOW;
  if (asked) return [path.resolve(asked)];
  const installed = path.join(cacheFolder(), 'tensorflow');
  if (!existsSync(installed)) return [];
  return readdirSync(installed)
    .map((name) => path.join(installed, name))
    .filter((folder) => statSync(folder).isDirectory() && !path.basename(folder).startsWith('.'))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
}

function cacheFolder(): string {
  const { DINNB_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (DINNB_CACHE) return DINNB_CACHE;
  if (process.platform === 'win32' && LOCALAPPDATA) return path.join(LOCALAPPDATA, 'dinnb');
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Caches', 'dinnb');
  return path.join(XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'dinnb');
}
