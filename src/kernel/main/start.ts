import { createRequire } from 'node:module';
import path from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type * as TensorFlow from '@tensorflow/tfjs';
import { removeLeftovers } from '../../din/data/storage/folder';
import { setInterruptCheck, setWholeLoading } from '../../din/interrupt';
import { setDisplaySink } from '../../outputs/display';
import { setWorkSink } from '../../outputs/working';
import type { InitializeParams, KernelInfo, RuntimeSelection } from '../../protocol/messages';
import type { Displays } from '../display/displays';
import { importerFor } from '../modules/importer';
import { sharePreloaded } from '../modules/preload';
import { defineGlobals } from './globals';
import type { Inspector } from './inspector';
import { Parameters } from './parameters';
import type { Questions } from './questions';
import type { Runs } from './runs';

/** What is there before the host has said anything about the notebook. */
export interface Loaded {
  info: KernelInfo;
  tf: typeof TensorFlow;
  din: object;
  /** The copies of packages that everybody is given, by the names that they are imported by. */
  preloaded: ReadonlyMap<string, object>;
}

/** Loads TensorFlow and the library. */
export async function load(
  runtime: RuntimeSelection,
  around: { kernelFolder: string; modulesPort: MessagePort; runs: Runs; displays: Displays },
): Promise<Loaded> {
  const { kernelFolder, modulesPort, runs, displays } = around;
  const own = createRequire(path.join(kernelFolder, 'main.js'));
  setDisplaySink(displays.display);
  setWorkSink(displays.work);
  setInterruptCheck(() => runs.look());
  setWholeLoading((load) => runs.whole(load));
  removeLeftovers();
  const { tf, version } = await loadTensorFlow(runtime, own);
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
  const { version: dinnb } = own('../../package.json') as { version: string };
  const { backend } = runtime;
  return {
    tf,
    din,
    preloaded,
    info: { pid: process.pid, node: process.versions.node, backend, tensorflow: version, dinnb },
  };
}

/** Makes the global scope ready for the cells of a notebook. */
export async function initialize(
  params: InitializeParams,
  loading: Promise<Loaded>,
  around: { runs: Runs; displays: Displays; questions: Questions; inspector: Inspector },
): Promise<KernelInfo> {
  const { runs, displays, questions, inspector } = around;
  const { info, tf, din, preloaded } = await loading;
  const parameters = new Parameters(new Map(Object.entries(params.parameters)));
  const importer = importerFor(params.notebook, preloaded);
  defineGlobals({ tf, din, displays, questions, parameters, runs, importer });
  inspector.ready(tf, din);
  return info;
}

async function loadTensorFlow(runtime: RuntimeSelection, own: NodeJS.Require) {
  if (runtime.backend === 'native') {
    const { loadNative } = await import('../../din/backend/native');
    return { tf: loadNative(runtime.addon), version: runtime.tensorflow };
  }
  const { loadWasm } = await import('../../din/backend/wasm');
  const { version_wasm: version } = own('@tensorflow/tfjs-backend-wasm') as { version_wasm: string };
  return { tf: await loadWasm(), version };
}
