import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { checkBeside, MetricSet, measure } from '../../../src/din/metrics/metric-set';
import { crossEntropySum, sigmoid } from '../../../src/din/metrics/sigmoid';

describe('a set of metrics', () => {
  it('takes names and metrics of one`s own', () => {
    const largest = { name: 'largest', create: () => new Largest() };
    const set = new MetricSet(['accuracy', largest]);
    set.add([0.2, 0.9], [0, 1]);
    set.add([0.4], [1]);
    expect(set.names).toEqual(['accuracy', 'largest']);
    expect(set.values()).toEqual({ accuracy: 2 / 3, largest: 0.9 });
    set.reset();
    set.add([0.1], [0]);
    expect(set.values()).toEqual({ accuracy: 1, largest: 0.1 });
  });

  it('refuses two metrics of one name, of which one would be lost, and one that is called as what stands beside them', () => {
    const own = (name: string) => ({ name, create: () => new Largest() });
    expect(() => new MetricSet(['auc', own('auc')])).toThrow("Two metrics are called 'auc'");
    expect(() => new MetricSet([own('mine'), own('mine')])).toThrow("Two metrics are called 'mine'");
    expect(() => new MetricSet([own('loss')])).toThrow("A metric cannot be called 'loss'");
    expect(() => checkBeside(['rows'], ['auc', own('rows')])).toThrow(
      "A metric cannot be called 'rows': an evaluation",
    );
    checkBeside(['rows', 'gauc'], ['gauc', own('other')]);
    const mine = own('constructor');
    expect(new MetricSet(['accuracy', 'accuracy', mine, mine]).names).toContain('constructor');
  });

  it('leaves an AUC over one class without a value: 0 would look like a bad ranking', () => {
    const set = new MetricSet(['auc', 'aucPr', 'accuracy']);
    set.add([0.9, 0.8], [1, 1]);
    expect(set.values()).toEqual({ auc: Number.NaN, aucPr: Number.NaN, accuracy: 1 });
    set.add([0.1], [0]);
    expect(set.values().auc).toBe(1);
  });

  it('runs through buckets and ends exact', () => {
    const labels = [0, 0, 1, 1];
    const probabilities = [0.0011, 0.0014, 0.0012, 0.0013];
    const set = new MetricSet(['auc', 'aucPr', 'kerasAuc']);
    set.add(probabilities, labels);
    expect(set.values()).toMatchObject({ auc: 0.5, kerasAuc: 0.5 });
    const rows = { scores: probabilities, probabilities, labels };
    const exact = { auc: 0.5, aucPr: (1 / 2 + 2 / 3) / 2, kerasAuc: 0.5 };
    expect(set.finalValues(rows)).toEqual(exact);
    expect(measure(['auc', 'aucPr', 'kerasAuc'], rows)).toEqual(exact);
    expect(measure(['auc'], { ...rows, scores: [0, 1, 2, 3] }).auc).toBe(1);
  });

  it('takes no metric from a prototype, nor half a metric', () => {
    expect(() => new MetricSet(['constructor'])).toThrow(/no metric 'constructor'/);
    expect(() => new MetricSet([{ name: 'half' } as never])).toThrow(/\{ name, create, mode \}/);
    const wrong = { name: 'own', mode: 'down', create: () => new Largest() };
    expect(() => new MetricSet([wrong as never])).toThrow(/'own': mode is 'min' or 'max', not "down"/);
  });

  it('names what an accumulator of one`s own lacks', () => {
    const of = (made: unknown) => () => new MetricSet([{ name: 'own', create: () => made } as never]);
    expect(of({})).toThrow(/^The metric 'own': what create\(\) gives has no add\(\)/);
    expect(of({ add() {}, value: 1, reset() {} })).toThrow(/has no value\(\)/);
    expect(of(undefined)).toThrow(/has no add\(\)/);
  });

  it('suggests the name that was meant', () => {
    expect(() => new MetricSet(['acuracy'])).toThrow(/no metric 'acuracy'. Did you mean 'accuracy'/);
  });
});

describe('logits', () => {
  it('become probabilities without overflow', () => {
    expect([...sigmoid([-1000, 0, 1000])]).toEqual([0, 0.5, 1]);
    expect(() => sigmoid(tf.tensor1d([0]) as never)).toThrow('sigmoid: logits are a tensor: give await logits.data()');
    for (const [logit, shown] of [
      ['0.1', "'0.1'"],
      [false, 'false'],
      [[0.1], 'a list of 1'],
      [null, 'null'],
      [0n, '0n'],
    ]) {
      expect(() => sigmoid([0, logit] as never)).toThrow(`sigmoid: logit 2 is ${shown}, which is no number`);
    }
    expect(sigmoid([-20])[0]).toBeCloseTo(2.0611536e-9, 15);
  });

  it('have a finite cross-entropy however wrong they are', () => {
    expect(crossEntropySum([1000, -1000], [0, 1])).toBe(2000);
    expect(crossEntropySum([0], [1])).toBeCloseTo(Math.log(2), 15);
  });
});

class Largest {
  private max = Number.NEGATIVE_INFINITY;
  add(probabilities: ArrayLike<number>): void {
    this.max = Math.max(this.max, ...Array.from(probabilities));
  }
  value(): number {
    return this.max;
  }
  reset(): void {
    this.max = Number.NEGATIVE_INFINITY;
  }
}
