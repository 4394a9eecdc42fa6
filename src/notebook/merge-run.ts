import type { NotebookDocument } from './document';

export interface MergedRun {
  document: NotebookDocument;
  /** Ids of cells whose source was edited after it ran: they keep what they show. */
  edited: string[];
  /** Ids of cells that ran and are gone. */
  removed: string[];
}

/**
 * The results of a run, put into the notebook as it has become meanwhile: by cell id, and only where the source that ran
 * is the source that stands there. Everything that people write is kept as it is now.
 *
 * @returns undefined when the two have no cell in common: then they are different notebooks
 */
export function mergeRun(now: NotebookDocument, ran: NotebookDocument): MergedRun | undefined {
  const runs = new Map(ran.cells.map((cell) => [cell.id, cell]));
  if (!now.cells.some(({ id }) => runs.has(id))) return undefined;
  const edited: string[] = [];
  const cells = now.cells.map((cell) => {
    const run = runs.get(cell.id);
    runs.delete(cell.id);
    if (!run || cell.kind !== 'code') return cell;
    if (run.kind !== 'code' || run.source !== cell.source) {
      edited.push(cell.id);
      return cell;
    }
    const { execution: _old, ...rest } = cell;
    return { ...rest, outputs: run.outputs, ...(run.execution && { execution: run.execution }) };
  });
  const environment = ran.environment && { ...now.environment, ...ran.environment };
  return { document: { ...now, cells, ...(environment && { environment }) }, edited, removed: [...runs.keys()] };
}
