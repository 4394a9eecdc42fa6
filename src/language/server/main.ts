import path from 'node:path';
import { Duplex } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import ts from 'typescript';
import { connectionOver } from '../../protocol/connection';
import { parameterShapes } from '../../protocol/parameters';
import { shippedDeclarations } from '../globals';
import { findImports } from '../imports';
import { type AskParams, METHOD, type Readings, type ReadParams, type SyncParams } from '../messages';
import { NoAnswer, ReadFiles } from '../program';
import { answersWith, failure } from './answers';
import { CellService } from './cell-service';
import { ServedNotebook } from './notebooks';

// The language server: answers the editor's questions about the cells of its open notebooks. A process of its own, so that neither its
// memory nor a program that it cannot follow is the editor's.

/** In which what has come through the pipe meanwhile is read. */
const YIELD_MS = 5;
/** After which what could be imported is read, once the cells have been looked at. */
const QUIET_MS = 200;

// What each key leaves behind is collected early: a heap that may grow to twice of what lives takes 70 MB more, and saves a tenth of the
// time. Not a flag of the command line, where a Node that does not know it would not start.
setFlagsFromString('--heap-growing-percent=15');

const registry = ts.createDocumentRegistry(ts.sys.useCaseSensitiveFileNames);
const declarations = shippedDeclarations(path.join(__dirname, '.'));
const files = new ReadFiles();
const notebooks = new Map<string, { path: string; served: ServedNotebook }>();
const answers = answersWith(new CellService(ts));

const connection = connectionOver(Duplex.from({ readable: process.stdin, writable: process.stdout }));

connection.onNotification(METHOD.sync, (params: SyncParams) => {
  const known = notebooks.get(params.notebook);
  if (known?.path === params.path) return known.served.sync(params);
  const served = new ServedNotebook(ts, params.path, declarations, registry, files);
  notebooks.set(params.notebook, { path: params.path, served });
  served.sync(params);
});
connection.onNotification(METHOD.close, (notebook: string) => {
  notebooks.get(notebook)?.served.program.dispose();
  notebooks.delete(notebook);
});
connection.onNotification(METHOD.refresh, () => {
  for (const { served } of notebooks.values()) served.program.refresh();
});
connection.onRequest(METHOD.ask, async ({ notebook, question, params }: AskParams) => {
  if (question === 'problems') {
    // Nobody waits for it as for a completion: what was asked while the cells were read goes first.
    servedAs(notebook).program.prepare();
    await new Promise((resolve) => setTimeout(resolve, YIELD_MS));
    setTimeout(() => notebooks.get(notebook)?.served.program.readAhead(), QUIET_MS).unref();
  }
  const served = servedAs(notebook);
  const answer = answers[question] as (served: ServedNotebook, params: unknown) => unknown;
  try {
    return served.program.ask(() => answer(served, params));
  } catch (error) {
    if (question !== 'problems' || error instanceof NoAnswer) throw error;
    return failure(served, error);
  }
});

const readings: { [R in keyof Readings]: (params: Readings[R]['params']) => Readings[R]['answer'] } = {
  imports: ({ sources, folder }) => findImports(() => ts, sources, folder),
  parameters: ({ source }) => parameterShapes(ts, source),
};
connection.onRequest(METHOD.read, ({ reading, params }: ReadParams) =>
  (readings[reading] as (params: unknown) => unknown)(params),
);

function servedAs(notebook: string): ServedNotebook {
  const served = notebooks.get(notebook)?.served;
  if (!served) throw new Error(`The notebook ${notebook} is not open.`);
  return served;
}

// With the editor's end of the pipe this process ends.
connection.onClose(() => process.exit());
process.stdin.on('end', () => process.exit());
connection.listen();
