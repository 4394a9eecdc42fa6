import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type * as TypeScript from 'typescript';
import { isDeclaration } from './named-file';
import { nearestConfiguration } from './tsconfig';

// A notebook may lie in a home folder: what is read of the disk has an end, the nearest first.
const MOST_FOLDERS = 200;
const MOST_ENTRIES = 10_000;
const MOST_FILES = 300;
const MOST_BYTES = 1_000_000;
/** More than one file of a person has: what is larger is made by a program. */
const LARGEST_BYTES = 200_000;

/** Files of the workspace that count for a notebook though no cell imports them. */
export interface Nearby {
  /** Those with something to import. */
  importable: readonly string[];
  /** Declarations that hold for all files. */
  ambient: readonly string[];
}

interface Entries {
  files: readonly string[];
  directories: readonly string[];
}

type WithMatchFiles = typeof TypeScript & {
  /** How TypeScript finds what `include` means. */
  matchFiles(
    folder: string,
    extensions: readonly string[],
    excludes: readonly string[] | undefined,
    includes: readonly string[],
    useCaseSensitiveFileNames: boolean,
    currentDirectory: string,
    depth: number,
    entriesOf: (folder: string) => Entries,
    realpath: (path: string) => string,
  ): string[];
};

const TYPESCRIPT = ['.ts', '.tsx', '.mts', '.cts'];

/**
 * The files that the nearest `tsconfig.json` includes; without one, TypeScript files of the notebook's folder and those in it, and declarations
 * that lie beside the notebook.
 */
export function nearbyFiles(ts: typeof TypeScript, folder: string): Nearby {
  const read = (
    root: string,
    extensions: readonly string[],
    excludes: readonly string[] | undefined,
    includes: readonly string[],
  ) => nearestMatches(ts, root, extensions, excludes, includes);
  const { file, included } = nearestConfiguration(ts, folder, read);
  const found = file === undefined ? read(folder.replaceAll('\\', '/'), TYPESCRIPT, undefined, ['**/*']) : included;
  const files = withinBytes(found);
  const declarations = files.filter(isDeclaration);
  const meant = file === undefined ? declarations.filter((name) => isBeside(name, folder)) : declarations;
  const others = files.filter((name) => !isDeclaration(name));
  return {
    importable: [...others, ...meant],
    ambient: meant.filter((name) => holdsForAll(readFileSync(name, 'utf8'))),
  };
}

const isBeside = (file: string, folder: string): boolean => path.relative(folder, path.dirname(file)) === '';

/** A module's declarations are for those who import it. */
function holdsForAll(text: string): boolean {
  return !/^\s*(?:import|export)\b/m.test(text) || /\bdeclare\s+(?:global|module)\b/.test(text);
}

/** What matches, folder by folder from the top, until enough of the disk was read. */
function nearestMatches(
  ts: typeof TypeScript,
  root: string,
  extensions: readonly string[],
  excludes: readonly string[] | undefined,
  includes: readonly string[],
): string[] {
  const known = new Map<string, Entries>();
  let entries = 0;
  const isEnough = () => known.size >= MOST_FOLDERS || entries >= MOST_ENTRIES;
  const entriesOf = (folder: string): Entries => {
    const before = known.get(folder);
    if (before || isEnough()) return before ?? { files: [], directories: [] };
    const found = entriesIn(folder);
    entries += found.files.length + found.directories.length;
    known.set(folder, found);
    return found;
  };
  const { useCaseSensitiveFileNames } = ts.sys;
  for (let depth = 1; ; depth++) {
    const before = known.size;
    const found = (ts as WithMatchFiles).matchFiles(
      root,
      extensions,
      excludes,
      includes,
      useCaseSensitiveFileNames,
      root,
      depth,
      entriesOf,
      (name) => name,
    );
    if (known.size === before || isEnough() || found.length >= MOST_FILES) return found;
  }
}

/** Linked folders are left out, and so are those that no person writes in. */
function entriesIn(folder: string): Entries {
  let all: Dirent[];
  try {
    all = readdirSync(folder, { withFileTypes: true });
  } catch {
    return { files: [], directories: [] }; // there is none, or it is not ours to read: nothing of it is offered
  }
  return {
    files: all.filter((entry) => entry.isFile()).map(({ name }) => name),
    directories: all
      .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
      .map(({ name }) => name),
  };
}

function withinBytes(files: readonly string[]): string[] {
  let left = MOST_BYTES;
  const fitting = files.filter((file) => {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? LARGEST_BYTES;
    if (size >= LARGEST_BYTES || size > left) return false;
    left -= size;
    return true;
  });
  return fitting.slice(0, MOST_FILES);
}

/** Names of the packages that the nearest `package.json` asks for, but for what cells have as `tf`. */
export function wantedPackages(ts: typeof TypeScript, folder: string): string[] {
  const file = ts.findConfigFile(folder, ts.sys.fileExists, 'package.json');
  if (!file) return [];
  const { config } = ts.readConfigFile(file, ts.sys.readFile) as { config?: { [field: string]: unknown } };
  const names = [config?.dependencies, config?.devDependencies].flatMap((wanted) => Object.keys(wanted ?? {}));
  return [...new Set(names)].filter((name) => !/^@(?:types|tensorflow)\//.test(name));
}
