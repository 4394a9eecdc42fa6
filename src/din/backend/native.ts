import { existsSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';
import { Worker } from 'node:worker_threads';
import type * as TensorFlow from '@tensorflow/tfjs';
import { prepareMemory } from './memory';
import { repairNativeKernels } from './native-repairs';
import { prepareThreads, withThreads } from './threads';
import { prepareXlaCache } from './xla-cache';

/** What tfjs-node needs of `util`, removed in Node 23 and deprecated (with a printed warning) in Node 22. */
interface LegacyUtil {
  isNullOrUndefined(value: unknown): boolean;
  isArray(value: unknown): boolean;
}

/** Node's module loader, as far as `answerPreGyp` replaces it. */
interface ModuleLoader {
  _load(request: string, ...rest: unknown[]): unknown;
}

const PRE_GYP = '@mapbox/node-pre-gyp';

// Opaque to bundlers: tfjs-node and its addon load from node_modules at run time, never from a bundle.
const nodeRequire = createRequire(import.meta.url);

/**
 * The library, and how to map it so that it stays: it is no addon, and Node unmaps what is none (`RTLD_LAZY | RTLD_NODELETE`). Node always
 * throws at it for that reason; what else may be wrong `loadNative` meets again, and says.
 */
const LIBRARY = 'libtensorflow.so.2';
const LAZY_AND_STAYING = 0x1001;
const MAP = `
const { workerData } = require('node:worker_threads');
try { process.dlopen({ exports: {} }, workerData, ${LAZY_AND_STAYING}); } catch {}`;

let prepared = false;
let loaded: { addonPath: string; tf: typeof TensorFlow } | undefined;

/**
 * Does the part of `loadNative` that takes longest, mapping libtensorflow into this process, on a thread of its own; meanwhile this
 * one can do something else. On Linux; elsewhere, and where there is nothing to map, all is left to `loadNative`.
 *
 * @returns resolves when that is done. It never rejects: `loadNative` says what is wrong.
 */
export function mapNative(addonPath: string): Promise<void> {
  const library = path.join(librariesOf(addonPath), LIBRARY);
  if (process.platform !== 'linux' || !existsSync(addonPath) || !existsSync(library)) return Promise.resolve();
  prepare(addonPath);
  return new Promise((resolve) => {
    const worker = new Worker(MAP, { eval: true, workerData: library, execArgv: [], name: 'dinnb mapping' });
    worker.on('error', () => resolve());
    worker.on('exit', () => resolve());
    worker.unref();
  });
}

/**
 * Loads TensorFlow's native backend into this process and makes it the backend of `@tensorflow/tfjs`.
 *
 * tfjs-node looks for its addon inside its own package through node-pre-gyp; the installation that `dinnb doctor`
 * keeps lies elsewhere, so that one question is answered with `addonPath` while tfjs-node loads.
 *
 * @param addonPath absolute path of `tfjs_binding.node`; libtensorflow is found from it (`../../deps/lib`).
 * @returns the namespace of `@tensorflow/tfjs-node`: all of `@tensorflow/tfjs` plus `tf.node` and file-system `tf.io`.
 * @throws Error when the addon or its libtensorflow does not load, or another addon is loaded already.
 */
export function loadNative(addonPath: string): typeof TensorFlow {
  const resolved = path.resolve(addonPath);
  if (loaded) {
    if (loaded.addonPath !== resolved) {
      throw new Error(
        `TensorFlow is loaded from ${loaded.addonPath}; a process cannot load a second one from ${resolved}. Restart it.`,
      );
    }
    return loaded.tf;
  }
  shimUtil();
  prepare(resolved);
  const load = () => nodeRequire('@tensorflow/tfjs-node') as typeof TensorFlow;
  const tf = withThreads('one', () => answerPreGyp(resolved, load));
  if (tf.getBackend() !== 'tensorflow') {
    throw new Error(`tfjs-node loaded, but its backend did not register: the backend is "${tf.getBackend()}".`);
  }
  repairNativeKernels(tf);
  loaded = { addonPath: resolved, tf };
  return tf;
}

const librariesOf = (addonPath: string): string => path.resolve(path.dirname(addonPath), '..', '..', 'deps', 'lib');

/** Sets what libtensorflow reads from the environment when it is loaded. */
function prepare(addonPath: string): void {
  if (prepared) return;
  prepared = true;
  // Rewriting graphs for oneDNN takes a third of a graph's first run and speeds none of a recommender's steps up.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  prepareMemory();
  prepareThreads();
  prepareXlaCache(librariesOf(addonPath));
}

function shimUtil(): void {
  const legacy: LegacyUtil = {
    isNullOrUndefined: (value) => value === null || value === undefined,
    isArray: Array.isArray,
  };
  Object.assign(util, legacy);
}

/** Runs `load` while `require('@mapbox/node-pre-gyp').find()` answers `addonPath`; the loader is restored afterwards. */
function answerPreGyp<T>(addonPath: string, load: () => T): T {
  const loader = Module as unknown as ModuleLoader;
  const original = loader._load;
  loader._load = function (request, ...rest) {
    return request === PRE_GYP ? { find: () => addonPath } : original.call(this, request, ...rest);
  };
  try {
    return load();
  } finally {
    loader._load = original;
  }
}
