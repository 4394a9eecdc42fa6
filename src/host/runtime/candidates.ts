import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { listInstallations } from './cache';
import { addonPath } from './layout';
import type { Machine } from './machine';
import { findDamage } from './manifest';
import { type ProbeResult, probeOnce } from './probe';
import type { Candidate, CandidateVerdict } from './types';

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
