import type { Random } from '../../../base/random';
import { type Cluster, clusterKinds } from './clusters';
import type { SimulatedSettings } from './options';

export interface Film {
  id: number;
  cluster: number;
  title: string;
  year: number;
  genres: string[];
  /** Added to the log-odds of a positive label. */
  quality: number;
}

export interface Viewer {
  id: number;
  /** Odds of each cluster when the viewer chooses a film: a few favourites, the rest 0. */
  interests: Float64Array;
  /** Share of the time line before the viewer's first impression, in [0, 1). */
  joins: number;
  /** Added to the log-odds of a positive label. */
  leniency: number;
}

export interface World {
  films: Film[];
  /** Films by cluster, and the odds of each being shown. */
  byCluster: { films: Film[]; popularity: Float64Array }[];
  viewers: Viewer[];
}

const LARGEST_FAVOURITES = 4;
const QUALITY_SPREAD = 0.25;
const LENIENCY_SPREAD = 0.25;
/** The share of viewers who are there from the start; the others join evenly until the test rows begin. */
const EARLY_SHARE = 0.5;

/** Plants the films' clusters and the viewers' interests. */
export function createWorld({ users, items, clusters, testFraction }: SimulatedSettings, random: Random): World {
  const kinds = clusterKinds(clusters);
  const films = Array.from({ length: items }, (_, i) => createFilm(i, kinds, random));
  const byCluster = kinds.map((_, cluster) => {
    const members = films.filter((film) => film.cluster === cluster);
    return { films: members, popularity: Float64Array.from(members, () => 0.25 + random.next()) };
  });
  const viewers = Array.from({ length: users }, (_, i) => createViewer(i + 1, clusters, 1 - testFraction, random));
  return { films, byCluster, viewers };
}

function createFilm(index: number, kinds: readonly Cluster[], random: Random): Film {
  const cluster = index % kinds.length;
  const kind = kinds[cluster];
  const year = 1950 + random.integer(69);
  const genres = random.next() < 0.5 ? [...kind.genres] : [kind.genres[1], kind.genres[0]];
  if (random.next() < 0.3) genres.pop();
  return {
    id: index + 1,
    cluster,
    title: `${kind.name} ${Math.floor(index / kinds.length) + 1} (${year})`,
    year,
    genres,
    quality: QUALITY_SPREAD * random.normal(),
  };
}

function createViewer(id: number, clusters: number, latestJoin: number, random: Random): Viewer {
  const interests = new Float64Array(clusters);
  const favourites = 2 + random.integer(Math.min(LARGEST_FAVOURITES, clusters) - 1);
  for (let i = 0; i < favourites; i++) interests[random.integer(clusters)] += 0.5 + random.next();
  const joins = random.next() < EARLY_SHARE ? 0 : latestJoin * random.next();
  return { id, interests, joins, leniency: LENIENCY_SPREAD * random.normal() };
}
