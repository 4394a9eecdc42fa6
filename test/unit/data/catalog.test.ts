import { describe, expect, it } from 'vitest';
import { Catalog } from '../../../src/din/data';

const catalog = new Catalog(
  'movie',
  [900, 5, 900, 17],
  new Map([
    [5, 'Five'],
    [900, 'Nine Hundred'],
    [6, 'Six'],
  ]),
);

describe('Catalog', () => {
  it('keeps row 0 for padding, one for each id in ascending order, and one for the unknown', () => {
    expect(catalog.size).toBe(5);
    expect([0, 5, 17, 900, 6, 12345].map((id) => catalog.index(id))).toEqual([0, 1, 2, 3, 4, 4]);
    expect([0, 1, 2, 3, 4].map((index) => catalog.id(index))).toEqual([undefined, 5, 17, 900, undefined]);
    expect(catalog.outOfVocabulary).toBe(4);
    expect([catalog.has(5), catalog.has(6)]).toEqual([true, false]);
  });

  it('names rows and ids', () => {
    expect([0, 1, 2, 3, 4].map((index) => catalog.title(index))).toEqual([
      '',
      'Five',
      'movie 17',
      'Nine Hundred',
      'unknown movie',
    ]);
    expect([6, 7].map((id) => catalog.titleOf(id))).toEqual(['Six', 'movie 7']);
  });

  it('refuses rows and ids that cannot be', () => {
    for (const index of [-1, 5, 1.5, Number.NaN]) {
      expect(() => catalog.title(index)).toThrow(/There is no movie row .*: rows are 0 \(padding\) to 4/);
      expect(() => catalog.id(index)).toThrow(/There is no movie row/);
    }
    expect(() => new Catalog('user', [3, 0])).toThrow(/A user id is 0; ids are whole numbers from 1/);
    expect(() => new Catalog('user', [2.5])).toThrow(/A user id is 2\.5/);
  });

  it('survives JSON', () => {
    const again = Catalog.fromJSON(JSON.parse(JSON.stringify(catalog)));
    expect(again.toJSON()).toEqual(catalog.toJSON());
    expect(again.title(1)).toBe('Five');
    expect(again.title(2)).toBe('movie 17');
    expect(again.index(900)).toBe(3);
    expect(() => Catalog.fromJSON({ version: 1, kind: 'movie', ids: [1, 2], titles: ['x'] })).toThrow(/not a catalog/);
    expect(() => Catalog.fromJSON([] as never)).toThrow(/not a catalog/);
  });
});
