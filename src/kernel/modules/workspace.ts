import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { textHash } from '../../base/hash';
import { isDeclaration, locate } from '../../language/named-file';
import { isGrammar } from '../../language/refusals';
import { oneLineLower } from '../compile/emit';
import type { SourceMaps } from '../errors/source-maps';
import { asModule, COMMON_JS, requires } from './common-js';
import type { Configurations } from './configurations';
import { declaredModule } from './declared';
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
  resolve(specifier: string, importer: string, what: 'values' | 'declarations'): string {
    return this.configurations.resolve(specifier, path.dirname(importer), what) ?? '';
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
    if (isDeclaration(file)) return declaredModule(source, file);
    let isCommonJs = file.endsWith('.cts');
    let bound: readonly ts.Diagnostic[] = [];
    const look: ts.TransformerFactory<ts.SourceFile> = () => (parsed) => {
      isCommonJs ||= requires(parsed);
      bound = (parsed as BoundFile).bindDiagnostics ?? [];
      return parsed;
    };
    const { outputText, sourceMapText, diagnostics } = ts.transpileModule(source, {
      // All are modules here, whatever Node would take them for.
      fileName: file.replace(/\.cts$/, '.ts'),
      reportDiagnostics: true,
      transformers: { before: [look, asModule] },
      compilerOptions: { ...OPTIONS, ...this.configurations.emitted(this.configurations.of(path.dirname(file))) },
    });
    const error = [...(diagnostics ?? []), ...bound.filter(isEarly)].find(
      (d) => d.file !== undefined && d.category === ts.DiagnosticCategory.Error,
    );
    if (error) throw new SyntaxError(describe(error, file));
    const map = isCommonJs ? oneLineLower(sourceMapText!) : sourceMapText!;
    this.maps.addFile(url, map);
    const code = outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n');
    return (isCommonJs ? COMMON_JS : '') + code + inlineMap(map, pathToFileURL(file).href);
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

/** `ts.SourceFile` with what TypeScript keeps there for itself. */
type BoundFile = ts.SourceFile & { bindDiagnostics?: readonly ts.Diagnostic[] };

/** What V8 refuses too, but does not say where: words that a module reserves, and names declared twice. */
const isEarly = (diagnostic: ts.Diagnostic) => isGrammar(diagnostic) || diagnostic.code === 2451;

function describe(error: ts.Diagnostic, file: string): string {
  const { line, character } = ts.getLineAndCharacterOfPosition(error.file!, error.start ?? 0);
  return `${ts.flattenDiagnosticMessageText(error.messageText, '\n')} (${file}:${line + 1}:${character + 1})`;
}
