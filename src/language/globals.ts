import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** A type that the text of a notebook's module uses, between the cells. */
export const AGAIN = '__dinnb_Again';

/** Globals of Node that its declarations leave to those of pages, which are not for cells. */
const OF_NODE = `type BufferSource = ArrayBufferView | ArrayBuffer;
type BodyInit = NonNullable<RequestInit['body']>;
type HeadersInit = NonNullable<RequestInit['headers']>;
type Crypto = import('node:crypto').webcrypto.Crypto;
declare var Crypto: Function & { readonly prototype: Crypto };
type CryptoKey = import('node:crypto').webcrypto.CryptoKey;
declare var CryptoKey: Function & { readonly prototype: CryptoKey };
type SubtleCrypto = import('node:crypto').webcrypto.SubtleCrypto;
declare var SubtleCrypto: Function & { readonly prototype: SubtleCrypto };
declare namespace WebAssembly {
  type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'externref' | 'anyfunc';
  type ExternKind = 'function' | 'global' | 'memory' | 'table' | 'tag';
  type ExportValue = Function | Global | Memory | Table;
  type Exports = Record<string, any>;
  type Imports = Record<string, Record<string, ExportValue | number>>;
  interface ModuleExportDescriptor { name: string; kind: ExternKind }
  interface ModuleImportDescriptor extends ModuleExportDescriptor { module: string }
  interface WebAssemblyInstantiatedSource { module: Module; instance: Instance }
  class Module {
    constructor(bytes: BufferSource);
    static customSections(module: Module, name: string): ArrayBuffer[];
    static exports(module: Module): ModuleExportDescriptor[];
    static imports(module: Module): ModuleImportDescriptor[];
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Table {
    constructor(descriptor: { element: 'anyfunc' | 'externref'; initial: number; maximum?: number }, value?: any);
    readonly length: number;
    get(index: number): any;
    set(index: number, value?: any): void;
    grow(by: number, value?: any): number;
  }
  class Global {
    constructor(descriptor: { value: ValueType; mutable?: boolean }, value?: any);
    value: any;
    valueOf(): any;
  }
  class Tag { constructor(descriptor: { parameters: ValueType[] }) }
  class Exception extends Error {
    constructor(tag: Tag, payload: any[], options?: { traceStack?: boolean });
    is(tag: Tag): boolean;
    getArg(tag: Tag, index: number): any;
  }
  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}
  function compile(bytes: BufferSource): Promise<Module>;
  function compileStreaming(source: Response | PromiseLike<Response>): Promise<Module>;
  function instantiate(bytes: BufferSource, imports?: Imports): Promise<WebAssemblyInstantiatedSource>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
  function instantiateStreaming(source: Response | PromiseLike<Response>, imports?: Imports): Promise<WebAssemblyInstantiatedSource>;
  function validate(bytes: BufferSource): boolean;
}
`;

/** Where the declarations of what every cell finds lie. */
export interface Declarations {
  /** Of `tf`: an entry file of TensorFlow.js, where `ambient` does not declare it. */
  tensorflow?: string;
  /** Of `din`: an entry file of the library. */
  din: string;
  /** Folders of `@types`, for Node's. */
  typeRoots: readonly string[];
  /** Files that declare modules by their names. */
  ambient?: readonly string[];
  /** Where what dinnb ships lies: it does not change. */
  folder?: string;
  /** Folder of TypeScript's own `lib.*.d.ts`, where they do not lie beside the compiler. */
  lib?: string;
}

/** The declarations that are built into `dist/types` (`scripts/types.mjs`). */
export function shippedDeclarations(dist: string): Declarations {
  const folder = path.join(dist, 'types').replaceAll('\\', '/');
  return {
    folder,
    din: `${folder}/din/index.d.ts`,
    typeRoots: [folder],
    ambient: [`${folder}/tensorflow.d.ts`],
    lib: path.dirname(createRequire(path.join(dist, 'language.js')).resolve('typescript')),
  };
}

/**
 * The declarations of a module that dinnb gives to cells itself, whatever their folder holds (`kernel/modules/preload.ts`), or that one
 * of its own declarations names: a file, or `ambient` where a module of that name is declared. Nothing is looked for on the disk but what
 * is known to lie there: that took a third of the time to the first completion.
 */
export function ownModule(
  specifier: string,
  containing: string,
  { tensorflow, din, ambient, folder }: Declarations,
): string | undefined {
  if (specifier === '@tensorflow/tfjs' || specifier === '@tensorflow/tfjs-node') return tensorflow ?? 'ambient';
  if (specifier === 'dinnb/din') return din;
  if (folder === undefined || !containing.startsWith(`${folder}/`)) return undefined;
  if (ambient?.includes(containing) || containing.startsWith(`${folder}/node/`) || !specifier.startsWith('.'))
    return 'ambient';
  const file = path.posix.join(path.posix.dirname(containing), specifier);
  return [`${file}.d.ts`, `${file}/index.d.ts`].find((candidate) => existsSync(candidate));
}

/**
 * Declares the globals of cells (`kernel/main/globals.ts`), by the name of the file each stands in; `params` has the types of the
 * parameters cells. Namespaces, because `tf.Tensor` and `din.data.Table` are types too.
 */
export function globalDeclarations({ tensorflow, din }: Declarations, params: string): { [name: string]: string } {
  return {
    tf: `export * from ${tensorflow ? moduleName(tensorflow) : "'@tensorflow/tfjs'"};\nexport as namespace tf;\n`,
    din: `export * from ${moduleName(din)};\nexport as namespace din;\n`,
    node: OF_NODE,
    own: `/** Shows a value, or a MIME bundle such as \`{ 'text/html': '<b>done</b>' }\`, below the cell. The handle changes what it shows. */
declare function display(value: unknown): DinnbDisplay;
declare namespace display {
  /** Markdown, with formulas between dollar signs. */
  function markdown(text: string): DinnbDisplay;
  function html(text: string): DinnbDisplay;
  /** A formula, without dollar signs around it. */
  function latex(text: string): DinnbDisplay;
  /** Any JSON value as a tree that opens. */
  function json(value: unknown): DinnbDisplay;
  /** The bytes of a PNG, JPEG, GIF, WebP or SVG file, or the text of an SVG. */
  function image(value: Uint8Array | ArrayBuffer | string): DinnbDisplay;
  /** Records as a table that sorts, filters and pages. */
  function table(records: readonly object[]): DinnbDisplay;
  /** A figure of Vega-Lite, drawn as a picture; its data in the figure. */
  function vegaLite(figure: object): DinnbDisplay;
  /** A figure as plotly describes it. */
  function plotly(figure: { data: readonly object[]; layout?: object }): DinnbDisplay;
  /** Shows how far a loop over the items has come: \`for (const item of display.progress(items)) ...\`, also with \`for await\`. */
  function progress<T>(
    items: Iterable<T> | AsyncIterable<T>,
    options?: { title?: string; total?: number },
  ): AsyncIterable<T> & Iterable<T>;
}
interface DinnbDisplay {
  readonly id: string;
  /** Shows another value in the same place. */
  update(value: unknown): void;
  /** Adds to what a renderer shows. */
  append(mime: string, patch: unknown): void;
}
/** Asks the user for a line of text, and waits; null when there is no answer. \`node:readline\` asks without waiting. */
declare function prompt(message?: string, defaultValue?: string): string | null;
/** The notebook's parameters: defaults of its parameters cell, or what the run was given. */
declare var params: ${params};
/** What a variable may be in later cells: what it was declared as, but for null where it was given something. */
type ${AGAIN}<Now, Declared> = null extends Now ? Declared : undefined extends Now ? Declared : NonNullable<Declared>;
`,
  };
}

function moduleName(file: string): string {
  return JSON.stringify(file.replaceAll('\\', '/').replace(/(\.d)?\.ts$/, ''));
}
