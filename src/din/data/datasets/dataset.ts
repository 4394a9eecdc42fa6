import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { escapeHtml } from '../../../base/escape';
import { DISPLAY, type Displayable } from '../../../outputs/display';
import type { MimeBundle } from '../../../outputs/mime';
import { DataError } from '../../errors';
import { shorten } from '../csv/rejected';
import { countRows, queryTable, sqlName, sqlString, withDatabase } from '../duckdb';
import { denseCodes } from '../events';
import { countedRows } from '../preview';
import { asDataError, runQuery } from '../query';
import { BadValue, fileError, locateBadValue, readWhole } from '../read/errors';
import type { SampleSource } from '../sample-set';
import type { SplitTables } from '../splits';
import type { Table } from '../table';

export interface DatasetContent<Name extends string, Options> {
  title: string;
  /** One or two sentences: what it is, and how `prepare` makes samples of it. */
  description: string;
  licence: string;
  tables: Readonly<Record<Name, Table>>;
  source: SampleSource;
  prepare(options: Options): Promise<SplitTables>;
}

/** A published data set: its tables as they are, and the samples that the field makes of them. */
export class Dataset<Name extends string, Options> implements DatasetContent<Name, Options>, Displayable {
  readonly title: string;
  readonly description: string;
  readonly licence: string;
  readonly tables: Readonly<Record<Name, Table>>;
  readonly source: SampleSource;
  readonly #prepare: (options: Options) => Promise<SplitTables>;

  constructor({ title, description, licence, tables, source, prepare }: DatasetContent<Name, Options>) {
    this.title = title;
    this.description = description;
    this.licence = licence;
    this.tables = tables;
    this.source = source;
    this.#prepare = prepare;
  }

  /** Training and test samples, as the papers that use this set make them. */
  prepare(options: Options = {} as Options): Promise<SplitTables> {
    return this.#prepare(options);
  }

  [DISPLAY](): MimeBundle {
    const tables = (Object.entries(this.tables) as [Name, Table][]).map(
      ([name, table]) => `${name}: ${countedRows(table.rows)} (${table.names.join(', ')})`,
    );
    return {
      'text/plain': [`${this.title}: ${this.description}`, ...tables.map((line) => `  ${line}`), this.licence].join(
        '\n',
      ),
      'text/html':
        `<p><strong>${escapeHtml(this.title)}</strong>: ${escapeHtml(this.description)}</p>` +
        `<ul>${tables.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul><p><small>${escapeHtml(this.licence)}</small></p>`,
    };
  }
}

export type SqlType = 'VARCHAR' | 'INTEGER' | 'BIGINT' | 'DOUBLE';

export interface TypedCsv {
  file: string;
  columns: Readonly<Record<string, SqlType>>;
  /** The first line names the columns, which must be those. */
  header: boolean;
  /** Only the rows of this share of the values of a column, the same ones in every file and run. */
  sample?: { column: string; share: number };
  /** The values that a column may have. */
  oneOf?: Readonly<Record<string, readonly string[]>>;
}

/** What the values of a column must be. */
interface Rule {
  name: string;
  valid: string;
  problem: string;
}

/** Stands in the error of a query over a file with a bad value, which another query finds then. */
const BAD_VALUE = 'dinnb: a bad value';

/** The first that there is. */
async function badValue(
  connection: DuckDBConnection,
  from: string,
  rules: readonly Rule[],
): Promise<BadValue | undefined> {
  let first: BadValue | undefined;
  for (const { name, valid, problem } of rules) {
    const column = sqlName(name);
    const found = await connection.runAndReadAll(
      `SELECT row, value FROM (SELECT row_number() OVER () AS row, ${column} AS value, ${valid} AS fine FROM ${from}) WHERE NOT fine ORDER BY row LIMIT 1`,
    );
    const [bad] = found.getRows();
    if (bad && (!first || Number(bad[0]) < first.row))
      first = new BadValue(Number(bad[0]), name, `'${shorten(String(bad[1]))}' ${problem}.`);
  }
  return first;
}

/** @throws DataError for a value that is there twice, where it would double the rows that look it up. */
export function checkOnce(table: Table, name: string, file: string): void {
  const { codes, firstRow, size } = denseCodes(table.cells(name), file);
  if (size === table.rows) return;
  const row = codes.findIndex((code, at) => firstRow[code] !== at);
  throw new DataError(
    `${file}, column '${name}': ${table.cells(name).at(row)} is there twice. Remove one of the lines.`,
  );
}

/** @throws DataError for a value of one file that another, which tells of it, does not have. */
export async function checkKnown(
  table: Table,
  file: string,
  about: Table,
  aboutFile: string,
  name: string,
): Promise<void> {
  const sql = `SELECT ${sqlName(name)} AS value FROM rows ANTI JOIN about USING (${sqlName(name)}) LIMIT 1`;
  const unknown = await runQuery(sql, file, { rows: table.select([name]), about: about.select([name]) });
  if (unknown.rows === 0) return;
  throw new DataError(
    `${file}, column '${name}': ${unknown.column('value').at(0)} is not in ${aboutFile}. Use the files of the same data set.`,
  );
}

/** A CSV file whose columns are known. Throws a DataError that names file, line and value. */
export async function readTyped({ file, columns, header, sample, oneOf }: TypedCsv): Promise<Table> {
  const isWhole = (type: SqlType) => type === 'INTEGER' || type === 'BIGINT';
  // DuckDB would read 1.5 as the whole number 2: those are read as text, of which only digits are one.
  const types = Object.entries(columns).map(
    ([name, type]) => `${sqlString(name)}: '${isWhole(type) ? 'VARCHAR' : type}'`,
  );
  const rules = Object.entries(columns).flatMap(([name, type]): Rule[] => {
    const column = sqlName(name);
    const values = oneOf?.[name];
    if (values)
      return [
        {
          name,
          valid: `${column} IN (${values.map(sqlString).join(', ')})`,
          problem: `is none of ${values.join(', ')}`,
        },
      ];
    if (!isWhole(type)) return [];
    const valid = `(regexp_full_match(${column}, '\\s*-?[0-9]+\\s*') AND TRY_CAST(${column} AS ${type}) IS NOT NULL)`;
    return [{ name, valid, problem: `is not a whole number of ${type === 'INTEGER' ? 32 : 64} bits` }];
  });
  const checked = Object.entries(columns).map(([name, type]) => {
    const rule = rules.find((each) => each.name === name);
    const value = isWhole(type) ? `CAST(${sqlName(name)} AS ${type})` : sqlName(name);
    if (!rule) return value;
    return `CASE WHEN ${sqlName(name)} IS NULL OR ${rule.valid} THEN ${value} ELSE error(${sqlString(BAD_VALUE)}) END AS ${sqlName(name)}`;
  });
  // FNV-1a over the digits would need a function; a multiplicative hash of the id does, and is the same in every version.
  const where =
    sample === undefined || sample.share === 1
      ? ''
      : ` WHERE (CAST(${sqlName(sample.column)} AS HUGEINT) * 2654435761) % 4294967296 < ${Math.round(sample.share * 4294967296)}`;
  const from =
    `read_csv(${sqlString(file)}, auto_detect = false, header = ${header}, delim = ',', quote = '"', escape = '"', ` +
    `columns = {${types.join(', ')}})`;
  const sql = `SELECT ${checked.join(', ')} FROM ${from}${where}`;
  return withDatabase(`${path.basename(file)}: reading`, async (connection, progress) => {
    try {
      return await readWhole([file], () => queryTable(connection, sql, file, { progress }));
    } catch (error) {
      const { message } = error as Error;
      if (/Conversion Error|Out of Range Error/.test(message) || message.includes(BAD_VALUE)) {
        const bad = await badValue(connection, from, rules);
        const count = () => countRows(connection, from);
        if (bad) throw await locateBadValue(bad, [file], count, header);
      }
      const value = /Error when converting column "(.*)"\. Could not convert string "(.*)" to '(\w+)'/.exec(message);
      const line = /CSV Error on Line: (\d+)/.exec(message)?.[1];
      if (value && line) {
        const kind = value[3] === 'VARCHAR' ? 'text' : 'a number';
        throw new DataError(`${file}, line ${line}, column '${value[1]}': '${value[2]}' is not ${kind}.`, {
          cause: error,
        });
      }
      if (error instanceof DataError) throw error;
      throw (await fileError(error, [file], 'csv')) ?? asDataError(error, file, sql);
    }
  });
}
