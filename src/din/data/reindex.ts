import { createRandom } from '../../base/random';
import { Catalog } from './catalog';
import { type NumberArray, Numbers } from './columns';
import { denseCodes } from './events';
import { SOURCE_MOVIE_COLUMN, SOURCE_USER_COLUMN } from './reference';
import { type Column, Table } from './table';

export interface ReindexOptions {
  historyColumns: readonly string[];
  /** Movie titles by source id. */
  titles: ReadonlyMap<number, string>;
  /** Movies with fewer training rows share the out-of-vocabulary row, and so train it. */
  minimumMovieRows: number;
  /** Share in [0, 1) of the training rows whose user is replaced by the out-of-vocabulary row, to train it. */
  unknownUsers: number;
  seed: number;
}

export interface Reindexed {
  train: Table;
  test: Table;
  items: Catalog;
  users: Catalog;
}

/**
 * Replaces the source's ids by dense embedding rows. Catalogs are made from the training rows alone: ids that only
 * test rows have fall on the out-of-vocabulary row. The source's ids stay in `sourceMovieId` and `sourceUserId`.
 */
export function reindex(train: Table, test: Table, options: ReindexOptions): Reindexed {
  const items = new Catalog('movie', knownMovies(train, options), options.titles);
  const users = new Catalog('user', countsOf(train.typed('userId')).keys());
  const apply = (table: Table) => indexColumns(table, items, users, options.historyColumns);
  return { train: hideUsers(apply(train), users, options), test: apply(test), items, users };
}

/** A movie counts once for each training row it is rated in; one that only histories name counts as rated once. */
function knownMovies(train: Table, { historyColumns, minimumMovieRows }: ReindexOptions): number[] {
  const counts = countsOf(train.typed('movieId'));
  for (const name of historyColumns) {
    for (const id of countsOf(train.typed(name)).keys()) if (id !== 0 && !counts.has(id)) counts.set(id, 1);
  }
  return [...counts].filter(([, count]) => count >= minimumMovieRows).map(([id]) => id);
}

/** How often each value is there. */
function countsOf(values: NumberArray): Map<number, number> {
  const { codes, size, firstRow } = denseCodes(new Numbers(values), 'ids');
  const counts = new Int32Array(size);
  for (let row = 0; row < codes.length; row++) counts[codes[row]]++;
  return new Map(Array.from(counts, (count, code) => [values[firstRow[code]], count]));
}

function indexColumns(table: Table, items: Catalog, users: Catalog, historyColumns: readonly string[]): Table {
  const columns = new Map<string, Column>(table.columns);
  const replace = (name: string, catalog: Catalog) => {
    columns.set(name, { type: 'number', values: catalog.indices(table.typed(name)) });
  };
  replace('movieId', items);
  replace('userId', users);
  for (const name of historyColumns) replace(name, items);
  columns.set(SOURCE_MOVIE_COLUMN, table.column('movieId'));
  columns.set(SOURCE_USER_COLUMN, table.column('userId'));
  return new Table(columns, table.source);
}

/** A row of the table that no training row points to would keep its random start; unseen users need one that learnt. */
function hideUsers(train: Table, users: Catalog, { unknownUsers, seed }: ReindexOptions): Table {
  if (unknownUsers === 0) return train;
  const random = createRandom(seed);
  const values = train.typed('userId').map((row) => (random.next() < unknownUsers ? users.outOfVocabulary : row));
  const hidden: Column = { type: 'number', values };
  return new Table(new Map<string, Column>(train.columns).set('userId', hidden), train.source);
}
