import { existsSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { textHash } from './hash';

export interface ImportedPackage {
  version: string;
  /** Of the nearest lock file. */
  integrity?: string;
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
}

const ENDINGS = ['', '.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json', '/index.ts', '/index.js'];
/** Given by the kernel, whatever is installed. */
const PRELOADED = /^(?:@tensorflow\/tfjs(?:-node|-core|-layers)?|dinnb)(?:\/|$)/;

/**
 * What code imports, found by reading it: `import`, `export from`, `import()` and `require` of literal names, through
 * the files of the workspace.
 *
 * @param sources code of the cells
 * @param folder the notebook's
 */
export async function findImports(sources: readonly string[], folder: string): Promise<Imports> {
  const { default: ts } = await import('typescript');
  const packages: Imports['packages'] = {};
  const files: Imports['files'] = {};
  const visit = (source: string, from: string): void => {
    for (const { fileName } of ts.preProcessFile(source, true, true).importedFiles) {
      if (/^[./]|^file:/.test(fileName)) {
        const file = resolveFile(fileName.replace(/^file:\/\//, ''), from);
        const name = file && relativeName(folder, file);
        if (!file || name === undefined || Object.hasOwn(files, name)) continue;
        const text = readFileSync(file, 'utf8');
        files[name] = textHash(text);
        if (!/[/\\]node_modules[/\\]/.test(file) && !file.endsWith('.json')) visit(text, path.dirname(file));
      } else if (!isBuiltin(fileName) && !PRELOADED.test(fileName)) {
        const name = /^(?:@[^/]+\/)?[^/]+/.exec(fileName)![0];
        const found = findPackage(name, from);
        if (found) packages[name] = found;
      }
    }
  };
  for (const source of sources) visit(source, folder);
  const lock = lockOf(Object.keys(packages), folder);
  for (const [name, found] of Object.entries(packages)) {
    const integrity = lock?.[`node_modules/${name}`]?.integrity;
    if (integrity) found.integrity = integrity;
  }
  return { packages: sorted(packages), files: sorted(files), ...(lock && { lock }) };
}

function resolveFile(name: string, from: string): string | undefined {
  const plain = path.resolve(from, name);
  // `./util.js` may stand for `./util.ts`, as TypeScript has it.
  const candidates = [...ENDINGS.map((ending) => plain + ending), plain.replace(/\.([mc]?)js$/, '.$1ts')];
  return candidates.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

/** With `/` everywhere: notebooks travel between systems. */
export function relativeName(folder: string, file: string): string {
  return path.relative(folder, file).split(path.sep).join('/');
}

function findPackage(name: string, from: string): ImportedPackage | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'node_modules', name, 'package.json');
    if (existsSync(manifest)) {
      const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: unknown };
      return { version: String(version) };
    }
    if (folder === path.dirname(folder)) return undefined;
  }
}

interface LockFile {
  packages?: { [place: string]: LockedPackage };
}

/** The nearest lock file's entries for the packages and all that they need. */
function lockOf(names: readonly string[], from: string): Imports['lock'] {
  const all = names.length > 0 ? nearestLock(from)?.packages : undefined;
  if (!all) return undefined;
  const taken = new Set<string>();
  const take = (name: string, place: string): void => {
    // Node's own search: node_modules of the place itself, then of its parents.
    for (let at = place; ; at = at.replace(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/, '')) {
      const candidate = `${at && `${at}/`}node_modules/${name}`;
      if (Object.hasOwn(all, candidate)) {
        if (taken.has(candidate)) return;
        taken.add(candidate);
        const { dependencies, optionalDependencies, peerDependencies } = all[candidate]! as { [kind: string]: object };
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

function nearestLock(from: string): LockFile | undefined {
  for (let folder = from; ; folder = path.dirname(folder)) {
    for (const name of ['package-lock.json', path.join('node_modules', '.package-lock.json')]) {
      const file = path.join(folder, name);
      if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as LockFile;
    }
    if (folder === path.dirname(folder)) return undefined;
  }
}

function sorted<T>(fields: { [name: string]: T }): { [name: string]: T } {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}
