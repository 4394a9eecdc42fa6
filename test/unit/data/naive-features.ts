/**
 * The reference case's features written a second time, from their definition and for one row at a time: every row looks
 * at all ratings and keeps those of strictly earlier seconds. Slow, and that is the point: nothing to get wrong.
 */

export interface Rating {
  userId: number;
  movieId: number;
  rating: number;
  timestamp: number;
}

export interface Movie {
  movieId: number;
  year: number;
  genres: string[];
}

export type Features = Record<string, number | string>;

export function naiveFeatures(
  target: Rating,
  ratings: readonly Rating[],
  movies: ReadonlyMap<number, Movie>,
  historyLength: number,
): Features {
  const before = ratings.filter((r) => r.timestamp < target.timestamp);
  const ofMovie = before.filter((r) => r.movieId === target.movieId).map((r) => r.rating);
  const ofUser = before.filter((r) => r.userId === target.userId);
  const years = ofUser.map((r) => movies.get(r.movieId)!.year);
  const stars = ofUser.map((r) => r.rating);
  const usualRating = before.length === 0 ? 3.5 : mean(before.map((r) => r.rating));
  const usualYear = before.length === 0 ? 1990 : mean(before.map((r) => movies.get(r.movieId)!.year));

  // A stable sort: ratings of the same second and movie stay in the order of the file.
  const liked = ofUser
    .filter((r) => r.rating >= 3.5)
    .sort((a, b) => a.timestamp - b.timestamp || a.movieId - b.movieId);
  const history = liked.map((r) => r.movieId).reverse();
  const genreCounts: Record<string, number> = {};
  for (const { movieId } of liked) {
    for (const genre of movies.get(movieId)!.genres) genreCounts[genre] = (genreCounts[genre] ?? 0) + 1;
  }
  const favourites = Object.keys(genreCounts).sort((a, b) => genreCounts[b] - genreCounts[a] || (a < b ? -1 : 1));

  const movie = movies.get(target.movieId)!;
  const features: Features = {
    movieId: target.movieId,
    userId: target.userId,
    rating: target.rating,
    timestamp: target.timestamp,
    label: target.rating >= 3.5 ? 1 : 0,
    releaseYear: movie.year,
    movieRatingCount: ofMovie.length,
    movieAvgRating: ofMovie.length === 0 ? usualRating : mean(ofMovie),
    movieRatingStddev: stddev(ofMovie),
    userRatingCount: stars.length,
    userAvgReleaseYear: years.length === 0 ? usualYear : mean(years),
    userReleaseYearStddev: stddev(years),
    userAvgRating: stars.length === 0 ? usualRating : mean(stars),
    userRatingStddev: stddev(stars),
  };
  for (let i = 0; i < 3; i++) features[`movieGenre${i + 1}`] = movie.genres[i] ?? '';
  for (let i = 0; i < 5; i++) features[`userGenre${i + 1}`] = favourites[i] ?? '';
  for (let i = 0; i < historyLength; i++) features[`userRatedMovie${i + 1}`] = history[i] ?? 0;
  return features;
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Two passes, unlike the library's sums of squares. */
function stddev(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const center = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1));
}
