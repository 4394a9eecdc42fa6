import { describe, expect, it } from 'vitest';
import { progress } from '../../../src/kernel/display/progress';
import { render } from '../../../src/kernel/display/render';
import { MIME_PROGRESS, MIME_TABLE, type MimeBundle } from '../../../src/outputs/mime';
import type { TableOutput } from '../../../src/outputs/table';

const shown = (value: unknown) => render(value, undefined) as MimeBundle;
const kinds = (value: unknown) => Object.keys(shown(value));
const tableOf = (value: unknown) => shown(value)[MIME_TABLE] as TableOutput;

describe('records', () => {
  it('are a table: columns in the order in which they appear, what is missing null, the rest as text', () => {
    const day = new Date('2020-02-03T04:05:06Z');
    const table = tableOf([
      { user: 1, clicks: [1, 2], day },
      { user: 2, note: 'x', day: new Date(Number.NaN) },
      { user: Number.NaN, big: 12n, note: null, deep: { a: 1 } },
    ]);
    expect(table).toEqual({
      version: 1,
      rows: 3,
      columns: [
        { name: 'user', type: 'number', values: [1, 2, 'NaN'] },
        { name: 'clicks', type: 'list', values: ['[ 1, 2 ]', null, null] },
        { name: 'day', type: 'date', values: ['2020-02-03T04:05:06.000Z', 'Invalid Date', null] },
        { name: 'note', type: 'string', values: [null, 'x', null] },
        { name: 'big', type: 'bigint', values: [null, null, '12'] },
        { name: 'deep', type: 'object', values: [null, null, '{ a: 1 }'] },
      ],
    });
  });

  it('are cut where they are many, and say so', () => {
    const wide = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`c${i}`, i]));
    const table = tableOf(Array.from({ length: 1000 }, () => wide));
    expect([table.rows, table.columnCount, table.columns.length, table.columns[0]!.values.length]).toEqual([
      1000, 150, 100, 200,
    ]);
  });

  it('run nothing: getters, proxies and cycles', () => {
    let ran = 0;
    const trap = new Proxy({}, { get: () => ran++, ownKeys: () => [String(ran++)] });
    const getter = {
      get a() {
        return ran++;
      },
    };
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(tableOf([getter]).columns[0]!.values).toEqual(['[getter]']);
    expect(tableOf([circle]).columns[0]!.values[0]).toMatch(/Circular|\[Object\]/);
    expect(kinds([trap])).toEqual(['text/plain']);
    expect(kinds(trap)).toEqual(['text/plain']);
    expect(ran).toBe(0);
    expect(kinds(new Proxy([{ a: 1 }], {}))).toEqual(['text/plain']);
  });

  it('are nothing else', () => {
    for (const value of [
      [],
      [1, 2],
      [{}, {}],
      [{ a: 1 }, 2],
      [new Map()],
      [[1], [2]],
      'text',
      null,
      undefined,
      () => 1,
    ]) {
      expect(kinds(value)).toEqual(['text/plain']);
    }
  });
});

describe('JSON', () => {
  const deep = { name: 'x'.repeat(60), list: [1, 2, { a: null }], more: { some: 'y'.repeat(60) } };

  it('is a tree where it is longer than a line', () => {
    expect(shown(deep)['application/json']).toEqual(deep);
    expect(kinds({ a: 1 })).toEqual(['text/plain']);
    expect(kinds(Array.from({ length: 100 }, (_, i) => i))).toEqual(['text/plain']);
  });

  it('is not what JSON would lose', () => {
    const circle = { ...deep, self: {} };
    circle.self = circle;
    for (const odd of [
      { f() {} },
      { n: Number.NaN },
      { u: undefined },
      { d: new Date(0) },
      {
        get g() {
          throw new Error('no');
        },
      },
    ]) {
      expect(kinds({ ...deep, odd })).toEqual(['text/plain']);
    }
    expect(kinds(circle)).toEqual(['text/plain']);
    expect(kinds({ ...deep, many: Array.from({ length: 6000 }, () => 1) })).toEqual(['text/plain']);
  });
});

describe('bytes of pictures', () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGNk+M8ABUxQBgAHAAEEVvOJQwAAAABJRU5ErkJggg==',
    'base64',
  );

  it('are the picture', () => {
    expect(shown(png)).toMatchObject({ 'image/png': png, 'text/plain': expect.stringContaining('PNG picture, 3 × 2') });
    expect(kinds(new Uint8Array(png))).toEqual(['image/png', 'text/plain']);
    expect(kinds(Uint8Array.from(png).buffer)).toEqual(['image/png', 'text/plain']);
    expect(kinds(Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0]))).toEqual(['image/jpeg', 'text/plain']);
    const svg = '<?xml version="1.0"?>\n<!-- a --><svg xmlns="http://www.w3.org/2000/svg"/>';
    expect(shown(Buffer.from(svg))).toMatchObject({ 'image/svg+xml': svg });
    for (const other of [
      Buffer.from('hello'),
      new Uint8Array(0),
      Buffer.from('<html><svg></svg>'),
      Float32Array.of(1),
    ]) {
      expect(kinds(other)).toEqual(['text/plain']);
    }
  });
});

describe('progress', () => {
  function bar() {
    const states: { [name: string]: unknown }[] = [];
    let time = 0;
    const show = (value: MimeBundle) => {
      states.push(value[MIME_PROGRESS] as never);
      return { update: (next: unknown) => void states.push((next as MimeBundle)[MIME_PROGRESS] as never) };
    };
    return { states, show, now: () => time, pass: (ms: number) => (time += ms) };
  }

  it('counts a loop of either kind, at most ten times a second', async () => {
    const { states, show, now, pass } = bar();
    const items = Array.from({ length: 100 }, (_, i) => i);
    const seen: number[] = [];
    for (const item of progress(items, { title: 'rows' }, show, now)) {
      seen.push(item);
      pass(20);
    }
    expect(seen).toEqual(items);
    expect(states.length).toBe(22);
    expect(states[0]).toEqual({ version: 1, title: 'rows', done: 0, total: 100, seconds: 0, state: 'running' });
    expect(states.at(-1)).toEqual({ version: 1, title: 'rows', done: 100, total: 100, seconds: 2, state: 'done' });
    async function* slow() {
      yield* [1, 2, 3];
    }
    states.length = 0;
    for await (const _ of progress(slow(), {}, show, now));
    expect(states.at(-1)).toEqual({ version: 1, done: 3, seconds: 0, state: 'done' });
  });

  it('ends where the loop is left, by a break or an error', async () => {
    const { states, show, now } = bar();
    for (const item of progress(new Set([1, 2, 3]), {}, show, now)) if (item === 2) break;
    expect(states.at(-1)).toMatchObject({ done: 1, total: 3, state: 'stopped' });
    const failing = async () => {
      for await (const _ of progress([1, 2], {}, show, now)) throw new Error('mine');
    };
    await expect(failing()).rejects.toThrow('mine');
    expect(states.at(-1)).toMatchObject({ done: 0, state: 'stopped' });
  });

  it('has no total that is not the number of rounds', () => {
    const { states, show, now } = bar();
    const drawn = (items: Iterable<unknown>, options = {}) => {
      for (const _ of progress(items, options, show, now));
      return states.splice(0).map(({ done, total }) => [done, total]);
    };
    // two characters, three halves
    expect(drawn('a😀')).toEqual([
      [0, 2],
      [2, 2],
    ]);
    expect(drawn([1, 2, 3], { total: 2 })).toEqual([
      [0, 2],
      [3, undefined],
    ]);
    expect(drawn([1, 2], { total: 5 }).at(-1)).toEqual([2, 5]);
    for (const total of [-1, 1.5, Number.NaN, '3', null])
      expect(() => drawn([1], { total }), String(total)).toThrow('display.progress: total must be a whole number');
  });

  it('says what cannot be looped over', () => {
    const { show } = bar();
    for (const value of [5, null, undefined, { length: 3 }]) {
      expect(() => progress(value as never, {}, show)).toThrow('display.progress: the items must be an array');
    }
    const later = progress((async function* () {})(), {}, show);
    expect(() => [...later]).toThrow('come with `for await`');
  });
});
