import { spawn } from 'node:child_process';
import {
  constants,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { makeFolder, writeFileAtomicallySync } from '../base/atomic-file';
import type { LockedPackage } from '../language/imports';
import type { NotebookDocument } from '../notebook/document';
import { fileHash } from './file-hash';
import { dataPath, insideOf, type Provenance } from './provenance';
import { readProvenance } from './read-provenance';

/** A notebook that cannot be restored, or not here: the message says what to do. */
export class RestoreError extends Error {
  override name = 'RestoreError';

  /** @param goesOn the person goes on in the folder, as far as it was made */
  constructor(
    message: string,
    readonly goesOn = false,
  ) {
    super(message);
  }
}

export interface RestoreOptions {
  /** The notebook's path and bytes. */
  notebook: string;
  bytes: Uint8Array;
  /** Made; it must be empty or not exist. */
  folder: string;
  /** Told what is done, and what is not as it was. */
  say(line: string): void;
}

/**
 * Makes a folder in which a notebook can be rerun: the notebook, the workspace files and data sets that it was made of
 * (compared by checksum), its npm packages at the recorded versions.
 *
 * @returns the path of the notebook in the folder
 * @throws RestoreError when the folder holds something, or the packages cannot be installed; what was made is removed, so that it can be
 *   tried again
 */
export async function restoreNotebook(document: NotebookDocument, options: RestoreOptions): Promise<string> {
  const { notebook, bytes, folder, say } = options;
  const { provenance, wrong } = readProvenance(document.environment);
  for (const field of wrong) say(`The environment block's ${field} is not what a run writes: it is left out.`);
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new RestoreError(`${folder} is not empty: choose another folder, or empty it first.`);
  if (!provenance.cells)
    say(
      'The notebook does not say what it was made of: it was not run by this version of dinnb. Only its cells are restored.',
    );
  const from = path.dirname(notebook);
  const made = new Made();
  const home = path.join(folder, placeInProject(provenance, from));
  const making: Making = { folder, home, say, made };
  try {
    made.folder(home);
    const restored = path.join(home, path.basename(notebook));
    writeFileAtomicallySync(made.file(restored), bytes);
    for (const [name, sha256] of Object.entries(provenance.files ?? {}))
      await bring(name, from, sha256, making, 'the file');
    for (const [name, { sha256 }] of Object.entries(provenance.data ?? {}))
      await bring(name, from, sha256, making, 'the data');
    await installPackages(provenance, making);
    linkPackages(provenance, from, making);
    return restored;
  } catch (error) {
    if (!(error instanceof RestoreError && error.goesOn)) made.remove();
    throw error;
  }
}

interface Making extends Pick<RestoreOptions, 'folder' | 'say'> {
  /** Of the notebook, in the folder. */
  home: string;
  made: Made;
}

/**
 * Where the notebook lies in the folder: as many of its own folders below as its files and data lie above it, so that `../data/x.csv` is found
 * there too.
 */
function placeInProject({ files = {}, data = {} }: Partial<Provenance>, from: string): string {
  const known = [...Object.keys(files), ...Object.keys(data).filter((name) => data[name]!.sha256 !== undefined)];
  const above = known.filter(isInProject).map((name) => {
    const steps = path.relative(from, path.resolve(from, name)).split(path.sep);
    return steps.filter((step) => step === '..').length;
  });
  const folders = from.slice(path.parse(from).root.length).split(path.sep);
  return path.join(...folders.slice(folders.length - Math.max(0, ...above)));
}

/** By its way from the notebook, not by a place of the machine. */
const isInProject = (name: string): boolean => !/^(?:~|\$DINNB_DATA)\//.test(name) && !path.isAbsolute(name);

/** What was made in the folder, and nothing that came there otherwise. */
class Made {
  private readonly files: string[] = [];
  private readonly folders: string[] = [];

  /** A folder that npm is to fill. */
  readonly trees: string[] = [];

  /** To be written. */
  file(name: string): string {
    this.files.push(name);
    return name;
  }

  /** Makes it and those above it that are missing. */
  folder(name: string): void {
    const missing: string[] = [];
    for (let above = name; !existsSync(above) && above !== path.dirname(above); above = path.dirname(above))
      missing.unshift(above);
    this.folders.push(...missing);
    makeFolder(name);
  }

  remove(): void {
    const attempt = (work: () => void) => {
      try {
        work();
      } catch {
        // Not empty, or no longer to be had: it stays, and why the restoring failed is what counts.
      }
    };
    for (const name of this.files) attempt(() => rmSync(name));
    for (const name of this.trees) attempt(() => rmSync(name, { recursive: true }));
    for (const name of this.folders.toReversed()) attempt(() => rmdirSync(name));
  }
}

/** Copies what lies in the notebook's project; what lies elsewhere stays there and is compared. */
async function bring(
  name: string,
  from: string,
  wanted: string | undefined,
  { folder, home, say, made }: Making,
  what: string,
): Promise<void> {
  const file = dataPath(from, name);
  const hash = await fileHash(file);
  if (hash === undefined) return say(`${what} ${name} is gone: put it back${wanted ? ` (SHA-256 ${wanted})` : ''}.`);
  const changed = (now: string | undefined) =>
    say(`${what} ${name} is not what it was (SHA-256 ${now} instead of ${wanted ?? hash}): it is left out.`);
  if (wanted !== undefined && hash !== wanted) return changed(hash);
  const target = path.resolve(home, name);
  // A notebook may come from anyone: nothing is written outside of the folder, whatever its names say.
  const inside = isInProject(name) ? insideOf(folder, target) : undefined;
  if (inside === undefined) return say(`${what} ${name} is what it was, and is used where it lies.`);
  if (existsSync(target)) return say(`${what} ${name} has the name of another file: it is left out.`);
  // Settings and packages of another folder are nothing that a notebook is made of, and npm would heed them.
  if (NPM_OWN.test(inside)) return say(`${what} ${name} would be npm's own here: it is left out.`);
  made.folder(path.dirname(target));
  const part = made.file(`${target}.part`);
  copyFileSync(file, part, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const copied = await fileHash(part);
  if (copied !== hash) {
    rmSync(part);
    return changed(copied);
  }
  renameSync(part, made.file(target));
}

const NPM_OWN = /^(?:\.npmrc|npm-shrinkwrap\.json|(?:.*\/)?node_modules(?:\/.*)?)$/i;

const PACKAGE_NAME = /^(?:@\w[\w.-]*\/)?\w[\w.-]*$/;

const PLACE = /^(?:(?:^|\/)node_modules\/(?:@[\w.-]+\/)?[\w-][\w.-]*)+$/;

async function installPackages(
  { packages = {}, lock = {}, overrides }: Partial<Provenance>,
  { folder, home, say, made }: Making,
): Promise<void> {
  const dependencies = Object.fromEntries(
    Object.entries(packages).flatMap(([name, { version, link, alias }]) =>
      link === undefined ? [[name, alias === undefined ? version : `npm:${alias}@${version}`]] : [],
    ),
  );
  const write = (name: string, value: object) =>
    writeFileAtomicallySync(made.file(path.join(folder, name)), `${JSON.stringify(value, null, 2)}\n`);
  const manifest = { name: 'restored-notebook', version: '1.0.0', private: true, dependencies };
  if (Object.keys(dependencies).length === 0) {
    // The folder is a project as well: what lies beside the notebook's own folder belongs to it.
    if (home !== folder && !existsSync(path.join(folder, 'package.json'))) write('package.json', manifest);
    return;
  }
  for (const name of ['package.json', 'package-lock.json'])
    if (existsSync(path.join(folder, name)))
      say(`${name} is written anew for the packages, and is not the one that the notebook was run with.`);
  for (const name of Object.keys(dependencies)) {
    const { version, alias = name } = packages[name]!;
    if (![name, alias].every((each) => PACKAGE_NAME.test(each)) || !/^\d+\.\d+\.\d+[\w.+-]*$/.test(version))
      throw new RestoreError(`The notebook names a package that is none: ${name} ${dependencies[name]}.`);
  }
  const usable = Object.entries(lock).filter(([place, entry]) => PLACE.test(place) && isFromRegistry(entry));
  const isLocked = Object.keys(dependencies).every((name) =>
    usable.some(([place, entry]) => place === `node_modules/${name}` && entry.version === packages[name]!.version),
  );
  for (const [name, { integrity }] of Object.entries(packages)) {
    const entry = lock[`node_modules/${name}`];
    const locked = entry?.version === packages[name]!.version ? entry.integrity : undefined;
    if (entry && name in dependencies && isFromElsewhere(entry))
      throw new RestoreError(
        `The package ${name} came from ${entry.resolved ?? 'a folder'}, not from a registry, which may hold another one of that name: it is not installed. Install it in ${folder}, then run "dinnb check" there.`,
        true,
      );
    if (integrity !== undefined && locked !== undefined && locked !== integrity)
      throw new RestoreError(
        `The notebook ran with a ${name} of integrity ${integrity}, and its lock file asks for ${locked}: one of the two was altered.`,
      );
  }
  write('package.json', { ...manifest, ...(isLocked && overrides && { overrides }) });
  const names = Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
  say(`Installing ${names.join(', ')}`);
  if (isLocked) {
    const { private: _private, ...root } = manifest;
    write('package-lock.json', {
      ...root,
      lockfileVersion: 3,
      requires: true,
      packages: { '': root, ...Object.fromEntries(usable) },
    });
  } else
    say(
      'The notebook holds no lock file for them: the versions are the recorded ones, what they need in turn may be newer.',
    );
  made.trees.push(path.join(folder, 'node_modules'));
  made.file(path.join(folder, 'package-lock.json'));
  // Scripts of packages do not run: nobody has read them.
  // What the lock file has is installed, whether or not packages would say that they go together.
  const how = isLocked ? ['ci', '--legacy-peer-deps'] : ['install', '--package-lock'];
  await npm([...how, '--ignore-scripts', '--no-audit', '--no-fund'], folder);
  if (!isLocked) checkIntegrity(packages, folder);
}

/** What the registry gave, where no lock file asked for more than a version. @throws RestoreError for other packages than the recorded ones */
function checkIntegrity(packages: Provenance['packages'] & object, folder: string): void {
  const written = JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8')) as {
    packages?: { [place: string]: LockedPackage };
  };
  for (const [name, { version, integrity }] of Object.entries(packages)) {
    const given = written.packages?.[`node_modules/${name}`]?.integrity;
    if (integrity !== undefined && given !== undefined && given !== integrity)
      throw new RestoreError(
        `The registry has another ${name} ${version} than the notebook ran with: its integrity is ${given}, and was ${integrity}.`,
      );
  }
}

/**
 * Packages that are folders of the workspace are linked to again; never asked a registry for, where the name may be anybody's.
 * What lies in the notebook's folder was brought; what lies outside is used where it lies.
 */
function linkPackages({ packages = {} }: Partial<Provenance>, from: string, making: Making): void {
  const { folder, home, say, made } = making;
  for (const [name, { link }] of Object.entries(packages)) {
    if (link === undefined) continue;
    const isInside = insideOf(folder, path.resolve(home, link)) !== undefined;
    const target = isInside ? path.resolve(home, link) : path.resolve(from, link);
    const place = path.join(folder, 'node_modules', name);
    if (!PACKAGE_NAME.test(name) || existsSync(place) || !existsSync(path.join(target, 'package.json'))) {
      say(`The package ${name} is a folder of the workspace (${link}), which is not there: put it back.`);
      continue;
    }
    made.folder(path.dirname(place));
    symlinkSync(target, made.file(place), 'junction');
    if (!isInside) say(`The package ${name} is used where it lies: ${link}.`);
  }
}

function isFromRegistry(entry: LockedPackage): boolean {
  return typeof entry.integrity === 'string' && !isFromElsewhere(entry);
}

/** Links, folders and repositories are of the machine that the lock was made on. */
function isFromElsewhere({ resolved, link }: LockedPackage): boolean {
  return link === true || (resolved !== undefined && !/^https?:\/\//.test(String(resolved)));
}

/** The npm that started this, or the one beside this Node; by its script, without a shell. */
async function npm(args: string[], cwd: string): Promise<void> {
  const beside = path.dirname(process.execPath);
  const candidates = [
    /npm-cli\.c?js$/.test(process.env.npm_execpath ?? '') ? process.env.npm_execpath : undefined,
    path.join(beside, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(beside, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(beside, '..', 'share', 'nodejs', 'npm', 'bin', 'npm-cli.js'),
  ];
  const script = candidates.find((file) => file !== undefined && existsSync(file));
  const [command, ...rest] = script ? [process.execPath, script, ...args] : ['npm', ...args];
  // npm tells its children about the project that started it.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?:config_local_prefix|package_|lifecycle_)/.test(name)),
  );
  await new Promise<void>((resolve, reject) => {
    const child = spawn(command!, rest, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, 4000)));
    child.on('error', (error) => reject(new RestoreError(`npm could not be started: ${error.message}`)));
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new RestoreError(`npm could not install the packages (exit code ${code}):\n${withoutUsage(said)}`)),
    );
  });
}

/** What npm says is wrong, without how it is used. */
const withoutUsage = (said: string): string =>
  said.replace(/\n(?:npm error\s*\n)?npm error (?:Clean install a project|Install a package)[\s\S]*$/, '').trim();
