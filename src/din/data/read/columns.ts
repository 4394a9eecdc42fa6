import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import { didYouMean } from '../../../base/nearest';
import { DataError } from '../../errors';
import { queryStrings } from '../duckdb';
import { partitionKeys } from './find-files';
import type { ReadOptions } from './options';
import type { Scan } from './scan';

const FAMILY: readonly [RegExp, string][] = [
  [/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/, 'whole numbers'],
  [/^(FLOAT|DOUBLE|DECIMAL.*)$/, 'numbers'],
  [/^(DATE|TIMESTAMP.*)$/, 'dates'],
];
export const familyOf = (type: string) => FAMILY.find(([pattern]) => pattern.test(type))?.[1] ?? type;

/** JSON is another name of VARCHAR to DuckDB, though a text of it has quotes. */
const nameOf = (type: DuckDBType) => (type.alias === 'JSON' ? 'JSON' : String(type));

/** Texts of JSON that DuckDB takes for something else, and writes anew: `12:30` as 12:30:00, a UUID in small letters. */
const TAKEN_TEXT = /^(UUID|TIME|DATE|TIMESTAMP[A-Z_ ]*)((?:\[\])*)$/;

/**
 * The columns of JSON with texts as texts. What may be dates is told apart: `castOf` looks whether it is.
 * @param dates gets the names of columns that look like dates.
 */
export function jsonType(name: string, type: string, dates: Set<string>): string {
  const taken = TAKEN_TEXT.exec(type);
  if (!taken) return type;
  if (/^(DATE|TIMESTAMP)/.test(type)) dates.add(name);
  return `VARCHAR${taken[2]}`;
}

/**
 * Names and types of the columns, which all files have.
 * @param typeOf what a column is taken for, by its name and DuckDB's type.
 */
export async function commonColumns(
  connection: DuckDBConnection,
  files: readonly string[],
  scan: Scan,
  typeOf: (name: string, type: string) => string = (_, type) => type,
): Promise<Map<string, string>> {
  const describe = async (from: string, file: string) => {
    const result = await connection.run(`SELECT * FROM ${from} LIMIT 0`).catch((error) => {
      throw /expected records/.test((error as Error).message) ? noRecords(file, error) : error;
    });
    return new Map(result.columnNames().map((name, i) => [name, typeOf(name, nameOf(result.columnType(i)))]));
  };
  const first = await describe(scan.one(files[0]), files[0]);
  for (const file of files.slice(1)) {
    const columns = await describe(scan.one(file), file);
    for (const [have, of, lack, other] of [
      [first, files[0], columns, file],
      [columns, file, first, files[0]],
    ] as const) {
      const missing = [...have.keys()].find((name) => !lack.has(name));
      if (missing === undefined) continue;
      throw new DataError(
        `${other}: column '${missing}' missing, which ${of} has. Columns: ${[...lack.keys()].join(', ')}. Read such files one ` +
          'by one, or name the common columns in din.data.sql.',
      );
    }
    for (const [name, type] of columns) {
      if (familyOf(type) === familyOf(first.get(name)!)) continue;
      throw new DataError(
        `${file}: column '${name}' holds ${familyOf(type)}, in ${files[0]} ${familyOf(first.get(name)!)}. Write them alike, or read the ` +
          'files one by one.',
      );
    }
  }
  return files.length === 1 ? first : describe(scan.all, files[0]);
}

const noRecords = (file: string, cause: unknown) =>
  new DataError(
    `${file} holds no records such as {"user": 1}, so there are no columns: it is empty, or its lines or items are other values, or {}. ` +
      'Leave it out, or make records of it with din.data.sql.',
    { cause },
  );

/**
 * DuckDB's columns differ by more than case: of `Item` and `item` it calls the second `item_1`, and of JSON reads nothing into it. A column
 * that may be such a one is looked up in the file.
 * @param written a query of the names as the file has them.
 * @throws DataError for names of the file that differ by case only.
 */
export async function checkCase(
  connection: DuckDBConnection,
  file: string,
  columns: Iterable<string>,
  written: string,
): Promise<void> {
  const names = [...columns];
  const byLower = new Map(names.map((name) => [name.toLowerCase(), name]));
  const pairs = names.flatMap((name) => {
    const second = /^(.+)_\d+$/.exec(name)?.[1];
    const first = second && byLower.get(second.toLowerCase());
    return first && first !== second ? [[first, second]] : [];
  });
  if (pairs.length === 0) return;
  const all = new Set(await queryStrings(connection, written));
  const pair = pairs.find((both) => both.every((name) => all.has(name)));
  if (!pair) return;
  throw new DataError(
    `${file}: columns '${pair[0]}' and '${pair[1]}' differ by case only, which SQL does not see. Rename one of them where the file is written.`,
  );
}

export function checkNamed(file: string, columns: ReadonlyMap<string, string>, { lists, types }: ReadOptions): void {
  for (const name of [...Object.keys(lists ?? {}), ...Object.keys(types ?? {})]) {
    if (columns.has(name)) continue;
    const names = [...columns.keys()];
    throw new DataError(
      `${file}: there is no column '${name}'.${didYouMean(name, names)} Columns: ${names.join(', ')}.`,
    );
  }
}

/**
 * Of the columns that DuckDB finds in folders' names, those below the places that were asked for stay, as text: their type is found as
 * that of a CSV column.
 * @throws DataError where a file has such a column as well: one of the two would be lost.
 */
export function takePartitions(
  columns: Map<string, string>,
  own: ReadonlyMap<string, string>,
  keys: readonly string[],
  file: string,
): void {
  for (const key of partitionKeys(file)) {
    if (own.has(key)) {
      throw new DataError(
        `${file}: column '${key}' stands in the file and in the name of its folder, '${key}=...'. Rename one, or choose with din.data.sql.`,
      );
    }
    if (keys.includes(key)) columns.set(key, 'TEXT');
    else columns.delete(key);
  }
}
