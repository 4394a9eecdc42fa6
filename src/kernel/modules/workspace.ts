import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import type { SourceMaps } from '../errors/source-maps';

interface Imports {
  mtimeMs: number;
  files: string[];
}

const ENDINGS = ['', '.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.json', '/index.ts', '/index.tsx', '/index.js'];

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  isolatedModules: true,
  useDefineForClassFields: true,
  jsx: ts.JsxEmit.React,
  sourceMap: true,
};

/** The user's own TypeScript files: compiled, and versioned so that an edit is seen by the next import. */
export class WorkspaceFiles {
  private readonly imports = new Map<string, Imports>();

  constructor(private readonly maps: SourceMaps) {}

  /** Changes when the file or a file that it imports, directly or not, has changed. */
  version(file: string): string {
    const times = new Map<string, number>();
    this.collect(file, times);
    const text = [...times]
      .map(([name, time]) => `${name} ${time}`)
      .sort()
      .join('\n');
    return createHash('sha256').update(text).digest('hex').slice(0, 16);
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
      compilerOptions: OPTIONS,
    });
    const error = diagnostics?.find((d) => d.file !== undefined && d.category === ts.DiagnosticCategory.Error);
    if (error) throw new SyntaxError(describe(error, file));
    this.maps.addFile(url, sourceMapText!);
    return outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n');
  }

  private collect(file: string, times: Map<string, number>): void {
    if (times.has(file)) return;
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat?.isFile()) return;
    times.set(file, stat.mtimeMs);
    if (/\.json$/.test(file)) return;
    for (const imported of this.importsOf(file, stat.mtimeMs)) this.collect(imported, times);
  }

  private importsOf(file: string, mtimeMs: number): string[] {
    const known = this.imports.get(file);
    if (known?.mtimeMs === mtimeMs) return known.files;
    const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
    const files = importedFiles
      .filter(({ fileName }) => /^\.{0,2}\//.test(fileName))
      .flatMap(({ fileName }) => locate(path.resolve(path.dirname(file), fileName)) ?? []);
    this.imports.set(file, { mtimeMs, files });
    return files;
  }
}

function locate(base: string): string | undefined {
  const candidates = [
    ...ENDINGS.map((ending) => base + ending),
    base.replace(/\.([mc]?)js$/, '.$1ts'),
    base.replace(/\.jsx?$/, '.tsx'),
  ];
  return candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile());
}

function describe(error: ts.Diagnostic, file: string): string {
  const { line, character } = ts.getLineAndCharacterOfPosition(error.file!, error.start ?? 0);
  return `${ts.flattenDiagnosticMessageText(error.messageText, '\n')} (${file}:${line + 1}:${character + 1})`;
}
