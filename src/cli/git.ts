import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseNotebookBytes } from '../notebook/bytes';
import { notebookToText } from '../notebook/convert/text';
import { NotebookParseError } from '../notebook/errors';
import { mergeNotebooks } from '../notebook/merge';
import { printNotebookBytes } from '../notebook/print';
import { UsageError } from './errors';
import { readBytes, readIfThere, readNotebook, replaceFile, writeWhole } from './files';

/**
 * `dinnb git-diff`: what git compares in place of the file. One that cannot be read is shown as it is, so that a
 * difference with it can be seen.
 */
export function textOf(path: string): string | Uint8Array {
  const bytes = readBytes(path);
  try {
    return notebookToText(parseNotebookBytes(bytes, path));
  } catch (error) {
    if (error instanceof NotebookParseError) return bytes;
    throw error;
  }
}

/**
 * `dinnb git-merge`: merges into `ours`, as git wants it.
 *
 * @param name of the notebook in the repository, for messages
 * @returns the exit code: 1 where there is something to decide; the file opens all the same
 * @throws UsageError where one of the three cannot be read; then `ours` is left as it is
 */
export function mergeFiles(base: string, ours: string, theirs: string, name = ours): number {
  const { document, conflicts } = mergeNotebooks(readNotebook(base), readNotebook(ours), readNotebook(theirs));
  writeWhole(ours, printNotebookBytes(document));
  for (const conflict of conflicts) console.error(`${name}: ${conflict}`);
  if (conflicts.length > 0) console.error(`${name}: open it and decide in the cells that are tagged merge-conflict.`);
  return conflicts.length > 0 ? 1 : 0;
}

const GONE =
  'no commit has outputs now: those in the folder are gone once git writes a notebook anew (a checkout, a merge, a stash that changes it)';

/**
 * `dinnb git-setup`: tells the repository of the working folder to diff and merge notebooks by their cells, and with
 * `strip` to commit them without outputs. Doing it again changes nothing.
 *
 * @returns what was done, a line each
 */
export function setUpGit({ strip = false }: { strip?: boolean }): string[] {
  const top = git('rev-parse', '--show-toplevel');
  const command = [process.execPath, __filename].map(shellQuoted).join(' ');
  const settings: [string, string][] = [
    ['diff.dinnb.textconv', `${command} git-diff`],
    ['diff.dinnb.xfuncname', '^──── .*$'],
    ['merge.dinnb.name', 'notebooks by their cells'],
    ['merge.dinnb.driver', `${command} git-merge %O %A %B %P`],
    ...(strip
      ? ([
          ['filter.dinnb.clean', `${command} strip -`],
          ['filter.dinnb.smudge', 'cat'],
          ['filter.dinnb.required', 'true'],
        ] satisfies [string, string][])
      : []),
  ];
  for (const [name, value] of settings) git('config', '--local', name, value);
  const isSet = git('config', '--local', '--list', '--name-only').includes('filter.dinnb.');
  if (!strip && isSet) git('config', '--local', '--remove-section', 'filter.dinnb');
  const file = join(top, '.gitattributes');
  const line = `*.dinnb diff=dinnb merge=dinnb${strip ? ' filter=dinnb' : ''} text eol=lf`;
  const bytes = readIfThere(file);
  const before = Buffer.from(bytes ?? []).toString();
  const lines = before.split(/\r?\n/);
  const said = [
    `set ${settings.map(([name]) => name).join(', ')} in this repository's configuration`,
    ...(strip ? [GONE] : []),
  ];
  if (lines.includes(line)) return [...said, `${file} says so already: ${line}`];
  const others = lines.filter((each) => !/^\*\.dinnb\s.*\bmerge=dinnb\b/.test(each)).join('\n');
  const after = Buffer.from(`${others}${others === '' || others.endsWith('\n') ? '' : '\n'}${line}\n`);
  if (!replaceFile(file, bytes, after)) return setUpGit({ strip });
  return [...said, `${file}: ${line} (commit it; whoever clones runs "dinnb git-setup" once)`];
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).replace(/\r?\n$/, '');
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') throw new UsageError('git was not found.');
    throw new UsageError(`git ${args.slice(0, 2).join(' ')} failed: ${stderr?.trim() || (error as Error).message}`);
  }
}

/** For the shell that git runs commands with, also on Windows. */
function shellQuoted(word: string): string {
  return `'${word.replaceAll('\\', '/').replaceAll("'", "'\\''")}'`;
}
