import * as features from '../../../src/din/features/index';
import { type DinOptions, din } from '../../../src/din/models/din';
import type { RecommenderModel } from '../../../src/din/models/model';
import { smallColumns } from '../library/samples';

/** A DIN for `smallSamples` whose tables are so large that a graph updates them row by row at batches up to 16. */
export function wideDin(more: Partial<DinOptions> = {}): RecommenderModel {
  const movie = features.identity('movieId', { buckets: 700 });
  return din(
    smallColumns({
      profile: [features.embedding(features.identity('userId', { buckets: 2000 }), { dimension: 6 })],
      candidate: movie,
      history: features.history(['recent1', 'recent2', 'recent3'], { of: movie }),
      ...more,
    }),
  );
}

export function flatWeights(model: RecommenderModel): number[] {
  return model.network.getWeights().flatMap((weight) => [...weight.dataSync()]);
}
