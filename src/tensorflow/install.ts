import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { type LockHolder, lockHolder, tryLock, unlock } from '../base/lock-file';
import type { RuntimeSelection } from '../protocol/messages';
import {
  addonPath,
  describeError,
  type InstallPlan,
  type InstallProgress,
  type InstallResult,
  installationFolder,
  installationsFolder,
  type RuntimeStep,
  RuntimeUnavailableError,
  recordFiles,
  type StepResult,
  target,
  writeManifest,
} from './installation';
import { type Machine, thisMachine } from './machine';
import { prepareFromOfficial } from './official';
import {
  judgeUntilGood,
  listCandidates,
  nativeSelection,
  type Prepared,
  type PrepareOptions,
  requireNamed,
} from './select';
import { prepareFromWheel, wheelFor } from './wheel';

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

/** Folders that are being filled or thrown away; their names start so that nobody takes them for installations. */
const STAGING = '.staging-';
const DISCARDED = '.discarded-';

/** A new empty folder beside the installations, on the same volume, so that `publish` is one rename. */
export function createStaging(machine: Machine, installations: string): Promise<string> {
  return mkdtemp(path.join(installations, `${STAGING}${machine.pid}-`));
}

/** Removes what killed installations left behind; folders of living processes stay. Call while holding the lock. */
export async function removeLeftovers(machine: Machine, installations: string): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(installations)) {
    const pid = /^\.(?:staging|discarded)-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || (Number(pid) !== machine.pid && machine.isAlive(Number(pid)))) continue;
    await rm(path.join(installations, name), { recursive: true, force: true });
    removed.push(name);
  }
  return removed;
}

/** Puts a finished staging folder in its place at once; what was there (a damaged installation) goes. */
export async function publish(machine: Machine, staging: string, destination: string): Promise<void> {
  const discarded = path.join(path.dirname(destination), `${DISCARDED}${machine.pid}-${machine.now()}`);
  if (existsSync(destination)) await rename(destination, discarded);
  await rename(staging, destination);
  await rm(discarded, { recursive: true, force: true });
}

/** The holder touches its lock this often; one that was not touched for `STALE_MS` belongs to nobody any more. */
const HEARTBEAT_MS = 5_000;
const STALE_MS = 60_000;
const POLL_MS = 500;

export interface Lock {
  /** Whether another process held it before: what it was wanted for may be done by now. */
  waited: boolean;
  release(): Promise<void>;
}

/**
 * Takes a lock that holds between processes of this machine; waits as long as a living process holds it. A lock left
 * by a process that was killed is taken over.
 *
 * @param file path of the lock; its folder is made
 * @param onWait called once when there is somebody to wait for
 * @throws the signal's reason on abort; a system error when the folder cannot be written
 */
export async function acquireLock(
  machine: Machine,
  file: string,
  { onWait, signal }: { onWait?(pid: number): void; signal?: AbortSignal } = {},
): Promise<Lock> {
  await mkdir(path.dirname(file), { recursive: true });
  const mine = lockHolder(machine.pid);
  for (let waited = false; ; ) {
    signal?.throwIfAborted();
    const holder = tryLock(file, mine, { isAlive: machine.isAlive, now: machine.now, staleMs: STALE_MS });
    if (holder === mine) return held(file, mine, waited);
    if (!waited) onWait?.(holder.pid);
    waited = true;
    await machine.sleep(POLL_MS);
  }
}

function held(file: string, mine: LockHolder, waited: boolean): Lock {
  const heartbeat = setInterval(() => {
    const now = new Date();
    // Gone only when another process took it for stale; the installation stays correct, as its folder is its own.
    utimes(file, now, now).catch(() => clearInterval(heartbeat));
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    waited,
    release: async () => {
      clearInterval(heartbeat);
      unlock(file, mine);
    },
  };
}
