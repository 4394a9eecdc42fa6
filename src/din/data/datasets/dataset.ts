import path from 'node:path';
import { escapeHtml } from '../../../base/escape';
import { DISPLAY, type Displayable } from '../../../outputs/display';
import type { MimeBundle } from '../../../outputs/mime';
import { DataError } from '../../errors';
import { queryTable, sqlName, sqlString, withDatabase } from '../duckdb';
import { countedRows } from '../preview';
import { asDataError } from '../query';
import { fileError, readWhole } from '../read/errors';
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
}

/** A CSV file whose columns are known. Throws a DataError that names file, line and value. */
export async function readTyped({ file, columns, header, sample }: TypedCsv): Promise<Table> {
  const types = Object.entries(columns).map(([name, type]) => `${sqlString(name)}: '${type}'`);
  // FNV-1a over the digits would need a function; a multiplicative hash of the id does, and is the same in every version.
  const where =
    sample === undefined || sample.share === 1
      ? ''
      : ` WHERE (CAST(${sqlName(sample.column)} AS HUGEINT) * 2654435761) % 4294967296 < ${Math.round(sample.share * 4294967296)}`;
  const sql =
    `SELECT * FROM read_csv(${sqlString(file)}, auto_detect = false, header = ${header}, delim = ',', quote = '"', escape = '"', ` +
    `columns = {${types.join(', ')}})${where}`;
  return withDatabase(`${path.basename(file)}: reading`, async (connection, progress) => {
    try {
      return await readWhole([file], () => queryTable(connection, sql, file, { progress }));
    } catch (error) {
      const { message } = error as Error;
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
