import { expect, test } from 'vitest';
import { Parameters, parseParameter } from '../../../src/kernel/main/parameters';

test.each([
  ['3', 1, 3],
  ['-1e-3', 1, -0.001],
  ['.5', 1, 0.5],
  ['1_000', 1, 1000],
  ['0x10', 1, 16],
  ['Infinity', 1, Number.POSITIVE_INFINITY],
  ['TRUE', false, true],
  ['false', true, false],
  ['', 'text', ''],
  ['12', 'text', '12'],
  ['12', 1n, 12n],
  ['[1,"a"]', [], [1, 'a']],
  ['{"a":null}', {}, { a: null }],
  ['[1]', null, [1]],
  ['plain words', undefined, 'plain words'],
])('%s replacing %s is %s', (text, standard, value) => {
  expect(parseParameter('p', text, standard)).toEqual(value);
});

test.each([
  ['', 1, 'is not a number'],
  ['3 epochs', 1, 'is not a number'],
  ['1', true, 'is not a boolean'],
  ['1.5', 1n, 'is not a bigint'],
  ['[1', [], 'is not a JSON array'],
  ['{}', [], 'is not a JSON array'],
  ['[]', {}, 'is not a JSON object'],
  ['null', {}, 'is not a JSON object'],
])('%s replacing %s is refused', (text, standard, reason) => {
  expect(() => parseParameter('rate', text, standard)).toThrow(`Parameter 'rate': '${text}' ${reason}`);
});

test('code cannot be replaced by a text', () => {
  expect(() => parseParameter('f', '1', () => 1)).toThrow(/'f'.*is code/);
});

test('params holds defaults and overrides', () => {
  const parameters = new Parameters(new Map([['b', '2']]));
  expect([parameters.bind('a', 1), parameters.bind('b', 0)]).toEqual([1, 2]);
  expect(parameters.values).toEqual({ a: 1, b: 2 });
});
