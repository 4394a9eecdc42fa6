import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { RuntimeSelection } from '../../protocol/messages';
import { installationFolder, installationsFolder, target } from './cache';
import { judgeUntilGood, listCandidates } from './candidates';
import { describeError, RuntimeUnavailableError } from './errors';
import { addonPath } from './layout';
import { acquireLock } from './lock';
import { type Machine, thisMachine } from './machine';
import { recordFiles, writeManifest } from './manifest';
import { prepareFromOfficial } from './official';
import type { Prepared, PrepareOptions } from './prepare';
import { nativeSelection, requireNamed } from './select';
import { createStaging, publish, removeLeftovers } from './staging';
import type { InstallPlan, InstallProgress, InstallResult, RuntimeStep, StepResult } from './types';
import { prepareFromWheel } from './wheel';
import { wheelFor } from './wheels';

export interface InstallOptions {
  /** Called often during downloads; `message` changes with the work. */
  progress(progress: InstallProgress): void;
  /** Asked once, before anything is downloaded; `false` leaves everything as it is and takes WebAssembly. */
  consent(plan: InstallPlan): Promise<boolean>;
  /** Ways to try, in this order; default all. */
  steps?: RuntimeStep[];
  projectFolder?: string;
  nodePath?: string;
  signal?: AbortSignal;
  machine?: Machine;
}

const ALL_STEPS: RuntimeStep[] = ['existing', 'official', 'wheel', 'wasm'];

const PREPARE: { [step: string]: (machine: Machine, staging: string, options: PrepareOptions) => Promise<Prepared> } = {
  official: prepareFromOfficial,
  wheel: prepareFromWheel,
};

/**
 * Sets a TensorFlow up: an installation that loads already, else what tfjs-node's installer downloads, else libtensorflow
 * out of the Python wheel, else WebAssembly, which is always there.
 *
 * Everything is made in a folder of its own and renamed into the per-user cache when it has been seen to load: being
 * killed at any moment leaves either no installation or a whole one. Processes that install at once wait for each other.
 *
 * @returns what was chosen, and what became of each way
 * @throws RuntimeUnavailableError when the steps leave out 'wasm' and none of them succeeds, or DINNB_TENSORFLOW names a
 *   folder that does not load; the signal's reason on abort
 */
export async function installRuntime(options: InstallOptions): Promise<InstallResult> {
  const machine = options.machine ?? thisMachine(options.nodePath ? { nodePath: options.nodePath } : {});
  const wanted = options.steps ?? ALL_STEPS;
  const steps: StepResult[] = [];
  if (wanted.includes('existing')) {
    const selection = await takeExisting(machine, options, steps);
    if (selection) return { selection, steps };
  }
  const installing = wanted.filter((step) => step in PREPARE);
  if (installing.length > 0) {
    const selection = await installNative(machine, installing, options, steps);
    if (selection) return { selection, steps };
  }
  const why = steps
    .filter(({ reason }) => reason !== NONE_FOUND)
    .map(({ step, reason }) => `${NAMES[step]}: ${reason}`)
    .join('; ')
    .replace(/\s+/g, ' ');
  if (!wanted.includes('wasm')) throw new RuntimeUnavailableError(`No native TensorFlow could be set up: ${why}.`);
  steps.push({ step: 'wasm', ok: true, reason: 'embedded, slower than native', seconds: 0 });
  const notice = `TensorFlow runs on WebAssembly, which is slower: no native one could be set up (${why}). Once that is mended: ${machine.installCommand}`;
  return { selection: { backend: 'wasm', notice }, steps };
}

const NONE_FOUND = 'none found';

const NAMES: { [step in RuntimeStep]: string } = {
  existing: 'installed already',
  official: 'official download',
  wheel: 'Python wheel',
  wasm: 'WebAssembly',
};

async function takeExisting(
  machine: Machine,
  { projectFolder, progress, signal }: InstallOptions,
  steps: StepResult[],
): Promise<RuntimeSelection | undefined> {
  const start = machine.now();
  // Checksums too, about a second: this is how a damaged installation is found and replaced.
  const verdicts = await judgeUntilGood(machine, listCandidates(machine, projectFolder), 'full', signal);
  requireNamed(verdicts);
  const last = verdicts.at(-1);
  const reason = last
    ? verdicts.map((verdict) => `${verdict.folder ?? verdict.addon}: ${verdict.reason}`).join('; ')
    : NONE_FOUND;
  steps.push({ step: 'existing', ok: last?.ok ?? false, reason, seconds: (machine.now() - start) / 1000 });
  if (last?.ok) return nativeSelection(last);
  if (last) progress({ message: `what is installed cannot be used: ${reason}` });
  return undefined;
}

async function installNative(
  machine: Machine,
  installing: RuntimeStep[],
  options: InstallOptions,
  steps: StepResult[],
): Promise<RuntimeSelection | undefined> {
  const { progress, signal } = options;
  if (!(await options.consent(planOf(machine)))) {
    for (const step of installing) steps.push({ step, ok: false, reason: 'not wanted', seconds: 0 });
    return undefined;
  }
  const parent = installationsFolder(machine);
  const lock = await acquireLock(machine, path.join(parent, '.lock'), {
    signal,
    onWait: (pid) => progress({ message: `Waiting for another installation (process ${pid})` }),
  }).catch((error) => {
    signal?.throwIfAborted();
    for (const step of installing)
      steps.push({ step, ok: false, reason: `${parent} cannot be written: ${describeError(error)}`, seconds: 0 });
    return undefined;
  });
  if (!lock) return undefined;
  try {
    if (lock.waited) {
      const done = await takeExisting(machine, options, steps);
      if (done) return done;
    }
    const removed = await removeLeftovers(machine, parent);
    if (removed.length > 0) progress({ message: 'Removed what an interrupted installation left behind' });
    for (const step of installing) {
      const start = machine.now();
      const finish = (ok: boolean, reason: string) =>
        steps.push({ step, ok, reason, seconds: (machine.now() - start) / 1000 });
      try {
        const selection = await installInto(machine, parent, step, options);
        finish(true, `TensorFlow ${selection.tensorflow} in ${path.resolve(selection.addon, '..', '..', '..')}`);
        return selection;
      } catch (error) {
        signal?.throwIfAborted();
        finish(false, describeError(error));
        progress({ message: `${NAMES[step]} failed, going on without it: ${describeError(error)}` });
      }
    }
    return undefined;
  } finally {
    await lock.release();
  }
}

/** One way, from an empty staging folder to the finished installation. */
async function installInto(
  machine: Machine,
  parent: string,
  step: RuntimeStep,
  { progress, signal }: InstallOptions,
): Promise<RuntimeSelection & { backend: 'native' }> {
  const staging = await createStaging(machine, parent);
  try {
    const prepared = await PREPARE[step]!(machine, staging, { progress, signal });
    progress({ message: 'Recording checksums' });
    await writeManifest(staging, {
      format: 1,
      ...prepared,
      target: target(machine),
      installedAt: new Date(machine.now()).toISOString(),
      files: await recordFiles(staging, signal),
    });
    const destination = installationFolder(machine, prepared.tensorflow);
    await publish(machine, staging, destination);
    return { backend: 'native', addon: addonPath(destination), tensorflow: prepared.tensorflow };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** What the larger of the two downloads costs. */
function planOf(machine: Machine): InstallPlan {
  const wheel = wheelFor(machine);
  return {
    folder: installationsFolder(machine),
    downloadBytes: wheel?.downloadBytes ?? 110_000_000,
    diskBytes: wheel?.diskBytes ?? 500_000_000,
  };
}
