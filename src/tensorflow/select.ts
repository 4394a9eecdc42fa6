import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../base/atomic-file';
import { cacheFolder } from '../base/cache-folder';
import type { RuntimeSelection } from '../protocol/messages';
import {
  addonPath,
  type Candidate,
  type CandidateVerdict,
  findDamage,
  type InstallProgress,
  listInstallations,
  type Manifest,
  RuntimeUnavailableError,
} from './installation';
import { lastLines, type Machine, nodeEnvironment, thisMachine } from './machine';

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

/** The JavaScript side that dinnb ships; addons of other versions may speak another dialect. */
const TFJS_NODE = '@tensorflow/tfjs-node';

/** (a) The places where a TensorFlow may lie already, the most wanted first. Looks at names only. */
export function listCandidates(machine: Machine, projectFolder?: string, wanted?: string): Candidate[] {
  const named = machine.env.DINNB_TENSORFLOW;
  return [
    ...(named ? [{ origin: 'DINNB_TENSORFLOW', addon: addonPath(path.resolve(named)) }] : []),
    ...listInstallations(machine, wanted).map((folder) => ({ origin: 'the cache', addon: addonPath(folder), folder })),
    ...packagedCandidates(machine, projectFolder),
  ];
}

/** tfjs-node installed by its own script, beside dinnb or in the notebook's project. */
function packagedCandidates(machine: Machine, projectFolder?: string): Candidate[] {
  const own = machine.packageFolder(TFJS_NODE);
  const wanted = own && versionOf(own);
  const folders = new Set([
    own,
    ...upwards(projectFolder).map((folder) => path.join(folder, 'node_modules', TFJS_NODE)),
  ]);
  return [...folders]
    .filter((folder) => folder !== undefined && existsSync(folder) && versionOf(folder) === wanted)
    .flatMap((folder) =>
      addonsIn(folder!).map((addon) => ({
        origin: `node_modules of ${path.resolve(folder!, '..', '..', '..')}`,
        addon,
      })),
    );
}

function addonsIn(packageFolder: string): string[] {
  const lib = path.join(packageFolder, 'lib');
  if (!existsSync(lib)) return [];
  return readdirSync(lib)
    .filter((name) => name.startsWith('napi-v'))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => path.join(lib, name, 'tfjs_binding.node'))
    .filter((addon) => existsSync(addon));
}

function versionOf(packageFolder: string): string | undefined {
  return JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8')).version;
}

function upwards(folder: string | undefined): string[] {
  if (!folder) return [];
  const parent = path.dirname(folder);
  return [folder, ...(parent === folder ? [] : upwards(parent))];
}

/**
 * Tries one candidate: intact as far as its manifest can say, and loading.
 *
 * @param depth `full` compares checksums too
 */
export async function judge(
  machine: Machine,
  candidate: Candidate,
  depth: 'quick' | 'full',
  signal?: AbortSignal,
): Promise<CandidateVerdict> {
  const damage = candidate.folder && (await findDamage(candidate.folder, depth, signal));
  if (damage) return { ...candidate, ok: false, reason: damage };
  const result: ProbeResult = await probeOnce(machine, candidate.addon, signal);
  if (!result.ok) return { ...candidate, ok: false, reason: result.reason };
  const { tensorflow, xla } = result;
  return {
    ...candidate,
    ok: true,
    reason: `loads: TensorFlow ${tensorflow}, ${xla ? 'with' : 'without'} XLA`,
    tensorflow,
    xla,
  };
}

/** Judges candidates until one is good; the verdicts of all that were tried, the good one last. */
export async function judgeUntilGood(
  machine: Machine,
  candidates: Candidate[],
  depth: 'quick' | 'full',
  signal?: AbortSignal,
): Promise<CandidateVerdict[]> {
  const verdicts: CandidateVerdict[] = [];
  for (const candidate of candidates) {
    const verdict = await judge(machine, candidate, depth, signal);
    verdicts.push(verdict);
    if (verdict.ok) break;
  }
  return verdicts;
}

export type ProbeResult = { ok: true; tensorflow: string; xla: boolean } | { ok: false; reason: string };

/** A cold disk may take its time over 850 MB. */
const PROBE_TIMEOUT_MS = 90_000;

/**
 * Loads the addon in a child process and runs one op.
 *
 * @param addon absolute path of tfjs_binding.node
 */
export async function probe(machine: Machine, addon: string, signal?: AbortSignal): Promise<ProbeResult> {
  if (!existsSync(addon)) return { ok: false, reason: `${addon} does not exist` };
  const result = await machine.run(machine.nodePath, ['-e', PROBE_SCRIPT, addon], {
    env: { ...nodeEnvironment(machine.env), TF_CPP_MIN_LOG_LEVEL: '2' },
    timeoutMs: PROBE_TIMEOUT_MS,
    signal,
  });
  const line = result.stdout.split('\n').find((text) => text.startsWith('{"probe":"ok"'));
  if (result.code === 0 && line) {
    const { tensorflow, xla } = JSON.parse(line) as { tensorflow: string; xla: boolean };
    return { ok: true, tensorflow, xla };
  }
  return { ok: false, reason: `it does not load: ${explain(result.stderr) || lastLines(result)}` };
}

/** The message of the error that Node printed, without the stack and the source line. */
function explain(stderr: string): string {
  return /^\w*Error: (.*)$/m.exec(stderr)?.[1] ?? '';
}

/**
 * As `probe`, remembering success in the cache folder until the addon, its libraries or Node change, so that later
 * starts cost milliseconds: for each Node by itself, as an editor brings one of its own. Failures are not remembered:
 * their cause may lie outside these files.
 */
export async function probeOnce(machine: Machine, addon: string, signal?: AbortSignal): Promise<ProbeResult> {
  const key = fingerprint(machine, addon);
  if (key === undefined) return probe(machine, addon, signal);
  const name = `${addon} in ${machine.nodePath}`;
  const known = readKnown(machine)[name];
  if (known?.key === key) return { ok: true, tensorflow: known.tensorflow, xla: known.xla };
  const result = await probe(machine, addon, signal);
  if (result.ok) await remember(machine, name, { key, tensorflow: result.tensorflow, xla: result.xla });
  return result;
}

interface Known {
  key: string;
  tensorflow: string;
  xla: boolean;
}

function knownFile(machine: Machine): string {
  return path.join(cacheFolder(machine), 'probes.json');
}

function readKnown(machine: Machine): { [name: string]: Known | undefined } {
  try {
    return JSON.parse(readFileSync(knownFile(machine), 'utf8'));
  } catch {
    // Absent or unreadable: then nothing is known, and the probe runs.
    return {};
  }
}

async function remember(machine: Machine, name: string, entry: Known): Promise<void> {
  try {
    await mkdir(cacheFolder(machine), { recursive: true });
    await writeFileAtomically(knownFile(machine), JSON.stringify({ ...readKnown(machine), [name]: entry }, null, 1));
  } catch {
    // A cache that cannot be written costs the next start a second; it is no reason to fail this one.
  }
}

/** Changes when any file that takes part in loading changes; undefined when the addon is not there. */
function fingerprint(machine: Machine, addon: string): string | undefined {
  if (!existsSync(addon)) return undefined;
  const libraries = path.resolve(path.dirname(addon), '..', '..', 'deps', 'lib');
  const files = [addon, machine.nodePath, ...(existsSync(libraries) ? readdirSync(libraries).sort() : [])];
  return files
    .map((name) => statSync(path.resolve(libraries, name), { throwIfNoEntry: false }))
    .map((stat) => (stat ? `${stat.size}@${Math.round(stat.mtimeMs)}` : 'absent'))
    .concat(machine.nodePath, machine.arch)
    .join(' ');
}

/**
 * Run by `node -e` in a child of its own, because a broken native library can end the process that loads it.
 * Loads the addon without TensorFlow.js around it, squares two numbers, and prints one line of JSON.
 */
export const PROBE_SCRIPT = `
const addon = require(process.argv[1]);
const attribute = { name: 'T', type: addon.TF_ATTR_TYPE, value: addon.TF_FLOAT };
const input = addon.createTensor([2], addon.TF_FLOAT, new Float32Array([3, -4]));
const [output] = addon.executeOp('Square', [attribute], [input], 1);
const [a, b] = addon.tensorDataSync(output.id);
if (a !== 9 || b !== 16) throw new Error('3 and -4 squared gave ' + a + ' and ' + b);
let xla = true;
try {
  addon.executeOp('_XlaCompile', [], [], 0);
} catch (error) {
  // Without attributes it always fails; "registered" is in the text when the op does not exist.
  xla = !/registered/.test(String(error));
}
process.stdout.write('\\n' + JSON.stringify({ probe: 'ok', tensorflow: addon.TF_Version, xla }) + '\\n');
`;

/** What filling a staging folder yields: the parts of its manifest. */
export type Prepared = Pick<Manifest, 'source' | 'addon' | 'tensorflow' | 'xla' | 'downloads'>;

export interface PrepareOptions {
  progress(progress: InstallProgress): void;
  signal?: AbortSignal;
}
