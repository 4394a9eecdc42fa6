import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { textHash } from '../../base/hash';
import { locate } from '../../language/named-file';
import type { SourceMaps } from '../errors/source-maps';
import type { Configurations } from './configurations';
import { inlineMap } from './inline-map';

interface Imports {
  mtimeMs: number;
  files: string[];
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  isolatedModules: true,
  useDefineForClassFields: true,
  sourceMap: true,
};

/** The user's own TypeScript files: compiled, and versioned so that an edit is seen by the next import. */
export class WorkspaceFiles {
  private readonly imports = new Map<string, Imports>();

  constructor(
    private readonly maps: SourceMaps,
    private readonly configurations: Configurations,
  ) {}

  /** The file that the `tsconfig.json` of an importing file names; empty where it names none. */
  resolve(specifier: string, importer: string): string {
    return this.configurations.resolve(specifier, path.dirname(importer)) ?? '';
  }

  /** Changes when the file or a file that it imports, directly or not, has changed. */
  version(file: string): string {
    const times = new Map<string, number>();
    this.collect(file, times);
    const text = [...times]
      .map(([name, time]) => `${name} ${time}`)
      .sort()
      .join('\n');
    return textHash(text).slice(0, 16);
  }

  /**
   * The JavaScript of a file; its stacks map back to the file.
   * @throws SyntaxError naming file, line and column
   */
  compile(file: string, url: string): string {
    const source = readFileSync(file, 'utf8');
    const { outputText, sourceMapText, diagnostics } = ts.transpileModule(source, {
      fileName: file,
      reportDiagnostics: true,
      compilerOptions: { ...OPTIONS, ...this.configurations.emitted(this.configurations.of(path.dirname(file))) },
    });
    const error = diagnostics?.find((d) => d.file !== undefined && d.category === ts.DiagnosticCategory.Error);
    if (error) throw new SyntaxError(describe(error, file));
    this.maps.addFile(url, sourceMapText!);
    const code = outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n');
    return code + inlineMap(sourceMapText!, pathToFileURL(file).href);
  }

  private collect(file: string, times: Map<string, number>): void {
    if (times.has(file)) return;
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat?.isFile()) return;
    times.set(file, stat.mtimeMs);
    if (/\.json$/.test(file)) return;
    for (const config of this.configurations.of(path.dirname(file)).files) {
      times.set(config, statSync(config, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    }
    for (const imported of this.importsOf(file, stat.mtimeMs)) this.collect(imported, times);
  }

  private importsOf(file: string, mtimeMs: number): string[] {
    const known = this.imports.get(file);
    if (known?.mtimeMs === mtimeMs) return known.files;
    const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
    const files = importedFiles.flatMap(({ fileName }) => this.importedFile(fileName, path.dirname(file)) ?? []);
    this.imports.set(file, { mtimeMs, files });
    return files;
  }

  private importedFile(specifier: string, folder: string): string | undefined {
    if (/^\.{0,2}\//.test(specifier)) return locate(path.resolve(folder, specifier));
    return this.configurations.resolve(specifier, folder);
  }
}

function describe(error: ts.Diagnostic, file: string): string {
  const { line, character } = ts.getLineAndCharacterOfPosition(error.file!, error.start ?? 0);
  return `${ts.flattenDiagnosticMessageText(error.messageText, '\n')} (${file}:${line + 1}:${character + 1})`;
}
