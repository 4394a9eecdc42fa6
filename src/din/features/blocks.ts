import type { Table } from '../data/table';

/** Rows of a table on disk that are looked at together. */
export const LEARNT_ROWS = 2 ** 17;

/** Some columns of a table, in blocks that are in memory. */
export function* blocksOf(table: Table, columns: readonly string[]): Generator<Table> {
  const part = table.select([...new Set(columns)]);
  if (part.storage === 'memory') {
    yield part;
    return;
  }
  for (let start = 0; start < part.rows; start += LEARNT_ROWS) {
    yield part.read(start, Math.min(LEARNT_ROWS, part.rows - start));
  }
}
