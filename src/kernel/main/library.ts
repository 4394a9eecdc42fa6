import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type * as TensorFlow from '@tensorflow/tfjs';
import { removeLeftovers } from '../../din/data/storage/folder';
import { setInterruptCheck, setWholeLoading } from '../../din/interrupt';
import { setDisplaySink } from '../../outputs/display';
import { setWorkSink } from '../../outputs/working';
import type { KernelInfo, RuntimeSelection } from '../../protocol/messages';
import type { Displays } from '../display/displays';
import { sharePreloaded } from '../modules/preload';
import type { Runs } from './runs';

/** What cells are given of TensorFlow and of the library. */
export interface Loaded {
  tf: typeof TensorFlow;
  din: object;
  /** The copies of packages that everybody is given, by the names that they are imported by. */
  preloaded: ReadonlyMap<string, object>;
}

/** A backend of TensorFlow, and how it is loaded. */
interface Backend {
  /** TensorFlow's version; the library's that computes. */
  readonly version: string;
  /** Whether cells may run before `prepare` has ended. */
  readonly comesOnDemand: boolean;
  /** Does ahead what takes long. @param step  does a part of it on this thread, when no cell runs. */
  prepare(step: (part: () => unknown) => Promise<void>): Promise<void>;
  /** All that is left to do, at once. */
  load(): typeof TensorFlow;
}

export interface Surroundings {
  kernelFolder: string;
  modulesPort: MessagePort;
  runs: Runs;
  displays: Displays;
  /** Does a part of the loading, at once: what comes into the global scope with it is not the user's. */
  apart<T>(load: () => T): T;
  /** Called once, when all is loaded. */
  onLoaded(loaded: Loaded): void;
}

// User code may replace the global.
const nextTurn = setImmediate;

/**
 * TensorFlow and the library. They load from the start of the kernel, in steps between which a cell may run that needs neither; who
 * needs them has them at once, with whatever is left to do: their use is synchronous, as cells expect it to be.
 */
export class Library {
  private readonly own: NodeJS.Require;
  private readonly backend: Backend;
  private readonly background: Promise<void>;
  /** Whether `get` need not wait for another thread, or cannot succeed. */
  private near = false;
  private loaded: Loaded | undefined;
  private failure: { error: unknown } | undefined;

  constructor(
    private readonly runtime: RuntimeSelection,
    private readonly around: Surroundings,
  ) {
    const { kernelFolder, runs, displays } = around;
    this.own = createRequire(path.join(kernelFolder, 'main.js'));
    this.backend = backendOf(runtime, this.own);
    setDisplaySink(displays.display);
    setWorkSink(displays.work);
    setInterruptCheck(() => runs.look());
    setWholeLoading((load) => runs.whole(load));
    const vega = () => this.own('./vega.js') as typeof import('../vega');
    displays.vega = (spec, isLite) => runs.whole(vega).vegaSvg(spec, isLite);
    removeLeftovers();
    this.background = this.load();
    this.background.catch(() => {
      this.near = true; // told by `ready`, and by each `get`
    });
  }

  /** Resolves when cells may run. @throws what loading throws, where that is known by then. */
  async ready(): Promise<KernelInfo> {
    if (!this.backend.comesOnDemand || this.near) await this.background;
    const { version: dinnb } = this.own('../../package.json') as { version: string };
    const { version: tensorflow } = this.backend;
    const { locale, timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const { backend } = this.runtime;
    return { pid: process.pid, node: process.versions.node, backend, tensorflow, dinnb, locale, timeZone };
  }

  get isLoaded(): boolean {
    return this.loaded !== undefined;
  }

  /** Loads what is not loaded yet. @throws what loading throws, again each time. */
  get(): Loaded {
    if (this.loaded) return this.loaded;
    if (this.failure) throw this.failure.error;
    try {
      return this.whole(() => this.finish(this.backend.load()));
    } catch (cause) {
      const error = new Error(
        `TensorFlow could not be loaded: ${(cause as Error).message} (\`dinnb doctor\` says more)`,
        { cause },
      );
      this.failure = { error };
      throw error;
    }
  }

  private async load(): Promise<void> {
    await this.backend.prepare(async (step) => {
      await new Promise<void>((resolve) => nextTurn(resolve));
      this.whole(step);
    });
    this.near = true;
    this.get();
  }

  private finish(tf: typeof TensorFlow): Loaded {
    const { kernelFolder, modulesPort, displays, onLoaded } = this.around;
    displays.knowTensors(tf);
    const din = loadDin();
    const preloaded = new Map<string, object>([
      ['@tensorflow/tfjs', this.own('@tensorflow/tfjs') as object],
      ['@tensorflow/tfjs-node', tf],
      ['@tensorflow/tfjs-core', this.own('@tensorflow/tfjs-core') as object],
      ['@tensorflow/tfjs-layers', this.own('@tensorflow/tfjs-layers') as object],
      ['dinnb/din', din],
    ]);
    sharePreloaded(preloaded, kernelFolder, modulesPort);
    this.loaded = { tf, din, preloaded };
    onLoaded(this.loaded);
    return this.loaded;
  }

  private whole<T>(load: () => T): T {
    const { runs, apart } = this.around;
    return runs.whole(() => apart(load));
  }
}

// Bundled, and evaluated when they are asked for.
const loadDin = () => require('../../din/index') as object;
const native = () => require('../../din/backend/native') as typeof import('../../din/backend/native');

function backendOf(runtime: RuntimeSelection, own: NodeJS.Require): Backend {
  return runtime.backend === 'native' ? nativeBackend(runtime, own) : wasmBackend(own);
}

/**
 * Mapping libtensorflow takes longest. A thread of its own does that, while this one loads JavaScript; on two processors after that,
 * as the compiler is loaded beside it (`shell.ts`), without which no cell runs.
 */
function nativeBackend(
  { addon, tensorflow }: Extract<RuntimeSelection, { backend: 'native' }>,
  own: NodeJS.Require,
): Backend {
  return {
    version: tensorflow,
    comesOnDemand: true,
    async prepare(step) {
      const map = () => native().mapNative(addon);
      const early = availableParallelism() > 2 ? map() : undefined;
      await step(() => own('@tensorflow/tfjs'));
      await step(loadDin);
      await (early ?? map());
    },
    load: () => native().loadNative(addon),
  };
}

/** WebAssembly is compiled by promises, which a cell that asks for it synchronously cannot wait for. */
function wasmBackend(own: NodeJS.Require): Backend {
  let tf: typeof TensorFlow;
  return {
    get version() {
      return (own('@tensorflow/tfjs-backend-wasm') as { version_wasm: string }).version_wasm;
    },
    comesOnDemand: false,
    async prepare() {
      const { loadWasm } = await import('../../din/backend/wasm');
      tf = await loadWasm();
    },
    load: () => tf,
  };
}
