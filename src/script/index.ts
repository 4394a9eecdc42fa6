import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as TensorFlow from '@tensorflow/tfjs';
import type * as Din from '../din/index';
import { Displays, type ValueHandle } from '../kernel/display/displays';
import type { SentBundle } from '../kernel/link';
import { Parameters } from '../kernel/main/parameters';
import type { Run } from '../kernel/main/runs';
import { setDisplaySink } from '../outputs/display';
import { MIME_PROGRESS, MIME_TRAINING } from '../outputs/mime';
import { type RuntimeRequest, selectRuntime } from '../tensorflow';

/** What cells find in a notebook, for a script that was exported from one. */
export interface Script {
  tf: typeof TensorFlow;
  din: typeof Din;
  display(value: unknown): ValueHandle;
  /** Shows the value of a cell's last expression as text; nothing where it is undefined. */
  show(value: unknown): void;
  params: { [name: string]: unknown };
  /** The default of a parameter, or what `--param NAME=VALUE` of the command says, typed like it. */
  parameter<T>(name: string, standard: T): T;
}

/**
 * Loads TensorFlow as a kernel does (`DINNB_TENSORFLOW`, what `dinnb doctor --install` set up, else WebAssembly; `--backend`
 * decides) and the library. Outputs go to the terminal as text.
 *
 * @param url `import.meta.url` of the script
 * @throws Error for a malformed option, and where the backend asked for cannot be loaded
 */
export async function start(url: string, args: readonly string[] = process.argv.slice(2)): Promise<Script> {
  const { backend, overrides } = options(args);
  const runtime = await selectRuntime(backend, { projectFolder: dirname(fileURLToPath(url)) });
  if (runtime.backend === 'wasm' && runtime.notice) console.error(runtime.notice);
  // As the host of a kernel says: TensorFlow tells of each graph that it loads.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // The package's own library, once, however it is imported. It loads TensorFlow: how many threads each graph gets is decided there.
  const din = createRequire(__filename)('./din.js') as typeof Din;
  const tf = runtime.backend === 'native' ? din.backend.loadNative(runtime.addon) : await din.backend.loadWasm();
  const terminal = new Terminal();
  const run = {} as Run;
  const displays = new Displays({ active: run }, { output: (_run, event) => terminal.output(event), log: () => {} });
  displays.knowTensors(tf);
  setDisplaySink(displays.display);
  process.once('exit', () => terminal.flush());
  const parameters = new Parameters(overrides);
  return {
    tf,
    din,
    display: displays.display,
    show: (value) => {
      terminal.flush();
      if (value !== undefined) displays.result(value);
    },
    params: parameters.values,
    parameter: <T>(name: string, standard: T) => parameters.bind(name, standard) as T,
  };
}

function options(args: readonly string[]): { backend: RuntimeRequest; overrides: Map<string, string> } {
  let backend: RuntimeRequest = 'auto';
  const overrides = new Map<string, string>();
  for (let at = 0; at < args.length; at += 2) {
    const [option, value] = [args[at], args[at + 1]];
    const pair = /^([^=]+)=(.*)$/s.exec(value ?? '');
    if (option === '--param' && pair) overrides.set(pair[1]!, pair[2]!);
    else if (option === '--backend' && /^(?:auto|native|wasm)$/.test(value ?? '')) backend = value as RuntimeRequest;
    else throw new Error(`${option}: this script knows --param NAME=VALUE and --backend auto|native|wasm.`);
  }
  return { backend, overrides };
}

type Shown = { type: string; displayId?: string; data?: SentBundle };

/** Outputs as text: at once, and what changes in its last form, when the cell's value or the end comes. */
class Terminal {
  private readonly waiting = new Map<string, SentBundle>();

  output(event: Shown): void {
    if (!event.data || event.displayId === undefined) return;
    // Curves and bars are drawn over and over: what counts is their last form.
    const isLive =
      event.type === 'update' ||
      MIME_TRAINING in event.data ||
      MIME_PROGRESS in event.data ||
      event.data['text/plain'] === '...';
    if (isLive) this.waiting.set(event.displayId, event.data);
    else this.print(event.data);
  }

  flush(): void {
    for (const data of this.waiting.values()) this.print(data);
    this.waiting.clear();
  }

  private print(data: SentBundle): void {
    const words = data['text/plain'] ?? data['text/markdown'];
    process.stdout.write(`${typeof words === 'string' ? words : `[${Object.keys(data).join(', ')}]`}\n`);
  }
}
