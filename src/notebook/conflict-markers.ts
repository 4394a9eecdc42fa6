import { decodeUtf8 } from './bytes';
import type { NotebookDocument } from './document';
import { NotebookParseError } from './errors';
import { type Merged, mergeNotebooks } from './merge';
import { parseNotebook } from './parse';

interface Sides {
  ours: string;
  theirs: string;
  /** Where git wrote it down (`merge.conflictStyle` diff3 or zdiff3). */
  base?: string;
}

const EMPTY: NotebookDocument = { version: 1, cells: [], unknown: {} };

/**
 * A file with git's conflict markers, as the merge of the two notebooks that it holds: both sides' cells survive, and what was
 * changed on both stands in cells of its own, as after `dinnb git-merge`.
 *
 * @returns undefined where the file has no markers, or its sides are no notebooks
 */
export function mergeMarkedFile(text: string, name: string): Merged | undefined {
  const sides = sidesOf(text.replace(/^\uFEFF/, ''));
  if (!sides) return undefined;
  try {
    const [ours, theirs] = [parseNotebook(sides.ours, name), parseNotebook(sides.theirs, name)];
    return mergeNotebooks(readBase(sides.base, name), ours, theirs);
  } catch (error) {
    if (error instanceof NotebookParseError) return undefined;
    throw error;
  }
}

/** Whether a text has git's conflict markers, in their order. */
export const hasConflictMarkers = (text: string): boolean => sidesOf(text.replace(/^\uFEFF/, '')) !== undefined;

/** The same of a file's bytes; undefined also where they are no text. */
export function mergeMarkedBytes(content: Uint8Array): Merged | undefined {
  try {
    return mergeMarkedFile(decodeUtf8(content, 'notebook'), 'notebook');
  } catch (error) {
    if (error instanceof NotebookParseError) return undefined;
    throw error;
  }
}

function readBase(text: string | undefined, name: string): NotebookDocument {
  if (text === undefined) return EMPTY;
  try {
    return parseNotebook(text, name);
  } catch (error) {
    if (error instanceof NotebookParseError) return EMPTY; // then it is not known what was there before
    throw error;
  }
}

/** The whole file as it is on either side. Lines of JSON never begin with a marker. */
function sidesOf(text: string): Sides | undefined {
  const sides = { ours: [] as string[], theirs: [] as string[], base: [] as string[] };
  let part: keyof Sides | undefined;
  let [conflicts, withBase] = [0, 0];
  for (const line of text.split('\n')) {
    const marker = /^(<{7}|\|{7}|={7}|>{7})(?:[ \r]|$)/.exec(line)?.[1]?.[0];
    if (marker === '<' && part === undefined) {
      part = 'ours';
      conflicts++;
    } else if (marker === '|' && part === 'ours') {
      part = 'base';
      withBase++;
    } else if (marker === '=' && (part === 'ours' || part === 'base')) part = 'theirs';
    else if (marker === '>' && part === 'theirs') part = undefined;
    else if (marker !== undefined) return undefined;
    else for (const side of part === undefined ? (['ours', 'theirs', 'base'] as const) : [part]) sides[side].push(line);
  }
  if (conflicts === 0 || part !== undefined) return undefined;
  const [ours, theirs, base] = [sides.ours, sides.theirs, sides.base].map((lines) => lines.join('\n')) as [
    string,
    string,
    string,
  ];
  return { ours, theirs, ...(withBase === conflicts && { base }) };
}
