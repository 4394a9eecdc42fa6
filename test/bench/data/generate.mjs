// Files for the data bench, the same for the same arguments: `node generate.mjs ratings|events|clicks ROWS FOLDER`.
// `ratings`: ratings.csv and movies.csv as MovieLens publishes them, about 144 ratings a user, each user's within days, many of
// one second. `events`: events.parquet, 12 columns of a click log: ids as text, three lists of 0 to 10. `clicks`: clicks.parquet, a narrow
// log of ids as numbers and one list of 0 to 6, of which there may be very many.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const [kind, rowsText, folder] = process.argv.slice(2);
const rows = Number(rowsText);
mkdirSync(folder, { recursive: true });
const connection = await (await DuckDBInstance.create(':memory:', { temp_directory: join(folder, 'spill') })).connect();
/** A number in [0, 1) of the row `i`, another for each `k`. */
const chance = (k, i = 'i') => `((hash(${i} * 31 + ${k}) >> 11) / 9007199254740992.0)`;
const write = (query, file, options) =>
  connection.run(`COPY (${query}) TO '${join(folder, file).replaceAll("'", "''")}' (${options})`);

if (kind === 'ratings') {
  const users = Math.ceil(rows / 144);
  const movies = 27_278;
  // Published ratings are ordered by user and movie, and a user rates a movie once: some more are drawn than needed.
  await write(
    `SELECT * FROM (
       SELECT userId, movieId, 0.5 * (1 + floor(10 * sqrt(${chance(3, 'min(i)')}))) AS rating,
         789652009 + CAST(floor(600000000 * ${chance(9, 'userId')}) AS BIGINT)
           + 86400 * CAST(floor(4 * ${chance(4, 'min(i)')}) AS BIGINT) + CAST(floor(900 * ${chance(5, 'min(i)')}) AS BIGINT) AS timestamp
       FROM (SELECT i, 1 + CAST(floor(${users} * pow(${chance(1)}, 1.3)) AS BIGINT) AS userId,
               1 + CAST(floor(${movies} * pow(${chance(2)}, 2.5)) AS BIGINT) AS movieId FROM range(${Math.ceil(rows * 1.1)}) r(i))
       GROUP BY userId, movieId ORDER BY hash(userId * 1000003 + movieId) LIMIT ${rows})
     ORDER BY userId, movieId`,
    'ratings.csv',
    'HEADER',
  );
  const genres = ['Action', 'Adventure', 'Animation', 'Children', 'Comedy', 'Crime', 'Documentary', 'Drama', 'Fantasy'];
  genres.push('Film-Noir', 'Horror', 'IMAX', 'Musical', 'Mystery', 'Romance', 'Sci-Fi', 'Thriller', 'War', 'Western');
  const lines = ['movieId,title,genres'];
  for (let id = 1; id <= movies; id++) {
    const count = (id * 7919) % 4;
    const own = Array.from({ length: count }, (_, k) => genres[(id * 31 + k * 5 + ((id * k) % 3)) % genres.length]);
    lines.push(
      `${id},"Film, No ${id} (${1930 + ((id * 104_729) % 90)})",${[...new Set(own)].join('|') || '(no genres listed)'}`,
    );
  }
  writeFileSync(join(folder, 'movies.csv'), `${lines.join('\n')}\n`);
} else if (kind === 'clicks') {
  const id = (k, i) => `1 + CAST(floor(100000 * pow(${chance(k, i)}, 2)) AS INTEGER)`;
  await write(
    `SELECT ${id(1)} AS user, ${id(2)} AS item, CAST(${chance(3)} < 0.2 AS INTEGER) AS click,
       list_transform(range(i % 7), lambda j: ${id(4, '(i * 8 + j)')}) AS hist_item FROM range(${rows}) r(i)`,
    'clicks.parquet',
    'FORMAT parquet',
  );
} else {
  const list = (k, item) =>
    `list_transform(range(CAST(floor(11 * ${chance(20)}) AS BIGINT)), lambda j: ${item(chance(k, '(i * 16 + j)'))})`;
  const item = (x) => `'item-' || CAST(floor(200000 * pow(${x}, 2.5)) AS BIGINT)`;
  await write(
    `SELECT 'user-' || CAST(floor(500000 * ${chance(1)}) AS BIGINT) AS user, ${item(chance(2))} AS item,
       'category-' || CAST(floor(800 * ${chance(3)}) AS BIGINT) AS category, ['phone', 'tablet', 'desk'][1 + i % 3] AS device,
       CAST(${chance(4)} < 0.2 AS INTEGER) AS click, 1700000000 + i AS time, round(100 * ${chance(5)}, 2) AS price,
       CAST(floor(30 * ${chance(6)}) AS INTEGER) AS position, CAST(18 + floor(60 * ${chance(7)}) AS INTEGER) AS age,
       ${list(10, item)} AS hist_item, ${list(11, (x) => `'category-' || CAST(floor(800 * ${x}) AS BIGINT)`)} AS hist_category,
       ${list(12, (x) => `1690000000 + CAST(floor(9000000 * ${x}) AS BIGINT)`)} AS hist_time
     FROM range(${rows}) r(i)`,
    'events.parquet',
    'FORMAT parquet',
  );
}
