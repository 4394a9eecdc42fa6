import type * as Bindings from '@duckdb/node-bindings';
import { DataError } from '../../errors';
import { Lists, MOST_ITEMS, Numbers, type StoredColumn, Texts } from '../columns';
import { type Builder, converted, type Place } from '../storage/builder';
import { partsOf, type Stored } from '../storage/file-array';
import { bindings } from './names';

/**
 * Columns of DuckDB's results as typed arrays. Chunks hold columns as DuckDB has them in memory (2,048 rows each): they are
 * copied by array, and no value becomes a JavaScript object. Text is looked up by its bytes.
 */

export type Vector = Bindings.Vector;

/** Takes the values of one column, chunk by chunk. */
export interface Sink {
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

/** The extent of a vector that is read: all `count`, or up to the last picked. */
function extent(count: number, picked: Int32Array | undefined): number {
  return picked === undefined ? count : picked.reduce((most, i) => Math.max(most, i + 1), 0);
}

type Small = new (b: ArrayBufferLike, o: number, n: number) => ArrayLike<number>;

/** int32 holds it, and -0 is not lost. */
const isSmall = (value: number): boolean => (value | 0) === value && !Object.is(value, -0);

/** Rows in which a value is missing. */
class Missing {
  #bits = new Uint8Array(1024);
  any = false;

  add(row: number): void {
    this.any = true;
    while (row >> 3 >= this.#bits.length) {
      const larger = new Uint8Array(this.#bits.length * 2);
      larger.set(this.#bits);
      this.#bits = larger;
    }
    this.#bits[row >> 3] |= 1 << (row & 7);
  }

  has(row: number): boolean {
    return ((this.#bits[row >> 3] >> (row & 7)) & 1) === 1;
  }
}

/** Whole numbers of up to 32 bits (unsigned: up to 16) and truth values; with missing ones among them float64. */
export class IntegerSink implements Sink {
  readonly #values: Builder<Int32Array>;
  readonly #missing = new Missing();

  constructor(
    place: Place,
    readonly bytes: number,
    readonly kind: Small,
  ) {
    this.#values = place.builder(Int32Array);
  }

  add(vector: Vector, count: number, picked?: Int32Array): void {
    const reach = extent(count, picked);
    const values = view(vector, reach, this.bytes, this.kind);
    const validity = validityOf(vector, reach);
    const part = new Int32Array(count);
    const first = this.#values.length;
    for (let i = 0; i < count; i++) {
      const at = picked === undefined ? i : picked[i];
      if (isValid(validity, at)) part[i] = values[at];
      else this.#missing.add(first + i);
    }
    this.#values.push(part);
  }

  finish(): Numbers {
    const values = this.#values.finish();
    if (!this.#missing.any) return new Numbers(values);
    return new Numbers(
      converted(values, Float64Array, (part, start) =>
        Float64Array.from(part, (value, i) => (this.#missing.has(start + i) ? Number.NaN : value)),
      ),
    );
  }
}

export class FloatSink<A extends Float32Array | Float64Array> implements Sink {
  readonly #values: Builder<A>;
  /** All are whole numbers of 32 bits. */
  #small = true;

  constructor(
    place: Place,
    readonly bytes: number,
    readonly kind: {
      BYTES_PER_ELEMENT: number;
      new (length: number): A;
      new (b: ArrayBufferLike, o: number, n: number): A;
    },
    /** Keep as int32 what turns out to be whole: seconds. */
    readonly whole = false,
  ) {
    this.#values = place.builder(kind);
  }

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
    if (this.whole) this.#small &&= part.every(isSmall);
    this.#values.push(part);
  }

  finish(): Numbers {
    const values = this.#values.finish();
    return new Numbers(
      this.whole && this.#small ? converted(values, Int32Array, (part) => Int32Array.from(part)) : values,
    );
  }
}

const LARGEST = Number.MAX_SAFE_INTEGER;

/** 64-bit whole numbers: numbers where all are exact as such (int32 where they fit), else text by dictionary. */
export class LongSink implements Sink {
  /** Low and high word of each. */
  readonly #words: Builder<Int32Array>;
  readonly #missing = new Missing();
  #rows = 0;

  constructor(
    place: Place,
    readonly signed: boolean,
  ) {
    this.#words = place.builder(Int32Array);
  }

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
      } else this.#missing.add(this.#rows + i);
    }
    this.#words.push(part);
    this.#rows += count;
  }

  finish(): Numbers | Texts {
    const words = this.#words.finish();
    let [small, exact] = [!this.#missing.any, true];
    for (const { values } of partsOf(words)) {
      for (let i = 0; i < values.length && exact; i += 2) {
        const value = this.#valueOf(values, i);
        if (value > LARGEST || value < -LARGEST) exact = false;
        small &&= (value | 0) === value;
      }
    }
    if (!exact) return this.#texts(words);
    if (small) return new Numbers(converted(words, Int32Array, (part) => part.filter((_, i) => i % 2 === 0)));
    return new Numbers(
      converted(words, Float64Array, (part, start) =>
        Float64Array.from({ length: part.length / 2 }, (_, i) =>
          this.#missing.has(start / 2 + i) ? Number.NaN : this.#valueOf(part, 2 * i),
        ),
      ),
    );
  }

  #valueOf(words: Int32Array, at: number): number {
    return (this.signed ? words[at + 1] : words[at + 1] >>> 0) * 4294967296 + (words[at] >>> 0);
  }

  #texts(words: Stored<Int32Array>): Texts {
    const known = new Map<bigint, number>();
    const codes = converted(words, Int32Array, (part, start) => {
      const longs = this.signed
        ? new BigInt64Array(part.buffer, part.byteOffset, part.length / 2)
        : new BigUint64Array(part.buffer, part.byteOffset, part.length / 2);
      return Int32Array.from({ length: longs.length }, (_, i) => {
        if (this.#missing.has(start / 2 + i)) return -1;
        let code = known.get(longs[i]);
        if (code === undefined) {
          code = known.size;
          known.set(longs[i], code);
        }
        return code;
      });
    });
    return new Texts(codes, Array.from(known.keys(), String));
  }
}

const DECODER = new TextDecoder();

/** Whole numbers that are exact as such. */
export const areExact = (values: readonly number[]) => values.every((value) => Math.abs(value) <= LARGEST);
/** Different texts that stay different as numbers, as in the columns of a CSV file. */
export const areDistinct = (values: readonly number[]) => new Set(values).size === values.length;

/**
 * Text by dictionary, in the order of first appearance. DuckDB keeps a text of up to 12 bytes within its 16-byte entry:
 * those are looked up by their four words, longer ones as strings.
 */
export class TextSink implements Sink {
  readonly #codes: Builder<Int32Array>;
  readonly #dictionary: string[] = [];
  readonly #long = new Map<string, number>();
  /** Of the short texts: three words and code each, and an open hash table of their positions (+ 1). */
  #words = new Int32Array(1024 * 5);
  #short = 0;
  #slots = new Int32Array(2048);

  /** `numbers`: whether the different texts of a column that holds numbers only may be read as numbers; without it they never are. */
  constructor(
    place: Place,
    readonly numbers?: (values: readonly number[]) => boolean,
  ) {
    this.#codes = place.builder(Int32Array);
  }

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
    this.#codes.push(part);
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
    const codes = this.#codes.finish();
    if (this.numbers) {
      const values = this.#dictionary.map(Number);
      if (this.numbers(values)) {
        const small = values.every(isSmall) && !hasMissing(codes);
        return new Numbers(
          small
            ? converted(codes, Int32Array, (part) => part.map((code) => values[code]))
            : converted(codes, Float64Array, (part) =>
                Float64Array.from(part, (code) => (code < 0 ? Number.NaN : values[code])),
              ),
        );
      }
    }
    return new Texts(codes, this.#dictionary);
  }
}

function hasMissing(codes: Stored<Int32Array>): boolean {
  for (const { values } of partsOf(codes)) if (values.includes(-1)) return true;
  return false;
}

function hash(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ b;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ c;
  h = Math.imul(h ^ (h >>> 13), 0x297a2d39) ^ d;
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return h ^ (h >>> 16);
}

export class ListSink implements Sink {
  readonly #lengths: Builder<Int32Array>;

  constructor(
    private readonly place: Place,
    readonly items: Sink,
  ) {
    this.#lengths = place.builder(Int32Array);
  }

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
    const lengths = this.#lengths.finish();
    const items = this.items.finish(where) as Numbers | Texts;
    let total = 0;
    if (this.place.onDisk) {
      const ends = this.place.builder(Float64Array);
      ends.push(Float64Array.of(0));
      for (const { values } of partsOf(lengths)) ends.push(Float64Array.from(values, (length) => (total += length)));
      if (!(lengths instanceof Int32Array)) lengths.file.close();
      const offsets = ends.finish();
      return new Lists(offsets instanceof Float64Array ? Int32Array.from(offsets) : offsets, items);
    }
    const offsets = new Int32Array(lengths.length + 1);
    for (const { values } of partsOf(lengths)) {
      for (let row = 0; row < values.length; row++) {
        total += values[row];
        if (total > MOST_ITEMS) {
          throw new DataError(
            `${where} holds more than 2,147,483,647 values, which memory cannot: give { storage: 'disk' }.`,
          );
        }
        offsets[row + 1] = total;
      }
    }
    return new Lists(offsets, items);
  }
}
