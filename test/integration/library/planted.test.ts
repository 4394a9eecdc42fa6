import { beforeAll, describe, expect, it } from 'vitest';
import * as din from '../../../src/din/index';
import { isDisplayable } from '../../../src/outputs/display';
import { MIME_ATTENTION } from '../../../src/outputs/mime';
import { nativeTensorFlow } from '../tensorflow';

beforeAll(() => {
  nativeTensorFlow();
});

/** What a notebook does, on data whose truth is known. */
describe('on simulated viewers with planted interests', () => {
  it('DIN ranks held-out rows better than the base model, near the best possible, and attends to what matters', async () => {
    const samples = await din.data.simulated({ seed: 3 });
    const f = din.features;
    const movie = f.identity('movieId', { buckets: samples.items.size });
    const columns = {
      profile: [f.embedding(f.identity('userId', { buckets: samples.users.size }), { dimension: 10 })],
      candidate: movie,
      history: f.history(samples.historyColumns, { of: movie }),
      context: [f.embedding(f.vocabulary('movieGenre1', { values: samples.genres }), { dimension: 10 })],
      seed: 3,
    };
    const fit = {
      epochs: 3,
      batchSize: 128,
      optimizer: din.optimizers.adam({ learningRate: 2e-3 }),
      live: false,
      verbose: false,
    };
    const base = din.models.base(columns);
    await base.fit(samples.train, fit);
    const model = din.models.din({ ...columns, attention: { normalize: 'softmax' } });
    await model.fit(samples.train, fit);
    const baseResult = await base.evaluate(samples.test);
    const result = await model.evaluate(samples.test);
    console.log(
      `AUC: base ${baseResult.auc.toFixed(4)}, DIN ${result.auc.toFixed(4)}, best possible ${samples.bestAuc?.toFixed(4)}`,
    );
    expect(result.auc).toBeGreaterThan(baseResult.auc + 0.008);
    expect(result.auc).toBeGreaterThan(samples.bestAuc! - 0.02);
    expect(result.auc).toBeLessThan(samples.bestAuc! + 0.01);
    expect(result.gauc?.value).toBeGreaterThan(0.8);

    const rows = samples.test.slice(0, 200);
    const map = await din.insight.attentionMap(model, rows, { items: samples.items });
    const cells = map.rows.flatMap(({ history }) => {
      const present = history.filter((cell) => cell !== null);
      const mixed =
        present.some(({ relevance }) => relevance! > 0.5) && present.some(({ relevance }) => relevance! < 0.5);
      return mixed ? present : [];
    });
    const mean = (list: typeof cells) => list.reduce((sum, { weight }) => sum + weight, 0) / list.length;
    const relevant = mean(cells.filter(({ relevance }) => relevance! > 0.5));
    const other = mean(cells.filter(({ relevance }) => relevance! < 0.5));
    expect(relevant).toBeGreaterThan(2 * other);

    await expectHonestMap(map, rows, model, samples);
    await expectCrossing(model, samples);
    await expect(din.insight.attentionMap(base, rows)).rejects.toThrow(/'base' model has no attention.*din.models.din/);
    await expect(din.insight.attentionMap(model, samples.test)).rejects.toThrow(/too many to read, at most 500/);
    base.dispose();
    model.dispose();
  });
});

/** Titles, scores and labels are those of the rows; padding is absent. */
async function expectHonestMap(
  map: din.insight.AttentionMap,
  rows: din.data.Table,
  model: din.models.RecommenderModel,
  samples: din.data.SampleSet,
): Promise<void> {
  expect(isDisplayable(map)).toBe(true);
  const scores = await model.predict(rows);
  map.rows.forEach((row, i) => {
    expect(row.candidate.title).toBe(samples.items.title(rows.numbers('movieId')[i]));
    expect(row.score).toBeCloseTo(scores[i], 6);
    expect(row.label).toBe(rows.numbers('label')[i]);
    row.history.forEach((cell, position) => {
      const id = rows.numbers(samples.historyColumns[position])[i];
      expect(cell === null).toBe(id === 0);
      if (cell) expect(cell.title).toBe(samples.items.title(id));
    });
  });
  const bundle = map[Symbol.for('dinnb.display') as never] as () => Record<string, unknown>;
  const shown = bundle.call(map);
  expect(shown[MIME_ATTENTION]).toEqual(map.output);
  expect(shown['text/plain']).toContain(map.rows[0].candidate.title.slice(0, 10));
  expect(shown['image/svg+xml']).toContain('<svg');
}

/** One history with several candidates: each pair scores as a row that has both. */
async function expectCrossing(model: din.models.RecommenderModel, samples: din.data.SampleSet): Promise<void> {
  const candidates = din.insight.candidatesFor(samples.test, { count: 5, seed: 1 });
  const users = samples.test.slice(40, 42);
  const map = await din.insight.attentionMap(model, users, { items: samples.items, candidates });
  expect(map.rows).toHaveLength(10);
  const probabilities: number[] = [];
  for (let user = 0; user < 2; user++) {
    for (let i = 0; i < 5; i++) {
      const pair = users.slice(user, user + 1);
      for (const name of ['movieId', 'movieGenre1']) {
        (pair.columns as unknown as Map<string, unknown>).set(name, candidates.slice(i, i + 1).column(name));
      }
      probabilities.push((await model.predict(pair))[0]);
    }
  }
  map.rows.forEach((row, i) => {
    expect(row.score).toBeCloseTo(probabilities[i], 5);
    expect(row.candidate.title).toBe(samples.items.title(candidates.numbers('movieId')[i % 5]));
    expect(row.label).toBeUndefined();
    expect(row.history.map((cell) => cell?.id)).toEqual(map.rows[i < 5 ? 0 : 5].history.map((cell) => cell?.id));
    expect(row.history.every((cell) => cell === null || cell.relevance === undefined)).toBe(true);
  });
  const weights = map.rows.slice(0, 5).map(({ history }) => history.map((cell) => cell?.weight.toFixed(6)).join());
  expect(new Set(weights).size).toBeGreaterThan(1);
}
