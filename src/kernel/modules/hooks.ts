// Module hooks (`module.register`): they run on a thread of Node's own. Compiling and reading is the shell's work.
import { existsSync, statSync } from 'node:fs';

import { readFile } from 'node:fs/promises';
import {
  type InitializeHook,
  isBuiltin,
  type LoadHook,
  type ResolveFnOutput,
  type ResolveHook,
  type ResolveHookContext,
} from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { ENDINGS, locateDeclaration, meant } from '../../language/named-file';
import type { ModuleReply, ModuleRequest } from '../link';
import { type HookData, isTensorFlow, versionedUrl } from './shared';

const PRELOADED_SCHEME = 'dinnb-preloaded:';
const TYPESCRIPT = /\.[mc]?tsx?$/;
const RELOADABLE = /\.([mc]?tsx?|m?js|json)$/;

let data: HookData;
let nextId = 0;
const waiting = new Map<number, (reply: ModuleReply) => void>();

export const initialize: InitializeHook<HookData> = (given) => {
  data = given;
  data.port.on('message', (reply: ModuleReply) => {
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
};

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

async function ask(port: MessagePort, request: WithoutId<ModuleRequest>): Promise<string> {
  const id = nextId++;
  const reply = await new Promise<ModuleReply>((resolve) => {
    waiting.set(id, resolve);
    port.postMessage({ id, ...request });
  });
  if ('text' in reply) return reply.text;
  const error = new Error(reply.error.message);
  error.name = reply.error.name;
  throw error;
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  if (Object.hasOwn(data.names, specifier)) {
    return { url: PRELOADED_SCHEME + encodeURIComponent(specifier), format: 'module', shortCircuit: true };
  }
  if (isTensorFlow(specifier)) {
    try {
      return await next(specifier, { ...context, parentURL: data.kernelUrl });
    } catch {
      return next(specifier, context); // not a part of TensorFlow.js that dinnb has
    }
  }
  const named = await namedByConfiguration(specifier, context.parentURL, 'values');
  if (named)
    return isWorkspaceFile(named) ? versioned({ url: named, shortCircuit: true }, context) : next(named, context);
  let resolved: ResolveFnOutput;
  try {
    resolved = await next(specifier, context);
  } catch (error) {
    const url = guess(specifier, context.parentURL) ?? (await declared(specifier, context.parentURL));
    if (!url) throw error;
    resolved = { url, shortCircuit: true };
  }
  return isWorkspaceFile(resolved.url) ? versioned(resolved, context) : resolved;
};

/** The URL that `paths` or `baseUrl` of the importing file's `tsconfig.json` give a specifier that is no path. */
async function namedByConfiguration(
  specifier: string,
  parentURL: string | undefined,
  what: 'values' | 'declarations',
): Promise<string | undefined> {
  if (/^(\.{0,2}\/|\.{1,2}$|[a-z]+:)/.test(specifier) || isBuiltin(specifier)) return undefined;
  if (!parentURL?.startsWith('file:') || parentURL.includes('/node_modules/')) return undefined;
  const path = fileURLToPath(withoutQuery(parentURL));
  const file = await ask(data.port, { type: 'resolve', path, specifier, what });
  return file === '' ? undefined : pathToFileURL(file).href;
}

/** The URL of a file that only declares what an import means: its types need no module, its names may be types. */
async function declared(specifier: string, parentURL: string | undefined): Promise<string | undefined> {
  if (!/^(\.{0,2}\/|file:)/.test(specifier)) return namedByConfiguration(specifier, parentURL, 'declarations');
  if (!parentURL?.startsWith('file:')) return undefined;
  const file = locateDeclaration(fileURLToPath(withoutQuery(new URL(specifier, parentURL).href)));
  return file && pathToFileURL(file).href;
}

/** `./util` -> `./util.ts`, `./util.js` -> `./util.ts`, `./folder` -> `./folder/index.ts`; undefined when there is none. */
function guess(specifier: string, parentURL: string | undefined): string | undefined {
  if (!/^(\.{0,2}\/|file:)/.test(specifier) || !parentURL?.startsWith('file:')) return undefined;
  const base = new URL(specifier, parentURL).href;
  return meant(base, [...ENDINGS, '/index.mjs']).find((url) => url !== base && existsSync(new URL(url)));
}

function isWorkspaceFile(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/') && RELOADABLE.test(new URL(url).pathname);
}

/** An edited file is a new module: its URL carries a version, of TypeScript files with all that they import. */
async function versioned(resolved: ResolveFnOutput, context: ResolveHookContext): Promise<ResolveFnOutput> {
  const path = fileURLToPath(withoutQuery(resolved.url));
  if (!TYPESCRIPT.test(path)) {
    const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    const url = modified === undefined ? resolved.url : versionedUrl(resolved.url, String(modified));
    // `import data from './data.json'` needs no attribute in TypeScript
    if (!path.endsWith('.json')) return { ...resolved, url };
    return { ...resolved, url, format: 'json', importAttributes: { ...context.importAttributes, type: 'json' } };
  }
  const version = await ask(data.port, { type: 'version', path });
  return { ...resolved, url: versionedUrl(resolved.url, version), format: 'module' };
}

function withoutQuery(url: string): URL {
  const plain = new URL(url);
  plain.search = '';
  plain.hash = '';
  return plain;
}

export const load: LoadHook = async (url, context, next) => {
  if (url.startsWith(PRELOADED_SCHEME)) {
    const specifier = decodeURIComponent(url.slice(PRELOADED_SCHEME.length));
    return { format: 'module', shortCircuit: true, source: preloadedModule(specifier, data.names[specifier]!) };
  }
  if (!isWorkspaceFile(url)) return next(url, context);
  const path = fileURLToPath(withoutQuery(url));
  if (TYPESCRIPT.test(path)) {
    return { format: 'module', shortCircuit: true, source: await ask(data.port, { type: 'load', path, url }) };
  }
  if (path.endsWith('.json')) return { format: 'json', shortCircuit: true, source: await readFile(path, 'utf8') };
  return next(url, context);
};

/** A module that exports what the kernel has loaded on the main thread. */
function preloadedModule(specifier: string, names: string[]): string {
  const source = [`const it = globalThis[Symbol.for('dinnb.preloaded')].get(${JSON.stringify(specifier)});`];
  const exported = names.filter((name) => name !== 'default');
  source.push(...exported.map((name, index) => `const _${index} = it[${JSON.stringify(name)}];`));
  source.push(`export { ${exported.map((name, index) => `_${index} as ${JSON.stringify(name)}`).join(', ')} };`);
  source.push('export default it;');
  return source.join('\n');
}
