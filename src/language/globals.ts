/** Where the declarations of what every cell finds lie. */
export interface Declarations {
  /** Of `tf`: an entry file of TensorFlow.js. */
  tensorflow: string;
  /** Of `din`: an entry file of the library. */
  din: string;
  /** Folders of `@types`, for Node's. */
  typeRoots: readonly string[];
}

/** Modules that cells get from dinnb itself, whatever their folder holds (`kernel/modules/preload.ts`), and where their types are. */
export function ownModule(specifier: string, { tensorflow, din }: Declarations): string | undefined {
  if (specifier === '@tensorflow/tfjs' || specifier === '@tensorflow/tfjs-node') return tensorflow;
  if (specifier === 'dinnb/din') return din;
  return undefined;
}

/**
 * Declares the globals of cells (`kernel/main/globals.ts`), by the name of the file each stands in; `params` has the types of the
 * parameters cells. Namespaces, because `tf.Tensor` and `din.data.Table` are types too.
 */
export function globalDeclarations({ tensorflow, din }: Declarations, params: string): { [name: string]: string } {
  return {
    tf: `export * from ${moduleName(tensorflow)};\nexport as namespace tf;\n`,
    din: `export * from ${moduleName(din)};\nexport as namespace din;\n`,
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
declare const params: ${params};
`,
  };
}

function moduleName(file: string): string {
  return JSON.stringify(file.replaceAll('\\', '/').replace(/(\.d)?\.ts$/, ''));
}
