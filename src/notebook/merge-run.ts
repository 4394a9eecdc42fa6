import type { NotebookDocument } from './document';

export interface MergedRun {
  document: NotebookDocument;
  /** Ids of cells whose source was edited after it ran: they keep what they show. */
  edited: string[];
  /** Ids of cells that ran and are gone. */
  removed: string[];
  /** Ids of cells that show what the run made of them. */
  taken: string[];
}

/**
 * The results of a run, put into the notebook as it has become meanwhile: by cell id, and only where the source that ran
 * is the source that stands there. Everything that people write is kept as it is now, and so are the results of cells that the
 * run did not come to. Records of the environment block are the caller's business.
 *
 * @returns undefined when the two have no cell in common: then they are different notebooks
 */
export function mergeRun(now: NotebookDocument, ran: NotebookDocument): MergedRun | undefined {
  const runs = new Map(ran.cells.map((cell) => [cell.id, cell]));
  if (!now.cells.some(({ id }) => runs.has(id))) return undefined;
  const edited: string[] = [];
  const taken: string[] = [];
  const cells = now.cells.map((cell) => {
    const run = runs.get(cell.id);
    runs.delete(cell.id);
    if (!run || cell.kind !== 'code' || (run.kind === 'code' && !run.execution)) return cell;
    if (run.kind !== 'code' || run.source !== cell.source) {
      edited.push(cell.id);
      return cell;
    }
    taken.push(cell.id);
    return { ...cell, outputs: run.outputs, execution: run.execution };
  });
  return { document: { ...now, cells }, edited, removed: [...runs.keys()], taken };
}
