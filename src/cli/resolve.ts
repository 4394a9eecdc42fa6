import { decodeUtf8 } from '../notebook/bytes';
import { hasConflictMarkers, mergeMarkedFile } from '../notebook/conflict-markers';
import { type Choice, decide, findConflicts } from '../notebook/conflicts';
import { NotebookParseError } from '../notebook/errors';
import { parseNotebook } from '../notebook/parse';
import { printNotebookBytes } from '../notebook/print';
import { UsageError } from './errors';
import { readBytes, replaceFile } from './files';

/**
 * `dinnb resolve`: makes a readable notebook of a file with git's conflict markers, and decides what it, or an earlier merge,
 * left to be decided, if told how.
 *
 * @returns the exit code: 1 where there is still something to decide
 * @throws UsageError where the file cannot be read; then it is left as it is
 */
export function resolve(path: string, choice: Choice | undefined): number {
  const bytes = readBytes(path);
  try {
    const text = decodeUtf8(bytes, path);
    const sides = mergeMarkedFile(text, path);
    if (!sides && hasConflictMarkers(text))
      throw new UsageError(
        `${path}: between git's conflict markers, one side is no notebook: git merged lines of both into it. Take a whole one, ` +
          `git checkout --ours -- ${path} or --theirs, or merge again after "dinnb git-setup", which merges cells. Nothing has been changed.`,
      );
    const merged = sides?.document ?? parseNotebook(text, path);
    const document = choice ? decide(merged, choice) : merged;
    const after = printNotebookBytes(document);
    if (!after.equals(bytes)) {
      // Somebody else may have saved at this very moment: then it is looked at anew.
      if (!replaceFile(path, bytes, after)) return resolve(path, choice);
      console.log(path);
    }
    const left = findConflicts(document.cells).length;
    if (left > 0)
      console.error(
        `${path}: ${left} to decide: in the cells that are tagged merge-conflict, or with --ours, --theirs or --both.`,
      );
    return left > 0 ? 1 : 0;
  } catch (error) {
    if (error instanceof NotebookParseError) throw new UsageError(error.message);
    throw error;
  }
}
