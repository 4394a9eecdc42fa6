/** A data set that the publisher offers for download. */
export interface PublishedDataset {
  name: string;
  url: string;
  /** SHA-256 by file name. */
  sha256: Readonly<Record<string, string>>;
}

/** The MovieLens sets that can be fetched; other sizes are read from a folder. */
export const PUBLISHED: readonly PublishedDataset[] = [
  {
    name: 'ml-latest-small',
    url: 'https://files.grouplens.org/datasets/movielens/ml-latest-small.zip',
    sha256: {
      'ratings.csv': '80da8b3393dae325bbba5a31f291a6ba55d8d4f4396de3c456f2c1635b1b70e8',
      'movies.csv': 'c47b783f23eb304413307e1bb05335e427737da20ec8d3c0e96335567dd5f3dc',
    },
  },
];
