import { NAMES } from '../compile/names';
import type { Displays } from '../display/displays';
import { type Importer, namedImport } from '../modules/importer';
import type { Library } from './library';
import type { Parameters } from './parameters';
import type { Questions } from './questions';
import type { Runs } from './runs';

export interface CellGlobals {
  library: Pick<Library, 'get'>;
  displays: Displays;
  questions: Questions;
  parameters: Parameters;
  runs: Runs;
  importer: Importer;
}

/**
 * What every cell finds, and the hidden functions that compiled cells call. A cell may declare over any of the former.
 *
 * @returns puts in place what is made by its first use, now that it costs nothing.
 */
export function defineGlobals(given: CellGlobals): () => void {
  const { library, displays, questions, parameters, runs, importer } = given;
  const visible = {
    display: displays.display,
    prompt: questions.prompt,
    params: parameters.values,
    require: importer.require,
    __filename: importer.meta.filename,
    __dirname: importer.meta.dirname,
  };
  const late = {
    tf: () => library.get().tf,
    din: () => library.get().din,
  };
  const hidden = {
    [NAMES.import]: importer.import,
    [NAMES.named]: namedImport,
    [NAMES.meta]: importer.meta,
    [NAMES.check]: runs.check,
    [NAMES.hold]: runs.awaited.hold,
    [NAMES.each]: runs.awaited.each,
    [NAMES.tick]: runs.tick,
    [NAMES.value]: runs.handOver,
    [NAMES.parameter]: parameters.bind,
  };
  for (const [name, value] of Object.entries(visible)) define(name, { value, writable: true, configurable: true });
  for (const [name, value] of Object.entries(hidden)) define(name, { value });
  const all = Object.entries(late).map(([name, make]) => defineLate(name, make));
  return () => {
    for (const settle of all) settle();
  };
}

/** A variable that has its value when it is first read. */
function defineLate(name: string, make: () => unknown): () => void {
  const set = (value: unknown) => define(name, { value, writable: true, configurable: true });
  const get = () => {
    const value = make();
    if (Object.getOwnPropertyDescriptor(globalThis, name)?.get === get) set(value);
    return value;
  };
  define(name, { get, set, configurable: true });
  return () => {
    if (Object.getOwnPropertyDescriptor(globalThis, name)?.get === get) get();
  };
}

function define(name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(globalThis, name, { enumerable: false, ...descriptor });
}
