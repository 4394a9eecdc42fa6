import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileSha256 } from '../base/file-hash';
import { openZip, type ZipArchive } from '../base/zip';
import {
  addonSources,
  bringAddon,
  builtAddon,
  collectHeaders,
  findPip,
  includedHeaders,
  prebuiltAddon,
  pythonEnvironment,
  remedy,
  requireSomeAddon,
  type Tool,
} from './addon';
import { aliasLibraries, headersPath, librariesPath, libraryNames, StepError, target } from './installation';
import { lastLines, type Machine, type RunResult, requireSpace, watchFolderSize } from './machine';
import type { Prepared, PrepareOptions } from './select';

const PIP_TIMEOUT_MS = 30 * 60_000;
/** Headers, the build's intermediate files. */
const EXTRA_BYTES = 100_000_000;

/**
 * (c) Fills a staging folder with libtensorflow out of the Python wheel and an addon that loads with it. Python only
 * fetches the file, so that the user's mirrors, proxies and caches apply.
 *
 * @throws StepError saying why this way is closed
 */
export async function prepareFromWheel(machine: Machine, staging: string, options: PrepareOptions): Promise<Prepared> {
  const { signal, progress } = options;
  const wheel = wheelFor(machine);
  if (!wheel)
    throw new StepError(`no wheel of TensorFlow holds a libtensorflow for ${machine.platform}-${machine.arch}`);
  const pip = await findPip(machine);
  if (!pip) throw new StepError(`no pip to fetch the wheel with (${remedy(machine.platform)})`);
  await requireSomeAddon(machine);
  await requireSpace(machine, staging, wheel.downloadBytes + wheel.diskBytes + EXTRA_BYTES);

  const folder = path.join(staging, 'wheel');
  const { file, digest } = await fetchWheel(machine, pip, wheel, folder, options);
  const archive = await openZip(file).catch((error) => {
    throw new StepError(`the wheel is damaged: ${error.message}`);
  });
  try {
    progress({ message: 'Unpacking libtensorflow', fraction: 0 });
    await unpackLibraries(machine, archive, librariesPath(staging), {
      signal,
      onFraction: (fraction) => progress({ message: 'Unpacking libtensorflow', fraction }),
    });
    await aliasLibraries(machine, librariesPath(staging));
    const prepare = async () => {
      progress({ message: 'Building the addon of TensorFlow.js' });
      await unpackHeaders(archive, addonSources(machine), headersPath(staging));
    };
    const sources = [prebuiltAddon(machine, staging), builtAddon(machine, staging, { signal, prepare })];
    const { kind, tensorflow, xla } = await bringAddon(machine, staging, sources, signal);
    const download = { name: path.basename(file), sha256: digest, pinned: digest === wheel.sha256 };
    return { source: 'wheel', addon: kind, tensorflow, xla, downloads: [download] };
  } finally {
    archive.close();
    await rm(folder, { recursive: true, force: true });
  }
}

type Fetched = { file: string; digest: string } | { failure: string; next?: 'without cache' | 'local Python' };

/** One named wheel, whatever Python is installed; where an index lacks it, the one that fits the local Python. */
async function fetchWheel(
  machine: Machine,
  pip: Tool,
  wheel: WheelSource,
  folder: string,
  options: PrepareOptions,
): Promise<{ file: string; digest: string }> {
  const named = ['--python-version', wheel.python, '--implementation', 'cp', '--platform', wheel.platformTag];
  let fetched = await pipDownload(machine, pip, wheel, folder, named, options);
  if ('failure' in fetched && fetched.next) {
    const choice = fetched.next === 'without cache' ? [...named, '--no-cache-dir'] : [];
    fetched = await pipDownload(machine, pip, wheel, folder, choice, options);
  }
  if ('file' in fetched) return fetched;
  throw new StepError(`pip could not fetch ${wheel.package} ${wheel.version}: ${fetched.failure}`);
}

/** @param choice pip's options that say which of the package's wheels is wanted */
async function pipDownload(
  machine: Machine,
  pip: Tool,
  wheel: WheelSource,
  folder: string,
  choice: string[],
  { signal, progress }: PrepareOptions,
): Promise<Fetched> {
  await rm(folder, { recursive: true, force: true });
  const temporary = path.join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  const [command, ...rest] = pip.command;
  const message = `Downloading ${wheel.package} ${wheel.version} with pip`;
  progress({ message, fraction: 0 });
  const stopWatching = watchFolderSize(folder, (bytes) =>
    progress({ message, fraction: Math.min(1, bytes / wheel.downloadBytes) }),
  );
  const result = await machine
    .run(
      command!,
      [
        ...[...rest, 'download', '--no-deps', '--only-binary=:all:', '--progress-bar', 'off', '--no-input'],
        ...['--disable-pip-version-check', '--retries', '2', '--dest', folder],
        ...[...choice, `${wheel.package}==${wheel.version}`],
      ],
      {
        // pip downloads into the temporary folder: inside the staging folder it is seen growing, and goes with it.
        env: {
          ...pythonEnvironment(machine.env),
          TMPDIR: temporary,
          TEMP: temporary,
          TMP: temporary,
          PIP_REQUIRE_VIRTUALENV: '0',
        },
        timeoutMs: PIP_TIMEOUT_MS,
        signal,
      },
    )
    .finally(stopWatching);
  if (result.code !== 0) return explainPip(result);
  const file = await onlyWheel(folder);
  progress({ message: 'Verifying the checksum of the wheel' });
  const digest = await fileSha256(file, signal);
  if (path.basename(file) !== pinnedName(wheel) || digest === wheel.sha256) return { file, digest };
  const failure = `${path.basename(file)} is damaged: its checksum is ${digest} instead of ${wheel.sha256}`;
  return { failure, next: choice.includes('--no-cache-dir') ? undefined : 'without cache' };
}

function explainPip(result: RunResult): Fetched {
  const unmatched = /^ERROR: (No matching distribution.*)$/m.exec(result.stderr)?.[1];
  if (unmatched === undefined) return { failure: lastLines(result, 2) };
  // An index that did not answer and one that lacks the wheel end in the same line.
  if (result.stderr.includes('connection broken by'))
    return { failure: `${unmatched}; the package index did not answer` };
  return { failure: unmatched, next: 'local Python' };
}

function pinnedName({ package: name, version, python, platformTag, sha256: pinned }: WheelSource): string | undefined {
  const tag = `cp${python.replace('.', '')}`;
  return pinned && `${name.replaceAll('-', '_')}-${version}-${tag}-${tag}-${platformTag}.whl`;
}

async function onlyWheel(folder: string): Promise<string> {
  const wheels = (await readdir(folder)).filter((name) => name.endsWith('.whl'));
  if (wheels.length !== 1) throw new StepError(`pip left ${wheels.length} wheels instead of one`);
  return path.join(folder, wheels[0]!);
}

/** A Python wheel that holds libtensorflow for one platform. */
export interface WheelSource {
  package: string;
  version: string;
  /** pip's options that name one wheel, whatever Python is installed. */
  python: string;
  platformTag: string;
  /** SHA-256 of the wheel, where it was verified by hand; elsewhere the wheel's own RECORD must do. */
  sha256?: string;
  downloadBytes: number;
  /** What stays on disk. */
  diskBytes: number;
}

const VERSION = '2.21.0';

const WHEELS: { [target: string]: WheelSource } = {
  'linux-x64': {
    package: 'tensorflow-cpu',
    version: VERSION,
    python: '3.11',
    platformTag: 'manylinux_2_27_x86_64',
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    downloadBytes: 273_829_956,
    diskBytes: 854_000_000,
  },
  // There is no tensorflow-cpu for ARM: the plain package has no GPU code there.
  'linux-arm64': {
    package: 'tensorflow',
    version: VERSION,
    python: '3.11',
    platformTag: 'manylinux_2_27_aarch64',
    downloadBytes: 300_000_000,
    diskBytes: 900_000_000,
  },
  'darwin-arm64': {
    package: 'tensorflow',
    version: VERSION,
    python: '3.11',
    platformTag: 'macosx_12_0_arm64',
    downloadBytes: 300_000_000,
    diskBytes: 900_000_000,
  },
};

/** The wheel for a platform; undefined where none holds a libtensorflow to link with (Windows, Macs with Intel). */
export function wheelFor(machine: Pick<Machine, 'platform' | 'arch'>): WheelSource | undefined {
  return WHEELS[target(machine)];
}

/**
 * Unpacks libtensorflow and its framework library, each verified against the checksum in the wheel's own RECORD.
 *
 * @throws StepError when the wheel lacks a library or one is damaged
 */
export async function unpackLibraries(
  machine: Pick<Machine, 'platform'>,
  archive: ZipArchive,
  folder: string,
  { signal, onFraction }: { signal?: AbortSignal; onFraction(fraction: number): void },
): Promise<void> {
  const checksums = await readRecord(archive);
  const entries = Object.values(libraryNames(machine.platform) as { [role: string]: string[] }).map((names) => {
    const found = names.map((name) => `tensorflow/${name}`).find(archive.has);
    if (!found) throw new StepError(`the wheel has no ${names[0]}`);
    return found;
  });
  const total = entries.reduce((sum, entry) => sum + archive.size(entry), 0);
  let done = 0;
  let reported = 0;
  for (const entry of entries) {
    const digest = await archive
      .extract(entry, path.join(folder, path.posix.basename(entry)), {
        signal,
        onBytes: (count) => {
          done += count;
          if (done - reported < total / 100) return;
          reported = done;
          onFraction(done / total);
        },
      })
      .catch((error) => {
        signal?.throwIfAborted();
        if ((error as NodeJS.ErrnoException).code) throw error;
        throw new StepError(`${entry} in the wheel is damaged: ${error.message}`);
      });
    const expected = checksums.get(entry);
    if (expected !== digest) {
      throw new StepError(`${entry} in the wheel is damaged: its checksum is ${digest} instead of ${expected}`);
    }
  }
}

/**
 * Unpacks the headers that the addon's sources include, directly or not, under the paths by which they are included.
 *
 * @throws StepError when the wheel lacks one that the sources name
 */
export async function unpackHeaders(archive: ZipArchive, sources: string, folder: string): Promise<void> {
  for (const [included, entry] of await collectHeaders(archive, await includedHeaders(sources))) {
    await archive.extract(entry, path.join(folder, included));
  }
}

/** The checksums that every wheel carries: lines of `path,sha256=<base64url>,size`. */
async function readRecord(archive: ZipArchive): Promise<Map<string, string>> {
  const name = archive.names().find((entry) => /^[^/]+\.dist-info\/RECORD$/.test(entry));
  if (!name) throw new StepError('the wheel has no RECORD of checksums');
  const checksums = new Map<string, string>();
  for (const line of (await archive.text(name)).split('\n')) {
    const [, file, digest] = /^"?([^",]+)"?,sha256=([\w-]+)/.exec(line) ?? [];
    if (file && digest) checksums.set(file, Buffer.from(digest, 'base64url').toString('hex'));
  }
  return checksums;
}
