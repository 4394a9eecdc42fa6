import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { EpochLog, TrainingContext } from '../../../src/din/training/callbacks/callback';
import * as callbacks from '../../../src/din/training/callbacks/index';
import { Monitor } from '../../../src/din/training/callbacks/monitor';
import { epochLine } from '../../../src/din/training/progress';

const log = (epoch: number, loss: number, validation?: Record<string, number>): EpochLog => ({
  epoch,
  seconds: 1.25,
  training: { loss },
  ...(validation ? { validation } : {}),
});

function context(): TrainingContext & { stopped?: string } {
  const state: TrainingContext & { stopped?: string; learningRate: number } = {
    network: undefined as never,
    epochs: 10,
    epochsBefore: 0,
    resumed: false,
    stepsPerEpoch: 5,
    learningRate: 1,
    setLearningRate: (rate) => {
      state.learningRate = rate;
    },
    stop: (reason) => {
      state.stopped = reason;
    },
  };
  return state;
}

describe('a monitor', () => {
  it('takes smaller losses and larger areas for better', () => {
    const loss = new Monitor('test', 'training.loss', undefined, 0);
    expect([0.5, 0.4, 0.45].map((value, i) => loss.update(log(i + 1, value)))).toEqual([true, true, false]);
    expect(loss).toMatchObject({ best: 0.4, bestEpoch: 2, waited: 1 });
    const auc = new Monitor('test', 'validation.auc', undefined, 0);
    expect([0.6, 0.7, 0.65].map((value, i) => auc.update(log(i + 1, 1, { auc: value })))).toEqual([true, true, false]);
  });

  it('ignores changes smaller than minDelta, and values that are no numbers', () => {
    const loss = new Monitor('test', 'training.loss', undefined, 0.1);
    const values = [Number.NaN, 1, 0.95, 0.85, Number.NaN];
    const warned = vi.spyOn(console, 'warn').mockReturnValue();
    expect(values.map((value, i) => loss.update(log(i + 1, value)))).toEqual([false, true, false, true, false]);
    expect(loss).toMatchObject({ waited: 0, isBest: false });
    expect(warned.mock.calls).toEqual([[expect.stringMatching(/^test: training\.loss of epoch 1 is no number/)]]);
    warned.mockRestore();
  });

  it('goes by what the metric says, and asks where it says nothing', () => {
    const values = {
      training: { loss: 'min' },
      validation: { loss: 'min', logloss: 'min', auc: 'max', meanAbsoluteError: 'min', mine: undefined },
    } as const;
    const improved = (metric: string, seen: number[], mode?: 'min' | 'max') => {
      const monitor = new Monitor('earlyStopping', `validation.${metric}`, mode, 0);
      monitor.begin({ values });
      return seen.map((value, i) => monitor.update(log(i + 1, 1, { [metric]: value })));
    };
    expect(improved('meanAbsoluteError', [1.118, 0.765, 0.467])).toEqual([true, true, true]);
    expect(improved('logloss', [0.7, 0.8])).toEqual([true, false]);
    expect(improved('auc', [0.7, 0.8])).toEqual([true, true]);
    expect(improved('mine', [0.7, 0.8], 'max')).toEqual([true, true]);
    expect(improved('auc', [0.7, 0.8], 'min')).toEqual([true, false]);
    expect(() => improved('mine', [])).toThrow(
      /^earlyStopping: the metric 'mine' does not say whether smaller or larger is better\. Give earlyStopping\(\{ monitor: 'validation\.mine', mode: 'min' \}\)/,
    );
    expect(() => improved('constructor', [])).toThrow(/there is no 'validation.constructor'/);
    expect(() => improved('logless', [])).toThrow(/there is no 'validation.logless'. Values: loss, logloss, auc/);
    const alone = new Monitor('earlyStopping', 'validation.loss', undefined, 0);
    expect(() => alone.begin({ values: { training: values.training } })).toThrow(/needs validation data/);
  });

  it('explains a wrong name', () => {
    expect(() => new Monitor('earlyStopping', 'valLoss', undefined, 0)).toThrow(
      /'validation.<metric>' or 'training.<metric>', not 'valLoss'/,
    );
  });
});

describe('reduceOnPlateau', () => {
  it('lowers the rate after patience epochs without a new best, down to the minimum', () => {
    const callback = callbacks.reduceOnPlateau({ monitor: 'training.loss', factor: 0.5, patience: 2, minimum: 0.3 });
    const at = context();
    callback.onTrainBegin?.(at);
    const rates = [1, 1, 1, 1, 1, 1, 0.5].map((loss, i) => {
      callback.onEpochEnd?.(log(i + 1, loss), at);
      return at.learningRate;
    });
    expect(rates).toEqual([1, 1, 0.5, 0.5, 0.3, 0.3, 0.3]);
  });

  it('leaves the rate where the value is no number, and goes on where it is one again', () => {
    const warned = vi.spyOn(console, 'warn').mockReturnValue();
    const callback = callbacks.reduceOnPlateau({ monitor: 'validation.auc', factor: 0.5 });
    const at = context();
    callback.onTrainBegin?.(at);
    const rates = [Number.NaN, Number.NaN, 0.6, Number.NaN, 0.5].map((auc, i) => {
      callback.onEpochEnd?.(log(i + 1, 1, { auc }), at);
      return at.learningRate;
    });
    expect(rates).toEqual([1, 1, 1, 1, 0.5]);
    warned.mockRestore();
  });

  it('refuses a factor that raises the rate', () => {
    expect(() => callbacks.reduceOnPlateau({ factor: 2 })).toThrow(/factor must lie between 0 and 1/);
  });
});

describe('learningRateSchedule', () => {
  it('refuses what is no rate', () => {
    const callback = callbacks.learningRateSchedule((epoch) => 1 - epoch);
    expect(() => callback.onEpochBegin?.(1, context())).toThrow(/epoch 1 got the learning rate 0/);
  });
});

describe('earlyStopping', () => {
  it('stops after patience epochs and says what was best', () => {
    const callback = callbacks.earlyStopping({ monitor: 'training.loss', patience: 2, restoreBest: false });
    const at = context();
    callback.onTrainBegin?.(at);
    for (const [i, loss] of [0.5, 0.4, 0.6].entries()) callback.onEpochEnd?.(log(i + 1, loss), at);
    expect(at.stopped).toBeUndefined();
    callback.onEpochEnd?.(log(4, 0.45), at);
    expect(at.stopped).toBe('training.loss has not improved on 0.40000 of epoch 2');
  });

  it('does not stop for values that are no numbers, and restores the best all the same', () => {
    const warned = vi.spyOn(console, 'warn').mockReturnValue();
    const callback = callbacks.earlyStopping({ monitor: 'validation.auc', patience: 1 });
    let restored = 0;
    const network = {
      getWeights: () => [],
      setWeights: () => {
        restored++;
      },
    } as never;
    const at = { ...context(), network };
    callback.onTrainBegin?.(at);
    for (const [i, auc] of [Number.NaN, Number.NaN, 0.6, Number.NaN].entries())
      callback.onEpochEnd?.(log(i + 1, 1, { auc }), at);
    expect(at.stopped).toBeUndefined();
    callback.onTrainEnd?.(at, 'done');
    expect(restored).toBe(1);
    warned.mockRestore();
  });

  it('refuses settings that do not exist', () => {
    expect(() => callbacks.earlyStopping({ patients: 3 } as never)).toThrow(/Did you mean 'patience'/);
  });
});

describe('csvLog', () => {
  it('writes a line an epoch, anew for each fit', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-csv-'));
    const file = path.join(folder, 'log.csv');
    const callback = callbacks.csvLog(file);
    for (let fit = 0; fit < 2; fit++) {
      await callback.onTrainBegin?.(context());
      await callback.onEpochEnd?.(log(1, 0.5, { loss: 0.6 }), context());
      await callback.onEpochEnd?.(log(2, 0.25, { loss: 0.5 }), context());
    }
    expect(await readFile(file, 'utf8')).toBe(
      'epoch,seconds,training.loss,validation.loss\n1,1.25,0.5,0.6\n2,1.25,0.25,0.5\n',
    );
    await rm(folder, { recursive: true });
  });

  it('names the file that it cannot write, and quotes a name with a comma', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-csv-'));
    await expect(callbacks.csvLog(folder).onTrainBegin?.(context())).rejects.toThrow(
      `csvLog: ${folder} cannot be written: EISDIR`,
    );
    const file = path.join(folder, 'log.csv');
    const callback = callbacks.csvLog(file);
    await callback.onTrainBegin?.(context());
    await callback.onEpochEnd?.(log(1, 0.5, { 'a,b': 0.6 }), context());
    expect(await readFile(file, 'utf8')).toBe('epoch,seconds,training.loss,"validation.a,b"\n1,1.25,0.5,0.6\n');
    await rm(folder, { recursive: true });
  });
});

describe('the line of an epoch', () => {
  it('shows training and validation, and a dash where there is no value', () => {
    expect(epochLine(log(2, 0.51234, { loss: 0.6, auc: Number.NaN }), 5)).toBe(
      'epoch 2/5  1.3 s  loss 0.5123  |  validation loss 0.6000  auc -',
    );
  });

  it('gives validation a line of its own where both would run off the edge', () => {
    const many = { loss: 0.6, accuracy: 0.5, auc: 0.5, averagePrecision: 0.5 };
    const line = epochLine({ ...log(2, 0.5, many), training: many }, 5);
    expect(line.split('\n').map((part) => part.slice(0, 22).trimEnd())).toEqual([
      'epoch 2/5  1.3 s  loss',
      '           validation',
    ]);
  });
});
