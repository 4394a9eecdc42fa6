import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../../base/atomic-file';
import { cacheFolder } from '../../base/cache-folder';
import type { Machine } from './machine';
import { PROBE_SCRIPT } from './probe-script';
import { lastLines, nodeEnvironment } from './processes';

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
 * starts cost milliseconds. Failures are not remembered: their cause may lie outside these files.
 */
export async function probeOnce(machine: Machine, addon: string, signal?: AbortSignal): Promise<ProbeResult> {
  const key = fingerprint(machine, addon);
  if (key === undefined) return probe(machine, addon, signal);
  const known = readKnown(machine)[addon];
  if (known?.key === key) return { ok: true, tensorflow: known.tensorflow, xla: known.xla };
  const result = await probe(machine, addon, signal);
  if (result.ok) await remember(machine, addon, { key, tensorflow: result.tensorflow, xla: result.xla });
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

function readKnown(machine: Machine): { [addon: string]: Known | undefined } {
  try {
    return JSON.parse(readFileSync(knownFile(machine), 'utf8'));
  } catch {
    // Absent or unreadable: then nothing is known, and the probe runs.
    return {};
  }
}

async function remember(machine: Machine, addon: string, entry: Known): Promise<void> {
  try {
    await mkdir(cacheFolder(machine), { recursive: true });
    await writeFileAtomically(knownFile(machine), JSON.stringify({ ...readKnown(machine), [addon]: entry }, null, 1));
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
