import { trainingOrder } from '../../base/random';
import { checkCount, checkSettings } from '../checks';
import { type Column, Table } from '../data/table';
import { DataError } from '../errors';
import type { RecommenderModel } from '../models/model';

export interface CandidatesOptions {
  /** How many different items, default 8; all there are, where the table has fewer. */
  count?: number;
  /** Default 42. */
  seed?: number;
  /** Column of the items, default `movieId`. */
  key?: string;
}

/**
 * Rows of different items, drawn at random: candidates with all that the table knows of them, for
 * `attentionMap(model, row, { candidates })`. Items that occur often are drawn more often.
 * @throws DataError for a column that is not there, and for a table without rows.
 */
export function candidatesFor(table: Table, options: CandidatesOptions = {}): Table {
  checkSettings('candidatesFor', options, ['count', 'seed', 'key']);
  const { count = 8, seed = 42, key = 'movieId' } = options;
  checkCount('candidatesFor', 'count', count);
  checkCount('candidatesFor', 'seed', seed, 0);
  const { values } = table.cells(key);
  const rows = new Map<string | number, number>();
  for (const row of trainingOrder(table.rows, seed)) {
    if (!rows.has(values[row])) rows.set(values[row], row);
    if (rows.size === count) break;
  }
  if (rows.size === 0) throw new DataError(`candidatesFor: ${table.source} has no rows to draw from.`);
  return table.take([...rows.values()]);
}

/**
 * Every row of `users` with every candidate: user's columns from the one, the columns that the model's candidate and
 * context read from the other. Labels and planted relevance do not hold for such pairs and are left out.
 */
export function crossed(users: Table, candidates: Table, model: RecommenderModel): Table {
  const { candidateColumns: ofCandidate } = model.parts;
  const userRows = Array.from({ length: users.rows * candidates.rows }, (_, i) => Math.floor(i / candidates.rows));
  const candidateRows = userRows.map((_, i) => i % candidates.rows);
  const dropped = (name: string) => name === model.label || /^relevance\d+$/.test(name);
  const columns = new Map<string, Column>();
  for (const [name, column] of users.take(userRows).columns) {
    if (!ofCandidate.has(name) && !dropped(name)) columns.set(name, column);
  }
  const taken = candidates.take(candidateRows);
  for (const name of ofCandidate) columns.set(name, taken.column(name));
  return new Table(columns, users.source);
}
