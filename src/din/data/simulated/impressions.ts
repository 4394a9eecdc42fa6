import type { Random } from '../../../base/random';
import {
  DEFAULT_RATING,
  DEFAULT_YEAR,
  historyColumnNames,
  MOVIE_GENRE_COLUMNS,
  referenceColumns,
  TEXT_COLUMNS,
  USER_GENRE_COLUMNS,
} from '../reference';
import { RunningStats } from '../running';
import { type Column, Table } from '../table';
import type { SimulatedSettings } from './options';
import { ViewerState } from './viewer-state';
import type { Film, Viewer, World } from './world';

export const TRUE_PROBABILITY = 'trueProbability';

/** `relevance1..n`: 1 where the history item of that position is of the candidate's kind, else 0. */
export function relevanceColumnNames(historyLength: number): string[] {
  return Array.from({ length: historyLength }, (_, i) => `relevance${i + 1}`);
}

/** Log-odds of a positive label when nothing in the history is of the candidate's kind. */
const BASE_LOGIT = -3;
/** 2019-01-01: the clock starts here. */
const FIRST_TIMESTAMP = 1546300800;
const LONGEST_PAUSE = 1200;
const NEGATIVE_RATINGS = [1, 2, 2.5, 3];
const POSITIVE_RATINGS = [3.5, 4, 4.5, 5];

/** What is known of all films and ratings so far. */
class Records {
  readonly films = new Map<number, RunningStats>();
  readonly ratings = new RunningStats();
  readonly years = new RunningStats();

  film(film: Film): RunningStats {
    const stats = this.films.get(film.id) ?? new RunningStats();
    this.films.set(film.id, stats);
    return stats;
  }

  record(film: Film, rating: number): void {
    this.film(film).add(rating);
    this.ratings.add(rating);
    this.years.add(film.year);
  }
}

/** The reference columns, the planted relevances and the odds, filled row by row; what is not set is 0 or ''. */
class RowWriter {
  readonly columns: Map<string, Column>;
  readonly history: readonly string[];
  readonly relevance: readonly string[];
  #row = 0;

  constructor(rows: number, historyLength: number) {
    this.history = historyColumnNames(historyLength);
    this.relevance = relevanceColumnNames(historyLength);
    const names = [...referenceColumns(historyLength), ...this.relevance, TRUE_PROBABILITY];
    this.columns = new Map(
      names.map((name): [string, Column] => {
        if (TEXT_COLUMNS.has(name)) return [name, { type: 'string', values: new Array<string>(rows).fill('') }];
        return [name, { type: 'number', values: new Float64Array(rows) }];
      }),
    );
  }

  set(name: string, value: number | string): void {
    this.columns.get(name)!.values[this.#row] = value;
  }

  endRow(): void {
    this.#row++;
  }
}

/**
 * Plays the impressions in the order of time. A row's features are what was known before it; its label is drawn with
 * log-odds base + leniency + quality, plus `matchStrength` if any history item is of the candidate's kind.
 */
export function playImpressions(world: World, settings: SimulatedSettings, random: Random): Table {
  const { rows, historyLength, matchStrength } = settings;
  const writer = new RowWriter(rows, historyLength);
  const records = new Records();
  const waiting = [...world.viewers].sort((a, b) => a.joins - b.joins || a.id - b.id);
  const present: ViewerState[] = [];
  let timestamp = FIRST_TIMESTAMP;

  for (let row = 0; row < rows; row++) {
    while (present.length < waiting.length && waiting[present.length].joins * rows <= row) {
      present.push(new ViewerState(waiting[present.length], historyLength));
    }
    const state = present[random.integer(present.length)];
    const film = state.chooseFilm(world, random);
    const probability = positiveProbability(state.viewer, film, state.history, matchStrength);
    const positive = random.next() < probability;
    const rating = (positive ? POSITIVE_RATINGS : NEGATIVE_RATINGS)[random.integer(4)];
    timestamp += 1 + random.integer(LONGEST_PAUSE);

    writeFilm(writer, film, records);
    writeUser(writer, state, records);
    writeHistory(writer, state, film);
    writer.set('rating', rating);
    writer.set('timestamp', timestamp);
    writer.set('label', positive ? 1 : 0);
    writer.set(TRUE_PROBABILITY, probability);
    writer.endRow();

    records.record(film, rating);
    state.record(film, rating, positive, random);
  }
  return new Table(writer.columns, 'simulated');
}

function positiveProbability(viewer: Viewer, film: Film, history: readonly Film[], matchStrength: number): number {
  const matches = history.some((liked) => liked.cluster === film.cluster);
  const logit = BASE_LOGIT + viewer.leniency + film.quality + (matches ? matchStrength : 0);
  return 1 / (1 + Math.exp(-logit));
}

function writeFilm(writer: RowWriter, film: Film, records: Records): void {
  const stats = records.film(film);
  writer.set('movieId', film.id);
  writer.set('releaseYear', film.year);
  writer.set('movieRatingCount', stats.count);
  writer.set('movieAvgRating', stats.mean(records.ratings.mean(DEFAULT_RATING)));
  writer.set('movieRatingStddev', stats.stddev());
  film.genres.forEach((genre, i) => {
    writer.set(MOVIE_GENRE_COLUMNS[i], genre);
  });
}

function writeUser(writer: RowWriter, state: ViewerState, records: Records): void {
  writer.set('userId', state.viewer.id);
  writer.set('userRatingCount', state.ratings.count);
  writer.set('userAvgReleaseYear', state.years.mean(records.years.mean(DEFAULT_YEAR)));
  writer.set('userReleaseYearStddev', state.years.stddev());
  writer.set('userAvgRating', state.ratings.mean(records.ratings.mean(DEFAULT_RATING)));
  writer.set('userRatingStddev', state.ratings.stddev());
  state.genres.top(USER_GENRE_COLUMNS.length).forEach((genre, i) => {
    writer.set(USER_GENRE_COLUMNS[i], genre);
  });
}

/** Positions that the history does not reach stay 0: padding, and not relevant. */
function writeHistory(writer: RowWriter, state: ViewerState, candidate: Film): void {
  state.history.forEach((liked, i) => {
    writer.set(writer.history[i], liked.id);
    writer.set(writer.relevance[i], liked.cluster === candidate.cluster ? 1 : 0);
  });
}
