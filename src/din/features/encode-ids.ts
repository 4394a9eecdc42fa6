import type { Column, Table } from '../data/table';
import { DataError } from '../errors';
import type { FeatureState } from './adapt';
import { keysOf, missingId, paddingId } from './categorical';
import { encodeBuckets } from './encode-numeric';
import type { Categorical, History, Identity, Vocabulary } from './types';

/** Values that a vocabulary did not know: told once after encoding, not thrown. */
export interface UnknownValues {
  columns: string[];
  count: number;
  example: string;
}

export interface EncodedIds {
  /** `[rows, keys]`. */
  values: Int32Array;
  unknown?: UnknownValues;
}

/**
 * Ids of a categorical feature, `[rows, keys]`, each in [0, tableRows(feature)).
 * @throws DataError naming column, row and value for what is no id.
 */
export function encodeIds(feature: Categorical, table: Table, state: FeatureState): EncodedIds {
  if (feature.kind === 'bucketized') return { values: encodeBuckets(feature, table, state) };
  return encodeKeys(feature, keysOf(feature), table, missingId(feature), false);
}

/**
 * Ids of a history, `[rows, keys]`; padding has the id `paddingId(feature.of)`.
 * @throws DataError naming column, row and value for what is no id.
 */
export function encodeHistory(feature: History, table: Table): EncodedIds {
  return encodeKeys(feature.of, feature.keys, table, paddingId(feature.of), true);
}

/**
 * Ids of a candidate whose history is padded with the id 0: a candidate 0 would train the padding's row.
 * @throws DataError naming the row of such a candidate.
 */
export function checkCandidate(candidate: Identity, values: Int32Array, source: string): void {
  const index = values.indexOf(0);
  if (index >= 0) {
    const width = candidate.keys.length;
    throw new DataError(
      `${source}: column '${candidate.keys[index % width]}', row ${Math.floor(index / width) + 1}: the candidate's id ` +
        'is 0, which stands for padding in the history. Number the items from 1.',
    );
  }
}

function encodeKeys(
  feature: Identity | Vocabulary,
  keys: readonly string[],
  table: Table,
  missing: number | undefined,
  inHistory: boolean,
): EncodedIds {
  const out = new Int32Array(table.rows * keys.length);
  let unknown: UnknownValues | undefined;
  keys.forEach((key, position) => {
    const column = table.cells(key);
    const at = (row: number) => row * keys.length + position;
    if (feature.kind === 'identity') {
      const convert = identityId(feature, key, missing, inHistory, table.source);
      table.numbers(key).forEach((value, row) => {
        out[at(row)] = convert(value, row);
      });
      return;
    }
    const known = vocabularyIds(feature, column);
    column.values.forEach((value, row) => {
      const isMissing = value === '' || (typeof value === 'number' && Number.isNaN(value));
      let id = isMissing ? missing! : known.get(value);
      if (id === undefined) {
        id = unknownId(feature, String(value), missing!);
        unknown ??= { columns: [...keys], count: 0, example: String(value) };
        unknown.count++;
      }
      out[at(row)] = id;
    });
  });
  // With rows or a default of their own, unknown values are expected and nothing to warn of.
  const expected = feature.kind === 'vocabulary' && (feature.outOfVocabulary > 0 || feature.default !== undefined);
  return { values: out, unknown: expected ? undefined : unknown };
}

function identityId(
  feature: Identity,
  key: string,
  missing: number | undefined,
  inHistory: boolean,
  source: string,
): (value: number, row: number) => number {
  const { buckets, default: fallback } = feature;
  return (value, row) => {
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
    throw new DataError(`${source}: column '${key}', row ${row + 1}: ${what}. ${larger} identity(..., { default }).`);
  };
}

/** Ids by value, in the column's own type, so that millions of numbers need no text. */
function vocabularyIds(feature: Vocabulary, column: Column): Map<string | number, number> {
  const entries = feature.values.map((value, id): [string | number, number] => [
    column.type === 'number' ? Number(value) : String(value),
    id,
  ]);
  return new Map(entries.filter(([value]) => !Number.isNaN(value)));
}

function unknownId(feature: Vocabulary, value: string, missing: number): number {
  if (feature.outOfVocabulary > 0) return feature.values.length + (textHash(value) % feature.outOfVocabulary);
  return feature.default ?? missing;
}

/** FNV-1a, 32 bits: the same bucket on every machine. */
function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
