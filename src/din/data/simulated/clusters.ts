/** A kind of film: what titles begin with, and the genres its films have (the first two, one or both, in either order). */
export interface Cluster {
  name: string;
  genres: readonly [string, string];
}

/** Kinds share genres (three have Comedy, three Drama, ...), so that a genre alone does not tell the kind. */
const KINDS: readonly Cluster[] = [
  { name: 'Space Western', genres: ['Sci-Fi', 'Western'] },
  { name: 'Haunted Comedy', genres: ['Horror', 'Comedy'] },
  { name: 'Heist Thriller', genres: ['Crime', 'Thriller'] },
  { name: 'Talking Animals', genres: ['Animation', 'Children'] },
  { name: 'Trench Drama', genres: ['War', 'Drama'] },
  { name: 'Jazz Noir', genres: ['Film-Noir', 'Musical'] },
  { name: 'Dragon Quest', genres: ['Fantasy', 'Adventure'] },
  { name: 'Robot Uprising', genres: ['Sci-Fi', 'Action'] },
  { name: 'Wedding Farce', genres: ['Romance', 'Comedy'] },
  { name: 'Slow Horror', genres: ['Horror', 'Drama'] },
  { name: 'Locked Room', genres: ['Mystery', 'Crime'] },
  { name: 'Polar Expedition', genres: ['Documentary', 'Adventure'] },
  { name: 'Singing Teens', genres: ['Musical', 'Romance'] },
  { name: 'Spy Chase', genres: ['Thriller', 'Action'] },
  { name: 'Fairy Tale', genres: ['Fantasy', 'Children'] },
  { name: 'Frontier Feud', genres: ['Western', 'Drama'] },
  { name: 'Deep Sea', genres: ['Documentary', 'IMAX'] },
  { name: 'Private Eye', genres: ['Film-Noir', 'Mystery'] },
  { name: 'Cartoon Caper', genres: ['Animation', 'Comedy'] },
  { name: 'Submarine War', genres: ['War', 'Action'] },
];

export const MAXIMUM_CLUSTERS = KINDS.length;

/** The first `count` kinds; `count` <= MAXIMUM_CLUSTERS. */
export function clusterKinds(count: number): readonly Cluster[] {
  return KINDS.slice(0, count);
}
