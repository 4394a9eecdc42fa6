import path from 'node:path';
import type * as TypeScript from 'typescript';
import { type Declarations, globalDeclarations, ownModule } from './globals';
import { kindOf } from './half-typed';
import { Importable } from './importable';
import { ModuleMaker, type NotebookModule, PARAMETER } from './module';
import { type Nearby, nearbyFiles } from './nearby';
import type { Cell } from './parsed-cell';
import { type Configuration, configurationFor } from './tsconfig';

// Programs share parsed files by path and version: two of one path must not take one another's.
let versions = 0;

/** What TypeScript keeps for itself of what could be imported; without, every completion of a name looks through all modules again. */
interface ExportInfoMap {
  clear(): void;
  releaseSymbols(): void;
}
type WithExportInfo = typeof TypeScript & { createCacheableExportInfoMap?(host: object): ExportInfoMap };

/** Texts of files as they were read: TypeScript asks for those of all files after each key. */
export class ReadFiles {
  private readonly known = new Map<string, { version: string; snapshot: TypeScript.IScriptSnapshot }>();

  snapshot(ts: typeof TypeScript, file: string, version: string): TypeScript.IScriptSnapshot | undefined {
    const known = this.known.get(file);
    if (known?.version === version) return known.snapshot;
    const text = ts.sys.readFile(file);
    if (text === undefined) {
      this.known.delete(file);
      return undefined;
    }
    const snapshot = ts.ScriptSnapshot.fromString(text);
    this.known.set(file, { version, snapshot });
    return snapshot;
  }
}

type Checker = TypeScript.TypeChecker & {
  isValidPropertyAccess(node: TypeScript.Node, name: string): boolean;
  isValidPropertyAccessForCompletions(
    node: TypeScript.Node,
    type: TypeScript.Type,
    property: TypeScript.Symbol,
  ): boolean;
};
const validated = new WeakSet<TypeScript.TypeChecker>();

/**
 * Behind `tf.` TypeScript asks for each of 500 members whether it may stand there, and each time works out anew what `tf` is, which takes
 * longer the more cells come before. Asked once, it is the same.
 */
function validateMembersOnce(ts: typeof TypeScript, given: TypeScript.TypeChecker): void {
  const checker = given as Checker;
  if (validated.has(checker)) return;
  validated.add(checker);
  const asTypeScript = checker.isValidPropertyAccess;
  if (!asTypeScript || !checker.isValidPropertyAccessForCompletions) return;
  let of: { node: TypeScript.Node; type: TypeScript.Type } | undefined;
  checker.isValidPropertyAccess = (node, name) => {
    if (!ts.isPropertyAccessExpression(node)) return asTypeScript(node, name);
    if (of?.node !== node) of = { node, type: checker.getWidenedType(checker.getTypeAtLocation(node.expression)) };
    if (of.type.flags & ts.TypeFlags.Any) return true;
    const property = checker.getPropertyOfType(of.type, name);
    return property !== undefined && checker.isValidPropertyAccessForCompletions(node, of.type, property);
  };
}

/**
 * TypeScript says less about the grammar of a file that has syntax errors. Those of one cell are no reason to be silent about the others;
 * they are told from the cells (`diagnostics.ts`).
 */
function withoutSyntaxErrors(file: string, registry: TypeScript.DocumentRegistry): TypeScript.DocumentRegistry {
  const forget = (source: TypeScript.SourceFile): TypeScript.SourceFile => {
    const { parseDiagnostics } = source as TypeScript.SourceFile & { parseDiagnostics: unknown[] };
    if (source.fileName === file) parseDiagnostics.length = 0;
    return source;
  };
  return {
    ...registry,
    acquireDocumentWithKey: (...wanted) => forget(registry.acquireDocumentWithKey(...wanted)),
    updateDocumentWithKey: (...wanted) => forget(registry.updateDocumentWithKey(...wanted)),
  };
}

/** How many cells are tried as the one that TypeScript throws at. */
const MOST_TRIED = 20;

/** What was asked for is not there (any more): no fault of TypeScript's. */
export class NoAnswer extends Error {}

/** One notebook as TypeScript's language service sees it: a module of its cells and a file with its globals. */
export class NotebookProgram {
  readonly service: TypeScript.LanguageService;
  /** Path of the module; no such file exists. */
  readonly file: string;
  private configuration: Configuration;
  private readonly maker: ModuleMaker;
  private module: NotebookModule;
  private cells: readonly Cell[] = [];
  /** How many of them, the first, are of other notebooks. */
  private beside = 0;
  /** Texts of the cells, those that changed last first. */
  private changed: readonly string[] = [];
  private version = ++versions;
  private readonly importable: Importable;
  private readonly exportInfo: ExportInfoMap | undefined;
  private globalNames: ReadonlySet<string> | undefined;
  private isRefreshed = false;
  private nearby: Nearby;
  /** Texts of the files that declare the globals, by path. */
  private globals: ReadonlyMap<string, string>;

  constructor(
    readonly ts: typeof TypeScript,
    readonly notebook: string,
    private readonly declarations: Declarations,
    registry: TypeScript.DocumentRegistry,
    private readonly files: ReadFiles = new ReadFiles(),
  ) {
    this.file = `${notebook.replaceAll('\\', '/')}.cells.ts`;
    this.maker = new ModuleMaker(ts);
    this.module = this.maker.make([]);
    this.globals = this.declareGlobals();
    this.configuration = this.configure();
    this.nearby = nearbyFiles(ts, path.dirname(notebook));
    this.exportInfo = (ts as WithExportInfo).createCacheableExportInfoMap?.({
      getCurrentProgram: () => this.service.getProgram(),
      getPackageJsonAutoImportProvider: () => this.importable.program,
      getGlobalTypingsCacheLocation: () => undefined,
    });
    const host = this.host();
    this.importable = new Importable(ts, path.dirname(notebook), host, () => this.nearby.importable, registry);
    this.service = ts.createLanguageService(host, withoutSyntaxErrors(this.file, registry));
  }

  dispose(): void {
    this.importable.dispose();
    this.service.dispose();
  }

  /** What is wrong with the `tsconfig.json`. */
  get problems(): readonly string[] {
    return this.configuration.problems;
  }

  /** Whether it is a problem that something has no type and may be anything. */
  get namesImplicitAny(): boolean {
    return this.configuration.namesImplicitAny;
  }

  get current(): NotebookModule {
    return this.module;
  }

  /** @param beside how many of the first are cells of other notebooks, which are read as if they stood above */
  update(cells: readonly Cell[], beside = this.beside): void {
    if (cells !== this.cells) {
      const texts = [...new Set(cells.map(({ source }) => source))].filter((source) => source.trim() !== '');
      const known = new Set(this.changed);
      const now = new Set(texts);
      this.changed = [...texts.filter((text) => !known.has(text)), ...this.changed.filter((text) => now.has(text))];
    }
    this.cells = cells;
    this.beside = beside;
    const before = this.module;
    this.module = this.maker.make(cells, this.globalNames);
    if (before.text !== this.module.text) this.version = ++versions;
    this.globals = this.declareGlobals();
    if (before.modules === this.module.modules) this.exportInfo?.releaseSymbols();
    else this.exportInfo?.clear();
  }

  /**
   * Asks TypeScript something. Where it throws, the cell that it cannot follow is left out, and the rest asked again.
   * @throws NoAnswer that the question throws; whatever TypeScript throws where no one cell is the reason
   */
  ask<T>(question: () => T): T {
    for (;;) {
      try {
        return this.askOnce(question);
      } catch (error) {
        if (error instanceof NoAnswer) throw error;
        if (!(error instanceof RangeError)) return this.askWithoutOne(question, error);
        if (!this.maker.leaveOutDeepest(this.cells)) throw error;
        this.update(this.cells);
      }
    }
  }

  /** Reads the cells and what they import, so that the next question costs its own only. What fails here fails there, and is said. */
  prepare(): void {
    try {
      this.service.getProgram();
    } catch {
      // by `ask`
    }
  }

  /** Reads what could be imported, so that the first completion of a name does not wait for it. */
  readAhead(): void {
    void this.importable.program;
  }

  private askOnce<T>(question: () => T): T {
    if (!this.globalNames || this.isRefreshed) this.learnGlobals();
    const checker = this.service.getProgram()?.getTypeChecker();
    if (checker) validateMembersOnce(this.ts, checker);
    return question();
  }

  /** Names that are there before the first cell; only TypeScript knows them all, once it has read the first module. */
  private learnGlobals(): void {
    const { SymbolFlags } = this.ts;
    const program = this.service.getProgram();
    const own = [...this.globals.keys()].map((file) => program?.getSourceFile(file)).find((file) => file !== undefined);
    if (!program || !own) return;
    // Aliases: `tf` and `din`.
    const all = SymbolFlags.Value | SymbolFlags.Type | SymbolFlags.Namespace | SymbolFlags.Alias;
    const symbols = program.getTypeChecker().getSymbolsInScope(own, all);
    this.isRefreshed = false;
    this.globalNames = new Set(symbols.map(({ name }) => name));
    this.update(this.cells);
  }

  /** Looks for the cell without which there is an answer: the one that changed last first, before which there was one. */
  private askWithoutOne<T>(question: () => T, error: unknown): T {
    const said = (error instanceof Error ? error.message : String(error)).split('\n')[0];
    const reason = `TypeScript failed on this cell, which is left out until it changes: ${said}`;
    for (const source of this.changed.slice(0, MOST_TRIED)) {
      this.maker.leaveOut(source, reason);
      this.update(this.cells);
      try {
        return this.askOnce(question);
      } catch {
        // not this one, or not this one alone
        this.maker.takeIn(source);
      }
    }
    this.update(this.cells);
    throw error;
  }

  /** Files outside may have changed: imports are looked up again, and what `tsconfig.json` says. */
  refresh(): void {
    this.configuration = this.configure();
    this.nearby = nearbyFiles(this.ts, path.dirname(this.notebook));
    this.importable.refresh();
    this.isRefreshed = true;
    this.version = ++versions;
    this.exportInfo?.clear();
  }

  private configure(): Configuration {
    return configurationFor(this.ts, path.dirname(this.notebook), this.declarations.typeRoots);
  }

  private declareGlobals(): ReadonlyMap<string, string> {
    const texts = Object.entries(globalDeclarations(this.declarations, this.paramsType()));
    return new Map(texts.map(([name, text]) => [this.file.replace(/\.cells\.ts$/, `.${name}.d.ts`), text]));
  }

  private paramsType(): string {
    const own = JSON.stringify(`./${path.basename(this.file, '.ts')}`);
    const fields = this.module.parameters.map((name) => `${name}: typeof import(${own}).${PARAMETER}${name}`);
    fields.push(...this.module.innerParameters.map((name) => `${name}: any`));
    // Those of other notebooks are not all known here.
    const any = fields.length === 0 || this.beside > 0 ? ['{ [name: string]: any }'] : [];
    return [...(fields.length > 0 ? [`{ ${fields.join('; ')} }`] : []), ...any].join(' & ');
  }

  /** Text of the module or of a file with globals. */
  textOf(file: string): string | undefined {
    return file === this.file ? this.module.text : this.globals.get(file);
  }

  /** Whether a file declares the globals, and exists here only. */
  isGlobals(file: string): boolean {
    return this.globals.has(file);
  }

  /** Where a file of globals names the module that is all there is in it: `tf` and `din`. */
  moduleBehind(file: string): { file: string; position: number }[] {
    const [head] = /^export \* from ./.exec(this.globals.get(file) ?? '') ?? [];
    return head === undefined ? [] : [{ file, position: head.length }];
  }

  /** Where a parameter is exported from the module, and where it is a property of `params`. */
  parameterPlaces(name: string) {
    if (!this.module.parameters.includes(name)) return undefined;
    const variable = this.module.text.indexOf(`${name} as ${PARAMETER}${name}`);
    const [file, text] = [...this.globals].find(([path]) => path.endsWith('.own.d.ts'))!;
    const field = `${name}: typeof import(`;
    const property = Math.max(text.indexOf(`{ ${field}`), text.indexOf(`; ${field}`)) + 2;
    return { variable: { file: this.file, position: variable }, property: { file, position: property } };
  }

  /** Where in the module what a name is at the end of a cell is declared; also between the cells, where that stands for a cell. */
  declarationsOf(name: string, cell: number): number[] {
    const { ts, service, file } = this;
    const program = service.getProgram();
    const source = program?.getSourceFile(file);
    if (!program || !source) return [];
    const { end } = this.module.range(cell);
    let scope: TypeScript.Node = source;
    const visit = (node: TypeScript.Node): void => {
      if (!ts.isBlock(node) || node.pos > end || node.end < end) return;
      scope = node;
      ts.forEachChild(node, visit);
    };
    ts.forEachChild(source, visit);
    const symbol = program
      .getTypeChecker()
      .getSymbolsInScope(scope, ts.SymbolFlags.Value | ts.SymbolFlags.Type | ts.SymbolFlags.Alias)
      .find((one) => one.name === name);
    return (symbol?.declarations ?? [])
      .filter((declaration) => declaration.getSourceFile() === source)
      .flatMap((declaration) => ts.getNameOfDeclaration(declaration)?.getStart(source) ?? []);
  }

  /** What is answered of other cells, as if the notebook had those. */
  supposing<T>(cells: readonly Cell[], question: () => T): T {
    const now = this.cells;
    this.update(cells);
    try {
      return question();
    } finally {
      this.update(now);
    }
  }

  private host(): TypeScript.LanguageServiceHost {
    const { ts } = this;
    const { sys } = ts;
    // Packages do not change while one works; what is being worked on does.
    const stamp = (file: string) =>
      file.includes('/node_modules/') || file.startsWith(this.declarations.folder ?? '\0')
        ? '0'
        : String(sys.getModifiedTime?.(file)?.getTime() ?? 0);
    const host: TypeScript.LanguageServiceHost & {
      getCachedExportInfoMap?(): ExportInfoMap;
      getPackageJsonAutoImportProvider?(): TypeScript.Program | undefined;
    } = {
      getCompilationSettings: () => this.configuration.options,
      getScriptFileNames: () => [
        ...(this.declarations.ambient ?? []),
        ...this.globals.keys(),
        ...this.nearby.ambient,
        this.file,
      ],
      getScriptVersion: (file) => {
        if (file === this.file) return String(this.version);
        // A file of globals is its own version: it is short and rarely another.
        return this.globals.get(file) ?? stamp(file);
      },
      getScriptKind: (file) => {
        if (file === this.file) return kindOf(ts, this.module.markup);
        // By the name, as TypeScript does without this.
        return (
          ts as typeof ts & { getScriptKindFromFileName(name: string): TypeScript.ScriptKind }
        ).getScriptKindFromFileName(file);
      },
      getScriptSnapshot: (file) => {
        const own = this.textOf(file);
        if (own !== undefined) return ts.ScriptSnapshot.fromString(own);
        return this.files.snapshot(ts, file, host.getScriptVersion(file));
      },
      getCurrentDirectory: () => path.dirname(this.notebook),
      getDefaultLibFileName: (settings) =>
        this.declarations.lib === undefined
          ? ts.getDefaultLibFilePath(settings)
          : path.posix.join(this.declarations.lib.replaceAll('\\', '/'), ts.getDefaultLibFileName(settings)),
      useCaseSensitiveFileNames: () => sys.useCaseSensitiveFileNames,
      fileExists: (file) => this.textOf(file) !== undefined || sys.fileExists(file),
      readFile: (file, encoding) => this.textOf(file) ?? sys.readFile(file, encoding),
      readDirectory: sys.readDirectory,
      directoryExists: sys.directoryExists,
      getDirectories: sys.getDirectories,
      getPackageJsonAutoImportProvider: () => this.importable.program,
      ...(this.exportInfo && { getCachedExportInfoMap: () => this.exportInfo! }),
      ...(sys.realpath && { realpath: sys.realpath }),
      resolveModuleNameLiterals: (literals, containing, redirected, settings, source) =>
        literals.map(({ text }) => {
          const own = ownModule(text, containing, this.declarations);
          if (own === 'ambient') return { resolvedModule: undefined };
          if (own)
            return { resolvedModule: { resolvedFileName: own, extension: '.d.ts', isExternalLibraryImport: true } };
          const mode = source.impliedNodeFormat;
          return ts.resolveModuleName(text, containing, settings, host, undefined, redirected, mode);
        }),
    };
    return host;
  }
}
