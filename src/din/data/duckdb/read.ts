import type { DuckDBConnection, DuckDBResult, DuckDBType } from '@duckdb/node-api';
import type * as Bindings from '@duckdb/node-bindings';
import { DataError } from '../../errors';
import { InterruptedError, isInterrupted } from '../../interrupt';
import { compact, Lists, type NumberArray, Numbers, type StoredColumn, Texts } from '../columns';
import { Table } from '../table';
import { bindings, sqlName } from './names';

/**
 * Results of DuckDB as typed columns. Chunks hold columns as DuckDB has them in memory (2,048 rows each): they are
 * copied by array, and no value becomes a JavaScript object. Text is looked up by its bytes.
 */

type Vector = Bindings.Vector;

/** Takes the values of one column, chunk by chunk. */
interface Sink {
  /** The first `count` values of a vector, or those that `picked` names. */
  add(vector: Vector, count: number, picked?: Int32Array): void;
  finish(where: string): StoredColumn;
}

type Validity = Uint8Array | null;
const isValid = (validity: Validity, i: number) => validity === null || ((validity[i >> 3] >> (i & 7)) & 1) === 1;

function validityOf(vector: Vector, count: number): Validity {
  return bindings().vector_get_validity(vector, Math.ceil(count / 64) * 8) as Uint8Array | null;
}

/** The memory of a vector as an array; it lives as long as the chunk. */
function view<A>(
  vector: Vector,
  count: number,
  bytes: number,
  kind: new (b: ArrayBufferLike, o: number, n: number) => A,
): A {
  const data = bindings().vector_get_data(vector, count * bytes);
  return new kind(data.buffer, data.byteOffset, data.byteLength / bytes);
}

function concat<A extends NumberArray>(parts: A[], kind: new (length: number) => A): A {
  if (parts.length === 1) return parts[0];
  const out = new kind(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part as never, at);
    at += part.length;
  }
  return out;
}

/** The extent of a vector that is read: all `count`, or up to the last picked. */
function extent(count: number, picked: Int32Array | undefined): number {
  return picked === undefined ? count : picked.reduce((most, i) => Math.max(most, i + 1), 0);
}

type Small = new (b: ArrayBufferLike, o: number, n: number) => ArrayLike<number>;

/** Whole numbers of up to 32 bits (unsigned: up to 16) and truth values; with missing ones among them float64. */
class IntegerSink implements Sink {
  readonly #parts: Int32Array[] = [];
  readonly #missing: number[] = [];
  #rows = 0;

  constructor(
    readonly bytes: number,
    readonly kind: Small,
  ) {}

  add(vector: Vector, count: number, picked?: Int32Array): void {
    const reach = extent(count, picked);
    const values = view(vector, reach, this.bytes, this.kind);
    const validity = validityOf(vector, reach);
    const part = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const at = picked === undefined ? i : picked[i];
      if (isValid(validity, at)) part[i] = values[at];
      else this.#missing.push(this.#rows + i);
    }
    this.#parts.push(part);
    this.#rows += count;
  }

  finish(): Numbers {
    const values = concat(this.#parts, Int32Array);
    if (this.#missing.length === 0) return new Numbers(values);
    const wide = Float64Array.from(values);
    for (const row of this.#missing) wide[row] = Number.NaN;
    return new Numbers(wide);
  }
}

class FloatSink<A extends Float32Array | Float64Array> implements Sink {
  readonly #parts: A[] = [];

  constructor(
    readonly bytes: number,
    readonly kind: { new (length: number): A; new (b: ArrayBufferLike, o: number, n: number): A },
    /** Keep as int32 what turns out to be whole: seconds. */
    readonly whole = false,
  ) {}

  add(vector: Vector, count: number, picked?: Int32Array): void {
    const reach = extent(count, picked);
    const values = view(vector, reach, this.bytes, this.kind);
    const validity = validityOf(vector, reach);
    const part = new this.kind(count);
    if (validity === null && picked === undefined) part.set(values as never);
    else {
      for (let i = 0; i < count; i++) {
        const at = picked === undefined ? i : picked[i];
        part[i] = isValid(validity, at) ? values[at] : Number.NaN;
      }
    }
    this.#parts.push(part);
  }

  finish(): Numbers {
    const values = concat(this.#parts, this.kind);
    return new Numbers(this.whole ? compact(values as Float64Array) : values);
  }
}

const LARGEST = Number.MAX_SAFE_INTEGER;

/** 64-bit whole numbers: numbers where all are exact as such (int32 where they fit), else text by dictionary. */
class LongSink implements Sink {
  readonly #parts: Int32Array[] = [];
  readonly #missing: number[] = [];
  #rows = 0;

  constructor(readonly signed: boolean) {}

  add(vector: Vector, count: number, picked?: Int32Array): void {
    const reach = extent(count, picked);
    const words = view(vector, reach * 2, 4, Int32Array);
    const validity = validityOf(vector, reach);
    const part = new Int32Array(count * 2);
    for (let i = 0; i < count; i++) {
      const at = picked === undefined ? i : picked[i];
      if (isValid(validity, at)) {
        part[2 * i] = words[2 * at];
        part[2 * i + 1] = words[2 * at + 1];
      } else this.#missing.push(this.#rows + i);
    }
    this.#parts.push(part);
    this.#rows += count;
  }

  finish(): Numbers | Texts {
    const words = concat(this.#parts, Int32Array);
    this.#parts.length = 0;
    const rows = this.#rows;
    let small = this.#missing.length === 0;
    const values = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const high = this.signed ? words[2 * row + 1] : words[2 * row + 1] >>> 0;
      const value = high * 4294967296 + (words[2 * row] >>> 0);
      if (value > LARGEST || value < -LARGEST) return this.#texts(words);
      small &&= (value | 0) === value;
      values[row] = value;
    }
    if (small) return new Numbers(Int32Array.from(values));
    for (const row of this.#missing) values[row] = Number.NaN;
    return new Numbers(values);
  }

  #texts(words: Int32Array): Texts {
    const longs = this.signed ? new BigInt64Array(words.buffer) : new BigUint64Array(words.buffer);
    const known = new Map<bigint, number>();
    const codes = new Int32Array(this.#rows);
    const missing = new Set(this.#missing);
    for (let row = 0; row < codes.length; row++) {
      const value = longs[row];
      let code = missing.has(row) ? -1 : known.get(value);
      if (code === undefined) {
        code = known.size;
        known.set(value, code);
      }
      codes[row] = code;
    }
    return new Texts(codes, Array.from(known.keys(), String));
  }
}

const DECODER = new TextDecoder();

/**
 * Text by dictionary, in the order of first appearance. DuckDB keeps a text of up to 12 bytes within its 16-byte entry:
 * those are looked up by their four words, longer ones as strings.
 */
class TextSink implements Sink {
  readonly #parts: Int32Array[] = [];
  readonly #dictionary: string[] = [];
  readonly #long = new Map<string, number>();
  /** Of the short texts: three words and code each, and an open hash table of their positions (+ 1). */
  #words = new Int32Array(1024 * 5);
  #short = 0;
  #slots = new Int32Array(2048);

  /** `numbers`: make numbers of it where each text is a whole number that is exact as such (HUGEINT). */
  constructor(readonly numbers = false) {}

  add(vector: Vector, count: number, picked?: Int32Array): void {
    const reach = extent(count, picked);
    const data = bindings().vector_get_data(vector, reach * 16);
    const words = new Int32Array(data.buffer, data.byteOffset, reach * 4);
    const validity = validityOf(vector, reach);
    const part = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const at = picked === undefined ? i : picked[i];
      if (!isValid(validity, at)) {
        part[i] = -1;
        continue;
      }
      const length = words[4 * at];
      if (length === 0) part[i] = -1;
      else if (length <= 12) part[i] = this.#shortCode(words, 4 * at, data, 16 * at);
      else {
        const bytes = bindings().get_data_from_pointer(
          data.buffer as ArrayBuffer,
          data.byteOffset + 16 * at + 8,
          length,
        );
        part[i] = this.#longCode(Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('utf8'));
      }
    }
    this.#parts.push(part);
  }

  #longCode(text: string): number {
    let code = this.#long.get(text);
    if (code === undefined) {
      code = this.#dictionary.push(text) - 1;
      this.#long.set(text, code);
    }
    return code;
  }

  #shortCode(words: Int32Array, at: number, data: Uint8Array, byte: number): number {
    const a = words[at];
    const b = words[at + 1];
    const c = words[at + 2];
    const d = words[at + 3];
    const mask = this.#slots.length - 1;
    for (let slot = hash(a, b, c, d) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot];
      if (entry === 0) {
        const code = this.#dictionary.push(DECODER.decode(data.subarray(byte + 4, byte + 4 + a))) - 1;
        this.#remember(slot, a, b, c, d, code);
        return code;
      }
      const known = (entry - 1) * 5;
      const table = this.#words;
      if (table[known] === a && table[known + 1] === b && table[known + 2] === c && table[known + 3] === d) {
        return table[known + 4];
      }
    }
  }

  #remember(slot: number, a: number, b: number, c: number, d: number, code: number): void {
    if ((this.#short + 1) * 5 > this.#words.length) {
      const larger = new Int32Array(this.#words.length * 2);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words.set([a, b, c, d, code], this.#short * 5);
    this.#slots[slot] = ++this.#short;
    if (this.#short * 2 > this.#slots.length) this.#rehash();
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    const words = this.#words;
    for (let entry = 0; entry < this.#short; entry++) {
      const at = entry * 5;
      let slot = hash(words[at], words[at + 1], words[at + 2], words[at + 3]) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }

  finish(): Numbers | Texts {
    const codes = concat(this.#parts, Int32Array);
    if (this.numbers) {
      const values = this.#dictionary.map(Number);
      if (values.every((value) => Math.abs(value) <= LARGEST)) {
        return new Numbers(compact(Float64Array.from(codes, (code) => (code < 0 ? Number.NaN : values[code]))));
      }
    }
    return new Texts(codes, this.#dictionary);
  }
}

function hash(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ b;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ c;
  h = Math.imul(h ^ (h >>> 13), 0x297a2d39) ^ d;
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return h ^ (h >>> 16);
}

class ListSink implements Sink {
  readonly #lengths: Int32Array[] = [];

  constructor(readonly items: Sink) {}

  add(vector: Vector, count: number, picked?: Int32Array): void {
    const reach = extent(count, picked);
    // Per row a 64-bit offset and a 64-bit length.
    const entries = view(vector, reach * 4, 4, Int32Array);
    const validity = validityOf(vector, reach);
    const lengths = new Int32Array(count);
    let total = 0;
    let inOrder = true;
    for (let i = 0; i < count; i++) {
      const at = picked === undefined ? i : picked[i];
      if (!isValid(validity, at)) continue;
      lengths[i] = entries[4 * at + 2];
      if (lengths[i] > 0 && entries[4 * at] !== total) inOrder = false;
      total += lengths[i];
    }
    this.#lengths.push(lengths);
    const child = bindings().list_vector_get_child(vector);
    if (inOrder) {
      this.items.add(child, total);
      return;
    }
    const wanted = new Int32Array(total);
    let next = 0;
    for (let i = 0; i < count; i++) {
      const at = picked === undefined ? i : picked[i];
      for (let k = 0; k < lengths[i]; k++) wanted[next++] = entries[4 * at] + k;
    }
    this.items.add(child, total, wanted);
  }

  finish(where: string): Lists {
    const lengths = concat(this.#lengths, Int32Array);
    const offsets = new Int32Array(lengths.length + 1);
    let total = 0;
    for (let row = 0; row < lengths.length; row++) {
      total += lengths[row];
      if (total > 0x7fffffff) {
        throw new DataError(
          `${where} holds more than 2,147,483,647 values, which memory cannot: give { storage: 'disk' }.`,
        );
      }
      offsets[row + 1] = total;
    }
    return new Lists(offsets, this.items.finish(where) as Numbers | Texts);
  }
}

/** How a column of a DuckDB type is read: what the query casts it to, and where its values go. */
interface Reading {
  cast(expression: string): string;
  sink(): Sink;
}

const asIs = (sink: () => Sink): Reading => ({ cast: (expression) => expression, sink });

const READINGS: Readonly<Record<string, Reading>> = {
  BOOLEAN: asIs(() => new IntegerSink(1, Uint8Array)),
  TINYINT: asIs(() => new IntegerSink(1, Int8Array)),
  UTINYINT: asIs(() => new IntegerSink(1, Uint8Array)),
  SMALLINT: asIs(() => new IntegerSink(2, Int16Array)),
  USMALLINT: asIs(() => new IntegerSink(2, Uint16Array)),
  INTEGER: asIs(() => new IntegerSink(4, Int32Array)),
  UINTEGER: { cast: (e) => `CAST(${e} AS BIGINT)`, sink: () => new LongSink(true) },
  BIGINT: asIs(() => new LongSink(true)),
  UBIGINT: asIs(() => new LongSink(false)),
  FLOAT: asIs(() => new FloatSink(4, Float32Array)),
  DOUBLE: asIs(() => new FloatSink(8, Float64Array)),
  VARCHAR: asIs(() => new TextSink()),
  HUGEINT: { cast: (e) => `CAST(${e} AS VARCHAR)`, sink: () => new TextSink(true) },
  UHUGEINT: { cast: (e) => `CAST(${e} AS VARCHAR)`, sink: () => new TextSink(true) },
};
const SECONDS: Reading = { cast: (e) => `epoch(${e})`, sink: () => new FloatSink(8, Float64Array, true) };
const DECIMAL: Reading = { cast: (e) => `CAST(${e} AS DOUBLE)`, sink: () => new FloatSink(8, Float64Array) };
const TEXT: Reading = { cast: (e) => `CAST(${e} AS VARCHAR)`, sink: () => new TextSink() };
const JSON_TEXT: Reading = { cast: (e) => `CAST(to_json(${e}) AS VARCHAR)`, sink: () => new TextSink() };

function readingOf(type: DuckDBType): Reading {
  const name = String(type);
  const known = READINGS[name];
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
      sink: () => new ListSink(of.sink()),
    };
  }
  if (/^(DATE|TIME|TIMESTAMP)/.test(name) || name === 'INTERVAL') return SECONDS;
  if (name.startsWith('DECIMAL')) return DECIMAL;
  if (/^(STRUCT|MAP|UNION|VARIANT)/.test(name)) return JSON_TEXT;
  return TEXT;
}

/** Rows after which an interrupt is looked for. */
const LOOK_EVERY = 100_000;

export interface QueryOptions {
  /** Told the number of rows read so far. */
  onRows?(rows: number): void;
}

/**
 * A query's result as a table: whole numbers as int32 where they fit, else as float64 while that is exact, else as text;
 * dates as seconds; NULL as what is missing in a column of its kind. Throws what DuckDB throws, and InterruptedError.
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
  if (readings.some(({ cast }) => cast('x') !== 'x')) {
    result = await connection.stream(castQuery(sql, names, readings));
    readings = readings.map(({ sink }, i) => ({ ...readingOf(result.columnType(i)), sink }));
  }
  const sinks = readings.map(({ sink }) => sink());
  await drain(connection, result, sinks, options);
  const columns = new Map<string, StoredColumn>();
  for (const [i, name] of names.entries()) columns.set(name, sinks[i].finish(`${source}: column '${name}'`));
  return new Table(columns, source);
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
  { onRows }: QueryOptions,
): Promise<void> {
  let rows = 0;
  let looked = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return;
    const count = chunk.rowCount;
    for (const [i, sink] of sinks.entries()) sink.add(bindings().data_chunk_get_vector(chunk.chunk, i), count);
    rows += count;
    if (rows - looked < LOOK_EVERY) continue;
    looked = rows;
    onRows?.(rows);
    // Chunks that are there already come without a turn of the event loop, through which an interrupt arrives.
    await new Promise((resolve) => setImmediate(resolve));
    if (isInterrupted()) {
      connection.interrupt();
      throw new InterruptedError(`Reading was interrupted after ${rows} rows.`);
    }
  }
}
