import { DataError } from '../../errors';
import type { NumberArray } from '../columns';
import { valueOfRows } from '../operations';
import { Table } from '../table';

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
  return asked(events, condition, what, 'false');
}

/** 1 for the events that are positive. @throws DataError where that is neither true nor false, as a value is missing. */
export async function positiveOf(events: Table, condition: Condition): Promise<ArrayLike<number> | undefined> {
  if (typeof condition === 'function' || condition === 'all') return wantedOf(events, condition, [], 'positive');
  const wanted = await asked(events, condition, 'positive', 'NULL');
  let unknown = 0;
  for (let row = 0; row < wanted.length; row++) if (Number.isNaN(wanted[row])) unknown++;
  if (unknown === 0) return wanted;
  throw new DataError(
    `${events.source}, row ${wanted.findIndex(Number.isNaN) + 1}: '${condition}' is neither true nor false, as a value is missing ` +
      `(${unknown} event${unknown === 1 ? ' is' : 's are'} such). Leave them out with events.filter, or say what they are: ` +
      `{ positive: 'coalesce(${condition}, false)' }.`,
  );
}

async function asked(events: Table, condition: string, what: string, missing: 'false' | 'NULL'): Promise<NumberArray> {
  const truth = `coalesce(CAST((${condition}) AS BOOLEAN), ${missing})`;
  const wanted = await valueOfRows(events, `data.impressions: ${what}`, condition, truth);
  return new Table(new Map([['wanted', wanted]]), events.source).typed('wanted');
}
