import { createRandom } from '../../base/random';
import { exactAuc } from '../metrics/exact-auc';
import { historyColumnNames, orderGenres } from './reference';
import { reindex } from './reindex';
import { SampleSet } from './sample-set';
import { playImpressions, TRUE_PROBABILITY } from './simulated/impressions';
import { type SimulatedOptions, simulatedSettings } from './simulated/options';
import { createWorld } from './simulated/world';
import { timeSplit } from './splits';

export type { SimulatedOptions } from './simulated/options';

/**
 * Invented viewers with planted interests: films come in kinds, a viewer likes a few kinds, and a label's odds rise
 * with the history items that are of the candidate's kind. Since the odds are known, so is the best possible AUC
 * (`bestAuc`, on the test rows), and which history items matter (`relevance1..n`); `trueProbability` holds the odds.
 * Otherwise the columns are the reference case's, computed from what was known before each row. The latest rows are
 * the test rows. The same options give the same rows on every platform.
 *
 * Throws a DataError for an option that does not exist or is out of its bounds.
 */
export async function simulated(options: SimulatedOptions = {}): Promise<SampleSet> {
  const settings = simulatedSettings(options);
  const random = createRandom(settings.seed);
  const world = createWorld(settings, random);
  const impressions = playImpressions(world, settings, random);
  const split = timeSplit(impressions, settings.testFraction);
  const historyColumns = historyColumnNames(settings.historyLength);
  const { train, test, items, users } = reindex(split.train, split.test, {
    historyColumns,
    titles: new Map(world.films.map((film) => [film.id, film.title])),
    minimumMovieRows: 1,
    unknownUsers: 0,
    seed: settings.seed,
  });
  return new SampleSet({
    name: 'simulated',
    description:
      `${settings.users} invented viewers with planted interests in ${settings.clusters} kinds of film ` +
      `(seed ${settings.seed}); the latest ${Math.round(100 * settings.testFraction)} % of the rows are for testing.`,
    train,
    test,
    items,
    users,
    genres: orderGenres(world.films.flatMap((film) => film.genres)),
    historyColumns,
    bestAuc: exactAuc(test.numbers(TRUE_PROBABILITY), test.numbers('label')),
    source: { files: [], sha256: {} },
  });
}
