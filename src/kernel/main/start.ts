import { createRequire } from 'node:module';
import path from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { removeLeftovers } from '../../din/data/storage/folder';
import { setInterruptCheck, setWholeLoading } from '../../din/interrupt';
import { setDisplaySink } from '../../outputs/display';
import { setWorkSink } from '../../outputs/working';
import type { InitializeParams, KernelInfo } from '../../protocol/messages';
import type { Displays } from '../display/displays';
import { importerFor } from '../modules/importer';
import { sharePreloaded } from '../modules/preload';
import { defineGlobals } from './globals';
import type { Inspector } from './inspector';
import { Parameters } from './parameters';
import type { Questions } from './questions';
import type { Runs } from './runs';

export interface Surroundings {
  kernelFolder: string;
  modulesPort: MessagePort;
  runs: Runs;
  displays: Displays;
  questions: Questions;
  inspector: Inspector;
}

/** Loads TensorFlow and the library and makes the global scope ready for cells. */
export async function initialize(params: InitializeParams, around: Surroundings): Promise<KernelInfo> {
  const { kernelFolder, modulesPort, runs, displays, questions, inspector } = around;
  const own = createRequire(path.join(kernelFolder, 'main.js'));
  setDisplaySink(displays.display);
  setWorkSink(displays.work);
  setInterruptCheck(() => runs.look());
  setWholeLoading((load) => runs.whole(load));
  removeLeftovers();
  const { tf, version } = await loadTensorFlow(params, own);
  // After TensorFlow: layers must find their backend when the library builds them.
  const din: object = await import('../../din/index');
  displays.tf = tf;
  const vega = () => own('./vega.js') as typeof import('../vega');
  displays.vega = (spec, isLite) => runs.whole(vega).vegaSvg(spec, isLite);
  const preloaded = new Map<string, object>([
    ['@tensorflow/tfjs', own('@tensorflow/tfjs') as object],
    ['@tensorflow/tfjs-node', tf],
    ['@tensorflow/tfjs-core', own('@tensorflow/tfjs-core') as object],
    ['@tensorflow/tfjs-layers', own('@tensorflow/tfjs-layers') as object],
    ['dinnb/din', din],
  ]);
  sharePreloaded(preloaded, kernelFolder, modulesPort);
  const parameters = new Parameters(new Map(Object.entries(params.parameters)));
  const importer = importerFor(params.notebook, preloaded);
  defineGlobals({ tf, din, displays, questions, parameters, runs, importer });
  inspector.ready(tf, din);
  const { version: dinnb } = own('../../package.json') as { version: string };
  return { pid: process.pid, node: process.versions.node, backend: params.runtime.backend, tensorflow: version, dinnb };
}

async function loadTensorFlow({ runtime }: InitializeParams, own: NodeJS.Require) {
  if (runtime.backend === 'native') {
    const { loadNative } = await import('../../din/backend/native');
    return { tf: loadNative(runtime.addon), version: runtime.tensorflow };
  }
  const { loadWasm } = await import('../../din/backend/wasm');
  const { version_wasm: version } = own('@tensorflow/tfjs-backend-wasm') as { version_wasm: string };
  return { tf: await loadWasm(), version };
}
