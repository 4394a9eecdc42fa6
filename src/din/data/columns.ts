import { DataError } from '../errors';
import { memoryBound, Place } from './storage/builder';
import { FileArray, gather, inMemory, isOnDisk, type Kind, kindOf, type Stored, valueAt } from './storage/file-array';

/** How numbers lie in memory: ids as int32 where they fit and none is missing, else as float64 (exact to 2^53, missing = NaN). */
export type NumberArray = Int32Array | Float32Array | Float64Array;

/** One cell: a number, a text, or a list of either. Missing: NaN, '' and []. */
export type Value = number | string | number[] | string[];

/** A named column as it is read: `values[row]` is the row's value. Also what `new Table(...)` takes. */
export type Column =
  | { type: 'number'; values: NumberArray }
  | { type: 'string'; values: string[] }
  | { type: 'list'; values: (number[] | string[])[] };

/** What `console.log` asks of a value. */
export const INSPECT = Symbol.for('nodejs.util.inspect.custom');
type Inspect = (value: unknown, options: object) => string;
/** As many as of a typed array. */
const INSPECTED = 100;

/** `Numbers(3) [ 1, 2, 3 ]`: as a typed array prints, and no more read than is shown. */
function inspected(name: string, column: StoredColumn, options: object, inspect: Inspect): string {
  const shown = Array.from({ length: Math.min(column.length, INSPECTED) }, (_, row) => column.at(row));
  const more = column.length - shown.length;
  return `${name}(${column.length}) ${inspect(shown, options)}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Numbers, one a row. */
export class Numbers {
  readonly type = 'number';

  /** @param data in memory, or in a file. */
  constructor(readonly data: Stored) {}

  /** In memory: those of a file are read, and kept as long as somebody holds them. */
  get values(): NumberArray {
    return inMemory(this.data);
  }

  get kind(): Kind {
    return kindOf(this.data);
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    return inspected('Numbers', this, options, inspect);
  }

  get length(): number {
    return this.data.length;
  }

  get onDisk(): boolean {
    return isOnDisk(this.data);
  }

  at(row: number): number {
    return valueAt(this.data, row);
  }

  take(rows: ArrayLike<number>): Numbers {
    return new Numbers(taken(this.data, rows));
  }

  slice(start: number, end: number): Numbers {
    return new Numbers(this.data.subarray(start, end));
  }

  /** The same in files. */
  stored(place: Place): Numbers {
    return new Numbers(placed(this.data, place));
  }

  /** The same in memory. */
  load(): Numbers {
    return isOnDisk(this.data) ? new Numbers(this.data.read(0, this.length)) : this;
  }

  /** `load` that does not hold up anything else. */
  async fetch(): Promise<Numbers> {
    return isOnDisk(this.data) ? new Numbers(await this.data.fetch(0, this.length)) : this;
  }

  dispose(): void {
    if (isOnDisk(this.data)) this.data.file.close();
  }
}

/** Text by dictionary: `dictionary[codes[row]]`, or '' where the code is -1 (missing). No text of a dictionary is ''. */
export class Texts {
  readonly type = 'string';
  #values: string[] | undefined;

  /** @param data the codes, in memory or in a file; the dictionary is in memory. */
  constructor(
    readonly data: Stored<Int32Array>,
    readonly dictionary: readonly string[],
  ) {}

  /** In memory: those of a file are read, and kept as long as somebody holds them. */
  get codes(): Int32Array {
    return inMemory(this.data);
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    return inspected('Texts', this, options, inspect);
  }

  get length(): number {
    return this.data.length;
  }

  get onDisk(): boolean {
    return isOnDisk(this.data);
  }

  at(row: number): string {
    const code = valueAt(this.data, row);
    return code < 0 ? '' : this.dictionary[code];
  }

  /** All rows as text: made when first asked for. Whoever can, reads codes. */
  get values(): string[] {
    this.#values ??= this.toArray();
    return this.#values;
  }

  toArray(): string[] {
    const { codes, dictionary } = this;
    const out = new Array<string>(codes.length);
    for (let row = 0; row < out.length; row++) out[row] = codes[row] < 0 ? '' : dictionary[codes[row]];
    return out;
  }

  take(rows: ArrayLike<number>): Texts {
    return new Texts(taken(this.data, rows), this.dictionary);
  }

  slice(start: number, end: number): Texts {
    return new Texts(this.data.subarray(start, end), this.dictionary);
  }

  stored(place: Place): Texts {
    return new Texts(placed(this.data, place), this.dictionary);
  }

  load(): Texts {
    return isOnDisk(this.data) ? new Texts(this.data.read(0, this.length), this.dictionary) : this;
  }

  async fetch(): Promise<Texts> {
    return isOnDisk(this.data) ? new Texts(await this.data.fetch(0, this.length), this.dictionary) : this;
  }

  dispose(): void {
    if (isOnDisk(this.data)) this.data.file.close();
  }
}

/** Values that a column of lists holds at most in memory. */
export const MOST_ITEMS = 0x7fffffff;

/** Lists of numbers or texts: row r has `items` from `offsets[r]` up to `offsets[r + 1]`. A missing list is an empty one. */
export class Lists {
  readonly type = 'list';
  #values: (number[] | string[])[] | undefined;

  /**
   * @param data the offsets, `[rows + 1]`, ascending, need not begin at 0: as int32 in memory, as float64 in a file.
   * @param all the values of all lists, also of those that are not of this part.
   */
  constructor(
    readonly data: Int32Array | FileArray<Float64Array>,
    private readonly all: Numbers | Texts,
  ) {}

  /** `[rows + 1]`, ascending; need not begin at 0. */
  get offsets(): Int32Array {
    return this.data instanceof FileArray ? rebased(this.data.whole()) : this.data;
  }

  /** The values that offsets speak of. */
  get items(): Numbers | Texts {
    return this.data instanceof FileArray ? this.all.slice(this.data.at(0), this.data.at(this.length)) : this.all;
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    return inspected('Lists', this, options, inspect);
  }

  get length(): number {
    return this.data.length - 1;
  }

  get onDisk(): boolean {
    return this.data instanceof FileArray || this.all.onDisk;
  }

  at(row: number): number[] | string[] {
    const part = this.all.slice(valueAt(this.data, row), valueAt(this.data, row + 1));
    return part.type === 'number' ? Array.from(part.values) : part.toArray();
  }

  get values(): (number[] | string[])[] {
    if (this.#values) return this.#values;
    const lists = this.load();
    this.#values = Array.from({ length: this.length }, (_, row) => lists.at(row));
    return this.#values;
  }

  take(rows: ArrayLike<number>): Lists {
    if (this.data instanceof FileArray) return this.takeFromFile(this.data, rows);
    const offsets = new Int32Array(rows.length + 1);
    let total = 0;
    for (let i = 0; i < rows.length; i++) {
      total += this.data[rows[i] + 1] - this.data[rows[i]];
      if (total > MOST_ITEMS) throw new DataError('A list column holds at most 2,147,483,647 values in memory.');
      offsets[i + 1] = total;
    }
    const wanted = new Int32Array(total);
    for (let i = 0; i < rows.length; i++) {
      let from = this.data[rows[i]];
      for (let at = offsets[i]; at < offsets[i + 1]; at++) wanted[at] = from++;
    }
    return new Lists(offsets, this.all.take(wanted));
  }

  /** The same, some rows at a time, to a file where it is much. */
  private takeFromFile(data: FileArray<Float64Array>, rows: ArrayLike<number>): Lists {
    const place = new Place('auto', undefined, Math.min(TAKEN_IN_MEMORY, memoryBound()));
    const items = this.all.type === 'number' ? place.builder(this.all.kind) : place.builder(Int32Array);
    const ends = place.builder(Float64Array);
    ends.push(Float64Array.of(0));
    let total = 0;
    try {
      for (let start = 0; start < rows.length; start += TAKEN_ROWS) {
        const part = Array.prototype.slice.call(rows, start, start + TAKEN_ROWS) as number[];
        const from = gather(data, part);
        const to = gather(
          data,
          part.map((row) => row + 1),
        );
        ends.push(to.map((end, i) => (total += end - from[i])));
        const wanted: number[] = [];
        for (let i = 0; i < part.length; i++) for (let at = from[i]; at < to[i]; at++) wanted.push(at);
        items.push(gather(this.all.data as Stored, wanted) as never);
      }
      const values = items.finish() as Stored;
      const offsets = ends.finish();
      const all =
        this.all.type === 'number' ? new Numbers(values) : new Texts(values as Int32Array, this.all.dictionary);
      return new Lists(isOnDisk(offsets) ? offsets : rebased(offsets), all);
    } catch (error) {
      place.discard();
      throw error;
    }
  }

  slice(start: number, end: number): Lists {
    const rows = this.length;
    const from = Math.max(0, start < 0 ? rows + start : Math.min(start, rows));
    const to = Math.max(from, end < 0 ? rows + end : Math.min(end, rows));
    return new Lists(this.data.subarray(from, to + 1), this.all);
  }

  stored(place: Place): Lists {
    if (this.data instanceof FileArray) return this;
    const { data, length } = this;
    const ends = placed(
      Float64Array.from(data, (end) => end - data[0]),
      place,
    );
    const items = this.all.slice(data[0], data[length]).stored(place);
    return new Lists(ends instanceof Float64Array ? rebased(ends) : ends, items);
  }

  load(): Lists {
    if (!(this.data instanceof FileArray)) return this.all.onDisk ? new Lists(this.data, this.all.load()) : this;
    const ends = this.data.read(0, this.data.length);
    return new Lists(rebased(ends), this.all.slice(ends[0], ends[this.length]).load());
  }

  async fetch(): Promise<Lists> {
    if (!(this.data instanceof FileArray)) return this.load();
    const ends = await this.data.fetch(0, this.data.length);
    return new Lists(rebased(ends), await this.all.slice(ends[0], ends[this.length]).fetch());
  }

  dispose(): void {
    if (this.data instanceof FileArray) this.data.file.close();
    this.all.dispose();
  }
}

function placed<A extends NumberArray>(data: Stored<A>, place: Place): Stored<A> {
  if (isOnDisk(data)) return data;
  const builder = place.builder(kindOf(data));
  builder.push(data);
  return builder.finish();
}

/** Rows of lists that are taken at a time. */
const TAKEN_ROWS = 8192;
/** Bytes that rows taken from a file may have in memory. */
const TAKEN_IN_MEMORY = 2 ** 25;

/** Rows of numbers; of a file, again in a file where they are many. */
function taken<A extends NumberArray>(data: Stored<A>, rows: ArrayLike<number>): Stored<A> {
  if (!isOnDisk(data)) return gather(data, rows);
  const place = new Place('auto', undefined, Math.min(TAKEN_IN_MEMORY, memoryBound()));
  const builder = place.builder(data.kind);
  try {
    for (let start = 0; start < rows.length; start += PART_ROWS) {
      builder.push(gather(data, Array.prototype.slice.call(rows, start, start + PART_ROWS) as number[]));
    }
    return builder.finish();
  } catch (error) {
    place.discard();
    throw error;
  }
}

/** Rows of numbers that are taken at a time. */
const PART_ROWS = 65536;

/** Offsets that begin at 0, as int32. */
function rebased(ends: Float64Array): Int32Array {
  const [first] = ends;
  if (ends[ends.length - 1] - first > MOST_ITEMS) {
    throw new DataError(
      'A list column of a table on disk holds more than 2,147,483,647 values, which memory cannot: read it in parts, with table.read(start, count).',
    );
  }
  return Int32Array.from(ends, (end) => end - first);
}

/** A column as a table keeps it: typed arrays, no value of its own a row. */
export type StoredColumn = Numbers | Texts | Lists;

/** Gives texts their codes, in the order in which they first appear; '' has the code of what is missing, -1. */
export class Dictionary {
  readonly texts: string[] = [];
  readonly #codes = new Map<string, number>();

  code(text: string): number {
    if (text === '') return -1;
    let code = this.#codes.get(text);
    if (code === undefined) {
      code = this.texts.length;
      this.texts.push(text);
      this.#codes.set(text, code);
    }
    return code;
  }
}

const isNumbers = (values: unknown): values is NumberArray =>
  values instanceof Float64Array || values instanceof Float32Array || values instanceof Int32Array;

/** The column as a table keeps it. Throws a DataError that names the column, and the row, of what is none. */
export function storeColumn(source: string, name: string, column: unknown): StoredColumn {
  if (column instanceof Numbers || column instanceof Texts || column instanceof Lists) return column;
  const where = `${source}: column '${name}'`;
  const { type, values } = (column ?? {}) as { type?: unknown; values?: unknown };
  if (type === undefined) {
    throw new DataError(
      `${where} lacks its type: give { type: 'number', values } (a Float64Array, Float32Array or Int32Array) or ` +
        "{ type: 'string', values } (an array of text), or make the table with din.data.from({ ... }).",
    );
  }
  if (type === 'number') {
    if (isNumbers(values)) return new Numbers(values);
    if (!Array.isArray(values)) throw new DataError(`${where} has no values: a Float64Array of numbers is needed.`);
    return new Numbers(Float64Array.from(values, (value, row) => numberOf(value, where, row)));
  }
  if (!Array.isArray(values)) throw new DataError(`${where} has no values: an array is needed.`);
  if (type === 'string') return storeTexts(values, where);
  if (type === 'list') return storeLists(values, where);
  throw new DataError(`${where} has the type '${String(type)}'; there are 'number', 'string' and 'list'.`);
}

function numberOf(value: unknown, where: string, row: number): number {
  if (typeof value === 'number') return value;
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value === 'boolean') return Number(value);
  throw new DataError(`${where}, row ${row + 1}: '${String(value)}' is not a number, as the column's others are.`);
}

function storeTexts(values: readonly unknown[], where: string): Texts {
  const dictionary = new Dictionary();
  const codes = new Int32Array(values.length);
  for (let row = 0; row < codes.length; row++) codes[row] = dictionary.code(textOf(values[row], where, row));
  return new Texts(codes, dictionary.texts);
}

function textOf(value: unknown, where: string, row: number): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  throw new DataError(`${where}, row ${row + 1}: ${String(value)} is not text, as the column's others are.`);
}

function storeLists(lists: readonly unknown[], where: string): Lists {
  const offsets = new Int32Array(lists.length + 1);
  const flat: unknown[] = [];
  lists.forEach((list, row) => {
    if (list !== null && list !== undefined) {
      if (!Array.isArray(list) && !isNumbers(list)) {
        throw new DataError(`${where}, row ${row + 1}: '${String(list)}' is not a list, as the column's others are.`);
      }
      for (const item of list) flat.push(item);
    }
    offsets[row + 1] = flat.length;
  });
  const text = flat.some((item) => typeof item === 'string');
  const rowOf = (item: number) => offsets.findIndex((end) => end > item) - 1;
  if (text) {
    const dictionary = new Dictionary();
    const codes = Int32Array.from(flat, (item, i) =>
      typeof item === 'string' ? dictionary.code(item) : dictionary.code(textOf(item, where, rowOf(i))),
    );
    return new Lists(offsets, new Texts(codes, dictionary.texts));
  }
  const values = Float64Array.from(flat, (item, i) =>
    typeof item === 'number' ? item : numberOf(item, where, rowOf(i)),
  );
  return new Lists(offsets, new Numbers(compact(values)));
}

/** int32 where every number is one of that range, else as it is. */
export function compact(values: Float64Array): Int32Array | Float64Array {
  for (let i = 0; i < values.length; i++) {
    if ((values[i] | 0) !== values[i] || Object.is(values[i], -0)) return values;
  }
  return Int32Array.from(values);
}
