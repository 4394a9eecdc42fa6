import { expect, test } from 'vitest';
import { compileCell } from '../../../src/kernel/compile/compile';
import { describeError } from '../../../src/kernel/errors/describe';
import { ErrorMapper, syntaxError } from '../../../src/kernel/errors/map';
import { SourceMaps } from '../../../src/kernel/errors/source-maps';

function mapperFor(source: string, run = 5) {
  const maps = new SourceMaps();
  const compiled = compileCell(source, { run, parameters: false });
  if (!compiled.ok) throw new Error('does not compile');
  maps.addCell(run, source, compiled.cell.map);
  return { maps, mapper: new ErrorMapper(maps, '/opt/dinnb/dist/kernel') };
}

test('places in compiled cells become places in cells; frames of the kernel and of Node go', () => {
  const { mapper } = mapperFor('type A = 1\n\nfail()');
  const error = mapper.error({
    name: 'RangeError',
    message: 'bad',
    frames: [
      '    at fail (/home/me/node_modules/pkg/index.js:1:2)',
      '    at dinnb:/cell/5:2:1',
      '    at Session.post (node:inspector:130:28)',
      '    at run (/opt/dinnb/dist/kernel/main.js:10:2)',
      '    at node:internal/main/run:1:1',
    ],
    details: '',
  });
  expect(error.stack).toBe(
    'RangeError: bad\n    at fail (/home/me/node_modules/pkg/index.js:1:2)\n    at cell 5:3:1\n\n3 | fail()\n    ^',
  );
});

test("a function of JavaScript's own goes with the frame that called it, and stays with a cell's", () => {
  const { mapper } = mapperFor('type A = 1\n\nfail()');
  const frames = [
    '    at JSON.parse (<anonymous>)',
    '    at read (dinnb:/cell/5:2:1)',
    '    at Array.map (<anonymous>)',
    '    at /opt/dinnb/dist/din.js:10:2',
    '    at new Promise (<anonymous>)',
    '    at Array.forEach (<anonymous>)',
    '    at fit (/opt/dinnb/dist/kernel/main.js:10:2)',
    '    at async Promise.all (index 0)',
    '    at dinnb:/cell/5:2:1',
  ];
  const { stack } = mapper.error({ name: 'Error', message: 'bad', frames, details: '' });
  expect(stack.split('\n').slice(1, 7)).toEqual([
    '    at JSON.parse (<anonymous>)',
    '    at read (cell 5:3:1)',
    '    at Array.map (<anonymous>)',
    '    at /opt/dinnb/dist/din.js:10:2',
    '    at async Promise.all (index 0)',
    '    at cell 5:3:1',
  ]);
});

test('an error without a frame in a cell gets the place that is known otherwise', () => {
  const { mapper } = mapperFor('1');
  expect(mapper.error({ name: 'Error', message: 'm', frames: [], details: '' }, 'cell 3:1:1').stack).toBe(
    'Error: m\n    at cell 3:1:1',
  );
});

test('versioned workspace files lose their version, other files their scheme', () => {
  const { maps, mapper } = mapperFor('1');
  const map = { version: 3, sources: ['a.ts'], names: [], mappings: 'AAAA;AACA' };
  maps.addFile('file:///home/me/a.ts?dinnb=abc', JSON.stringify(map));
  expect(
    mapper.text('    at f (file:///home/me/a.ts?dinnb=abc:2:1)\n    at g (file:///home/me/b.mjs?dinnb=12.5:3:4)'),
  ).toContain('at f (/home/me/a.ts:2:1)');
});

test('text that speaks of no cell is left alone', () => {
  const { mapper } = mapperFor('1');
  expect(mapper.text('    at node:internal/x\nplain')).toBe('    at node:internal/x\nplain');
});

test('a run whose map is gone is named as unknown, not wrongly', () => {
  const { maps, mapper } = mapperFor('1', 5);
  maps.addCell(5 + 2000, '', '{}');
  expect(mapper.text('at dinnb:/cell/5:2:1')).toBe('at cell ?');
});

test('a code frame keeps tabs, so that the mark is below its place', () => {
  const error = syntaxError({ message: "')' expected.", line: 2, column: 4 }, 'a\n\tf(b c', 6);
  expect(error.stack).toBe("SyntaxError: ')' expected. (cell 6:2:4)\n    at cell 6:2:4\n\n2 | \tf(b c\n    \t  ^");
});

test('of a very long line a code frame shows what is around the place', () => {
  const { stack } = syntaxError({ message: 'm', line: 1, column: 5001 }, `${'a'.repeat(5000)}X${'b'.repeat(5000)}`, 1);
  const [line, mark] = stack.split('\n').slice(-2) as [string, string];
  expect(line.length).toBeLessThan(200);
  expect(line[mark.indexOf('^')]).toBe('X');
  expect(line).toMatch(/^1 \| …a+Xb+…$/);
});

test('describing: messages that look like frames, causes, aggregates', () => {
  const error = new TypeError('first\n    at the second line', {
    cause: new AggregateError([new Error('a'), 'b'], 'both'),
  });
  const seen = describeError(error);
  expect(seen).toMatchObject({ name: 'TypeError', message: 'first\n    at the second line' });
  expect(seen.frames.join('\n')).not.toContain('the second line');
  expect(seen.details).toMatch(
    /^Caused by: AggregateError: both\n[\s\S]*Error 1 of 2: Error: a\n[\s\S]*Error 2 of 2: Error: A value that is not an Error was thrown: 'b'/,
  );
});

test('describing what resists', () => {
  const hostile = new Error('x');
  for (const key of ['stack', 'name', 'message', 'cause']) {
    Object.defineProperty(hostile, key, {
      get() {
        throw new Error('no');
      },
    });
  }
  expect(describeError(hostile)).toMatchObject({ name: 'Error', message: '(its message cannot be read)', frames: [] });
  const proxy = new Proxy(
    {},
    {
      get() {
        throw new Error('no');
      },
      getPrototypeOf() {
        throw new Error('no');
      },
    },
  );
  expect(describeError(proxy).message).toContain('not an Error');
  expect(describeError(undefined).message).toContain('undefined');
});
