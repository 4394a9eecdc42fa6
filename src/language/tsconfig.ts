import path from 'node:path';
import type * as TypeScript from 'typescript';

export interface Configuration {
  options: TypeScript.CompilerOptions;
  /** The `tsconfig.json` that counts, if there is one. */
  file?: string;
  /** Whether it wants to be told of what has no type and may therefore be anything. */
  namesImplicitAny: boolean;
  /** What is wrong with it; what could be read of it counts all the same. */
  problems: string[];
}

/** What the nearest `tsconfig.json` above a notebook says, on top of what cells are; what would not make sense in cells is left out. */
export function configurationFor(ts: typeof TypeScript, folder: string, typeRoots: readonly string[]): Configuration {
  const standard: TypeScript.CompilerOptions = {
    strict: true,
    lib: ['lib.esnext.d.ts'],
    types: ['node'],
    jsx: ts.JsxEmit.React,
  };
  const read = nearestConfiguration(ts, folder);
  const options: TypeScript.CompilerOptions = {
    ...standard,
    ...read.options,
    ...(read.options.lib && { lib: read.options.lib.filter((lib) => !/^lib\.(dom|webworker|scripthost)\b/.test(lib)) }),
    typeRoots: [...(read.options.typeRoots ?? []), ...nodeModules(folder), ...typeRoots],
    types: [...new Set([...(read.options.types ?? []), 'node'])],
    // Only so is `const losses = []` an array of what is pushed to it, and no array of nothing.
    noImplicitAny: true,
    target: ts.ScriptTarget.ESNext,
    // Cells are modules with `await`, and import what the kernel does, whatever a project is built into (`module: commonjs`).
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    esModuleInterop: true,
    resolveJsonModule: true,
    allowJs: true,
    moduleDetection: ts.ModuleDetectionKind.Force,
    allowImportingTsExtensions: true,
    // `tf` and `din` are globals of cells that import as well.
    allowUmdGlobalAccess: true,
    skipLibCheck: true,
    noEmit: true,
  };
  // A name that nobody uses yet may be another cell's tomorrow; cells are not built.
  for (const name of [
    'noUnusedLocals',
    'noUnusedParameters',
    'isolatedDeclarations',
    'verbatimModuleSyntax',
    'isolatedModules',
  ])
    delete options[name];
  for (const name of [
    'composite',
    'incremental',
    'declaration',
    'rootDir',
    'outDir',
    'outFile',
    'tsBuildInfoFile',
    'noEmitOnError',
    'sourceMap',
    'allowSyntheticDefaultImports',
    'resolvePackageJsonExports',
    'resolvePackageJsonImports',
  ])
    delete options[name];
  // Cells are drafts: types are for what one wants to know.
  const namesImplicitAny = read.options.noImplicitAny === true;
  return { options, namesImplicitAny, ...(read.file && { file: read.file }), problems: read.problems };
}

/** The nearest `tsconfig.json` as it is, with what it extends. */
export interface FoundConfiguration {
  options: TypeScript.CompilerOptions;
  file: string | undefined;
  /** Those that were read: the file and what it extends. */
  files: string[];
  /** What is wrong, with file and line; what could be read counts all the same. */
  problems: string[];
  /** The files that it is about, where they were asked for. */
  included: string[];
}

/**
 * What the nearest `tsconfig.json` above a folder says; nothing where there is none.
 * @param readDirectory finds what `include` names. Mostly only options count, and a folder may hold many files.
 */
export function nearestConfiguration(
  ts: typeof TypeScript,
  folder: string,
  readDirectory: TypeScript.ParseConfigHost['readDirectory'] = () => [],
): FoundConfiguration {
  const file = ts.findConfigFile(folder, ts.sys.fileExists);
  if (!file) return { options: {}, file, files: [], problems: [], included: [] };
  const extended = new Map<string, TypeScript.ExtendedConfigCacheEntry>();
  const source = ts.readJsonConfigFile(file, ts.sys.readFile) as TypeScript.TsConfigSourceFile & {
    parseDiagnostics: readonly TypeScript.Diagnostic[];
  };
  const parsed = ts.parseJsonSourceFileConfigFileContent(
    source,
    { ...ts.sys, readDirectory },
    path.dirname(file),
    undefined,
    file,
    undefined,
    undefined,
    extended,
  );
  // 18002, 18003: no input files.
  const errors = [...source.parseDiagnostics, ...parsed.errors].filter(({ code }) => code !== 18002 && code !== 18003);
  const problems = errors.map((one) => {
    const place = one.file && one.start !== undefined ? one.file.getLineAndCharacterOfPosition(one.start) : undefined;
    const where = place ? `${one.file!.fileName}:${place.line + 1}` : file;
    return `${where}: ${ts.flattenDiagnosticMessageText(one.messageText, '\n')}`;
  });
  const files = [file, ...extended.keys()];
  return { options: parsed.options, file, files, problems: [...new Set(problems)], included: parsed.fileNames };
}

/** `node_modules/@types` of a folder and those above it. */
function nodeModules(folder: string): string[] {
  const found: string[] = [];
  for (let at = folder; ; at = path.dirname(at)) {
    found.push(path.join(at, 'node_modules', '@types'));
    if (at === path.dirname(at)) return found;
  }
}
