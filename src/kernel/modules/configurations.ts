import { statSync } from 'node:fs';
import ts from 'typescript';
import { fileByConfiguration, locate, locateDeclaration } from '../../language/named-file';
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

  /** Compiler options for code where this configuration counts. */
  emitted({ options }: FoundConfiguration): ts.CompilerOptions {
    const said = EMITTED.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
    const emitted: ts.CompilerOptions = { jsx: ts.JsxEmit.React, ...Object.fromEntries(said) };
    // Node runs no JSX: where another tool would transform it, React's newer form is what such tools make of it.
    if (emitted.jsx === ts.JsxEmit.Preserve || emitted.jsx === ts.JsxEmit.ReactNative)
      emitted.jsx = ts.JsxEmit.ReactJSX;
    return emitted;
  }

  /** The file that `paths` and `baseUrl` name for an import in a folder; undefined where they name none that is there. */
  resolve(specifier: string, folder: string, what: 'values' | 'declarations' = 'values'): string | undefined {
    return fileByConfiguration(this.of(folder).options, specifier, what === 'values' ? locate : locateDeclaration);
  }
}

function timesOf(files: readonly string[]): string {
  return files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0).join();
}
