import type { DuckDBConnection } from '@duckdb/node-api';
import { DataError } from '../../errors';
import { shorten } from '../csv/rejected';
import { sqlName, sqlString } from '../duckdb';
import { familyOf } from './columns';
import { BadValue } from './errors';
import { distinctCheck, type TextType, typeAggregates, typeOfText } from './infer';
import { type ColumnType, type ReadOptions, SQL_TYPES } from './options';

/**
 * What a column is read as, in SQL. Throws BadValue for one that is not of the type that is asked for.
 * @param mayBeDates whether its texts, of a file that tells texts from numbers, look like dates.
 */
export async function castOf(
  connection: DuckDBConnection,
  from: string,
  name: string,
  type: string,
  { lists, types }: ReadOptions,
  source: string,
  mayBeDates = false,
): Promise<string> {
  const column = sqlName(name);
  const delimiter = lists?.[name];
  const asked = types?.[name];
  if (delimiter !== undefined) {
    if (type !== 'TEXT' && type !== 'VARCHAR' && type !== 'JSON') {
      throw new DataError(
        `${source}: column '${name}' holds ${familyOf(type)}, not delimited text: leave it out of 'lists'.`,
      );
    }
    return listCast(connection, from, type === 'JSON' ? textOf(column, type) : column, name, delimiter, asked);
  }
  if (asked !== undefined) {
    const cast = (as: ColumnType) => askedCast(column, type, as);
    await checkCast(connection, from, column, name, cast, asked);
    return cast(asked);
  }
  if (mayBeDates) return datesCast(connection, from, column, type);
  if (type !== 'TEXT') return column;
  const cast = await inferred(connection, from, column);
  return cast(column);
}

async function datesCast(connection: DuckDBConnection, from: string, column: string, type: string): Promise<string> {
  const isList = type.endsWith('[]');
  const found = isList
    ? await textType(connection, itemsOf(column, from), 'item')
    : await textType(connection, from, column);
  if (found !== 'date') return column;
  return `TRY_CAST(${column} AS TIMESTAMPTZ${isList ? '[]' : ''})`;
}

function askedCast(column: string, type: string, asked: ColumnType): string {
  const item = type.endsWith('[]') ? type.slice(0, -2) : undefined;
  if (asked !== 'text') return `TRY_CAST(${column} AS ${SQL_TYPES[asked]}${item === undefined ? '' : '[]'})`;
  if (item === undefined) return textOf(column, type);
  return `list_transform(${column}, lambda x: ${textOf('x', item)})`;
}

/** A value as text: of JSON without quotes, of a whole number that lies as float64 (an id among missing ones) without its point. */
function textOf(value: string, type: string): string {
  if (type === 'JSON') return `(${value} ->> '$')`;
  const text = `CAST(${value} AS VARCHAR)`;
  if (type !== 'DOUBLE' && type !== 'FLOAT') return text;
  const whole = `${value} = trunc(${value}) AND abs(${value}) <= ${Number.MAX_SAFE_INTEGER}`;
  return `CASE WHEN ${whole} THEN CAST(CAST(${value} AS BIGINT) AS VARCHAR) ELSE ${text} END`;
}

/** A list's values, a row each. */
const itemsOf = (list: string, from: string): string => `(SELECT unnest(${list}) AS item FROM ${from}) AS items`;

/** What the texts of a column are. */
async function textType(connection: DuckDBConnection, from: string, column: string): Promise<TextType> {
  const result = await connection.runAndReadAll(`SELECT ${typeAggregates(column).join(', ')} FROM ${from}`);
  return typeOfText(result.getRows()[0]);
}

/** The cast that the text of a column allows, as `TRY_CAST`: of what is empty comes NULL. */
async function inferred(
  connection: DuckDBConnection,
  from: string,
  column: string,
): Promise<(column: string) => string> {
  const type = await textType(connection, from, column);
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
    const cast = (as: ColumnType) => `TRY_CAST(${list} AS ${SQL_TYPES[as]}[])`;
    await checkCast(connection, from, column, name, cast, asked);
    return cast(asked);
  }
  const cast = await inferred(connection, itemsOf(list, from), 'item');
  return cast('x') === 'x' ? list : `list_transform(${list}, lambda x: ${cast('x')})`;
}

async function checkCast(
  connection: DuckDBConnection,
  from: string,
  column: string,
  name: string,
  cast: (as: ColumnType) => string,
  asked: ColumnType,
): Promise<void> {
  const what = {
    text: 'text',
    number: 'a number',
    int32: 'a whole number of 32 bits',
    float32: 'a number',
    date: 'a date',
  }[asked];
  // A cast to whole numbers rounds.
  const fits =
    asked === 'int32' ? `coalesce(${cast('int32')} = ${cast('number')}, false)` : `${cast(asked)} IS NOT NULL`;
  const valid = `(${column} IS NULL OR CAST(${column} AS VARCHAR) = '' OR ${fits})`;
  if (asked === 'number') {
    const digits = `CAST(${column} AS VARCHAR)`;
    const exact = `NOT regexp_full_match(${digits}, '-?[0-9]{16,}') OR coalesce(abs(TRY_CAST(${digits} AS HUGEINT)) <= ${Number.MAX_SAFE_INTEGER}, false)`;
    const problem = `is beyond 2^53, where numbers lose digits: ask for { types: { '${name}': 'text' } }`;
    await checkRows(connection, from, column, name, `coalesce(${exact}, true)`, problem);
  }
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
  throw new BadValue(Number(first[0]), name, `'${shorten(String(first[1]))}' ${problem}.${others}`);
}
