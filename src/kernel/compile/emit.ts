import path from 'node:path';
import ts from 'typescript';
import { TOO_DEEP, tooDeepAt } from '../../language/half-typed';

/**
 * TypeScript's own emit by its parts, which its declarations leave out. `ts.transpileModule` makes a type checker before them: three quarters of
 * its time for a short cell, and a megabyte of garbage, for questions that most cells never raise.
 */
interface Parts {
  getSetExternalModuleIndicator(options: ts.CompilerOptions): (file: ts.SourceFile) => void;
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  getTransformers(options: ts.CompilerOptions, custom?: ts.CustomTransformers): { scriptTransformers: unknown[] };
  transformNodes(
    resolver: object,
    host: object,
    factory: ts.NodeFactory,
    options: ts.CompilerOptions,
    nodes: readonly ts.SourceFile[],
    transformers: unknown[],
    allowDeclarations: boolean,
  ): ts.TransformationResult<ts.SourceFile> & Pick<ts.PrintHandlers, 'isEmitNotificationEnabled' | 'substituteNode'>;
  createTextWriter(newLine: string): { getText(): string };
  createSourceMapGenerator(host: object, file: string, root: string, folder: string, options: object): object;
}

/** What TypeScript's printer has besides: it writes text and source map in one go. */
interface MappingPrinter extends ts.Printer {
  writeFile(file: ts.SourceFile, writer: object, map: object): void;
}

const parts = ts as unknown as Parts;

/** The type checker was asked something. */
class AskedChecker extends Error {}

const noChecker = new Proxy({}, { get: () => () => raise(new AskedChecker()) });

/** The file is alone, in no folder; a module of its own kind. */
const hostFor = (options: ts.CompilerOptions) => ({
  getCurrentDirectory: () => '',
  getCanonicalFileName: (name: string) => name,
  getEmitModuleFormatOfFile: () => options.module,
});

/** A module in JavaScript, the map from it, and where it is no TypeScript. */
export interface Emitted {
  code: string;
  map: string;
  diagnostics: readonly ts.Diagnostic[];
}

export interface EmitRequest {
  fileName: string;
  /** With `sourceMap` and `verbatimModuleSyntax`. */
  compilerOptions: ts.CompilerOptions;
  transformers?: ts.CustomTransformers;
}

/** What takes the square of its depth to compile, and where. */
export class NestedTooDeeply extends Error {
  constructor(
    readonly text: string,
    readonly at: number,
  ) {
    super(TOO_DEEP);
  }
}

/** The map of code before which a line was put. */
export function oneLineLower(map: string): string {
  const places = JSON.parse(map) as { mappings: string };
  return JSON.stringify({ ...places, mappings: `;${places.mappings}` });
}

/** What `ts.transpileModule` makes. @throws NestedTooDeeply */
export function emitModule(text: string, request: EmitRequest): Emitted {
  return emitWithoutChecker(text, request) ?? emitWithChecker(text, request);
}

export function emitWithChecker(text: string, request: EmitRequest): Emitted {
  const made = ts.transpileModule(text, { ...request, reportDiagnostics: true });
  const code = made.outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, '');
  return { code, map: made.sourceMapText!, diagnostics: made.diagnostics ?? [] };
}

/** @returns undefined where a type checker has to be asked: for enumerations, namespaces, markup, some classes */
export function emitWithoutChecker(
  text: string,
  { fileName, compilerOptions, transformers }: EmitRequest,
): Emitted | undefined {
  const file = ts.createSourceFile(fileName, text, {
    languageVersion: compilerOptions.target ?? ts.ScriptTarget.ESNext,
    setExternalModuleIndicator: parts.getSetExternalModuleIndicator(compilerOptions),
  }) as ts.SourceFile & { parseDiagnostics: readonly ts.Diagnostic[] };
  const deep = tooDeepAt(ts, file);
  if (deep !== undefined) throw new NestedTooDeeply(text, deep);
  // With the names of each scope, so that a name which is made up is nobody else's.
  parts.bindSourceFile(file, compilerOptions);
  try {
    const { code, map } = print(file, compilerOptions, transformers);
    return { code, map, diagnostics: file.parseDiagnostics };
  } catch (error) {
    if (error instanceof AskedChecker) return undefined;
    throw error;
  }
}

function print(file: ts.SourceFile, options: ts.CompilerOptions, transformers: ts.CustomTransformers | undefined) {
  const host = hostFor(options);
  const { scriptTransformers } = parts.getTransformers(options, transformers);
  const result = parts.transformNodes(noChecker, host, ts.factory, options, [file], scriptTransformers, false);
  const printer = ts.createPrinter(options as ts.PrinterOptions, {
    hasGlobalName: () => raise(new AskedChecker()),
    onEmitNode: result.emitNodeWithNotification.bind(result),
    substituteNode: result.substituteNode,
    isEmitNotificationEnabled: result.isEmitNotificationEnabled,
  }) as MappingPrinter;
  const writer = parts.createTextWriter('\n');
  const made = path.basename(file.fileName).replace(/\.tsx?$/, '.js');
  const map = parts.createSourceMapGenerator(host, made, '', '', options);
  printer.writeFile(result.transformed[0]!, writer, map);
  result.dispose();
  return { code: writer.getText(), map: String(map) };
}

function raise(error: Error): never {
  throw error;
}
