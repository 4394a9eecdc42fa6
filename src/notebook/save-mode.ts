import type { NotebookCell, NotebookDocument, SavedOutput } from './document';
import { isFigureMime } from './mime-kind';

/** The setting `dinnb.saveOutputs`. */
export const SAVE_MODES = ['all', 'figures', 'none'] as const;
export type SaveMode = (typeof SAVE_MODES)[number];

/**
 * The document as it is to be saved. `figures` keeps outputs that hold a picture (images, training curves, attention
 * maps, plots); `none` keeps sources only. Both drop execution counts and times, which differ at every run.
 */
export function outputsForSaving(document: NotebookDocument, mode: SaveMode): NotebookDocument {
  if (mode === 'all') return document;
  const keep = mode === 'figures' ? isFigure : () => false;
  const cells = document.cells.map((cell): NotebookCell => {
    const { execution: _execution, ...rest } = cell;
    return { ...rest, outputs: cell.outputs.filter(keep) };
  });
  return { ...document, cells };
}

function isFigure(output: SavedOutput): boolean {
  return (output.type === 'display' || output.type === 'result') && Object.keys(output.data).some(isFigureMime);
}
