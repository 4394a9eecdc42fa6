import { named } from '../operations';
import { runQuery } from '../query';
import type { Table } from '../table';

/** A choice of events: an SQL condition over their columns (`rating >= 4`), or a function of an event. */
export type Condition = string | ((event: Readonly<Record<string, unknown>>) => boolean);

/** 1 for the events that a condition chooses; undefined: it chooses all. */
export async function wantedOf(
  events: Table,
  condition: Condition,
  labels: ArrayLike<number>,
  what: string,
): Promise<ArrayLike<number> | undefined> {
  if (condition === 'positive') return labels;
  if (condition === 'all') return undefined;
  if (typeof condition === 'function') {
    const columns = [...events.columns];
    return Uint8Array.from({ length: events.rows }, (_, row) =>
      condition(Object.fromEntries(columns.map(([name, column]) => [name, column.at(row)]))) ? 1 : 0,
    );
  }
  const result = await runQuery(
    `SELECT coalesce(CAST((${condition}) AS BOOLEAN), false) AS wanted FROM this`,
    `data.impressions: ${what}`,
    { this: named(events, condition) },
  );
  return result.typed('wanted');
}
