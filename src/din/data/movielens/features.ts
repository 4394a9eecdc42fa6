import { compact, Lists, type NumberArray, Numbers, type StoredColumn, Texts } from '../columns';
import { denseCodes, sortedRows } from '../events';
import { impressions } from '../impressions';
import {
  DEFAULT_RATING,
  DEFAULT_YEAR,
  historyColumnNames,
  MOVIE_GENRE_COLUMNS,
  POSITIVE_RATING,
  referenceColumns,
  USER_GENRE_COLUMNS,
} from '../reference';
import { Table } from '../table';

/** Movies by row: id, year, and genres from `offsets[row]` up to `offsets[row + 1]`. */
export interface Movies {
  ids: NumberArray;
  years: NumberArray;
  genres: Texts;
  offsets: Int32Array;
}

/**
 * The reference columns of ratings (movieId, userId, rating, timestamp, in any order), one row each in the order of time,
 * user and movie: every feature is computed from ratings of strictly earlier seconds. All that is MovieLens' own are the
 * names, what stands in for the mean of nothing, and positions in place of lists.
 */
export async function referenceSamples(ratings: Table, movies: Movies, historyLength: number): Promise<Table> {
  const rated = ratedEvents(ratings, movies);
  const user = { of: 'user' } as const;
  const movie = { of: 'item' } as const;
  const rating = { value: 'rating', first: DEFAULT_RATING };
  const year = { value: 'releaseYear', first: DEFAULT_YEAR };
  const samples = await impressions(rated, {
    user: 'userId',
    item: 'movieId',
    time: 'timestamp',
    label: 'label',
    history: { length: historyLength },
    features: [
      { name: 'movieRatingCount', ...movie, is: 'count', ...rating },
      { name: 'movieAvgRating', ...movie, is: 'mean', ...rating },
      { name: 'movieRatingStddev', ...movie, is: 'stddev', ...rating },
      { name: 'userRatingCount', ...user, is: 'count', ...rating },
      { name: 'userAvgReleaseYear', ...user, is: 'mean', ...year },
      { name: 'userReleaseYearStddev', ...user, is: 'stddev', ...year },
      { name: 'userAvgRating', ...user, is: 'mean', ...rating },
      { name: 'userRatingStddev', ...user, is: 'stddev', ...rating },
      { name: 'userGenres', ...user, is: 'top', value: 'genres', where: 'positive', length: USER_GENRE_COLUMNS.length },
    ],
  });
  const columns = new Map<string, StoredColumn>(samples.columns);
  positions(columns, samples.lists('genres'), MOVIE_GENRE_COLUMNS, 'first');
  positions(columns, samples.lists('hist_movieId'), historyColumnNames(historyLength), 'last');
  positions(columns, samples.lists('userGenres'), USER_GENRE_COLUMNS, 'first');
  const ordered = referenceColumns(historyLength).map((name) => [name, columns.get(name)!] as const);
  return new Table(new Map(ordered), ratings.source);
}

/** The ratings by user and movie, so that those of one second stand in this order in a history; with what their movies tell. */
function ratedEvents(ratings: Table, movies: Movies): Table {
  const order = sortedRows(ratings.numbers('userId'), sortedRows(ratings.numbers('movieId')));
  const columns = new Map<string, StoredColumn>();
  for (const name of ['movieId', 'userId', 'rating', 'timestamp']) {
    const values = ratings.typed(name);
    const kept = values instanceof Float64Array && name !== 'rating' ? compact(values) : values;
    columns.set(name, new Numbers(kept).take(order));
  }
  const stars = (columns.get('rating') as Numbers).values;
  const labels = new Int32Array(stars.length);
  for (let row = 0; row < labels.length; row++) labels[row] = stars[row] >= POSITIVE_RATING ? 1 : 0;
  columns.set('label', new Numbers(labels));
  const rowOf = movieRows(columns.get('movieId')!, movies);
  columns.set('releaseYear', new Numbers(movies.years).take(rowOf));
  columns.set('genres', new Lists(movies.offsets, byName(movies.genres)).take(rowOf));
  return new Table(columns, ratings.source);
}

/** By rating: the row of its movie, which all have. */
function movieRows(column: StoredColumn, { ids }: Movies): Int32Array {
  const { codes, firstRow } = denseCodes(column, 'movieId');
  const rows = new Map<number, number>();
  for (let row = 0; row < ids.length; row++) rows.set(ids[row], row);
  const rowOfCode = firstRow.map((row) => rows.get((column as Numbers).values[row])!);
  return codes.map((code) => rowOfCode[code]);
}

/** The same texts by a dictionary in their order. */
function byName({ codes, dictionary }: Texts): Texts {
  const sorted = [...dictionary].sort((a, b) => (a < b ? -1 : 1));
  const place = dictionary.map((text) => sorted.indexOf(text));
  return new Texts(
    codes.map((code) => place[code]),
    sorted,
  );
}

/** The first items of each list, or the last from its end, in columns of one value a row: 0 or '' where there is none. */
function positions(
  columns: Map<string, StoredColumn>,
  { offsets, items }: Lists,
  names: readonly string[],
  from: 'first' | 'last',
): void {
  const source = items.type === 'string' ? items.codes : items.values;
  const none = items.type === 'string' ? -1 : 0;
  for (const [i, name] of names.entries()) {
    const out =
      source instanceof Int32Array ? new Int32Array(offsets.length - 1) : new Float64Array(offsets.length - 1);
    for (let row = 0; row < out.length; row++) {
      const at = from === 'first' ? offsets[row] + i : offsets[row + 1] - 1 - i;
      out[row] = at >= offsets[row] && at < offsets[row + 1] ? source[at] : none;
    }
    columns.set(name, items.type === 'string' ? new Texts(out as Int32Array, items.dictionary) : new Numbers(out));
  }
}
