import { expect } from 'vitest';
import type { Table } from '../../../src/din/data';
import type { Features } from './naive-features';

/** Text and ids equal, averages to 1e-9 (relative): only the order of additions may differ. */
export function expectRow(table: Table, row: number, expected: Features, what: string): void {
  for (const [name, value] of Object.entries(expected)) {
    const actual = table.column(name).values[row];
    if (typeof value === 'string') expect(actual, `${what}: ${name}`).toBe(value);
    else
      expect(Math.abs((actual as number) - value), `${what}: ${name}`).toBeLessThanOrEqual(
        1e-9 * Math.max(1, Math.abs(value)),
      );
  }
}

/** The 27 columns as the reference case orders them, written out: not taken from the code under test. */
export const REFERENCE_COLUMNS =
  'movieId userId rating timestamp label releaseYear movieGenre1 movieGenre2 movieGenre3 movieRatingCount movieAvgRating movieRatingStddev userRatedMovie1 userRatedMovie2 userRatedMovie3 userRatedMovie4 userRatedMovie5 userRatingCount userAvgReleaseYear userReleaseYearStddev userAvgRating userRatingStddev userGenre1 userGenre2 userGenre3 userGenre4 userGenre5'.split(
    ' ',
  );
