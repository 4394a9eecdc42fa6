import { resolve } from 'node:path';
import { RestoreError, restoreNotebook } from '../runs/restore';
import { check } from './check';
import { UsageError } from './errors';
import { readNotebookFile } from './files';

/** `dinnb restore`: a clean folder in which the notebook can be rerun, and then that. Returns the exit code of the check. */
export async function restore(
  path: string,
  folder = `${path.replace(/\.dinnb$/, '')}-restored`,
  { check: wanted }: { check: boolean },
): Promise<number> {
  const { document, bytes } = readNotebookFile(path);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  let restored: string;
  try {
    restored = await restoreNotebook(document, { notebook: resolve(path), bytes, folder: resolve(folder), say });
  } catch (error) {
    if (error instanceof RestoreError || (error as NodeJS.ErrnoException).code)
      throw new UsageError((error as Error).message);
    throw error;
  }
  say(`Restored in ${folder}`);
  if (!wanted) {
    process.stdout.write(`${restored}\n`);
    return 0;
  }
  const backend = document.environment?.backend === 'wasm' ? 'wasm' : 'auto';
  return check(restored, { backend, recorded: document.environment ?? {} });
}
