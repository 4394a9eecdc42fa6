import path from 'node:path';
import type { DuckDBConnection, DuckDBResult, DuckDBType } from '@duckdb/node-api';
import { DataError } from '../../errors';
import { InterruptedError, isInterrupted } from '../../interrupt';
import type { Working } from '../../working';
import type { StoredColumn } from '../columns';
import { Place, type Storage } from '../storage/builder';
import { Table } from '../table';
import { bindings, sqlName } from './names';
import { areDistinct, areExact, FloatSink, IntegerSink, ListSink, LongSink, type Sink, TextSink } from './sinks';

/** How a column of a DuckDB type is read: what the query casts it to, and where its values go. */
interface Reading {
  cast(expression: string): string;
  sink(place: Place): Sink;
}

const asIs = (sink: (place: Place) => Sink): Reading => ({ cast: (expression) => expression, sink });

const READINGS: Readonly<Record<string, Reading>> = {
  BOOLEAN: asIs((place) => new IntegerSink(place, 1, Uint8Array)),
  TINYINT: asIs((place) => new IntegerSink(place, 1, Int8Array)),
  UTINYINT: asIs((place) => new IntegerSink(place, 1, Uint8Array)),
  SMALLINT: asIs((place) => new IntegerSink(place, 2, Int16Array)),
  USMALLINT: asIs((place) => new IntegerSink(place, 2, Uint16Array)),
  INTEGER: asIs((place) => new IntegerSink(place, 4, Int32Array)),
  UINTEGER: { cast: (e) => `CAST(${e} AS BIGINT)`, sink: (place) => new LongSink(place, true) },
  BIGINT: asIs((place) => new LongSink(place, true)),
  UBIGINT: asIs((place) => new LongSink(place, false)),
  FLOAT: asIs((place) => new FloatSink(place, 4, Float32Array)),
  DOUBLE: asIs((place) => new FloatSink(place, 8, Float64Array)),
  VARCHAR: asIs((place) => new TextSink(place)),
  HUGEINT: { cast: (e) => `CAST(${e} AS VARCHAR)`, sink: (place) => new TextSink(place, areExact) },
  UHUGEINT: { cast: (e) => `CAST(${e} AS VARCHAR)`, sink: (place) => new TextSink(place, areExact) },
};
const SECONDS: Reading = { cast: (e) => `epoch(${e})`, sink: (place) => new FloatSink(place, 8, Float64Array, true) };
/** Up to 15 digits a double has each decimal apart from the next. */
const DECIMAL: Reading = {
  cast: (e) => `CAST(${e} AS DOUBLE)`,
  sink: (place) => new FloatSink(place, 8, Float64Array),
};
const MOST_DIGITS = 15;
/** Without the zeros that end it: texts of up to 12 characters are read faster. */
const LONG_DECIMAL: Reading = {
  cast: (e) => `rtrim(rtrim(CAST(${e} AS VARCHAR), '0'), '.')`,
  sink: (place) => new TextSink(place, areDistinct),
};
const TEXT: Reading = { cast: (e) => `CAST(${e} AS VARCHAR)`, sink: (place) => new TextSink(place) };
/** A JSON column holds values of several types: a text among them is what it says, without its quotes. */
const JSON_VALUE: Reading = { cast: (e) => `(${e} ->> '$')`, sink: (place) => new TextSink(place) };
const JSON_TEXT: Reading = { cast: (e) => `CAST(to_json(${e}) AS VARCHAR)`, sink: (place) => new TextSink(place) };

function readingOf(type: DuckDBType): Reading {
  const name = String(type);
  const known = type.alias === 'JSON' ? JSON_VALUE : READINGS[name];
  if (known) return known;
  const item = 'valueType' in type && !name.startsWith('MAP') ? (type.valueType as DuckDBType) : undefined;
  if (item) {
    const of = readingOf(item);
    const nested = 'valueType' in item || 'entryTypes' in item;
    if (nested) return JSON_TEXT;
    const plain = of.cast('x') === 'x';
    return {
      cast: (e) => {
        const list = name.endsWith('[]') ? e : `CAST(${e} AS ${String(item)}[])`;
        return plain ? list : `list_transform(${list}, lambda x: ${of.cast('x')})`;
      },
      sink: (place) => new ListSink(place, of.sink(place)),
    };
  }
  if (/^(DATE|TIME|TIMESTAMP)/.test(name) || name === 'INTERVAL') return SECONDS;
  // Without places after the point they are ids as likely as amounts: NUMERIC(20,0) of other databases.
  if (/^DECIMAL\(\d+,\s*0\)$/.test(name)) return READINGS.HUGEINT;
  const digits = /^DECIMAL\((\d+),/.exec(name);
  if (digits) return Number(digits[1]) > MOST_DIGITS ? LONG_DECIMAL : DECIMAL;
  if (/^(STRUCT|MAP|UNION|VARIANT)/.test(name)) return JSON_TEXT;
  return TEXT;
}

/** Rows after which an interrupt is looked for. */
const LOOK_EVERY = 100_000;

export interface QueryOptions {
  /** Told the number of rows read so far, and how many there will be, where that is known. */
  progress?: Working;
  rows?: number;
  /** Where the table lies, default `auto`. */
  storage?: Storage;
}

/**
 * A query's result as a table: whole numbers as int32 where they fit, else as float64 while that is exact, else as text;
 * decimals as float64 unless two of them would be one, else as text; dates as seconds; NULL as what is missing in a column of its kind. Throws what DuckDB throws, and InterruptedError.
 */
export async function queryTable(
  connection: DuckDBConnection,
  sql: string,
  source: string,
  options: QueryOptions = {},
): Promise<Table> {
  let result = await connection.stream(sql);
  let readings = result.columnTypes().map(readingOf);
  const names = result.columnNames();
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new DataError(
      `${source}: the query gives two columns '${twice}', of which a table can hold one. Give one another name with AS, or leave it out ` +
        `(SELECT * EXCLUDE, JOIN ... USING).`,
    );
  }
  if (readings.some(({ cast }) => cast('x') !== 'x')) {
    result = await connection.stream(castQuery(sql, names, readings));
    readings = readings.map(({ sink }, i) => ({ ...readingOf(result.columnType(i)), sink }));
  }
  const place = new Place(options.storage, source);
  try {
    const sinks = readings.map(({ sink }) => sink(place));
    await drain(connection, result, sinks, source, options);
    const columns = new Map<string, StoredColumn>();
    for (const [i, name] of names.entries()) columns.set(name, sinks[i].finish(`${source}: column '${name}'`));
    return new Table(columns, source);
  } catch (error) {
    place.discard();
    throw error;
  }
}

function castQuery(sql: string, names: readonly string[], readings: readonly Reading[]): string {
  const inner = names.map((_, i) => `c${i}`).join(', ');
  const casts = readings.map(({ cast }, i) => `${cast(`c${i}`)} AS ${sqlName(names[i])}`).join(', ');
  return `SELECT ${casts} FROM (${sql.replace(/;\s*$/, '')}\n) AS result(${inner})`;
}

async function drain(
  connection: DuckDBConnection,
  result: DuckDBResult,
  sinks: readonly Sink[],
  source: string,
  { progress, rows: all }: QueryOptions,
): Promise<void> {
  let rows = 0;
  let looked = 0;
  progress?.stage(`${path.basename(source)}: rows`, all);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return;
    const count = chunk.rowCount;
    for (const [i, sink] of sinks.entries()) sink.add(bindings().data_chunk_get_vector(chunk.chunk, i), count);
    rows += count;
    if (rows - looked < LOOK_EVERY) continue;
    looked = rows;
    progress?.at(rows);
    // Chunks that are there already come without a turn of the event loop, through which an interrupt arrives.
    await new Promise((resolve) => setImmediate(resolve));
    if (isInterrupted()) {
      connection.interrupt();
      throw new InterruptedError(`Reading was interrupted after ${rows} rows.`);
    }
  }
}
