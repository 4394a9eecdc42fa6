import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DataError } from '../../errors';
import { glob } from '../duckdb/named-files';

export type Format = 'csv' | 'parquet' | 'json';

const EXTENSIONS: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'csv',
  txt: 'csv',
  parquet: 'parquet',
  json: 'json',
  ndjson: 'json',
  jsonl: 'json',
};

/**
 * The files that places name, each once, in the order of the places and within a place by name, and the names of the columns that
 * folders below the places tell: `day` of `day=2024-05-01`.
 */
export async function findFiles(
  connection: DuckDBConnection,
  places: readonly string[],
): Promise<{ files: string[]; keys: string[] }> {
  const found = new Map<string, string[]>();
  const add = (base: string, files: readonly string[]) => {
    for (const file of files) found.set(file, partitionKeys(path.relative(base, file)));
  };
  for (const place of places) {
    const full = path.resolve(place);
    const kind = await stat(full).catch(() => undefined);
    if (kind?.isFile()) add(path.dirname(full), [full]);
    else if (kind?.isDirectory()) {
      const inside = await glob(connection, path.join(full, '**'));
      const parts = inside.filter((file) => !/(^|[\\/])[._]/.test(path.relative(full, file)));
      if (parts.length === 0) throw new DataError(`${full}: the folder holds no files.`);
      add(full, parts);
    } else if (/[*?[{]/.test(place)) {
      const matches = await glob(connection, full);
      if (matches.length === 0)
        throw new DataError(`${full}: no file has such a name. Folders are given without a star.`);
      add(path.dirname(full.slice(0, full.search(/[*?[{]/) + 1)), matches);
    } else throw new DataError(`There is no file ${full}.`);
  }
  const files = [...found.keys()];
  const keys = found.get(files[0])!;
  const other = files.find((file) => found.get(file)!.join() !== keys.join());
  if (other !== undefined) {
    throw new DataError(
      `${other}: its folders name ${listed(found.get(other)!)}, those of ${files[0]} ${listed(keys)}. Read such files one by one.`,
    );
  }
  return { files, keys };
}

/** Names before `=` in the folders of a path. */
export function partitionKeys(relative: string): string[] {
  const folders = relative.split(/[\\/]/).slice(0, -1);
  return folders.flatMap((folder) => /^([^=]+)=/.exec(folder)?.[1] ?? []);
}

const listed = (keys: readonly string[]) =>
  keys.length === 0 ? 'no column' : `the column${keys.length > 1 ? 's' : ''} ${keys.join(', ')}`;

export function formatOf(files: readonly string[], given: Format | undefined): Format {
  if (given) return given;
  const formats = files.map((file) => {
    const [, extension = ''] = /\.([^.\\/]+?)(?:\.(?:gz|zst))?$/i.exec(file) ?? [];
    const format = EXTENSIONS[extension.toLowerCase()];
    if (format) return format;
    throw new DataError(`${file}: its name does not tell what it is. Give { format: 'csv' }, 'parquet' or 'json'.`);
  });
  const other = formats.findIndex((format) => format !== formats[0]);
  if (other < 0) return formats[0];
  throw new DataError(
    `${files[other]} is ${formats[other]}, but ${files[0]} is ${formats[0]}. Read one format at a time.`,
  );
}
