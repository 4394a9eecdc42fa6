import { checkChoice, checkSettings } from '../../checks';
import { DataError } from '../../errors';
import { checkStorage, type Storage } from '../storage/builder';
import { checkEncoding } from './encoding';
import type { Format } from './find-files';

/** `number` is float64; `date` is seconds since 1970. */
export type ColumnType = 'text' | 'number' | 'int32' | 'float32' | 'date';
const TYPES: readonly string[] = ['text', 'number', 'int32', 'float32', 'date'];
export const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  number: 'DOUBLE',
  int32: 'INTEGER',
  float32: 'FLOAT',
  date: 'TIMESTAMPTZ',
};

export interface ReadOptions {
  /** Text columns that hold lists, by their delimiter: `{ hist_items: '|' }`; 'json' for `["a", "b"]`. */
  lists?: Readonly<Record<string, string>>;
  /** What columns hold, where it is not what is inferred: `{ item_id: 'text' }`. */
  types?: Readonly<Record<string, ColumnType>>;
  /** Default: by the files' names (`.csv`, `.tsv`, `.txt`, `.parquet`, `.json`, `.ndjson`, `.jsonl`, each also `.gz` or `.zst`). */
  format?: Format;
  /** Of CSV; default: the one of comma, tab, semicolon and bar that its first line has most of. */
  delimiter?: string;
  /**
   * Of CSV and JSON, default UTF-8: 'utf-16', 'latin-1' (and what Windows adds to it) or another of the web's encodings. Such files are
   * written once more, to the temporary files, before they are read.
   */
  encoding?: string;
  /** Names of the columns of a CSV file whose first line does not name them. */
  names?: readonly string[];
  /** Where the table lies: default `auto`, in memory where it takes less than a quarter of the machine's, else on disk. */
  storage?: Storage;
}

/** The places to read from. Throws a DataError for what is no place, and for options that do not fit. */
export function checkOptions(where: unknown, options: ReadOptions): string[] {
  const call = 'data.read';
  checkSettings(call, options, ['lists', 'types', 'format', 'delimiter', 'encoding', 'names', 'storage']);
  const places = (Array.isArray(where) ? where : [where]) as unknown[];
  if (places.length === 0 || places.some((place) => typeof place !== 'string' || place === '')) {
    throw new DataError(
      `${call}: give a path, a glob such as 'clicks/*.parquet', or a list of paths, not ${JSON.stringify(where)}.`,
    );
  }
  for (const [name, type] of Object.entries(options.types ?? {})) checkChoice(`${call}: types`, name, type, TYPES);
  for (const [name, delimiter] of Object.entries(options.lists ?? {})) {
    if (typeof delimiter !== 'string' || delimiter === '') {
      throw new DataError(`${call}: lists: give the delimiter of '${name}', e.g. { lists: { '${name}': '|' } }.`);
    }
  }
  const { delimiter } = options;
  if (delimiter !== undefined && (typeof delimiter !== 'string' || !/^[^\r\n"]{1,4}$/.test(delimiter))) {
    throw new DataError(
      `${call}: 'delimiter' is ${JSON.stringify(delimiter)}; give the sign between two cells, such as ';'.`,
    );
  }
  checkStorage(call, options.storage);
  checkEncoding(call, options.encoding);
  if (options.format !== undefined) checkChoice(call, 'format', options.format, ['csv', 'parquet', 'json']);
  return places as string[];
}
