import type { Numbers, StoredColumn, Texts } from '../../data/columns';
import type { Table } from '../../data/table';

/** Something that a model in use would not know. */
export interface Leak {
  column: string;
  /** What was found and what it may come from. */
  problem: string;
}

/** Rows that are looked at where not all need be: what is plain in these is plain in all. */
export const LOOKED = 300_000;

/** Whole numbers below this are looked up in an array: most ids. */
const SMALL = 2 ** 24;

/** Gives values of several columns one numbering; -1 = missing. */
export class Numbering {
  readonly #values: (number | string)[] = [];
  readonly #known = new Map<number | string, number>();
  #small = new Int32Array(0);

  of(column: Numbers | Texts): Int32Array {
    if (column.type === 'string') {
      const codes = column.dictionary.map((text) => this.code(text));
      return column.codes.map((code) => (code < 0 ? -1 : codes[code]));
    }
    const { values } = column;
    const codes = new Int32Array(values.length);
    for (let i = 0; i < codes.length; i++) codes[i] = this.code(values[i]);
    return codes;
  }

  get size(): number {
    return this.#values.length;
  }

  /** What this numbering's codes are in another one; -1 where it has no such value. */
  to(other: Numbering): Int32Array {
    return Int32Array.from(this.#values, (value) => other.find(value));
  }

  private find(value: number | string): number {
    if (!isSmall(value)) return this.#known.get(value) ?? -1;
    return value < this.#small.length ? this.#small[value] - 1 : -1;
  }

  private code(value: number | string): number {
    if (value === '' || Number.isNaN(value)) return -1;
    const known = this.find(value);
    if (known >= 0) return known;
    const code = this.#values.push(value) - 1;
    if (isSmall(value)) this.place(value, code);
    else this.#known.set(value, code);
    return code;
  }

  private place(value: number, code: number): void {
    if (value >= this.#small.length) {
      const larger = new Int32Array(Math.min(SMALL, Math.max(1024, 2 * value + 1)));
      larger.set(this.#small);
      this.#small = larger;
    }
    this.#small[value] = code + 1;
  }
}

const isSmall = (value: number | string): value is number =>
  typeof value === 'number' && value >= 0 && value < SMALL && Number.isInteger(value);

/** The values of a column of several tables as numbers 0..size-1, one table after the other; -1 = missing. */
export function codesOf(tables: readonly Table[], name: string): { codes: Int32Array; size: number } {
  const numbering = new Numbering();
  const parts = tables.map((table) => numbering.of(table.cells(name)));
  return { codes: parts.length === 1 ? parts[0] : Int32Array.from(concat(parts)), size: numbering.size };
}

export function concat(parts: readonly ArrayLike<number>[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Columns of all tables, but for one. */
export function commonNames(tables: readonly Table[], label: string): string[] {
  const same = (name: string) => tables.every((table) => table.columns.get(name)?.type === tables[0].column(name).type);
  return tables[0].names.filter((name) => name !== label && same(name));
}

/** Texts and whole numbers that come again: what rows have in common. */
export function isId(column: StoredColumn): boolean {
  if (column.type === 'list') return false;
  const values = column.type === 'number' ? column.values : column.codes;
  for (let row = 0; row < values.length; row++) {
    if (!Number.isInteger(values[row]) && !Number.isNaN(values[row])) return false;
  }
  const distinct = new Set<number>();
  for (let row = 0; row < values.length; row++) {
    distinct.add(values[row]);
    if (2 * distinct.size > values.length) return false;
  }
  return distinct.size > 2;
}

/** One of two halves of the rows by chance, not by turns: drawn negatives stand after their positive. */
export const inFirstHalf = (row: number) => Math.imul(row + 1, 0x9e3779b1) >>> 31 === 0;
