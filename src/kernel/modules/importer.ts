import Module, { isBuiltin, syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';

// Node's own, which user code gets another of (`tellRequires`).
const { createRequire } = Module;

type Import = (specifier: unknown, options?: ImportCallOptions) => Promise<object>;

/** `import()`, `require` and `import.meta` as they would be in a file at the notebook's place. */
export interface Importer {
  import: Import;
  require: NodeJS.Require;
  meta: { url: string; filename: string; dirname: string; resolve(specifier: string): string };
}

/** Node's own modules need nothing of what is shared; this one gives a `require` that does. */
const needsNothing = (specifier: unknown) =>
  typeof specifier === 'string' && isBuiltin(specifier) && !/^(node:)?module$/.test(specifier);

/**
 * @param preloaded the packages that are shared, which it may load. Nothing is imported before: a package would get copies of its own.
 * @param tell who hears what cells import, but for Node's own modules
 */
export function importerFor(
  notebook: string,
  preloaded: () => ReadonlyMap<string, object>,
  tell: (specifier: string) => void,
): Importer {
  const require = createRequire(notebook);
  // Evaluated code may not import; a script with the notebook's name may, and resolves from its folder.
  const load = new vm.Script('(specifier, options) => import(specifier, options)', {
    filename: notebook,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }).runInThisContext() as Import;
  const requireShared = (id: string): unknown => {
    if (needsNothing(id)) return require(id);
    preloaded();
    tell(String(id));
    return require(id);
  };
  return {
    require: Object.assign(requireShared, require),
    meta: {
      url: pathToFileURL(notebook).href,
      filename: notebook,
      dirname: path.dirname(notebook),
      resolve: (specifier) => resolve(require, specifier),
    },
    async import(specifier, options) {
      const importer = new Error();
      if (!needsNothing(specifier)) {
        const module = preloaded().get(specifier as string);
        if (module) return module;
        tell(String(specifier));
      }
      const loaded = await load(specifier, options).catch((error: unknown) => {
        throw withImporter(error, importer.stack ?? '');
      });
      return typeof specifier === 'string' && specifier.endsWith('.json') ? withMembers(loaded) : loaded;
    },
  };
}

/**
 * Tells what is loaded by a `require` that code of the workspace makes itself (`createRequire`); packages that do so are known as a whole.
 * @param own folder of dinnb's own code, which makes some too: what it loads is nothing that a notebook imports
 * @param tell as `importerFor`
 */
export function tellRequires(own: string, tell: (specifier: string) => void): void {
  Module.createRequire = (from) => {
    const require = createRequire(from);
    const file = /^file:/.test(String(from)) ? fileURLToPath(from) : String(from);
    if (/[\\/]node_modules[\\/]/.test(file) || file.startsWith(own + path.sep)) return require;
    const folder = /[\\/]$/.test(file) ? file : path.dirname(file);
    const telling = (id: string): unknown => {
      if (!needsNothing(id)) tell(/^\.{0,2}\//.test(id) ? path.resolve(folder, id) : id);
      return require(id);
    };
    return Object.assign(telling, require);
  };
  syncBuiltinESMExports();
}

/** A JSON file as TypeScript takes it, with its members beside `default`, which is all that Node gives. */
function withMembers(module: { default?: unknown }): object {
  const value = module.default;
  if (typeof value !== 'object' || value === null) return module;
  return Object.defineProperty(Array.isArray(value) ? [...value] : { ...value }, 'default', { value });
}

/**
 * The value of a named import. Node finds the names of a CommonJS module by reading its text and misses some; those are
 * on its default export.
 */
export function namedImport(module: { [name: string]: unknown }, name: string): unknown {
  if (name in module) return module[name];
  const standard: unknown = module.default;
  if (name === 'default') return module;
  return standard !== null && standard !== undefined ? (standard as { [name: string]: unknown })[name] : undefined;
}

function resolve(require: NodeJS.Require, specifier: string): string {
  const found = require.resolve(specifier);
  return path.isAbsolute(found) ? pathToFileURL(found).href : found;
}

/** Errors of Node's module loader know only the loader: the line of the cell that imports is added to their stack. */
function withImporter(error: unknown, importerStack: string): unknown {
  if (error instanceof Error && typeof error.stack === 'string' && !error.stack.includes('dinnb:/cell/')) {
    const frames = importerStack.split('\n').filter((line) => line.includes('dinnb:/cell/'));
    // Not an assignment: errors from the loader's own thread have a read-only stack.
    const stack = { value: [error.stack, ...frames].join('\n'), writable: true, configurable: true };
    Reflect.defineProperty(error, 'stack', stack);
  }
  return error;
}
