import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { type HookData, isTensorFlow, PRELOADED } from './shared';

/** Node's module loader, as far as it is replaced here. */
interface ModuleLoader {
  _load(request: string, parent: unknown, ...rest: unknown[]): unknown;
}

/**
 * Makes `require` and `import` of these packages, from cells, workspace files and packages alike, give the copies that
 * the kernel has loaded: a second copy of tfjs-core would be a second engine with tensors of its own.
 */
export function sharePreloaded(preloaded: ReadonlyMap<string, object>, kernelFolder: string, port: MessagePort): void {
  const own = createRequire(path.join(kernelFolder, 'main.js'));
  const loader = Module as unknown as ModuleLoader;
  const original = loader._load;
  loader._load = function (request, ...rest) {
    const module = preloaded.get(request);
    if (module) return module;
    return original.call(this, isTensorFlow(request) ? ownPath(own, request) : request, ...rest);
  };
  (globalThis as { [PRELOADED]?: unknown })[PRELOADED] = preloaded;
  const names = [...preloaded].map(([specifier, module]) => [specifier, Object.keys(module)] as const);
  const data: HookData = {
    port,
    names: Object.fromEntries(names),
    kernelUrl: pathToFileURL(path.join(kernelFolder, 'main.js')).href,
  };
  Module.register(pathToFileURL(path.join(kernelFolder, 'hooks.mjs')), { data, transferList: [port] });
}

/** Other parts of TensorFlow.js load from dinnb's copy where it has them, else from the user's packages. */
function ownPath(own: NodeJS.Require, request: string): string {
  try {
    return own.resolve(request);
  } catch {
    return request; // not a part that dinnb has: resolved as usual
  }
}
