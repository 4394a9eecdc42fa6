import path from 'node:path';
import type * as TypeScript from 'typescript';
import { isDeclaration } from './named-file';
import { wantedPackages } from './nearby';

/** What packages may take; some have thousands of files. */
const MOST_PACKAGE_FILES = 100;
const LARGEST_BYTES = 400_000;

/**
 * What cells could import and do not yet: files of the workspace and packages. A program beside that of the cells, so that nothing in it
 * counts for them; of what its files import, only a package's own parts are read.
 */
export class Importable {
  private readonly service: TypeScript.LanguageService;
  private roots: readonly string[] | undefined;
  private version = 0;
  private failed = -1;
  private packageFiles = 0;

  /**
   * @param cells the host of the cells' program
   * @param files the workspace's
   */
  constructor(
    private readonly ts: typeof TypeScript,
    private readonly folder: string,
    private readonly cells: TypeScript.LanguageServiceHost,
    private readonly files: () => readonly string[],
    registry: TypeScript.DocumentRegistry,
  ) {
    const host: TypeScript.LanguageServiceHost = {
      ...cells,
      getCompilationSettings: () => ({ ...cells.getCompilationSettings(), noLib: true, types: [] }),
      getScriptFileNames: () => {
        this.roots ??= this.find();
        return [...this.roots];
      },
      // Files are looked at again when the editor says so.
      getProjectVersion: () => String(this.version),
      resolveModuleNameLiterals: (literals, containing) =>
        literals.map(({ text }) => ({ resolvedModule: this.part(text, containing) })),
      resolveTypeReferenceDirectiveReferences: (wanted) =>
        wanted.map(() => ({ resolvedTypeReferenceDirective: undefined })),
    };
    this.service = ts.createLanguageService(host, registry);
  }

  /** Undefined where TypeScript cannot follow one of the files: cells are answered without them until they change. */
  get program(): TypeScript.Program | undefined {
    if (this.failed === this.version) return undefined;
    try {
      const program = this.service.getProgram();
      program?.getTypeChecker();
      return program;
    } catch {
      this.failed = this.version;
      return undefined;
    }
  }

  refresh(): void {
    this.version += 1;
    this.roots = undefined;
    this.packageFiles = 0;
  }

  dispose(): void {
    this.service.dispose();
  }

  private find(): string[] {
    const importer = path.join(this.folder, 'cell.ts');
    const packages = wantedPackages(this.ts, this.folder).flatMap((name) => this.resolve(name, importer) ?? []);
    const typed = packages.map(({ resolvedFileName }) => resolvedFileName).filter(isDeclaration);
    const small = typed.filter((file) => (this.ts.sys.getFileSize?.(file) ?? 0) <= LARGEST_BYTES);
    return [...this.files(), ...small.slice(0, MOST_PACKAGE_FILES)];
  }

  /** What a package's file says of another one of it. */
  private part(specifier: string, containing: string): TypeScript.ResolvedModuleFull | undefined {
    if (!specifier.startsWith('.') || !containing.includes('/node_modules/')) return undefined;
    if (this.packageFiles >= MOST_PACKAGE_FILES) return undefined;
    const found = this.resolve(specifier, containing);
    if (found) this.packageFiles += 1;
    return found;
  }

  private resolve(specifier: string, containing: string): TypeScript.ResolvedModuleFull | undefined {
    return this.ts.resolveModuleName(specifier, containing, this.cells.getCompilationSettings(), this.ts.sys)
      .resolvedModule;
  }
}
