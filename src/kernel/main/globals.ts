import type * as TensorFlow from '@tensorflow/tfjs';
import { NAMES } from '../compile/names';
import type { Displays } from '../display/displays';
import { type Importer, namedImport } from '../modules/importer';
import type { Parameters } from './parameters';
import type { Questions } from './questions';
import type { Runs } from './runs';

export interface CellGlobals {
  tf: typeof TensorFlow;
  din: object;
  displays: Displays;
  questions: Questions;
  parameters: Parameters;
  runs: Runs;
  importer: Importer;
}

/** What every cell finds, and the hidden functions that compiled cells call. A cell may declare over any of the former. */
export function defineGlobals({ tf, din, displays, questions, parameters, runs, importer }: CellGlobals): void {
  const visible = {
    tf,
    din,
    display: displays.display,
    prompt: questions.prompt,
    params: parameters.values,
    require: importer.require,
    __filename: importer.meta.filename,
    __dirname: importer.meta.dirname,
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
}

function define(name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(globalThis, name, { enumerable: false, ...descriptor });
}
