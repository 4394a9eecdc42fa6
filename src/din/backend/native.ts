import Module, { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs';
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

let loaded: { addonPath: string; tf: typeof TensorFlow } | undefined;

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
  // Rewriting graphs for oneDNN takes a third of a graph's first run and speeds none of a recommender's steps up.
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  prepareThreads();
  prepareXlaCache(path.resolve(path.dirname(resolved), '..', '..', 'deps', 'lib'));
  const load = () => nodeRequire('@tensorflow/tfjs-node') as typeof TensorFlow;
  const tf = withThreads('one', () => answerPreGyp(resolved, load));
  if (tf.getBackend() !== 'tensorflow') {
    throw new Error(`tfjs-node loaded, but its backend did not register: the backend is "${tf.getBackend()}".`);
  }
  repairNativeKernels(tf);
  loaded = { addonPath: resolved, tf };
  return tf;
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
