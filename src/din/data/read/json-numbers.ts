import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlName } from '../duckdb';
import type { ColumnType, ReadOptions } from './options';

/**
 * Numbers of JSON that DuckDB would read as float64, though float64 does not hold them: whole ones beyond 2^53 beside fractions, and
 * those of more digits than any of its whole types has.
 */
const WHOLE_TOO_LARGE = (json: string) => {
  // Digits in texts and names are none of numbers.
  const bare = `regexp_replace(${json}, '"(\\\\.|[^"\\\\])*"', '""', 'g')`;
  const numbers = `list_filter(regexp_extract_all(${bare}, '-?[0-9][0-9.eE+-]*'), lambda n: regexp_full_match(n, '-?[0-9]{16,}'))`;
  const tooLarge = `list_transform(${numbers}, lambda n: coalesce(abs(TRY_CAST(n AS HUGEINT)) > ${Number.MAX_SAFE_INTEGER}, true))`;
  return `CASE WHEN regexp_matches(${json}, '[0-9]{16}') THEN coalesce(list_bool_or(${tooLarge}), false) ELSE false END`;
};

/**
 * Types of the columns of JSON with `JSON` in place of DOUBLE, wherever float64 would lose digits of a column or text is asked for (of
 * 5 beside 1.5 float64 would make '5.0'): such columns are read as they are written, and become text. Undefined where there are none.
 * @param scan the files, with the columns of the types that are given.
 */
export async function exactJson(
  connection: DuckDBConnection,
  types: ReadonlyMap<string, string>,
  scan: (types: ReadonlyMap<string, string>) => string,
  asked: ReadOptions['types'] = {},
): Promise<Map<string, string> | undefined> {
  const floats = [...types].filter(([, type]) => type.includes('DOUBLE')).map(([name]) => name);
  if (floats.length === 0) return undefined;
  const asWritten = new Map([...types].map(([name, type]) => [name, floats.includes(name) ? 'JSON' : type]));
  const losing = floats.map((name) => `bool_or(${WHOLE_TOO_LARGE(`CAST(${sqlName(name)} AS VARCHAR)`)})`);
  const found = await connection.runAndReadAll(`SELECT ${losing.join(', ')} FROM ${scan(asWritten)}`);
  const [lost] = found.getRows();
  const exact = floats.filter((name, i) => lost[i] === true || (asked[name] as ColumnType) === 'text');
  if (exact.length === 0) return undefined;
  return new Map(
    [...types].map(([name, type]) => [name, !exact.includes(name) ? type : type === 'DOUBLE[]' ? 'JSON[]' : 'JSON']),
  );
}
