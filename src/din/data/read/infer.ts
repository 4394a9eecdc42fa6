/**
 * What text is a number: only what can be written back. `0123` and `1e3` are ids, and so is every column in which two
 * different texts would become one number.
 */

/** -12, 0.5, 1.50, 3e-7; not 012, +1, 1e3, 1_000, ' 1'. */
const NUMBER = '-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE]-[0-9]+)?';
/** -0 is no whole number: beside 0 it would be lost. */
const WHOLE = '0|-?[1-9][0-9]*';
const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.]+(Z|[+-][0-9:]+)?)?';

/** Truth values as one program writes them: a column in which `true` and `True` differ is text. */
const TRUTHS = ["'true', 'false'", "'True', 'False'", "'TRUE', 'FALSE'"];

export type TextType = 'whole' | 'number' | 'date' | 'truth' | 'text';

/**
 * One row of SQL aggregates over a column of text, to which `typeOfText` gives a meaning. The empty text is missing.
 */
export function typeAggregates(column: string): string[] {
  const given = `nullif(trim(${column}), '')`;
  const all = (pattern: string) => `bool_and(regexp_full_match(${column}, '${pattern}')) FILTER (${given} IS NOT NULL)`;
  return [
    `count(${given})`,
    all(WHOLE),
    all(NUMBER),
    `${all(DATE)} AND bool_and(TRY_CAST(${column} AS TIMESTAMPTZ) IS NOT NULL) FILTER (${given} IS NOT NULL)`,
    `bool_and(TRY_CAST(${column} AS BIGINT) IS NOT NULL) FILTER (${given} IS NOT NULL)`,
    TRUTHS.map((texts) => `bool_and(${column} IN (${texts})) FILTER (${given} IS NOT NULL)`).join(' OR '),
  ];
}

/**
 * For a column of numbers that are not whole: whether no two texts become one number, and no id beyond 2^53 among them becomes
 * another one.
 */
export function distinctCheck(column: string): string {
  const isExact = `abs(TRY_CAST(${column} AS DOUBLE)) <= ${Number.MAX_SAFE_INTEGER}`;
  return (
    `count(DISTINCT nullif(${column}, '')) = count(DISTINCT TRY_CAST(nullif(${column}, '') AS DOUBLE)) AND ` +
    `coalesce(bool_and(${isExact}) FILTER (regexp_full_match(${column}, '${WHOLE}')), true)`
  );
}

export function typeOfText([count, whole, number, date, fits, truth]: readonly unknown[]): TextType {
  if (Number(count) === 0) return 'text';
  if (whole === true) return fits === true ? 'whole' : 'text';
  if (number === true) return 'number';
  if (truth === true) return 'truth';
  return date === true ? 'date' : 'text';
}
