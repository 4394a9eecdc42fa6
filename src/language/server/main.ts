import path from 'node:path';
import { Duplex } from 'node:stream';
import ts from 'typescript';
import { connectionOver } from '../../protocol/connection';
import { shippedDeclarations } from '../globals';
import { type AskParams, METHOD, type SyncParams } from '../messages';
import { NoAnswer } from '../program';
import { answersWith, failure } from './answers';
import { CellService } from './cell-service';
import { ServedNotebook } from './notebooks';

// The language server: answers the editor's questions about the cells of its open notebooks. A process of its own, so that neither its
// memory nor a program that it cannot follow is the editor's.

const registry = ts.createDocumentRegistry(ts.sys.useCaseSensitiveFileNames);
const declarations = shippedDeclarations(path.join(__dirname, '.'));
const notebooks = new Map<string, { path: string; served: ServedNotebook }>();
const answers = answersWith(new CellService(ts));

const connection = connectionOver(Duplex.from({ readable: process.stdin, writable: process.stdout }));

connection.onNotification(METHOD.sync, (params: SyncParams) => {
  const known = notebooks.get(params.notebook);
  if (known?.path === params.path) return known.served.sync(params);
  const served = new ServedNotebook(ts, params.path, declarations, registry);
  notebooks.set(params.notebook, { path: params.path, served });
  served.sync(params);
});
connection.onNotification(METHOD.close, (notebook: string) => {
  notebooks.get(notebook)?.served.program.service.dispose();
  notebooks.delete(notebook);
});
connection.onNotification(METHOD.refresh, () => {
  for (const { served } of notebooks.values()) served.program.refresh();
});
connection.onRequest(METHOD.ask, ({ notebook, question, params }: AskParams) => {
  const served = notebooks.get(notebook)?.served;
  if (!served) throw new Error(`The notebook ${notebook} is not open.`);
  const answer = answers[question] as (served: ServedNotebook, params: unknown) => unknown;
  try {
    return served.program.ask(() => answer(served, params));
  } catch (error) {
    if (question !== 'problems' || error instanceof NoAnswer) throw error;
    return failure(served, error);
  }
});

// With the editor's end of the pipe this process ends.
connection.onClose(() => process.exit());
process.stdin.on('end', () => process.exit());
connection.listen();
