import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Tells, once each, of the files that code of this thread reads whole or as a stream through `node:fs`: a result depends
 * on them. Native code that reads files (DuckDB) tells by itself.
 */
export function tellFileReads(tell: (file: string) => void): void {
  const told = new Set<string>();
  const see = (file: unknown) => {
    if (typeof file !== 'string' && !(file instanceof URL)) return;
    try {
      const full = path.resolve(typeof file === 'string' ? file : fileURLToPath(file));
      if (told.has(full)) return;
      told.add(full);
      tell(full);
    } catch {
      // No name of a file: the call itself says what is wrong with it.
    }
  };
  const watch = (holder: object, name: string) => {
    const functions = holder as { [name: string]: (...args: unknown[]) => unknown };
    const original = functions[name]!;
    const watching = function (this: unknown, ...args: unknown[]) {
      see(args[0]);
      return original.apply(this, args);
    };
    functions[name] = Object.defineProperties(watching, Object.getOwnPropertyDescriptors(original));
  };
  for (const name of ['readFileSync', 'readFile', 'createReadStream']) watch(fs, name);
  watch(fs.promises, 'readFile');
  syncBuiltinESMExports();
}
