import { inspect } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { from } from '../../../src/din/data/from';
import { type Column, Table } from '../../../src/din/data/table';
import { history, identity, numeric } from '../../../src/din/features/index';
import { InterruptedError, setInterruptCheck } from '../../../src/din/interrupt';
import * as metrics from '../../../src/din/metrics/index';
import { base } from '../../../src/din/models/base';
import { din } from '../../../src/din/models/din';
import type { FitOptions } from '../../../src/din/models/fit-options';
import type { RecommenderModel } from '../../../src/din/models/model';
import type { Callback } from '../../../src/din/training/callbacks/callback';
import * as callbacks from '../../../src/din/training/callbacks/index';
import { adam } from '../../../src/din/training/optimizers/adam';
import * as schedules from '../../../src/din/training/optimizers/schedules';
import { sgd } from '../../../src/din/training/optimizers/sgd';
import { DISPLAY, type DisplayHandle, setDisplaySink } from '../../../src/outputs/display';
import { MIME_TRAINING, type MimeBundle } from '../../../src/outputs/mime';
import type { TrainingOutput, TrainingPatch } from '../../../src/outputs/training';
import { nativeTensorFlow } from '../tensorflow';
import { maxDifference } from './reference-case';
import { quiet as eager, smallColumns, smallSamples } from './samples';

const table = smallSamples(1500);
const models: RecommenderModel[] = [];
/** Options of a quiet `fit`, op by op or as a graph. */
let quiet: { live: boolean; verbose: boolean; graph: 'off' | 'auto' } = eager;

function own(model: RecommenderModel): RecommenderModel {
  models.push(model);
  return model;
}

beforeAll(() => {
  nativeTensorFlow();
});
afterEach(() => {
  setInterruptCheck(() => false);
  for (const model of models.splice(0)) model.dispose();
  vi.restoreAllMocks();
});

async function fitted(options: FitOptions = {}, seed = 7, data: Table = table): Promise<RecommenderModel> {
  const model = own(din(smallColumns({ seed })));
  await model.fit(data, { ...quiet, epochs: 2, batchSize: 64, ...options });
  return model;
}

function showable(model: RecommenderModel): unknown {
  return model[DISPLAY]()['text/plain'];
}

function weightsOf(model: RecommenderModel): number[][] {
  return model.network.getWeights().map((weight) => [...weight.dataSync()]);
}

describe.each(['off', 'auto'] as const)('graph: %s', (graph) => {
  beforeAll(() => {
    quiet = { ...eager, graph };
  });

  describe('fit', () => {
    it.each([['base', base] as const, ['din', din] as const])('%s learns and generalizes', async (_, make) => {
      const model = own(make(smallColumns()));
      const optimizer = adam({ learningRate: 0.01 });
      const history = await model.fit(smallSamples(3000, 3), { ...quiet, epochs: 8, batchSize: 128, optimizer });
      expect(history.training.loss.at(-1)).toBeLessThan(history.training.loss[0]! - 0.05);
      expect((await model.evaluate(smallSamples(1000, 4))).auc).toBeGreaterThan(0.65);
    });

    it('is the same for the same seeds, to the bit, and differs for another order or other initial weights', async () => {
      const first = await fitted();
      const second = await fitted();
      expect(second.history?.training).toEqual(first.history?.training);
      expect(weightsOf(second)).toEqual(weightsOf(first));
      expect(weightsOf(await fitted({ seed: 43 }))).not.toEqual(weightsOf(first));
      expect(weightsOf(await fitted({ shuffle: false }))).not.toEqual(weightsOf(first));
      expect(weightsOf(await fitted({}, 8))).not.toEqual(weightsOf(first));
    });

    it('starts from another seed also where the seed is 0', () => {
      const start = (seed: number) => weightsOf(own(din(smallColumns({ seed }))));
      expect(start(0)).toEqual(start(0));
      expect(start(0)).not.toEqual(start(1));
    });

    it('in two parts equals one long fit', async () => {
      const long = await fitted({ epochs: 3 });
      const parts = await fitted({ epochs: 1 });
      await parts.fit(table, { ...quiet, epochs: 2, batchSize: 64 });
      // A graph brings its tables up to date between fits, which rounds differently from doing it later.
      expect(maxDifference(weightsOf(parts).flat(), weightsOf(long).flat())).toBeLessThan(
        graph === 'off' ? 1e-30 : 2e-5,
      );
      expect(parts.epochsTrained).toBe(3);
    });

    it('sees every row once an epoch, the last partial batch included', async () => {
      const seen: number[] = [];
      const counter = {
        name: 'rows',
        create: () => ({
          add: (_: ArrayLike<number>, labels: ArrayLike<number>) => seen.push(labels.length),
          value: () => seen.reduce((a, b) => a + b, 0),
          reset: () => {},
        }),
      };
      const model = await fitted({ epochs: 1, batchSize: 64, metrics: [counter] });
      expect(model.history?.training.rows).toEqual([1500]);
      expect(model.history?.output.stepsPerEpoch).toBe(24);
      expect(model.optimizer?.iterations.dataSync()[0]).toBe(24);
    });

    it('reports the loss and metrics that its own predictions had', async () => {
      // Without learning, the running values of an epoch are those of an evaluation.
      const model = await fitted({ epochs: 1, optimizer: sgd({ learningRate: 1e-30 }), batchSize: 100 });
      const result = await model.evaluate(table);
      for (const name of ['loss', 'accuracy', 'auc', 'aucPr'] as const) {
        expect(model.history?.training[name][0]).toBeCloseTo(result[name], 5);
      }
      const p = await model.predict(table);
      expect(result.auc).toBeCloseTo(metrics.auc(p, table.numbers('label')), 12);
      expect(result.aucPr).toBeCloseTo(metrics.averagePrecision(p, table.numbers('label')), 12);
      const { kerasAuc, kerasAucPr } = await model.evaluate(table, { metrics: ['kerasAuc', 'kerasAucPr'] });
      expect(kerasAuc).toBe(metrics.kerasAuc(p, table.numbers('label')));
      expect(kerasAucPr).toBe(metrics.kerasAucPr(p, table.numbers('label')));
      // While the epoch ran, buckets: their last point is that of all rows.
      const { steps } = model.history!.output;
      expect(steps.values.auc.at(-1)).toBeCloseTo(kerasAuc, 3);
      expect(steps.values.auc.at(-1)).not.toBe(model.history?.training.auc[0]);
      expect(result.gauc).toEqual(metrics.gauc(p, table.numbers('label'), table.numbers('userId')));
      expect(result.loss).toBeCloseTo(metrics.logloss(p, table.numbers('label')), 6);
    });

    it('validates on the last rows, or on a table, without training on them', async () => {
      const part = await fitted({ validation: 0.2 });
      const whole = await fitted({ validation: table.slice(1200, 1500) }, 7, table.slice(0, 1200));
      expect(part.history?.validation).toEqual(whole.history?.validation);
      expect(weightsOf(part)).toEqual(weightsOf(whole));
      const { loss, auc } = await part.evaluate(table.slice(1200, 1500));
      expect(part.history?.validation.loss[1]).toBeCloseTo(loss, 10);
      expect(part.history?.validation.auc[1]).toBeCloseTo(auc, 10);
    });

    it('penalizes large weights', async () => {
      const norm = (model: RecommenderModel) =>
        weightsOf(model)
          .flat()
          .reduce((a, b) => a + b * b, 0);
      const free = await fitted({ epochs: 3 });
      const penalized = await fitted({ epochs: 3, regularization: { embeddings: 0.01, kernels: 0.01 } });
      expect(norm(penalized)).toBeLessThan(0.8 * norm(free));
    });

    it('leaks no tensors, in fit, evaluate, predict and attention, nor models after dispose', async () => {
      const before = tf.memory().numTensors;
      const model = din(smallColumns({ activation: 'dice' }));
      await model.fit(table, { ...quiet, batchSize: 128, validation: 0.1, callbacks: [callbacks.earlyStopping()] });
      const fittedOnce = tf.memory().numTensors;
      await model.fit(table, {
        ...quiet,
        epochs: 2,
        batchSize: 128,
        validation: 0.1,
        callbacks: [callbacks.earlyStopping()],
      });
      await model.evaluate(table);
      await model.predict(table);
      await model.attention(table);
      expect(tf.memory().numTensors).toBe(fittedOnce);
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  describe('interrupting', () => {
    it('stops within a chunk; weights and history so far are kept, and fitting can go on', async () => {
      const model = own(din(smallColumns()));
      const untrained = weightsOf(model);
      let asked = 0;
      setInterruptCheck(() => ++asked > 30);
      await expect(model.fit(table, { ...quiet, epochs: 50, batchSize: 64 })).rejects.toThrow(InterruptedError);
      expect(model.history?.state).toBe('interrupted');
      expect(model.history?.output.steps.step.length).toBeGreaterThan(5);
      expect(weightsOf(model)).not.toEqual(untrained);
      setInterruptCheck(() => false);
      await model.fit(table, { ...quiet, batchSize: 64 });
      expect(model.history?.state).toBe('done');
    });
  });

  describe('the time left', () => {
    it('is that of the steps to come: it is told at every point, 0 at the last step, and gone however a fit ends', async () => {
      const shown: MimeBundle[] = [];
      setDisplaySink((bundle) => {
        shown.push(structuredClone(bundle));
        return { id: '1', update: (next) => void shown.push(structuredClone(next)), append: () => {} };
      });
      const told: { step: number; secondsLeft: number; shown?: number }[] = [];
      const tells: Callback = {
        everySteps: 1,
        onStepEnd: ({ step, secondsLeft }) =>
          void told.push({ step, secondsLeft, shown: model.history?.output.secondsLeft }),
      };
      const model = own(din(smallColumns()));
      const options = { ...quiet, live: true, epochs: 3, batchSize: 64, callbacks: [tells] };
      await model.fit(table, options);
      const steps = 3 * 24;
      expect(told.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
      for (const { step, secondsLeft } of told) {
        expect(Number.isFinite(secondsLeft)).toBe(true);
        if (step < steps) expect(secondsLeft).toBeGreaterThan(0);
      }
      expect(told.at(-1)!.secondsLeft).toBe(0);
      // At an epoch's end there is always a point; the curves say what callbacks hear.
      for (const { step, secondsLeft, shown: own } of told) if (step % 24 === 0) expect(own).toBe(secondsLeft);
      const text = (bundle: MimeBundle) => String(bundle['text/plain']);
      expect(shown.some((bundle) => /epoch 2 of 3, about [^,]+ left/.test(text(bundle)))).toBe(true);
      const interrupts: Callback = { everySteps: 30, onStepEnd: () => setInterruptCheck(() => true) };
      await expect(model.fit(table, { ...options, callbacks: [tells, interrupts] })).rejects.toThrow(InterruptedError);
      expect(told.at(-1)!.secondsLeft).toBeGreaterThan(0);
      for (const end of [shown.at(-1)!, shown.find((bundle) => !text(bundle).includes('running'))!]) {
        expect(text(end)).not.toMatch(/ left/);
        expect((end[MIME_TRAINING] as TrainingOutput).secondsLeft).toBeUndefined();
      }
    });
  });

  describe('a loss that is no number', () => {
    it('ends the training with epoch, step and remedies', async () => {
      const model = own(din(smallColumns()));
      const fit = model.fit(table, { ...quiet, epochs: 3, batchSize: 64, optimizer: sgd({ learningRate: 1e30 }) });
      await expect(fit).rejects.toThrow(
        /no longer a number in epoch 1, step \d+ .*normalize: 'standard'.*learning rate \(it is 1e\+30\)/,
      );
      expect(model.history?.state).toBe('failed');
    });
  });

  describe('callbacks', () => {
    it('are called in order, with up-to-date weights', async () => {
      const calls: string[] = [];
      await fitted({
        validation: 0.2,
        callbacks: [
          {
            onTrainBegin: () => void calls.push('begin'),
            onEpochBegin: (epoch) => void calls.push(`epoch ${epoch}`),
            onEpochEnd: (log) => void calls.push(`end ${log.epoch} ${Object.keys(log.validation ?? {})}`),
            onTrainEnd: () => void calls.push('done'),
          },
        ],
      });
      const values = 'loss,accuracy,auc,aucPr';
      expect(calls).toEqual(['begin', 'epoch 1', `end 1 ${values}`, 'epoch 2', `end 2 ${values}`, 'done']);
    });

    it('early stopping ends a training that gets worse and brings the best weights back', async () => {
      const aucs: number[] = [];
      const model = await fitted({
        epochs: 60,
        validation: 0.3,
        optimizer: adam({ learningRate: 0.02 }),
        callbacks: [
          callbacks.earlyStopping({ monitor: 'validation.loss', patience: 2 }),
          { onEpochEnd: (log) => void aucs.push(log.validation!.loss) },
        ],
      });
      expect(aucs.length).toBeLessThan(60);
      const best = Math.min(...aucs);
      expect(aucs.indexOf(best)).toBe(aucs.length - 3);
      expect((await model.evaluate(table.slice(1050, 1500))).loss).toBeCloseTo(best, 6);
    });

    it('that fail end the training as failed, with their own error and a history', async () => {
      const model = own(din(smallColumns()));
      const ended: string[] = [];
      const failing: callbacks.Callback = {
        onEpochEnd: () => {
          throw new Error('my own mistake');
        },
        onTrainEnd: (_, state) => void ended.push(state),
      };
      await expect(model.fit(table, { ...quiet, epochs: 3, batchSize: 64, callbacks: [failing] })).rejects.toThrow(
        /my own mistake/,
      );
      expect(ended).toEqual(['failed']);
      expect(model.history?.state).toBe('failed');
      expect(model.history?.epochs).toBe(1);
    });

    it('early stopping leaves the weights of an interrupted training where they are', async () => {
      const model = own(din(smallColumns()));
      let weights: number[][] = [];
      const stopAfter = {
        onEpochEnd: (log: callbacks.EpochLog) => {
          weights = weightsOf(model);
          if (log.epoch === 2) setInterruptCheck(() => true);
        },
      };
      const worse = callbacks.earlyStopping({ monitor: 'training.loss', mode: 'max', patience: 5 });
      const options = {
        ...quiet,
        epochs: 5,
        batchSize: 64,
        optimizer: adam({ learningRate: 0.01 }),
        callbacks: [worse, stopAfter],
      };
      await expect(model.fit(table, options)).rejects.toThrow(InterruptedError);
      expect(weightsOf(model)).not.toEqual(weightsOf(own(din(smallColumns()))));
      // Epoch 3 began: its first steps moved the weights on from those of epoch 2, not back to epoch 1.
      expect(maxDifference(weightsOf(model).flat(), weights.flat())).toBeLessThan(0.3);
      expect(model.history?.epochs).toBe(2);
    });

    it('a schedule sets the learning rate of each epoch', async () => {
      const still = await fitted({ callbacks: [callbacks.learningRateSchedule(() => 1e-30)] });
      const initial = own(din(smallColumns()));
      expect(maxDifference(weightsOf(still).flat(), weightsOf(initial).flat())).toBeLessThan(1e-20);
      const rates: number[] = [];
      await fitted({
        epochs: 3,
        callbacks: [
          callbacks.learningRateSchedule((epoch, current) => (epoch === 1 ? 0.1 : current / 2)),
          { onEpochEnd: (_, context) => void rates.push(context.learningRate) },
        ],
      });
      expect(rates).toEqual([0.1, 0.05, 0.025]);
    });

    it('of one`s own may be a class with methods of its own', async () => {
      class Counts {
        epochs = 0;
        onEpochEnd() {
          this.epochs += this.one();
        }
        one() {
          return 1;
        }
        onlyMine() {}
      }
      const counts = new Counts();
      await fitted({ callbacks: [counts] });
      expect(counts.epochs).toBeGreaterThan(0);
    });

    it('say what is wrong with what they watch', async () => {
      await expect(fitted({ callbacks: [callbacks.earlyStopping()] })).rejects.toThrow(
        /'validation.loss' needs validation data/,
      );
      const wrong = fitted({ validation: 0.2, callbacks: [callbacks.earlyStopping({ monitor: 'validation.gauc' })] });
      await expect(wrong).rejects.toThrow(/no 'validation.gauc'. Values: loss, accuracy/);
    });
  });

  describe('bad settings', () => {
    it('are refused by name, before anything is trained', async () => {
      const model = own(din(smallColumns()));
      const attempt = (options: object) => model.fit(table, { ...quiet, ...options });
      await expect(attempt({ epoch: 3 })).rejects.toThrow(/no setting 'epoch'. Did you mean 'epochs'/);
      await expect(attempt({ batchSize: 0 })).rejects.toThrow(
        /batchSize must be a whole number of at least 1, it is 0/,
      );
      await expect(attempt({ validation: 1.5 })).rejects.toThrow(/between 0 and 1, not 1.5/);
      await expect(attempt({ validation: 0.0001 })).rejects.toThrow(/leaves 0 rows for validation/);
      await expect(attempt({ metrics: ['auk'] })).rejects.toThrow(/Did you mean 'auc'/);
      await expect(attempt({ optimizer: 'adam' })).rejects.toThrow(/din.optimizers.adam/);
      await expect(attempt({ shuffle: 'batch' })).rejects.toThrow(
        /'shuffle' is 'batch'; choose true or false, or give/,
      );
      await expect(attempt({ live: 'no' })).rejects.toThrow(/'live' is 'no'; choose true or false/);
      const called = (callback: unknown) => attempt({ callbacks: [callbacks.earlyStopping, callback].slice(1) });
      await expect(called({ onEpochend() {} })).rejects.toThrow(
        /callback 1: there is no event 'onEpochend'\. Did you mean 'onEpochEnd'\? Events: onTrainBegin/,
      );
      await expect(called({ onEpochEnd: 5 })).rejects.toThrow(/callback 1: onEpochEnd is 5; give a function/);
      await expect(called({})).rejects.toThrow(/callback 1 has none of the events/);
      await expect(called(5)).rejects.toThrow(/callback 1 is 5; give an object with events/);
      await expect(called(tf.callbacks.earlyStopping({ monitor: 'loss' }))).rejects.toThrow(
        /callback 1 is one of TensorFlow\.js \(tf\.callbacks\)/,
      );
      const { cosine, linear, exponential, inverseSquareRoot, piecewise } = schedules;
      for (const make of [cosine, linear, exponential, inverseSquareRoot, piecewise] as (() => unknown)[])
        expect(make, make.name).toThrow(/^\w+: (?:from|factor|peak|rates) (?:must be|has)/);
      expect(model.history).toBeUndefined();
      await expect(model.fit(table.slice(0, 0), quiet)).rejects.toThrow(/no rows/);
    });

    it.each(['memory', 'disk'] as const)(
      'bad rows of a validation share count from the first of the table: %s',
      async (storage) => {
        const rows = 40;
        const good = {
          item: Array.from({ length: rows }, (_, i) => 1 + (i % 9)),
          past: Array.from({ length: rows }, (_, i) => 1 + ((i * 3) % 9)),
          price: Array.from({ length: rows }, (_, i) => i + 0.5),
          weight: new Array(rows).fill(1),
          label: Array.from({ length: rows }, (_, i) => i % 2),
        };
        const item = identity('item', { buckets: 10 });
        const columns = { candidate: item, history: history(['past'], { of: item }), context: [numeric('price')] };
        for (const [name, bad] of [
          ['label', 7],
          ['item', 77],
          ['price', Number.NaN],
        ] as const) {
          const model = own(din({ ...columns, hidden: [3] }));
          const values = { ...good, [name]: good[name].map((value, i) => (i === 36 ? bad : value)) };
          const fit = model.fit(from(values, { storage }), { ...quiet, validation: 0.2 });
          await expect(fit, name).rejects.toThrow(new RegExp(`column '${name}', row 37\\b`));
        }
        const weight = good.weight.map((value, i) => (i === 20 ? -1 : value));
        const fit = own(din({ ...columns, hidden: [3] })).fit(from({ ...good, weight }, { storage }), {
          ...quiet,
          validation: 0.2,
          sampleWeight: 'weight',
        });
        await expect(fit).rejects.toThrow(/column 'weight', row 21\b/);
      },
    );

    it('a label that float32 cannot hold is refused before anything is trained', async () => {
      const item = identity('item', { buckets: 10 });
      const model = own(
        din({ candidate: item, history: history(['past'], { of: item }), hidden: [3], task: 'regression' }),
      );
      const values = { item: [1, 2, 3], past: [1, 1, 1], label: [1, 1e39, 2] };
      await expect(model.fit(from(values), quiet)).rejects.toThrow(
        /column 'label', row 2: the label 1e\+39 is too large for float32/,
      );
      expect(model.history).toBeUndefined();
    });

    it('of models name the setting and the remedy', () => {
      expect(() => din({ ...smallColumns(), hiden: [3] } as never)).toThrow(
        /no setting 'hiden'. Did you mean 'hidden'/,
      );
      expect(() => din(smallColumns({ attention: { normalize: 'max' as never } }))).toThrow(
        /'max'; choose 'none' or 'sigmoid' or 'softmax'/,
      );
      expect(() => din({ ...smallColumns(), candidate: undefined } as never)).toThrow(
        /candidate is an identity or vocabulary/,
      );
      expect(() => din(smallColumns({ profile: [smallColumns().candidate] as never }))).toThrow(
        /wrap an identity or vocabulary in embedding/,
      );
    });

    it('evaluate without labels names the column', async () => {
      const model = own(din(smallColumns()));
      model.adapt(table);
      const unlabelled = table.take([0, 1]);
      (unlabelled.columns as Map<string, unknown>).delete('label');
      await expect(model.evaluate(unlabelled)).rejects.toThrow(/no column 'label'/);
      expect(await model.predict(unlabelled)).toHaveLength(2);
    });
  });

  describe('a first fit that fails', () => {
    const shifted = () => {
      const columns = new Map<string, Column>(table.columns);
      columns.set('year', { type: 'number', values: table.numbers('year').map((year) => year + 1000) });
      return columns;
    };

    it('leaves no statistics behind, wherever it fails', async () => {
      const broken = shifted();
      broken.set('label', { type: 'number', values: table.numbers('label').map((_, i) => (i === 700 ? 3 : 1)) });
      const failing: [Table, FitOptions][] = [
        [new Table(broken, 'bad labels'), {}],
        [new Table(shifted(), 'shifted'), { validation: new Table(broken, 'bad labels') }],
        [new Table(shifted(), 'shifted'), { callbacks: [callbacks.earlyStopping()] }],
        [new Table(shifted(), 'shifted'), { groupBy: 'nobody', metrics: ['gauc'] }],
      ];
      const expected = await fitted({ epochs: 1 });
      for (const [data, options] of failing) {
        const model = own(din(smallColumns()));
        await expect(model.fit(data, { ...quiet, batchSize: 64, ...options })).rejects.toThrow();
        expect(model.featureState).toBeUndefined();
        await model.fit(table, { ...quiet, batchSize: 64 });
        expect(model.featureState).toEqual(expected.featureState);
        expect(weightsOf(model)).toEqual(weightsOf(expected));
      }
    });

    it('keeps them once something was learnt with them', async () => {
      const model = own(din(smallColumns()));
      const callback = { everySteps: 1, onStepEnd: () => setInterruptCheck(() => true) };
      await expect(model.fit(table, { ...quiet, batchSize: 64, callbacks: [callback] })).rejects.toThrow(
        InterruptedError,
      );
      expect(model.featureState?.numbers.year).toBeDefined();
    });
  });

  describe('a metric', () => {
    it('of one`s own is watched by its mode, or by one that is told', async () => {
      const error = (mode?: 'min') => ({ name: 'error', ...(mode ? { mode } : {}), create: () => new FallingError() });
      class FallingError {
        static calls = 0;
        add(): void {}
        value(): number {
          return 10 - FallingError.calls++ / 1000;
        }
        reset(): void {}
      }
      const watch = (options: object) =>
        callbacks.earlyStopping({ monitor: 'validation.error', patience: 1, ...options });
      const run = (metric: ReturnType<typeof error>, options: object) =>
        fitted({ epochs: 3, validation: 0.2, metrics: [metric], callbacks: [watch(options)] });
      expect((await run(error('min'), {})).history?.epochs).toBe(3);
      expect((await run(error(), { mode: 'min' })).history?.epochs).toBe(3);
      expect((await run(error(), { mode: 'max' })).history?.epochs).toBe(2);
      await expect(run(error(), {})).rejects.toThrow(/'error' does not say whether smaller or larger is better/);
    });

    it('that was not asked for is not promised', async () => {
      const model = await fitted({ epochs: 1 });
      const result = await model.evaluate(table, { metrics: ['logloss'] });
      expect(Object.keys(result).sort()).toEqual(['gauc', 'logloss', 'loss', 'rows']);
      // @ts-expect-error: the compiler knows, too.
      expect(result.auc).toBeUndefined();
      const noUser = table.select(table.names.filter((name) => name !== 'userId'));
      const grouped = own(din(smallColumns({ profile: [] })));
      grouped.adapt(noUser);
      await expect(grouped.evaluate(noUser, { metrics: ['gauc'] })).rejects.toThrow(
        /evaluate: the metric 'gauc' ranks/,
      );
    });
  });

  describe('a model as a value', () => {
    it('shows its layers, not its tensors', async () => {
      const model = await fitted({ epochs: 1 });
      const shown = showable(model);
      expect(shown).toContain('attention_dense_0');
      expect(shown).toMatch(/din: [\d,]+ trained weights/);
      expect(inspect(model)).toMatch(/^RecommenderModel\(din: .* trained weights, 1 epochs trained\)$/);
    });
  });

  describe('live curves', () => {
    it('grow while fit runs and end complete', async () => {
      const bundles: MimeBundle[] = [];
      const patches: TrainingPatch[] = [];
      const handle: DisplayHandle = {
        id: '1',
        update: (bundle) => void bundles.push(structuredClone(bundle)),
        append: (mime, patch) => {
          expect(mime).toBe(MIME_TRAINING);
          patches.push(structuredClone(patch) as TrainingPatch);
        },
      };
      setDisplaySink((bundle) => {
        bundles.push(structuredClone(bundle));
        return handle;
      });
      const log = vi.spyOn(console, 'log').mockImplementation(() => {});
      const model = await fitted({ live: true, verbose: true, epochs: 3, validation: 0.2, title: 'A title' });
      const outputs = bundles.map((bundle) => bundle[MIME_TRAINING] as TrainingOutput);
      expect(outputs[0]).toMatchObject({
        version: 1,
        title: 'A title',
        state: 'running',
        epochs: 3,
        stepsPerEpoch: 19,
        batchSize: 64,
      });
      expect(outputs[0].runtime).toMatch(/native TensorFlow 2\.\d+\.\d+/);
      const last = outputs.at(-1)!;
      expect(last.state).toBe('done');
      expect(last.epochLog.epoch).toEqual([1, 2, 3]);
      expect(last.steps.step.at(-1)).toBe(57);
      expect(last.steps.values.loss.length).toBe(last.steps.step.length);
      expect(last.epochLog.training).toEqual(model.history?.training);
      expect(patches.length).toBeGreaterThan(0);
      const ran = graph === 'off' ? 'eager' : 'graph, \\d+ steps? a call';
      expect(log.mock.calls.map(([line]) => line)).toEqual([
        ...[1, 2, 3].map((epoch) =>
          expect.stringMatching(new RegExp(`^epoch ${epoch}/3 [^]* loss 0\\.\\d{4} [^]*validation loss`)),
        ),
        expect.stringMatching(new RegExp(`^steps ran as: ${ran}, native TensorFlow`)),
      ]);
    });
  });
});

it('an interrupt while XLA compiles ends the training after that call; what was done is kept, and the next fit needs no other', async () => {
  const model = own(din(smallColumns({ hidden: [19, 7] })));
  let announced = 0;
  vi.spyOn(console, 'log').mockImplementation((line) => {
    if (!/XLA compiles/.test(String(line))) return;
    announced++;
    setInterruptCheck(() => true);
  });
  const options = { ...eager, verbose: true, graph: 'xla', epochs: 3, batchSize: 32 } as const;
  await expect(model.fit(table, options)).rejects.toThrow(/Interrupted in epoch 1, step \d+ of 47/);
  expect(announced).toBe(1);
  expect(model.history).toMatchObject({ state: 'interrupted' });
  setInterruptCheck(() => false);
  await model.fit(table, options);
  expect(model.history!.output).toMatchObject({ state: 'done', runtime: expect.stringMatching(/^graph \+ XLA/) });
  expect(announced).toBe(1);
});
