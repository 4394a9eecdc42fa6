import { compact, Lists, Numbers, type StoredColumn, Texts } from '../columns';
import {
  denseCodes,
  deviations,
  historiesBefore,
  latest,
  means,
  sumsBefore,
  type Timeline,
  theEvents,
  timeline,
} from '../events';
import {
  DEFAULT_RATING,
  DEFAULT_YEAR,
  historyColumnNames,
  MOVIE_GENRE_COLUMNS,
  referenceColumns,
  USER_GENRE_COLUMNS,
} from '../reference';
import { Table } from '../table';

/**
 * The reference columns of ratings that are in the order of time (movieId, userId, rating, timestamp, label, releaseYear
 * and a list of genres): every feature is computed from ratings of strictly earlier seconds.
 */
export function referenceSamples(rated: Table, genres: readonly string[], historyLength: number): Table {
  const ratings = rated.numbers('rating');
  const years = rated.typed('releaseYear');
  const labels = rated.typed('label');
  const user = denseCodes(rated.column('userId'), 'userId');
  const movie = denseCodes(rated.column('movieId'), 'movieId');
  const line = timeline(rated.numbers('timestamp'), `${rated.source}: column 'timestamp'`);
  const rating = (row: number) => ratings[row];
  const year = (row: number) => years[row];
  const liked = (row: number) => labels[row] === 1;

  const everybody = new Int32Array(rated.rows);
  const ofAll = theEvents(line, everybody);
  const usualRating = means(sumsBefore(line, everybody, 1, rating, ofAll), () => DEFAULT_RATING);
  const usualYear = means(sumsBefore(line, everybody, 1, year, ofAll), () => DEFAULT_YEAR);
  const ofMovie = sumsBefore(line, movie.codes, movie.size, rating, theEvents(line, movie.codes));
  const ofUser = sumsBefore(line, user.codes, user.size, rating, theEvents(line, user.codes));
  const yearsOfUser = sumsBefore(line, user.codes, user.size, year, theEvents(line, user.codes));
  const histories = latest(historiesBefore(line, user.codes, user.size, liked), historyLength, ofAll);
  const genresOf = genreCodes(rated.lists('genres'), genres);

  const columns = new Map<string, StoredColumn>();
  for (const name of ['movieId', 'userId', 'rating', 'timestamp', 'label', 'releaseYear']) {
    const values = rated.typed(name);
    columns.set(name, new Numbers(values instanceof Float64Array && name !== 'rating' ? compact(values) : values));
  }
  const float = (name: string, values: Float64Array) => columns.set(name, new Numbers(values));
  const whole = (name: string, values: Float64Array) => columns.set(name, new Numbers(compact(values)));
  MOVIE_GENRE_COLUMNS.forEach((name, i) => {
    columns.set(
      name,
      new Texts(
        itemsAt(genresOf, (start, end) => start + i < end && start + i),
        genres,
      ),
    );
  });
  whole('movieRatingCount', ofMovie.count);
  float(
    'movieAvgRating',
    means(ofMovie, (row) => usualRating[row]),
  );
  float('movieRatingStddev', deviations(ofMovie));
  const movies = rated.typed('movieId');
  const latestRows = (histories.items as Numbers).values;
  historyColumnNames(historyLength).forEach((name, i) => {
    const positions = itemsAt(histories, (start, end) => end - 1 - i >= start && end - 1 - i, latestRows);
    columns.set(name, new Numbers(compact(Float64Array.from(positions, (row) => (row < 0 ? 0 : movies[row])))));
  });
  whole('userRatingCount', ofUser.count);
  float(
    'userAvgReleaseYear',
    means(yearsOfUser, (row) => usualYear[row]),
  );
  float('userReleaseYearStddev', deviations(yearsOfUser));
  float(
    'userAvgRating',
    means(ofUser, (row) => usualRating[row]),
  );
  float('userRatingStddev', deviations(ofUser));
  const top = topGenres(line, user.codes, user.size, liked, genresOf, genres.length);
  USER_GENRE_COLUMNS.forEach((name, i) => {
    columns.set(name, new Texts(top[i], genres));
  });
  const ordered = new Map(referenceColumns(historyLength).map((name) => [name, columns.get(name)!]));
  return new Table(ordered, rated.source);
}

/** Of each list the item that `choose` names by its position, or -1 for none. */
function itemsAt(
  lists: Lists,
  choose: (start: number, end: number) => number | false,
  items: ArrayLike<number> = (lists.items as Texts).codes,
): Int32Array {
  const out = new Int32Array(lists.length);
  for (let row = 0; row < out.length; row++) {
    const at = choose(lists.offsets[row], lists.offsets[row + 1]);
    out[row] = at === false ? -1 : items[at];
  }
  return out;
}

/** The lists with positions in `genres` as their codes. */
function genreCodes(lists: Lists, genres: readonly string[]): Lists {
  const items = lists.items as Texts;
  const known = items.dictionary.map((genre) => genres.indexOf(genre));
  return new Lists(
    lists.offsets,
    new Texts(
      items.codes.map((code) => known[code]),
      genres,
    ),
  );
}

/**
 * The genres most frequent among each user's liked movies of earlier seconds, ties by name (`genres` are in its order):
 * `[USER_GENRE_COLUMNS.length][rows]`, -1 = none.
 */
function topGenres(
  { order, instants }: Timeline,
  user: Int32Array,
  users: number,
  liked: (row: number) => boolean,
  genresOf: Lists,
  genres: number,
): Int32Array[] {
  const width = USER_GENRE_COLUMNS.length;
  const out = Array.from({ length: width }, () => new Int32Array(order.length));
  const counts = new Int32Array(users * genres);
  const best = new Int32Array(users * width).fill(-1);
  const fresh = new Uint8Array(users).fill(1);
  const codes = (genresOf.items as Texts).codes;
  const candidates = Array.from({ length: genres }, (_, genre) => genre);
  for (let instant = 0; instant + 1 < instants.length; instant++) {
    for (let i = instants[instant]; i < instants[instant + 1]; i++) {
      const u = user[order[i]];
      if (fresh[u] === 0) {
        const of = (genre: number) => counts[u * genres + genre];
        const sorted = candidates.filter((genre) => of(genre) > 0).sort((a, b) => of(b) - of(a) || a - b);
        for (let k = 0; k < width; k++) best[u * width + k] = sorted[k] ?? -1;
        fresh[u] = 1;
      }
      for (let k = 0; k < width; k++) out[k][i] = best[u * width + k];
    }
    for (let i = instants[instant]; i < instants[instant + 1]; i++) {
      const row = order[i];
      if (!liked(row)) continue;
      for (let at = genresOf.offsets[row]; at < genresOf.offsets[row + 1]; at++) {
        counts[user[row] * genres + codes[at]]++;
        fresh[user[row]] = 0;
      }
    }
  }
  return out;
}
