import type { Lists, Numbers, StoredColumn, Texts } from '../data/columns';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import { DATE_PARTS, missingId, paddingId, widthOf } from './categorical';
import { encodeBuckets } from './encode-numeric';
import { type FeatureState, notAnId, resolve, rowOf } from './learn';
import type { Categorical, DatePart, Identity, Resolved, Vocabulary } from './types';

/** Values that a vocabulary did not know: told once after encoding, not thrown. */
export interface UnknownValues {
  columns: string[];
  count: number;
  example: string;
}

export interface EncodedIds {
  /** `[rows, width]`; with offsets the values of all rows, one after the other, at most `width` a row. */
  values: Int32Array;
  offsets?: Int32Array;
  unknown?: UnknownValues;
  /** Lists longer than what counts. */
  cut?: number;
}

/** How columns become ids. */
interface Reading {
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

/**
 * Ids of a categorical feature, each in [0, tableRows(feature)).
 * @throws DataError naming column, row and value for what is no id.
 */
export function encodeIds(feature: Categorical, table: Table, state: FeatureState): EncodedIds {
  const resolved = resolve(feature, state);
  if (resolved.kind === 'bucketized') return { values: encodeBuckets(resolved, table, state) };
  if (resolved.kind === 'crossed') return { values: encodeCrossed(resolved.keys, resolved.buckets, table) };
  const reading = { missing: missingId(resolved), inHistory: false, source: table.source, first: table.first };
  const [first] = resolved.keys;
  if (table.column(first).type !== 'list' || resolved.keys.length > 1) {
    return sideBySide(resolved, resolved.keys, table, reading);
  }
  if (resolved.length === undefined) throw needsLength(table, first, resolved.kind);
  return listed(resolved, first, table, { ...reading, length: widthOf(resolved), newest: 'first' });
}

const needsLength = (table: Table, column: string, kind: string): DataError =>
  new DataError(
    `${table.source}: column '${column}' holds lists. Say how many of a row's values count: ${kind}('${column}', { length: 8 }); ` +
      'a list of what a user did before is a history.',
  );

/** Where a history's ids come from. */
export interface HistorySource {
  feature: Categorical;
  columns: readonly string[];
  /** Of lists; undefined: columns, one a position. */
  list?: { length: number; recent: 'last' | 'first' };
  zeroPads?: boolean;
}

/**
 * Ids of a history's field, the most recent first; padding has the id `paddingId`.
 * @throws DataError naming column, row and value for what is no id.
 */
export function encodeHistory(source: HistorySource, table: Table, state: FeatureState): EncodedIds {
  const resolved = resolve(source.feature, state);
  const { columns, list, zeroPads } = source;
  const reading = { missing: paddingId(resolved), inHistory: true, zeroPads, source: table.source, first: table.first };
  if (!list) return sideBySide(resolved, columns, table, reading);
  return listed(resolved, columns[0], table, { ...reading, length: list.length, newest: list.recent });
}

/**
 * Ids of a candidate whose history is padded with the id 0: a candidate 0 would train the padding's row.
 * @throws DataError naming the row of such a candidate.
 */
export function checkCandidate(column: string, values: ArrayLike<number>, { source, first }: Table): void {
  for (let row = 0; row < values.length; row++) {
    if (values[row] !== 0) continue;
    throw new DataError(
      `${source}: column '${column}', row ${first + row + 1}: the candidate's id is 0, which stands for padding in the history. ` +
        'Number the items from 1, or give ids as text, or the history as lists.',
    );
  }
}

/** One value a row and column. */
function sideBySide(feature: Resolved, keys: readonly string[], table: Table, reading: Reading): EncodedIds {
  const width = keys.length;
  const out = new Int32Array(table.rows * width);
  const unknown = new Unknown(feature, keys);
  keys.forEach((key, position) => {
    const column = table.column(key);
    if (column.type === 'list') {
      throw new DataError(
        `${table.source}: column '${key}' holds lists, but it stands beside others with one value a row.`,
      );
    }
    const idAt = reader(feature, key, column, undefined, reading, unknown);
    for (let row = 0; row < table.rows; row++) out[row * width + position] = idAt(row);
  });
  return { values: out, unknown: unknown.report };
}

/** Lists, of which the `length` values at the `newest` end count; they come out newest first. */
function listed(
  feature: Resolved,
  key: string,
  table: Table,
  reading: Reading & { length: number; newest: 'last' | 'first' },
): EncodedIds {
  const column = table.lists(key);
  const unknown = new Unknown(feature, [key]);
  const { places, offsets, cut } = newestFirst(column, reading.length, reading.newest);
  const idAt = reader(feature, key, column.items, column.offsets, reading, unknown);
  return { values: places.map((place) => idAt(place)), offsets, unknown: unknown.report, cut };
}

/** Where the newest values of each list lie, one row after the other. */
export function newestFirst(
  { offsets }: Lists,
  length: number,
  newest: 'last' | 'first',
): { places: Int32Array; offsets: Int32Array; cut: number } {
  const rows = offsets.length - 1;
  const starts = new Int32Array(rows + 1);
  let cut = 0;
  for (let row = 0; row < rows; row++) {
    const count = offsets[row + 1] - offsets[row];
    if (count > length) cut++;
    starts[row + 1] = starts[row] + Math.min(count, length);
  }
  const places = new Int32Array(starts[rows]);
  for (let row = 0; row < rows; row++) {
    const count = starts[row + 1] - starts[row];
    const last = offsets[row + 1] - 1;
    for (let i = 0; i < count; i++) places[starts[row] + i] = newest === 'last' ? last - i : offsets[row] + i;
  }
  return { places, offsets: starts, cut };
}

/** Counts values that a vocabulary does not know. */
class Unknown {
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

type IdAt = (place: number) => number;

function reader(
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

/** A second in the year 5138: what is larger was meant as milliseconds. */
const LATEST_SECOND = 1e11;

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
      throw new DataError(
        `${source}: column '${keys[0]}', row ${first + rowOf(place, offsets)}: ${value} is no time in seconds` +
          `${Number.isFinite(value) ? '; it looks like milliseconds: divide it by 1000' : ''}.`,
      );
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

/** Stands between the texts of a crossing: a character that no text of a log has. */
const BETWEEN = '\u0001';

function encodeCrossed(keys: readonly string[], buckets: number, table: Table): Int32Array {
  const columns = keys.map((key): Exclude<StoredColumn, Lists> => {
    const column = table.column(key);
    if (column.type === 'list') {
      throw new DataError(`${table.source}: column '${key}' holds lists; crossed takes columns of one value a row.`);
    }
    return column;
  });
  const out = new Int32Array(table.rows);
  for (let row = 0; row < table.rows; row++) {
    const texts = columns.map((column) => {
      const value = column.at(row);
      return typeof value === 'number' ? (Number.isNaN(value) ? '' : String(value)) : value;
    });
    out[row] = texts.includes('') ? buckets : textHash(texts.join(BETWEEN)) % buckets;
  }
  return out;
}

const encoder = new TextEncoder();

/** FNV-1a, 32 bits: the same bucket on every machine. */
function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
