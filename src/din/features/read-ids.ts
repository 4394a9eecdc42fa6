import { LATEST_SECOND } from '../checks';
import type { Numbers, Texts } from '../data/columns';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import { DATE_PARTS, paddingId } from './categorical';
import { checkBeside, type HistoryLists, newestFirst, rowOf } from './lists';
import type { DatePart, Identity, Item, Resolved, Vocabulary } from './types';

/** Values that a vocabulary did not know: told once after encoding, not thrown. */
export interface UnknownValues {
  columns: string[];
  count: number;
  example: string;
}
/** How columns become ids. */
export interface Reading {
  /** What a missing value becomes; undefined: it is an error. */
  missing: number | undefined;
  /** In a history, missing is always padding, whatever else a feature does with it. */
  inHistory: boolean;
  /** The number 0 is missing. */
  zeroPads?: boolean;
  source: string;
  /** Rows of the whole table before this block of it: for errors. */
  first: number;
}

/** Counts values that a vocabulary does not know. */
export class Unknown {
  private found: UnknownValues | undefined;

  constructor(
    private readonly feature: Resolved,
    private readonly columns: readonly string[],
  ) {}

  note(example: string): void {
    this.found ??= { columns: [...this.columns], count: 0, example };
    this.found.count++;
  }

  /** With rows or a default of their own, unknown values are expected and nothing to warn of. */
  get report(): UnknownValues | undefined {
    const { feature } = this;
    const expected = feature.kind === 'vocabulary' && (feature.outOfVocabulary > 0 || feature.default !== undefined);
    return expected ? undefined : this.found;
  }
}

export type IdAt = (place: number) => number;

/**
 * The values of a history's field that count, the newest of a row first: where they lie, and whether there is a behaviour at the i-th of them.
 * @throws DataError that names the first row where the field is not as long as the first one.
 */
export function behavioursOf(
  key: string,
  { length, recent, beside, item }: HistoryLists,
  table: Table,
): { places: Int32Array; offsets: Int32Array; isBehaviour: (i: number) => boolean } {
  checkBeside(table, key, beside);
  // The lists of two columns need not lie at the same places.
  const first = newestFirst(table.lists(beside), length, recent).places;
  const isAt = behaviourAt(item, beside, table);
  return { ...newestFirst(table.lists(key), length, recent), isBehaviour: (i) => isAt(first[i]) };
}

/**
 * Whether there is a behaviour at a place of a history's first field, a column of lists. What a vocabulary will know is not asked: a value
 * that it does not know is a behaviour, unless the values were given and unknown ones have no row.
 */
function behaviourAt(feature: Item, key: string, table: Table): (place: number) => boolean {
  const { items, offsets } = table.lists(key);
  if (feature.kind === 'id' || feature.kind === 'hashed') {
    return items.type === 'string' ? (place) => items.codes[place] >= 0 : (place) => !Number.isNaN(items.values[place]);
  }
  const padding = paddingId(feature);
  const reading = { missing: padding, inHistory: true, source: table.source, first: table.first };
  const idAt = reader(feature, key, items, offsets, reading, new Unknown(feature, [key]));
  return (place) => idAt(place) !== padding;
}

export function reader(
  feature: Resolved,
  key: string,
  column: Numbers | Texts,
  offsets: Int32Array | undefined,
  reading: Reading,
  unknown: Unknown,
): IdAt {
  switch (feature.kind) {
    case 'vocabulary':
      return vocabularyReader(feature, key, column, offsets, reading, unknown);
    case 'hashed':
      return hashReader(feature.buckets, key, column, offsets, reading);
    case 'date':
      return dateReader(feature, numbersIn(key, column, reading.source), offsets, reading);
    case 'identity':
      return identityReader(feature, key, numbersIn(key, column, reading.source), offsets, reading);
    default:
      throw new DataError(`${reading.source}: column '${key}': a ${feature.kind} feature has no ids of its own.`);
  }
}

function numbersIn(key: string, column: Numbers | Texts, source: string): Numbers['values'] {
  if (column.type === 'number') return column.values;
  if (column.length === 0) return new Float64Array(0);
  const sample = column.dictionary.find((text) => Number.isNaN(Number(text))) ?? column.at(0);
  throw new DataError(
    `${source}: column '${key}' holds text (e.g. '${sample}'), numbers are needed. Ids of any kind are id('${key}').`,
  );
}

function identityReader(
  feature: Identity,
  key: string,
  values: Numbers['values'],
  offsets: Int32Array | undefined,
  { missing, inHistory, source, first }: Reading,
): IdAt {
  const { buckets, default: fallback } = feature;
  return (place) => {
    const value = values[place];
    if (value >= 0 && value < buckets && Number.isInteger(value)) return value;
    if (Number.isNaN(value) && (inHistory || fallback === undefined) && missing !== undefined) return missing;
    if (fallback !== undefined && !(value > -1 && value < buckets)) return fallback;
    const what = Number.isNaN(value)
      ? 'the id is missing (NaN)'
      : Number.isInteger(value)
        ? `the id ${value} is outside [0, ${buckets})`
        : `${value} is no whole number`;
    const larger =
      value >= buckets
        ? `Raise buckets to more than ${Math.floor(value)}, re-index the ids, or give`
        : 'Repair the data, or give';
    throw new DataError(
      `${source}: column '${key}', row ${first + rowOf(place, offsets)}: ${what}. ${larger} identity(..., { default }).`,
    );
  };
}

/** A vocabulary's ids by text, and by number for the values that are the text of one; made once for each list of values. */
interface KnownValues {
  texts: Map<string, number>;
  numbers?: Map<number, number>;
}
const known = new WeakMap<readonly (string | number)[], KnownValues>();

function knownValues(values: readonly (string | number)[]): KnownValues {
  let found = known.get(values);
  if (!found) {
    found = { texts: new Map(values.map((value, id) => [String(value), id])) };
    known.set(values, found);
  }
  return found;
}

function knownNumbers(feature: Vocabulary): Map<number, number> {
  const all = knownValues(feature.values);
  // A learnt text is the number that prints as it; a list's own '012' is twelve, as it always was.
  all.numbers ??= new Map(
    feature.values
      .map((value, id): [number, number] => [Number(value), id])
      .filter(([value, id]) => !Number.isNaN(value) && (!feature.learnt || String(value) === feature.values[id])),
  );
  return all.numbers;
}

/** Ids by code, -1 = not looked up yet: blocks of a table share their dictionary. */
const idsByCode = new WeakMap<readonly string[], WeakMap<object, Int32Array>>();

function idsOfCodes(dictionary: readonly string[], values: readonly (string | number)[]): Int32Array {
  let all = idsByCode.get(dictionary);
  if (!all) {
    all = new WeakMap();
    idsByCode.set(dictionary, all);
  }
  let ids = all.get(values);
  if (!ids) {
    ids = new Int32Array(dictionary.length).fill(-1);
    all.set(values, ids);
  }
  return ids;
}

function vocabularyReader(
  feature: Vocabulary,
  key: string,
  column: Numbers | Texts,
  offsets: Int32Array | undefined,
  { missing, zeroPads, source, first }: Reading,
  unknown: Unknown,
): IdAt {
  const absent = missing!;
  const other = (text: string): number => {
    unknown.note(text);
    if (feature.outOfVocabulary === 1) return feature.values.length;
    if (feature.outOfVocabulary > 0) return feature.values.length + (textHash(text) % feature.outOfVocabulary);
    return feature.default ?? absent;
  };
  if (column.type === 'string') {
    const { texts } = knownValues(feature.values);
    const { codes, dictionary } = column;
    const ids = idsOfCodes(dictionary, feature.values);
    return (place) => {
      const code = codes[place];
      if (code < 0) return absent;
      if (ids[code] >= 0) return ids[code];
      const id = texts.get(dictionary[code]);
      if (id === undefined) return other(dictionary[code]);
      ids[code] = id;
      return id;
    };
  }
  const numbers = knownNumbers(feature);
  const { values } = column;
  return (place) => {
    const value = values[place];
    if (Number.isNaN(value) || (zeroPads && value === 0)) return absent;
    const id = numbers.get(value);
    if (id !== undefined) return id;
    if (feature.learnt && !Number.isInteger(value)) throw notAnId(source, key, first + rowOf(place, offsets), value);
    return other(String(value));
  };
}

function hashReader(
  buckets: number,
  key: string,
  column: Numbers | Texts,
  offsets: Int32Array | undefined,
  { missing, zeroPads, source, first }: Reading,
): IdAt {
  if (column.type === 'string') {
    const { codes, dictionary } = column;
    const ids = new Int32Array(dictionary.length).fill(-1);
    return (place) => {
      const code = codes[place];
      if (code < 0) return missing!;
      if (ids[code] < 0) ids[code] = textHash(dictionary[code]) % buckets;
      return ids[code];
    };
  }
  const { values } = column;
  const hashes = new Map<number, number>();
  return (place) => {
    const value = values[place];
    if (Number.isNaN(value) || (zeroPads && value === 0)) return missing!;
    let id = hashes.get(value);
    if (id === undefined) {
      if (!Number.isInteger(value)) throw notAnId(source, key, first + rowOf(place, offsets), value);
      id = textHash(String(value)) % buckets;
      hashes.set(value, id);
    }
    return id;
  };
}

function dateReader(
  { keys, part, offset }: DatePart,
  values: Numbers['values'],
  offsets: Int32Array | undefined,
  { missing, source, first }: Reading,
): IdAt {
  return (place) => {
    const value = values[place];
    if (Number.isNaN(value)) return missing!;
    if (!(Math.abs(value) < LATEST_SECOND)) {
      throw noSecond(source, keys[0], first + rowOf(place, offsets), value);
    }
    const hours = Math.floor(value / 3600 + offset);
    const days = Math.floor(hours / 24);
    if (part === 'hour') return hours - 24 * days;
    // The first of January 1970 was a Thursday.
    if (part === 'weekday') return (((days + 3) % 7) + 7) % DATE_PARTS.weekday;
    const day = new Date(days * 86_400_000);
    return part === 'day' ? day.getUTCDate() - 1 : day.getUTCMonth();
  };
}
export function noSecond(source: string, column: string, row: number, value: number): DataError {
  return new DataError(
    `${source}: column '${column}', row ${row}: ${value} is no time in seconds` +
      `${Number.isFinite(value) ? '; it looks like milliseconds: divide it by 1000' : ''}.`,
  );
}

export function notAnId(source: string, column: string, row: number, value: number): DataError {
  return new DataError(
    `${source}: column '${column}', row ${row}: ${value} is no id, but a fraction or infinite. A measurement is ` +
      `numeric('${column}') or quantiles('${column}', { buckets }); for ids turn the column into text or whole numbers.`,
  );
}

const encoder = new TextEncoder();

/** FNV-1a, 32 bits: the same bucket on every machine. */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
