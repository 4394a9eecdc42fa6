import { newCellId, type Random } from './cell-id';
import type { NotebookCell, NotebookDocument } from './document';

/** A cell that has not run, with an id that none of `taken` has. */
export function newCell(
  kind: NotebookCell['kind'],
  source: string,
  random: Random = Math.random,
  taken: ReadonlySet<string> = new Set(),
): NotebookCell {
  return { id: newCellId(random, taken), kind, source, tags: [], outputs: [], unknown: {} };
}

/** What *New Notebook* and `dinnb new` begin with: a heading and a cell that shows where one is. */
export function newNotebook(title = 'New notebook', random: Random = Math.random): NotebookDocument {
  const heading = newCell('markdown', `# ${title}`, random);
  const first = newCell(
    'code',
    '// `tf` is TensorFlow.js, `din` the recommender library; the last expression of a cell is shown.\nconst x = tf.tensor([1, 2, 3]);\nx.square().sum();',
    random,
    new Set([heading.id]),
  );
  return { version: 1, cells: [heading, first], unknown: {} };
}
