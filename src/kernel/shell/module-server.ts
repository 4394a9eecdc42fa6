import type { MessagePort } from 'node:worker_threads';
import type { ModuleReply, ModuleRequest } from '../link';
import type { WorkspaceFiles } from '../modules/workspace';

/** Answers the module hooks, which run on a thread of Node's without a compiler. */
export function serveModules(port: MessagePort, files: WorkspaceFiles): void {
  port.on('message', (request: ModuleRequest) => port.postMessage(answer(request, files)));
}

function answer(request: ModuleRequest, files: WorkspaceFiles): ModuleReply {
  const { id, path } = request;
  try {
    if (request.type === 'resolve') return { id, text: files.resolve(request.specifier, path, request.what) };
    return { id, text: request.type === 'version' ? files.version(path) : files.compile(path, request.url) };
  } catch (error) {
    const { name, message } = error as Error;
    return { id, error: { name, message } };
  }
}
