import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { type ProvenanceRecord, setProvenanceSink } from '../../../src/base/provenance';
import { movielens, read, sql } from '../../../src/din/data';
import { withDatabase } from '../../../src/din/data/duckdb';
import { temporaryFolder } from './temporary-folder';

afterEach(() => setProvenanceSink(undefined));

/** Rows of the files, by their names, that the work tells of. */
async function told(work: () => Promise<unknown>): Promise<{ [file: string]: number | undefined }> {
  const rows: { [file: string]: number | undefined } = {};
  setProvenanceSink((record: ProvenanceRecord) => {
    if (record.type === 'data') rows[path.basename(record.path)] = record.rows;
  });
  await work();
  return rows;
}

test('each file of several tells its rows, whatever its format', async () => {
  const place = await temporaryFolder({
    'a.csv': 'x,y\n1,2\n3,4\n',
    'b.csv': 'y,x\n5,"6\n7"\n',
    'c.ndjson': '{"x":1}\n{"x":2}\n{"x":3}\n',
    'd.ndjson': '{"x":4}\n',
  });
  const at = (name: string) => path.join(place, name);
  await writeFile(at('e.csv.gz'), gzipSync('x,y\n1,2\n3,4\n5,6\n'));
  await withDatabase('test', async (connection) => {
    for (const rows of [2, 5])
      await connection.run(
        `COPY (SELECT range AS x FROM range(${rows})) TO '${at(`${rows}.parquet`)}' (FORMAT parquet)`,
      );
  });
  expect(await told(() => read([at('a.csv'), at('b.csv'), at('e.csv.gz')]))).toEqual({
    'a.csv': 2,
    'b.csv': 1,
    'e.csv.gz': 3,
  });
  expect(await told(() => read([at('c.ndjson'), at('d.ndjson')]))).toEqual({ 'c.ndjson': 3, 'd.ndjson': 1 });
  expect(await told(() => read([at('5.parquet'), at('2.parquet')]))).toEqual({ '5.parquet': 5, '2.parquet': 2 });
  expect(await told(() => read(at('a.csv'), { encoding: 'latin-1' }))).toEqual({ 'a.csv': 2 });
});

test('files of a query tell their rows where they are tables by themselves', async () => {
  const place = await temporaryFolder({ 'a.csv': 'x,y\n1,2\n3,4\n', 'b.csv': '1,2\n3,4\n', 'c.csv': 'x,y\n1,2\n' });
  const at = (name: string) => path.join(place, name);
  const query = `SELECT * FROM '${at('a.csv')}' UNION ALL SELECT * FROM read_csv('${at('b.csv')}', header = false)`;
  expect(await told(() => sql(query))).toEqual({ 'a.csv': 2, 'b.csv': undefined });
  expect(await told(() => sql(`FROM '${at('[ac].csv')}' LIMIT 1`))).toEqual({ 'a.csv': 2, 'c.csv': 1 });
});

test('published sets tell the rows of their files', async () => {
  const place = await temporaryFolder({
    'movies.csv': 'movieId,title,genres\n1,One (1999),Drama\n2,Two (2000),War\n3,Three (2001),War\n',
    'ratings.csv': 'userId,movieId,rating,timestamp\n1,1,4,10\n1,2,4,11\n2,1,2,12\n2,2,5,13\n',
  });
  expect(await told(() => movielens({ folder: place, minimumRatings: 1 }))).toEqual({
    'ratings.csv': 4,
    'movies.csv': 3,
  });
});
