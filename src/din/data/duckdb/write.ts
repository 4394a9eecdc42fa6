import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import type * as Bindings from '@duckdb/node-bindings';
import { DataError } from '../../errors';
import { throwIfInterrupted } from '../../interrupt';
import type { Lists, Numbers, StoredColumn, Texts } from '../columns';
import type { Table } from '../table';
import { bindings, sqlName } from './names';

type Vector = Bindings.Vector;

/** Rows of a DuckDB vector. */
const CHUNK = 2048;
/** Rows of a table on disk that are read at a time. */
const BLOCK = 64 * CHUNK;

/**
 * Makes a DuckDB table of a table's columns, what is missing as NULL. Throws a DataError for names that differ by case
 * only, which SQL takes for one.
 */
export async function writeTable(connection: DuckDBConnection, name: string, table: Table): Promise<void> {
  checkNames(table);
  const columns = [...table.columns];
  const types = columns.map(([column, stored]) => `${sqlName(column)} ${typeOf(stored)}`);
  await connection.run(`CREATE TABLE ${sqlName(name)} (${types.join(', ') || 'nothing INTEGER'})`);
  if (table.rows === 0) return;
  const api = await import('@duckdb/node-api');
  const of: Record<string, DuckDBType> = {
    INTEGER: api.INTEGER,
    FLOAT: api.FLOAT,
    DOUBLE: api.DOUBLE,
    VARCHAR: api.VARCHAR,
  };
  const duckTypes = columns.map(([, stored]) =>
    stored.type === 'list' ? api.LIST(of[typeOf(stored.items)]) : of[typeOf(stored)],
  );
  const appender = await connection.createAppender(name);
  const size = table.storage === 'disk' ? BLOCK : table.rows;
  for (let first = 0; first < table.rows; first += size) {
    const block = await table.fetch(first, Math.min(size, table.rows - first));
    const writers = [...block.columns.values()].map(writer);
    for (let start = 0; start < block.rows; start += CHUNK) {
      const count = Math.min(CHUNK, block.rows - start);
      const chunk = api.DuckDBDataChunk.create(duckTypes, count);
      for (const [i, write] of writers.entries()) {
        write(bindings().data_chunk_get_vector(chunk.chunk, i), start, count);
      }
      appender.appendDataChunk(chunk);
      if ((start / CHUNK) % 64 !== 63) continue;
      await new Promise((resolve) => setImmediate(resolve));
      throwIfInterrupted();
    }
  }
  appender.closeSync();
}

function checkNames(table: Table): void {
  const seen = new Map<string, string>();
  for (const name of table.names) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw new DataError(
        `${table.source}: columns '${other}' and '${name}' differ by case only, which SQL does not see. Leave one out with ` +
          'table.select([...]).',
      );
    }
    seen.set(name.toLowerCase(), name);
  }
}

function typeOf(column: StoredColumn): string {
  if (column.type === 'list') return `${typeOf(column.items)}[]`;
  if (column.type === 'string') return 'VARCHAR';
  if (column.kind === Int32Array) return 'INTEGER';
  return column.kind === Float32Array ? 'FLOAT' : 'DOUBLE';
}

type Writer = (vector: Vector, start: number, count: number) => void;

function writer(column: StoredColumn): Writer {
  if (column.type === 'list') return listWriter(column);
  return column.type === 'string' ? textWriter(column) : numberWriter(column);
}

function copy(vector: Vector, values: ArrayBufferView): void {
  bindings().copy_data_to_vector(vector, 0, values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
}

function setMissing(vector: Vector, count: number, missing: (i: number) => boolean): void {
  let bits: Uint8Array | undefined;
  for (let i = 0; i < count; i++) {
    if (!missing(i)) continue;
    bits ??= new Uint8Array(Math.ceil(count / 64) * 8).fill(255);
    bits[i >> 3] &= ~(1 << (i & 7));
  }
  if (!bits) return;
  bindings().vector_ensure_validity_writable(vector);
  bindings().copy_data_to_vector_validity(vector, 0, bits.buffer as ArrayBuffer, 0, bits.byteLength);
}

function numberWriter({ values }: Numbers): Writer {
  return (vector, start, count) => {
    copy(vector, values.subarray(start, start + count));
    if (!(values instanceof Int32Array)) setMissing(vector, count, (i) => Number.isNaN(values[start + i]));
  };
}

/** Texts of up to 12 bytes are written as DuckDB has them: length and bytes in 16. */
function textWriter({ codes, dictionary }: Texts): Writer {
  const short = shortTexts(dictionary);
  return (vector, start, count) => {
    const words = new Int32Array(count * 4);
    const long: number[] = [];
    for (let i = 0; i < count; i++) {
      const code = codes[start + i];
      if (code < 0) continue;
      if (short[4 * code] < 0) {
        long.push(i);
        continue;
      }
      for (let k = 0; k < 4; k++) words[4 * i + k] = short[4 * code + k];
    }
    copy(vector, words);
    for (const i of long) bindings().vector_assign_string_element(vector, i, dictionary[codes[start + i]]);
    setMissing(vector, count, (i) => codes[start + i] < 0);
  };
}

/** By code: length and bytes; a length of -1 where the text is longer. Made once for all blocks of a table. */
const known = new WeakMap<readonly string[], Int32Array>();

function shortTexts(dictionary: readonly string[]): Int32Array {
  let short = known.get(dictionary);
  if (short) return short;
  short = new Int32Array(dictionary.length * 4);
  const bytes = new Uint8Array(short.buffer);
  const encoder = new TextEncoder();
  for (const [code, text] of dictionary.entries()) {
    const encoded = text.length <= 12 ? encoder.encode(text) : undefined;
    short[4 * code] = encoded && encoded.length <= 12 ? encoded.length : -1;
    if (encoded && encoded.length <= 12) bytes.set(encoded, 16 * code + 4);
  }
  known.set(dictionary, short);
  return short;
}

function listWriter({ offsets, items }: Lists): Writer {
  const writeItems = writer(items);
  return (vector, start, count) => {
    const from = offsets[start];
    const total = offsets[start + count] - from;
    bindings().list_vector_reserve(vector, total);
    bindings().list_vector_set_size(vector, total);
    if (total > 0) writeItems(bindings().list_vector_get_child(vector), from, total);
    const entries = new Int32Array(count * 4);
    for (let i = 0; i < count; i++) {
      entries[4 * i] = offsets[start + i] - from;
      entries[4 * i + 2] = offsets[start + i + 1] - offsets[start + i];
    }
    copy(vector, entries);
  };
}
