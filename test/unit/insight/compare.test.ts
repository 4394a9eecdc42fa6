import { describe, expect, it } from 'vitest';
import { type Column, Table } from '../../../src/din/data/table';
import { DataError } from '../../../src/din/errors';
import { Baselines } from '../../../src/din/insight/baselines';
import { candidatesFor } from '../../../src/din/insight/candidates';
import { compare, relaImpr } from '../../../src/din/insight/compare';
import type { EvaluationResult } from '../../../src/din/models/evaluation';
import { DISPLAY } from '../../../src/outputs/display';

const gauc = (value: number) => ({ value, weighting: 'impressions' as const, users: 3, skippedUsers: 1 });

function result(auc: number, group?: number): EvaluationResult {
  return {
    loss: 0.6,
    accuracy: 0.7,
    auc,
    aucPr: 0.65,
    rows: 100,
    ...(group === undefined ? {} : { gauc: gauc(group) }),
  };
}

describe('RelaImpr', () => {
  it("gives the paper's own figures", () => {
    // Table 3 of the paper: Base 0.7300, DIN 0.7337 on MovieLens, 1.61 %; Base 0.8624, DIN 0.8818 on Amazon, 5.35 %.
    expect(relaImpr(0.7337, 0.73)).toBeCloseTo(1.61, 2);
    expect(relaImpr(0.8818, 0.8624)).toBeCloseTo(5.35, 2);
  });

  it('has no value over a coin flip', () => {
    expect(relaImpr(0.7, 0.5)).toBeNaN();
  });
});

describe('a comparison', () => {
  const baselines = new Baselines([{ name: 'mean <rating>', auc: 0.6, gauc: gauc(0.55) }], 100, 0.5);

  it('measures by GAUC against the reference, shows baselines first and the best possible last', () => {
    const comparison = compare({ Base: result(0.8, 0.7), DIN: result(0.82, 0.75) }, { baselines, bestAuc: 0.9 });
    expect(comparison.rows.map(({ name }) => name)).toEqual(['mean <rating>', 'Base', 'DIN', 'best possible']);
    expect(comparison.rows[2].relaImpr).toBeCloseTo(25, 9);
    expect(comparison.rows[1].relaImpr).toBeUndefined();
    const bundle = comparison[DISPLAY]();
    expect(bundle['text/plain']).toMatch(/^DIN +0\.8200 +0\.7500 +0\.6500 +0\.7000 +0\.6000 +\+25\.00 %$/m);
    expect(bundle['text/html']).toContain('>mean &lt;rating&gt;</td>');
  });

  it('measures by AUC where there is no GAUC, and shows a loss as one', () => {
    const comparison = compare({ DIN: result(0.75), Base: result(0.7) }, { reference: 'DIN' });
    expect(comparison.rows[1].relaImpr).toBeCloseTo(-20, 9);
    expect(comparison[DISPLAY]()['text/plain']).toContain('-20.00 %');
  });

  it('of results without an AUC compares what there is', () => {
    const only = { loss: 0.5, rows: 100 };
    const comparison = compare({ a: { ...only, gauc: gauc(0.6) }, b: { ...only, gauc: gauc(0.7) }, c: only });
    expect(comparison.rows.map(({ relaImpr: gain }) => gain)).toEqual([undefined, expect.closeTo(100, 9), undefined]);
    expect(comparison[DISPLAY]()['text/plain']).toContain('AUC is exact, AP average precision');
  });

  it('refuses what cannot be compared', () => {
    expect(() => compare({})).toThrow(/at least one evaluation/);
    expect(() => compare({ Base: result(0.7) }, { reference: 'Bse' })).toThrow(/no result 'Bse'. Did you mean 'Base'/);
    expect(() => compare({ a: result(0.7), b: { ...result(0.7), rows: 99 } })).toThrow(/of 100, 99 rows/);
  });
});

describe('candidates', () => {
  const ids = [5, 5, 5, 7, 9, 9];
  const columns = new Map<string, Column>([
    ['movieId', { type: 'number', values: Float64Array.from(ids) }],
    ['row', { type: 'number', values: Float64Array.from(ids, (_, i) => i) }],
  ]);
  const table = new Table(columns, 'impressions');

  it('are whole rows of different items, the same for the same seed', () => {
    const three = candidatesFor(table, { count: 3, seed: 1 });
    expect([...three.numbers('movieId')].sort()).toEqual([5, 7, 9]);
    for (let i = 0; i < 3; i++) expect(ids[three.numbers('row')[i]]).toBe(three.numbers('movieId')[i]);
    expect(candidatesFor(table, { count: 3, seed: 1 })).toEqual(three);
    const orders = [1, 2, 3, 4, 5, 6].map((seed) => candidatesFor(table, { count: 3, seed }).numbers('row').join());
    expect(new Set(orders).size).toBeGreaterThan(1);
  });

  it('are all items where there are fewer than asked for, and need some row', () => {
    expect([...candidatesFor(table, { count: 4 }).numbers('movieId')].sort()).toEqual([5, 7, 9]);
    expect(() => candidatesFor(table.slice(0, 0))).toThrow(DataError);
    expect(() => candidatesFor(table.slice(0, 0))).toThrow(/impressions has no rows to draw from/);
  });
});
