import { DataError } from '../errors';

/** What `Catalog.toJSON` writes. */
export interface CatalogJson {
  version: 1;
  kind: string;
  ids: number[];
  titles?: string[];
}

/**
 * Sparse ids as dense embedding rows: row 0 is padding, rows 1..n are the known ids in ascending order, row n + 1 is
 * shared by every id that was not known when the catalog was made (out of vocabulary).
 */
export class Catalog {
  /** Number of embedding rows: known ids + 2. */
  readonly size: number;
  /** The row that unknown ids share. */
  readonly outOfVocabulary: number;
  readonly #ids: number[];
  readonly #titles: ReadonlyMap<number, string>;
  readonly #rows = new Map<number, number>();

  /**
   * @param kind what the ids are, for people: `movie`, `user`
   * @param ids the known ids, whole numbers >= 1, in any order
   * @param titles names by id, also of unknown ids; an id without one is called `<kind> <id>`
   */
  constructor(
    readonly kind: string,
    ids: Iterable<number>,
    titles: ReadonlyMap<number, string> = new Map(),
  ) {
    this.#ids = [...new Set(ids)].sort((a, b) => a - b);
    this.#titles = titles;
    for (const [i, id] of this.#ids.entries()) {
      if (!Number.isSafeInteger(id) || id < 1) {
        throw new DataError(`A ${kind} id is ${id}; ids are whole numbers from 1 (0 stands for padding).`);
      }
      this.#rows.set(id, i + 1);
    }
    this.outOfVocabulary = this.#ids.length + 1;
    this.size = this.#ids.length + 2;
  }

  /** The embedding row of an id: 0 (padding) for 0, the shared row for an unknown id. */
  index(id: number): number {
    if (id === 0) return 0;
    return this.#rows.get(id) ?? this.outOfVocabulary;
  }

  /** The embedding rows of many ids. */
  indices(ids: ArrayLike<number>): Int32Array {
    const out = new Int32Array(ids.length);
    const largest = this.#ids.length === 0 ? 0 : this.#ids[this.#ids.length - 1];
    // Small ids, which nearly all are, are looked up in an array.
    const rows = largest <= 0x3ffffff ? new Int32Array(largest + 1).fill(this.outOfVocabulary) : undefined;
    if (rows) for (let i = 0; i < this.#ids.length; i++) rows[this.#ids[i]] = i + 1;
    for (let i = 0; i < out.length; i++) {
      const id = ids[i];
      out[i] = id === 0 ? 0 : rows ? (rows[id] ?? this.outOfVocabulary) : this.index(id);
    }
    return out;
  }

  has(id: number): boolean {
    return this.#rows.has(id);
  }

  /** The id of an embedding row; undefined for padding and for the shared row. Throws a DataError outside [0, size). */
  id(index: number): number | undefined {
    this.#check(index);
    return this.#ids[index - 1];
  }

  /** What to call an embedding row: '' for padding. Throws a DataError outside [0, size). */
  title(index: number): string {
    this.#check(index);
    if (index === 0) return '';
    if (index === this.outOfVocabulary) return `unknown ${this.kind}`;
    return this.titleOf(this.#ids[index - 1]);
  }

  /** What to call an id of the source data, known or not. */
  titleOf(id: number): string {
    return this.#titles.get(id) ?? `${this.kind} ${id}`;
  }

  toJSON(): CatalogJson {
    const json: CatalogJson = { version: 1, kind: this.kind, ids: this.#ids };
    if (this.#titles.size > 0) json.titles = this.#ids.map((id) => this.#titles.get(id) ?? '');
    return json;
  }

  /** Throws a DataError when the value is not what `toJSON` gave. */
  static fromJSON(json: CatalogJson): Catalog {
    const wellFormed =
      json?.version === 1 &&
      typeof json.kind === 'string' &&
      Array.isArray(json.ids) &&
      (json.titles === undefined || (Array.isArray(json.titles) && json.titles.length === json.ids.length));
    if (!wellFormed) {
      throw new DataError(
        'This is not a catalog: expected { version: 1, kind, ids, titles? } as Catalog.toJSON gives it.',
      );
    }
    const titles = new Map<number, string>();
    json.titles?.forEach((title, i) => {
      if (title !== '') titles.set(json.ids[i], title);
    });
    return new Catalog(json.kind, json.ids, titles);
  }

  #check(index: number): void {
    if (Number.isInteger(index) && index >= 0 && index < this.size) return;
    throw new DataError(
      `There is no ${this.kind} row ${index}: rows are 0 (padding) to ${this.outOfVocabulary} (out of vocabulary).`,
    );
  }
}
