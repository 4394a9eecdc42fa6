import { statSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { type FoundConfiguration, nearestConfiguration } from '../../language/tsconfig';

/** What of a `tsconfig.json` changes the code that is made. */
const EMITTED = [
  'experimentalDecorators',
  'emitDecoratorMetadata',
  'useDefineForClassFields',
  'jsx',
  'jsxFactory',
  'jsxFragmentFactory',
  'jsxImportSource',
] as const satisfies (keyof ts.CompilerOptions)[];

const ENDINGS = ['', '.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.json', '/index.ts', '/index.tsx', '/index.js'];

interface Known extends FoundConfiguration {
  times: string;
}

/** What the nearest `tsconfig.json` of a folder says to those that compile and import; an edit counts from the next question on. */
export class Configurations {
  private readonly known = new Map<string, Known>();

  of(folder: string): FoundConfiguration {
    const before = this.known.get(folder);
    const file = ts.findConfigFile(folder, ts.sys.fileExists);
    if (before && before.file === file && before.times === timesOf(before.files)) return before;
    const found = nearestConfiguration(ts, folder);
    this.known.set(folder, { ...found, times: timesOf(found.files) });
    return found;
  }

  /** Compiler options for code in a folder. */
  emitted(folder: string): ts.CompilerOptions {
    const { options } = this.of(folder);
    const said = EMITTED.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
    const emitted: ts.CompilerOptions = { jsx: ts.JsxEmit.React, ...Object.fromEntries(said) };
    // Node runs no JSX: where another tool would transform it, React's newer form is what such tools make of it.
    if (emitted.jsx === ts.JsxEmit.Preserve || emitted.jsx === ts.JsxEmit.ReactNative)
      emitted.jsx = ts.JsxEmit.ReactJSX;
    return emitted;
  }

  /** The file that `paths` and `baseUrl` name for an import in a folder; undefined where they name none that is there. */
  resolve(specifier: string, folder: string): string | undefined {
    const { options } = this.of(folder);
    const base = options.baseUrl ?? (options.pathsBasePath as string | undefined);
    if (base === undefined || /^(\.{0,2}\/|\.{1,2}$|[a-z]+:)/.test(specifier)) return undefined;
    const candidates = [
      ...substitutions(specifier, options.paths ?? {}),
      ...(options.baseUrl === undefined ? [] : [specifier]),
    ];
    return firstDefined(candidates.map((candidate) => locate(path.resolve(base, candidate))));
  }
}

/** The places of the pattern that fits best, as TypeScript chooses it: the exact one, else the longest beginning. */
function substitutions(specifier: string, paths: ts.MapLike<string[]>): string[] {
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

/** The file that an import without its extension means. */
export function locate(base: string): string | undefined {
  const candidates = [
    ...ENDINGS.map((ending) => base + ending),
    base.replace(/\.([mc]?)js$/, '.$1ts'),
    base.replace(/\.jsx?$/, '.tsx'),
  ];
  return candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile());
}

function firstDefined<T>(values: (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined);
}

function timesOf(files: readonly string[]): string {
  return files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0).join();
}
