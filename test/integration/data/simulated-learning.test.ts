import { beforeAll, describe, expect, it } from 'vitest';
import { simulated } from '../../../src/din/data';
import * as f from '../../../src/din/features';
import { attentionMap } from '../../../src/din/insight';
import { exactAuc } from '../../../src/din/metrics';
import { base, din, type RecommenderModel } from '../../../src/din/models';
import { adam } from '../../../src/din/training/optimizers';
import type { AttentionRow } from '../../../src/outputs/attention';
import { nativeTensorFlow } from '../tensorflow';

/** What simulated data are for: attention must be worth something on them, and be seen to find what was planted. */
describe('on simulated data', () => {
  beforeAll(() => {
    nativeTensorFlow();
  });

  it('DIN beats the base model, comes near the best possible AUC, and its attention finds the relevant items', async () => {
    const samples = await simulated({ seed: 42 });
    const movie = f.identity('movieId', { buckets: samples.items.size });
    const user = f.identity('userId', { buckets: samples.users.size });
    const genre = (key: string) => f.embedding(f.vocabulary(key, { values: samples.genres }), { dimension: 10 });
    const numeric = (key: string) => f.numeric(key, { normalize: 'standard' });
    const options = {
      profile: [
        f.embedding(user, { dimension: 10 }),
        genre('userGenre1'),
        ...['userRatingCount', 'userAvgRating', 'userRatingStddev'].map(numeric),
      ],
      candidate: movie,
      history: f.history(samples.historyColumns, { of: movie }),
      context: [
        genre('movieGenre1'),
        ...['releaseYear', 'movieRatingCount', 'movieAvgRating', 'movieRatingStddev'].map(numeric),
      ],
      embeddingDimension: 10,
      hidden: [128, 64],
      activation: 'prelu' as const,
      seed: 42,
    };
    const testAuc = async (model: RecommenderModel) => {
      const optimizer = adam({ learningRate: 2e-3 });
      await model.fit(samples.train, { epochs: 5, batchSize: 256, optimizer, seed: 42, live: false });
      return exactAuc(await model.predict(samples.test), samples.test.numbers('label'));
    };
    const average = await testAuc(base(options));
    const model = din({ ...options, attention: { hidden: [32], activation: 'prelu', normalize: 'softmax' } });
    const attentive = await testAuc(model);
    console.log(`base ${average.toFixed(4)}, DIN ${attentive.toFixed(4)}, best ${samples.bestAuc!.toFixed(4)}`);
    expect(attentive).toBeGreaterThan(average + 0.04);
    expect(attentive).toBeGreaterThan(samples.bestAuc! - 0.05);
    expect(attentive).toBeLessThan(samples.bestAuc! + 0.005);

    const map = await attentionMap(model, samples.test.slice(0, 400), { items: samples.items });
    const found = shareOfPairsInOrder(map.rows);
    console.log(`in ${(100 * found).toFixed(1)} % of a history's pairs the relevant item weighs more`);
    expect(found).toBeGreaterThan(0.9);
  });
});

/** Of all pairs of a relevant and another item of the same history: how often the relevant one weighs more. */
function shareOfPairsInOrder(rows: readonly AttentionRow[]): number {
  const pairs = rows.flatMap(({ history }) => {
    const cells = history.filter((cell) => cell !== null);
    const others = cells.filter(({ relevance }) => relevance === 0);
    return cells
      .filter(({ relevance }) => relevance === 1)
      .flatMap(({ weight }) => others.map((other) => (weight > other.weight ? 1 : 0) as number));
  });
  return pairs.reduce((sum, won) => sum + won, 0) / pairs.length;
}
