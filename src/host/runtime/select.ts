import type { RuntimeSelection } from '../../protocol/messages';
import { judgeUntilGood, listCandidates } from './candidates';
import { RuntimeUnavailableError } from './errors';
import { type Machine, thisMachine } from './machine';
import type { CandidateVerdict } from './types';

export type RuntimeRequest = 'auto' | 'native' | 'wasm';

export interface SelectOptions {
  /** The notebook's folder: a tfjs-node installed in its project counts. */
  projectFolder?: string;
  /** The version of libtensorflow that is wanted: of those installed it goes first, or the nearest. */
  tensorflow?: string;
  /** The Node that will run the kernel; default this process' own. */
  nodePath?: string;
  signal?: AbortSignal;
  machine?: Machine;
}

/**
 * Which TensorFlow a kernel will load. Installs nothing; takes milliseconds once a native one was seen to load, and
 * under a second before.
 *
 * @returns for 'auto' the native backend where one loads, else WebAssembly with a one-line `notice`
 * @throws RuntimeUnavailableError when 'native' is asked for and none loads, or when DINNB_TENSORFLOW names a folder
 *   that does not load (unless 'wasm' is asked for)
 */
export async function selectRuntime(
  request: RuntimeRequest = 'auto',
  options: SelectOptions = {},
): Promise<RuntimeSelection> {
  if (request === 'wasm') return { backend: 'wasm' };
  const machine = options.machine ?? thisMachine(options.nodePath ? { nodePath: options.nodePath } : {});
  const verdicts = await judgeUntilGood(
    machine,
    listCandidates(machine, options.projectFolder, options.tensorflow),
    'quick',
    options.signal,
  );
  requireNamed(verdicts);
  const good = verdicts.find(({ ok }) => ok);
  if (good) return nativeSelection(good);
  const reason = whyNone(verdicts);
  if (request === 'native') {
    throw new RuntimeUnavailableError(
      `The native backend of TensorFlow was asked for, but ${reason}. Install it: ${machine.installCommand}`,
    );
  }
  return {
    backend: 'wasm',
    notice: `TensorFlow runs on WebAssembly, which is slower: ${reason}. For the native one: ${machine.installCommand}`,
  };
}

export function nativeSelection({ addon, tensorflow }: CandidateVerdict): RuntimeSelection {
  return { backend: 'native', addon, tensorflow: tensorflow! };
}

/** A folder that somebody named must work: going on with another TensorFlow would hide the mistake. */
export function requireNamed(verdicts: CandidateVerdict[]): void {
  const named = verdicts.find(({ origin }) => origin === 'DINNB_TENSORFLOW');
  if (!named || named.ok) return;
  throw new RuntimeUnavailableError(
    `DINNB_TENSORFLOW names a TensorFlow that cannot be used: ${named.addon}: ${named.reason}. It has to be a folder with lib/napi-v8/tfjs_binding.node and deps/lib; correct or unset it.`,
  );
}

function whyNone(verdicts: CandidateVerdict[]): string {
  const [first] = verdicts;
  if (!first) return 'no native TensorFlow is installed';
  return `the native TensorFlow in ${first.folder ?? first.addon} cannot be used (${first.reason.replace(/\s+/g, ' ')})`;
}
