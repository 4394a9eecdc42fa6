import { readFileSync, writeFileSync } from 'node:fs';
import type { NotebookDocument } from '../../../src/notebook/document';
import { newCell, newNotebook } from '../../../src/notebook/new-notebook';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';

/** A notebook of code cells with these sources, ids as random as any. */
export function notebookOf(...sources: string[]): NotebookDocument {
  const taken = new Set<string>();
  const cells = sources.map((source) => {
    const cell = newCell('code', source, Math.random, taken);
    taken.add(cell.id);
    return cell;
  });
  return { ...newNotebook(), cells };
}

export function writeNotebook(file: string, document: NotebookDocument): void {
  writeFileSync(file, printNotebook(document));
}

export function readNotebook(file: string): NotebookDocument {
  return parseNotebook(readFileSync(file, 'utf8'), file);
}

/** Replaces text in a notebook's sources; it must be there. */
export function edit(document: NotebookDocument, replacements: { [from: string]: string }): NotebookDocument {
  let cells = document.cells;
  for (const [from, to] of Object.entries(replacements)) {
    if (!cells.some((cell) => cell.source.includes(from))) throw new Error(`No cell contains ${from}`);
    cells = cells.map((cell) => ({ ...cell, source: cell.source.replace(from, to) }));
  }
  return { ...document, cells };
}
