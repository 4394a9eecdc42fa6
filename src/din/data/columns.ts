import { DataError } from '../errors';

/** How numbers lie in memory: ids as int32 where they fit and none is missing, else as float64 (exact to 2^53, missing = NaN). */
export type NumberArray = Int32Array | Float32Array | Float64Array;

/** One cell: a number, a text, or a list of either. Missing: NaN, '' and []. */
export type Value = number | string | number[] | string[];

/** A named column as it is read: `values[row]` is the row's value. Also what `new Table(...)` takes. */
export type Column =
  | { type: 'number'; values: NumberArray }
  | { type: 'string'; values: string[] }
  | { type: 'list'; values: (number[] | string[])[] };

/** Numbers, one a row. */
export class Numbers {
  readonly type = 'number';
  constructor(readonly values: NumberArray) {}

  get length(): number {
    return this.values.length;
  }

  at(row: number): number {
    return this.values[row];
  }

  take(rows: ArrayLike<number>): Numbers {
    return new Numbers(gather(this.values, rows));
  }

  slice(start: number, end: number): Numbers {
    return new Numbers(this.values.subarray(start, end));
  }
}

/** Text by dictionary: `dictionary[codes[row]]`, or '' where the code is -1 (missing). No text of a dictionary is ''. */
export class Texts {
  readonly type = 'string';
  #values: string[] | undefined;

  constructor(
    readonly codes: Int32Array,
    readonly dictionary: readonly string[],
  ) {}

  get length(): number {
    return this.codes.length;
  }

  at(row: number): string {
    const code = this.codes[row];
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
    return new Texts(gather(this.codes, rows), this.dictionary);
  }

  slice(start: number, end: number): Texts {
    return new Texts(this.codes.subarray(start, end), this.dictionary);
  }
}

/** Lists of numbers or texts: row r has `items` from `offsets[r]` up to `offsets[r + 1]`. A missing list is an empty one. */
export class Lists {
  readonly type = 'list';
  #values: (number[] | string[])[] | undefined;

  constructor(
    /** `[rows + 1]`, ascending; need not begin at 0. */
    readonly offsets: Int32Array,
    readonly items: Numbers | Texts,
  ) {}

  get length(): number {
    return this.offsets.length - 1;
  }

  at(row: number): number[] | string[] {
    const part = this.items.slice(this.offsets[row], this.offsets[row + 1]);
    return part.type === 'number' ? Array.from(part.values) : part.toArray();
  }

  get values(): (number[] | string[])[] {
    this.#values ??= Array.from({ length: this.length }, (_, row) => this.at(row));
    return this.#values;
  }

  take(rows: ArrayLike<number>): Lists {
    const offsets = new Int32Array(rows.length + 1);
    let total = 0;
    for (let i = 0; i < rows.length; i++) {
      total += this.offsets[rows[i] + 1] - this.offsets[rows[i]];
      if (total > 0x7fffffff) throw new DataError('A list column holds at most 2,147,483,647 values in memory.');
      offsets[i + 1] = total;
    }
    const wanted = new Int32Array(total);
    for (let i = 0; i < rows.length; i++) {
      let from = this.offsets[rows[i]];
      for (let at = offsets[i]; at < offsets[i + 1]; at++) wanted[at] = from++;
    }
    return new Lists(offsets, this.items.take(wanted));
  }

  slice(start: number, end: number): Lists {
    const rows = this.length;
    const from = Math.max(0, start < 0 ? rows + start : Math.min(start, rows));
    const to = Math.max(from, end < 0 ? rows + end : Math.min(end, rows));
    return new Lists(this.offsets.subarray(from, to + 1), this.items);
  }
}

/** A column as a table keeps it: typed arrays, no value of its own a row. */
export type StoredColumn = Numbers | Texts | Lists;

function gather<A extends NumberArray>(values: A, rows: ArrayLike<number>): A {
  const out = new (values.constructor as new (length: number) => A)(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]];
  return out;
}

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
