import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { replace } from './replace';

/**
 * Tells, once each in a cell's run, of the files that code of this thread reads whole or as a stream through `node:fs`: a result
 * depends on them; and of those that it writes, which are none of the notebook's data. Native code that reads files (DuckDB) tells by
 * itself.
 *
 * @returns to be called when a run begins
 */
export function tellFiles(tell: (type: 'read' | 'write', file: string) => void): () => void {
  const told = new Set<string>();
  const see = (type: 'read' | 'write', file: unknown) => {
    if (typeof file !== 'string' && !(file instanceof URL)) return;
    try {
      const full = path.resolve(typeof file === 'string' ? file : fileURLToPath(file));
      if (told.has(`${type} ${full}`)) return;
      told.add(`${type} ${full}`);
      tell(type, full);
    } catch {
      // No name of a file: the call itself says what is wrong with it.
    }
  };
  const watch = (holder: object, name: string, type: 'read' | 'write', argument = 0) =>
    replace(
      holder,
      name,
      (original) =>
        function (...args) {
          see(type, args[argument]);
          return original.apply(this, args);
        },
    );
  for (const name of ['readFileSync', 'readFile', 'createReadStream']) watch(fs, name, 'read');
  watch(fs.promises, 'readFile', 'read');
  for (const name of ['writeFile', 'writeFileSync', 'appendFile', 'appendFileSync', 'createWriteStream'])
    watch(fs, name, 'write');
  for (const name of ['writeFile', 'appendFile']) watch(fs.promises, name, 'write');
  for (const name of ['rename', 'copyFile']) {
    watch(fs, name, 'write', 1);
    watch(fs, `${name}Sync`, 'write', 1);
    watch(fs.promises, name, 'write', 1);
  }
  watch(fs, 'copyFile', 'read');
  watch(fs, 'copyFileSync', 'read');
  watch(fs.promises, 'copyFile', 'read');
  syncBuiltinESMExports();
  return () => told.clear();
}
