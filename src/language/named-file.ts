import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type * as TypeScript from 'typescript';

/** Whether a file declares what others hold: it has no values of its own. */
export const isDeclaration = (file: string): boolean => /\.d(?:\.[^./\\]+)?\.[mc]?ts$/.test(file);

export const ENDINGS: readonly string[] = [
  '',
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
  '.js',
  '.mjs',
  '.cjs',
  '.json',
  '/index.ts',
  '/index.tsx',
  '/index.js',
];

/** Paths or URLs that an import without its extension may mean; `./util.js` may stand for `./util.ts`, as TypeScript has it. */
export const meant = (base: string, endings = ENDINGS): string[] => [
  ...endings.map((ending) => base + ending),
  base.replace(/\.([mc]?)js$/, '.$1ts'),
  base.replace(/\.jsx?$/, '.tsx'),
];

// Below a file there is nothing to ask: `statSync` would throw.
const isFile = (candidate: string) =>
  existsSync(candidate) && (statSync(candidate, { throwIfNoEntry: false })?.isFile() ?? false);

/** The file that an import without its extension means. */
export function locate(base: string): string | undefined {
  return meant(base).find((candidate) => !isDeclaration(candidate) && isFile(candidate));
}

/** The declarations that an import means, of which there is no file with values. */
export function locateDeclaration(base: string): string | undefined {
  const written = base.replace(/\.([mc]?)jsx?$/, '.d.$1ts');
  return [base, `${base}.d.ts`, `${base}/index.d.ts`, written].find(
    (candidate) => isDeclaration(candidate) && isFile(candidate),
  );
}

/**
 * The file that `paths` and `baseUrl` of a `tsconfig.json` name for an import; undefined where they name none that is there. Declarations have
 * no values: where they are named, these are the package's own.
 */
export function fileByConfiguration(
  options: TypeScript.CompilerOptions,
  specifier: string,
  find = locate,
): string | undefined {
  const base = options.baseUrl ?? (options.pathsBasePath as string | undefined);
  if (base === undefined || /^(\.{0,2}\/|\.{1,2}$|[a-z]+:)/.test(specifier)) return undefined;
  const candidates = [
    ...substitutions(specifier, options.paths ?? {}),
    ...(options.baseUrl === undefined ? [] : [specifier]),
  ];
  return firstDefined(candidates.map((candidate) => find(path.resolve(base, candidate))));
}

/** The places of the pattern that fits best, as TypeScript chooses it: the exact one, else the longest beginning. */
function substitutions(specifier: string, paths: TypeScript.MapLike<string[]>): string[] {
  let best: { beginning: number; places: string[] } | undefined;
  for (const [pattern, places] of Object.entries(paths)) {
    if (pattern === specifier) return places;
    const [beginning, ending, ...more] = pattern.split('*');
    if (ending === undefined || more.length > 0) continue;
    const fits =
      specifier.length >= beginning!.length + ending.length &&
      specifier.startsWith(beginning!) &&
      specifier.endsWith(ending);
    if (!fits || (best && best.beginning >= beginning!.length)) continue;
    const star = specifier.slice(beginning!.length, specifier.length - ending.length);
    best = { beginning: beginning!.length, places: places.map((place) => place.replace('*', () => star)) };
  }
  return best?.places ?? [];
}

function firstDefined<T>(values: (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined);
}
