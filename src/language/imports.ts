import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import type * as TypeScript from 'typescript';
import { textHash } from '../base/hash';
import { fileByConfiguration, locate } from './named-file';
import { packageCode } from './package-code';
import { type FoundConfiguration, nearestConfiguration } from './tsconfig';

export interface ImportedPackage {
  version: string;
  /** What it calls itself, where a project gave it another name (`npm install lp@npm:left-pad`). */
  alias?: string;
  /** Of the nearest lock file. */
  integrity?: string;
  /** SHA-256 of its code as it is installed: see `packageCode`. */
  code?: string;
  /** Of a package that `node_modules` only links to: its folder from the notebook's. What is imported of it is in `files`. */
  link?: string;
}

export interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  [field: string]: unknown;
}

export interface Imports {
  /** npm packages by name. */
  packages: { [name: string]: ImportedPackage };
  /** Files of the workspace by their path from the notebook's folder, with SHA-256. */
  files: { [path: string]: string };
  /** The part of the project's lock file that installs these packages, by the places of the lock file. */
  lock?: { [place: string]: LockedPackage };
  /** What the project says of packages that packages need (npm's `overrides`): the lock file fits no project without it. */
  overrides?: { [name: string]: unknown };
}

/** Given by the kernel, whatever is installed. */
const PRELOADED = /^(?:@tensorflow\/tfjs(?:-node|-core|-layers)?|dinnb)(?:\/|$)/;

/** Words that all imports have; where there are none, the compiler need not be loaded. */
const MAY_IMPORT = /\b(?:import|export|require)\b/;

/**
 * What code imports, found by reading it: `import`, `export from`, `import()` and `require` of literal names, through
 * the files of the workspace, as a kernel finds them: also by `paths` of a `tsconfig.json`, and in packages that are linked to.
 *
 * @param typescript loads the compiler, where it is needed
 * @param sources code of the cells
 * @param folder the notebook's
 */
export function findImports(typescript: () => typeof TypeScript, sources: readonly string[], folder: string): Imports {
  const packages: Imports['packages'] = {};
  /** Where each lies. */
  const places = new Map<string, string>();
  const files: Imports['files'] = {};
  const configurations = new Map<string, FoundConfiguration>();
  const configurationOf = (from: string): FoundConfiguration => {
    const found = configurations.get(from) ?? nearestConfiguration(typescript(), from);
    configurations.set(from, found);
    return found;
  };
  const visit = (source: string, from: string): void => {
    if (!MAY_IMPORT.test(source)) return;
    for (const { fileName } of typescript().preProcessFile(source, true, true).importedFiles) {
      if (/^[./]|^file:/.test(fileName)) visitFile(locate(path.resolve(from, fileName.replace(/^file:\/\//, ''))));
      else if (!isBuiltin(fileName) && !PRELOADED.test(fileName) && !visitNamed(fileName, from))
        visitPackage(fileName, from);
    }
  };
  const visitFile = (file: string | undefined): void => {
    const name = file && relativeName(folder, file);
    if (!file || name === undefined || Object.hasOwn(files, name)) return;
    const text = textOf(file);
    if (text === undefined) return;
    files[name] = textHash(text);
    if (!IN_PACKAGE.test(file) && !file.endsWith('.json')) visit(text, path.dirname(file));
  };
  const visitNamed = (specifier: string, from: string): boolean => {
    const configuration = configurationOf(from);
    const named = fileByConfiguration(configuration.options, specifier);
    if (named === undefined) return false;
    // Without it the name means nothing.
    for (const file of configuration.files) if (!IN_PACKAGE.test(file)) visitFile(path.normalize(file));
    visitFile(named);
    return true;
  };
  const visitPackage = (specifier: string, from: string): void => {
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0];
    const found = findPackage(name, from);
    if (!found) return;
    const { version, alias, place } = found;
    const isLinked = !IN_PACKAGE.test(`${place}${path.sep}`);
    // A package that is linked to may have one of the name for itself: the notebook's own goes first.
    if (!places.has(name) || findPackage(name, folder)?.place === place) {
      places.set(name, place);
      const code = isLinked ? undefined : packageCode(place);
      packages[name] = {
        version,
        ...(alias !== undefined && !isLinked && { alias }),
        ...(code && { code }),
        ...(isLinked && { link: relativeName(folder, place) }),
      };
    }
    if (!isLinked) return;
    visitFile(path.join(place, 'package.json'));
    const ts = typescript();
    // `noDtsResolution`: the code that runs, not its types.
    const settings = { moduleResolution: ts.ModuleResolutionKind.Bundler, allowJs: true, noDtsResolution: true };
    const options = { ...settings, module: ts.ModuleKind.ESNext, customConditions: ['node'] };
    for (const mode of [ts.ModuleKind.ESNext, ts.ModuleKind.CommonJS] as const) {
      const importer = path.join(from, 'cell.ts');
      const { resolvedModule } = ts.resolveModuleName(specifier, importer, options, ts.sys, undefined, undefined, mode);
      if (!resolvedModule) continue;
      visitFile(path.normalize(resolvedModule.resolvedFileName));
      return;
    }
  };
  for (const source of sources) visit(source, folder);
  const locked = nearestLock(folder);
  if (!locked) return { packages: sorted(packages), files: sorted(files) };
  const installed = Object.entries(packages).filter(([, { link }]) => link === undefined);
  const lockedAt = (name: string) => relativeName(locked.folder, places.get(name)!);
  for (const [name, found] of installed) {
    const integrity = locked.packages[lockedAt(name)]?.integrity;
    if (integrity) found.integrity = integrity;
  }
  const names = installed.map(([name]) => name).filter((name) => lockedAt(name) === `node_modules/${name}`);
  const lock = lockOf(names, locked.packages);
  const { overrides } = jsonOf(path.join(locked.folder, 'package.json')) ?? {};
  const isGiven = lock && typeof overrides === 'object' && overrides !== null && Object.keys(overrides).length > 0;
  return {
    packages: sorted(packages),
    files: sorted(files),
    ...(lock && { lock }),
    ...(isGiven && { overrides: overrides as { [name: string]: unknown } }),
  };
}

const IN_PACKAGE = /[/\\]node_modules[/\\]/;

/** Nothing where a file cannot be read: what a notebook was made of is found out after it ran, and that never loses the run. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The JSON of an npm file; nothing where it holds something else, conflict markers perhaps. */
function jsonOf(file: string): { [field: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(textOf(file) ?? '');
    return typeof value === 'object' && value !== null ? (value as { [field: string]: unknown }) : undefined;
  } catch {
    return undefined;
  }
}

/** With `/` everywhere: notebooks travel between systems. */
export function relativeName(folder: string, file: string): string {
  return path.relative(folder, file).split(path.sep).join('/');
}

function findPackage(name: string, from: string): { version: string; alias?: string; place: string } | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const place = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(place, 'package.json'))) {
      const own = jsonOf(path.join(place, 'package.json'));
      const alias = typeof own?.name === 'string' && own.name !== name ? own.name : undefined;
      return { version: String(own?.version), alias, place: realpathSync(place) };
    }
    if (folder === path.dirname(folder)) return undefined;
  }
}

interface LockedPackages {
  [place: string]: LockedPackage;
}

/** A lock file's entries for the packages and all that they need. */
function lockOf(names: readonly string[], all: LockedPackages): Imports['lock'] {
  const taken = new Set<string>();
  const take = (name: string, place: string): void => {
    // Node's own search: node_modules of the place itself, then of its parents.
    for (let at = place; ; at = at.replace(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/, '')) {
      const candidate = `${at && `${at}/`}node_modules/${name}`;
      if (Object.hasOwn(all, candidate)) {
        if (taken.has(candidate)) return;
        taken.add(candidate);
        const { dependencies, optionalDependencies, peerDependencies } = (all[candidate] ?? {}) as {
          [kind: string]: object;
        };
        for (const needed of [dependencies, optionalDependencies, peerDependencies])
          for (const dependency of Object.keys(needed ?? {})) take(dependency, candidate);
        return;
      }
      if (at === '') return;
    }
  };
  for (const name of names) take(name, '');
  return taken.size > 0 ? Object.fromEntries([...taken].sort().map((place) => [place, all[place]!])) : undefined;
}

function nearestLock(from: string): { folder: string; packages: LockedPackages } | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    for (const name of ['package-lock.json', path.join('node_modules', '.package-lock.json')]) {
      const file = path.join(folder, name);
      if (!existsSync(file)) continue;
      const packages = jsonOf(file)?.packages;
      const isObject = typeof packages === 'object' && packages !== null;
      // Places of packages are real ones.
      return isObject ? { folder: realpathSync(folder), packages: packages as LockedPackages } : undefined;
    }
    if (folder === path.dirname(folder)) return undefined;
  }
}

function sorted<T>(fields: { [name: string]: T }): { [name: string]: T } {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}
