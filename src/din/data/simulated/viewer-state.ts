import type { Random } from '../../../base/random';
import { NameCounts, RunningStats } from '../running';
import type { Film, Viewer, World } from './world';

/** Share of candidates that come from the viewer's interests; the others come from any kind. */
const INTERESTED_SHARE = 0.6;
/** How often an impression ends with one interest giving way to another, so that only the recent history tells them. */
const DRIFT = 0.1;
/** A film is not shown again before this many others. */
const REPEAT_DISTANCE = 5;
const CHOICE_TRIES = 20;

/** What has happened to a viewer so far. */
export class ViewerState {
  readonly ratings = new RunningStats();
  readonly years = new RunningStats();
  readonly genres = new NameCounts();
  readonly #interests: Float64Array;
  readonly #liked: Film[] = [];
  readonly #shown: Film[] = [];

  constructor(
    readonly viewer: Viewer,
    readonly historyLength: number,
  ) {
    this.#interests = Float64Array.from(viewer.interests);
  }

  /** The latest positively rated films, most recent first, at most `historyLength`. */
  get history(): readonly Film[] {
    return this.#liked;
  }

  /** A film that is neither in the history nor among the last shown; a small world may leave no other choice. */
  chooseFilm(world: World, random: Random): Film {
    for (let attempt = 1; ; attempt++) {
      const interested = random.next() < INTERESTED_SHARE;
      const cluster = interested ? random.weighted(this.#interests) : random.integer(world.byCluster.length);
      const { films, popularity } = world.byCluster[cluster];
      const film = films[random.weighted(popularity)];
      if (attempt === CHOICE_TRIES || !(this.#liked.includes(film) || this.#shown.includes(film))) return film;
    }
  }

  record(film: Film, rating: number, positive: boolean, random: Random): void {
    this.ratings.add(rating);
    this.years.add(film.year);
    this.#shown.push(film);
    if (this.#shown.length > REPEAT_DISTANCE) this.#shown.shift();
    if (positive) {
      this.#liked.unshift(film);
      this.#liked.length = Math.min(this.#liked.length, this.historyLength);
      for (const genre of film.genres) this.genres.add(genre);
    }
    if (random.next() < DRIFT) this.#drift(random);
  }

  #drift(random: Random): void {
    const fading = random.weighted(this.#interests);
    const weight = this.#interests[fading];
    this.#interests[fading] = 0;
    this.#interests[random.integer(this.#interests.length)] += weight;
  }
}
