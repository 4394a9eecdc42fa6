import type { DuckDBConnection } from '@duckdb/node-api';
import { DataError } from '../../errors';
import { sqlName, sqlString } from '../duckdb';
import { familyOf } from './columns';
import { BadValue } from './errors';
import { distinctCheck, typeAggregates, typeOfText } from './infer';
import { type ColumnType, type ReadOptions, SQL_TYPES } from './options';

/** What a column is read as, in SQL. Throws BadValue for one that is not of the type that is asked for. */
export async function castOf(
  connection: DuckDBConnection,
  from: string,
  name: string,
  type: string,
  { lists, types }: ReadOptions,
  source: string,
): Promise<string> {
  const column = sqlName(name);
  const delimiter = lists?.[name];
  const asked = types?.[name];
  if (delimiter !== undefined) {
    if (type !== 'TEXT' && type !== 'VARCHAR') {
      throw new DataError(
        `${source}: column '${name}' holds ${familyOf(type)}, not delimited text: leave it out of 'lists'.`,
      );
    }
    return listCast(connection, from, column, name, delimiter, asked);
  }
  if (asked !== undefined) {
    const cast = (c: string) =>
      type.endsWith('[]') ? `TRY_CAST(${c} AS ${SQL_TYPES[asked]}[])` : `TRY_CAST(${c} AS ${SQL_TYPES[asked]})`;
    await checkCast(connection, from, column, name, cast(column), asked);
    return cast(column);
  }
  if (type !== 'TEXT') return column;
  const cast = await inferred(connection, from, column);
  return cast(column);
}

/** The cast that the text of a column allows, as `TRY_CAST`: of what is empty comes NULL. */
async function inferred(
  connection: DuckDBConnection,
  from: string,
  column: string,
): Promise<(column: string) => string> {
  const result = await connection.runAndReadAll(`SELECT ${typeAggregates(column).join(', ')} FROM ${from}`);
  const type = typeOfText(result.getRows()[0]);
  if (type === 'whole') return (c) => `TRY_CAST(${c} AS BIGINT)`;
  if (type === 'date') return (c) => `TRY_CAST(${c} AS TIMESTAMPTZ)`;
  if (type === 'truth') return (c) => `TRY_CAST(${c} AS BOOLEAN)`;
  if (type === 'text') return (c) => c;
  const check = await connection.runAndReadAll(`SELECT ${distinctCheck(column)} FROM ${from}`);
  return check.getRows()[0][0] === true ? (c) => `TRY_CAST(${c} AS DOUBLE)` : (c) => c;
}

async function listCast(
  connection: DuckDBConnection,
  from: string,
  column: string,
  name: string,
  delimiter: string,
  asked: ColumnType | undefined,
): Promise<string> {
  let list = `CASE WHEN coalesce(${column}, '') = '' THEN [] ELSE string_split(${column}, ${sqlString(delimiter)}) END`;
  if (delimiter === 'json') {
    list = `coalesce(TRY_CAST(${column} AS JSON)::VARCHAR[], [])`;
    const valid = `(coalesce(${column}, '') = '' OR CASE WHEN json_valid(${column}) THEN json_type(${column}) = 'ARRAY' ELSE false END)`;
    await checkRows(
      connection,
      from,
      column,
      name,
      valid,
      `is not a list such as ["a", "b"]: is a quote or bracket not closed?`,
    );
  } else {
    const open = `(length(coalesce(${column}, '')) - length(replace(coalesce(${column}, ''), '"', ''))) % 2 = 0`;
    await checkRows(connection, from, column, name, open, 'has a quote that is not closed');
  }
  if (asked !== undefined) {
    const cast = `TRY_CAST(${list} AS ${SQL_TYPES[asked]}[])`;
    await checkCast(connection, from, column, name, cast, asked);
    return cast;
  }
  const items = `(SELECT unnest(${list}) AS item FROM ${from}) AS items`;
  const cast = await inferred(connection, items, 'item');
  return cast('x') === 'x' ? list : `list_transform(${list}, lambda x: ${cast('x')})`;
}

async function checkCast(
  connection: DuckDBConnection,
  from: string,
  column: string,
  name: string,
  cast: string,
  asked: ColumnType,
): Promise<void> {
  const what = {
    text: 'text',
    number: 'a number',
    int32: 'a whole number of 32 bits',
    float32: 'a number',
    date: 'a date',
  }[asked];
  const valid = `(${column} IS NULL OR CAST(${column} AS VARCHAR) = '' OR ${cast} IS NOT NULL)`;
  await checkRows(
    connection,
    from,
    column,
    name,
    valid,
    `is not ${what}, which { types: { '${name}': '${asked}' } } asks for`,
  );
}

async function checkRows(
  connection: DuckDBConnection,
  from: string,
  column: string,
  name: string,
  valid: string,
  problem: string,
): Promise<void> {
  const bad = await connection.runAndReadAll(
    `SELECT row, value, count(*) OVER () FROM (SELECT row_number() OVER () AS row, CAST(${column} AS VARCHAR) AS value, ${valid} AS fine ` +
      `FROM ${from}) WHERE NOT fine ORDER BY row LIMIT 1`,
  );
  const [first] = bad.getRows();
  if (!first) return;
  const others = Number(first[2]) > 1 ? ` ${String(first[2])} values of this column are such; this is the first.` : '';
  const value = String(first[1]);
  throw new BadValue(
    Number(first[0]),
    name,
    `'${value.length > 60 ? `${value.slice(0, 59)}…` : value}' ${problem}.${others}`,
  );
}
