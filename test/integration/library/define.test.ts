import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as features from '../../../src/din/features/index';
import { attentionMap } from '../../../src/din/insight/attention-map';
import { candidatesFor } from '../../../src/din/insight/candidates';
import * as models from '../../../src/din/models/index';
import { adam } from '../../../src/din/training/optimizers/adam';
import { nativeTensorFlow } from '../tensorflow';
import { quiet, smallColumns, smallSamples } from './samples';

const table = smallSamples(600);
const training = { ...quiet, epochs: 2, batchSize: 64, optimizer: adam({ learningRate: 0.005 }) };

beforeAll(() => {
  nativeTensorFlow();
});

const ownDin = (name: string) =>
  models.define<models.DinOptions>({
    name,
    build(m, { profile = [], candidate, history, context = [], attention, hidden }) {
      const user = m.features(profile);
      const item = m.candidate(candidate);
      const [past] = m.histories(history, item);
      const interest = m.pooled(past, m.activationUnit(past, item, attention));
      const parts = [...user, interest, item.vector, ...m.features(context, 'context')];
      return m.logit(m.mlp(m.concat(parts), { hidden }));
    },
  });

describe('a model of one`s own', () => {
  it('made of the helpers as DIN is, is DIN, to the bit', async () => {
    const own = ownDin('my DIN')(smallColumns());
    const din = models.din(smallColumns());
    await own.fit(table, training);
    await din.fit(table, training);
    expect(await own.predict(table)).toEqual(await din.predict(table));
    expect(await own.evaluate(table)).toEqual(await din.evaluate(table));
    expect((await own.attention(table)).weights).toEqual((await din.attention(table)).weights);
    own.dispose();
    din.dispose();
  });

  it('has a second history, layers of TensorFlow.js, attention maps of each, and goes on after it was saved', async () => {
    type Options = models.RankingOptions & { older: models.Histories };
    const make = models.define<Options>({
      name: 'two histories',
      build(m, { candidate, history, older, context = [] }) {
        const item = m.candidate(candidate);
        const [recent] = m.histories(history, item);
        const [past] = m.histories(older, item);
        const interests = [recent, past].map((each) => m.pooled(each, m.activationUnit(each, item)));
        const extra = tf.layers.dense({ units: 3, name: m.named('extra'), activation: 'tanh' });
        const joined = m.concat([...interests, item.vector, ...m.features(context, 'context')]);
        return m.logit(m.mlp(extra.apply(joined) as tf.SymbolicTensor, { hidden: [8] }));
      },
    });
    const { profile: _, ...columns } = smallColumns();
    const of = features.identity('movieId', { buckets: 17 });
    const options = {
      ...columns,
      history: features.history(['recent1', 'recent2'], { of }),
      older: features.history(['recent3'], { of }),
    };
    const model = make(options);
    await model.fit(table, training);
    const { histories } = await model.attention(table);
    expect(Object.entries(histories).map(([name, { positions }]) => [name, positions])).toEqual([
      ['history', 2],
      ['older', 1],
    ]);
    const candidates = candidatesFor(table, { count: 3 });
    const map = await attentionMap(model, table.slice(0, 2), { history: 'older', candidates });
    expect(map.rows).toHaveLength(6);
    expect(map.rows.map(({ candidate }) => candidate.id).slice(0, 3)).toEqual(
      [...candidates.numbers('movieId')].map(String),
    );
    const folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-define-'));
    try {
      await model.save(path.join(folder, 'model'));
      const again = await models.load(path.join(folder, 'model'));
      expect(await again.predict(table)).toEqual(await model.predict(table));
      const [a, b] = [await model.fit(table, training), await again.fit(table, training)];
      expect(b.training).toEqual(a.training);
      again.dispose();
    } finally {
      await rm(folder, { recursive: true });
    }
    model.dispose();
  });

  it('is saved where it is no longer defined: loading says what to run', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-define-'));
    try {
      const model = ownDin('soon forgotten')(smallColumns());
      await model.save(path.join(folder, 'model'));
      model.dispose();
      const { readFile, writeFile } = await import('node:fs/promises');
      const file = path.join(folder, 'model', 'model.json');
      await writeFile(file, (await readFile(file, 'utf8')).replace('soon forgotten', 'forgotten'));
      await expect(models.load(path.join(folder, 'model'))).rejects.toThrow(
        /no model of kind 'forgotten'.*run its din.models.define/s,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('whose build was edited since it was saved loads with a warning that names what differs', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-define-'));
    const define = (activation: 'relu' | 'tanh', hidden = [8]) =>
      models.define({
        name: 'edited',
        build(m, { candidate }: models.BaseOptions) {
          return m.logit(m.mlp(m.candidate(candidate).vector, { hidden, activation }));
        },
      });
    const { candidate } = smallColumns();
    const model = define('relu')({ candidate } as models.BaseOptions);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    try {
      await model.save(folder);
      (await models.load(folder)).dispose();
      expect(warn).not.toHaveBeenCalled();
      define('tanh');
      (await models.load(folder)).dispose();
      expect(warn.mock.calls).toEqual([
        [
          expect.stringMatching(
            /'edited' is built differently now than when the model was saved: layer \d .*relu.*tanh/,
          ),
        ],
      ]);
      define('relu', [9]);
      await expect(models.load(folder)).rejects.toThrow(/another version of this library, or of the model's own build/);
    } finally {
      warn.mockRestore();
      model.dispose();
      await rm(folder, { recursive: true });
    }
  });

  it('puts one vector side by side with nothing', () => {
    const alone = models.define<models.DinOptions>({
      name: 'alone',
      build: (m, { candidate }) => m.logit(m.mlp(m.concat([m.candidate(candidate).vector]), { hidden: [4] })),
    })(smallColumns());
    expect(alone.network.outputs[0].shape).toEqual([null, 1]);
    alone.dispose();
  });

  it('defined anew replaces the old one for new models only', async () => {
    const first = ownDin('changing')(smallColumns());
    first.adapt(table);
    models.define({ name: 'changing', build: () => undefined as never });
    const before = await first.predict(table);
    expect(before).toHaveLength(600);
    expect(() => models.define({ name: 'changing', build: () => undefined as never })({})).toThrow(
      /models\.changing: build must return the logit, \[batch, 1\], e\.g\. m\.logit\(x\); it returned undefined/,
    );
    first.dispose();
  });

  it.each([
    [
      'a name of the library',
      () => models.define({ name: 'din', build: () => undefined as never }),
      /'din' is a model of the library/,
    ],
    ['no name', () => models.define({ build: () => undefined } as never), /name is the model's name/],
    ['no build', () => models.define({ name: 'x' } as never), /build of 'x' is a function/],
    [
      'a misspelt setting',
      () =>
        models.define({ name: 'strict', settings: ['hidden'], build: () => undefined as never })({ hiden: 1 } as never),
      /models\.strict: there is no setting 'hiden'\. Did you mean 'hidden'\?/,
    ],
    [
      'another shape',
      () =>
        models.define<models.DinOptions>({ name: 'wide', build: (m, { candidate }) => m.candidate(candidate).vector })(
          smallColumns(),
        ),
      /it returned a tensor \[batch, 6\]/,
    ],
    [
      'several vectors where one goes in',
      () =>
        models.define<models.DinOptions>({
          name: 'listed',
          build: (m, { candidate }) =>
            m.logit(m.mlp(m.candidate(candidate).fields.map(({ vector }) => vector) as never)),
        })(smallColumns()),
      /models\.listed: mlp takes one tensor \[batch, width\], it was given a list of 1: put them side by side, m\.concat\(list\)/,
    ],
    [
      'nothing side by side',
      () => models.define<models.DinOptions>({ name: 'none', build: (m) => m.logit(m.concat([])) })(smallColumns()),
      /models\.none: concat takes a list of at least one tensor/,
    ],
    [
      'a history that is none',
      () =>
        models.define<models.DinOptions>({
          name: 'odd',
          build: (m, { candidate }) => m.logit(m.pooled(m.history(7 as never, m.candidate(candidate)))),
        })(smallColumns()),
      /models\.odd: history is made by din\.features\.history/,
    ],
    [
      'an input that no column fills',
      () =>
        models.define<models.DinOptions>({
          name: 'extra',
          build: (m, { candidate }) =>
            m.logit(m.concat([m.candidate(candidate).vector, tf.input({ shape: [3], name: 'mine' })])),
        })(smallColumns()),
      /models\.extra: build uses the input 'mine' \[batch, 3\], which no column.*come from m\.features, m\.candidate and m\.history/,
    ],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
