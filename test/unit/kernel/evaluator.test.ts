import { Session } from 'node:inspector';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { compileCell } from '../../../src/kernel/compile/compile';
import { NAMES } from '../../../src/kernel/compile/names';
import { type Evaluation, Evaluator } from '../../../src/kernel/main/evaluator';

let evaluator: Evaluator;
/** Size of everything that the inspector was told and answered, in characters. */
let traffic = 0;
/** What the cell handed over. */
let handed: unknown;

beforeAll(() => {
  const hidden = {
    [NAMES.value]: (it: unknown) => {
      handed = it;
    },
    [NAMES.tick]: () => {},
    [NAMES.hold]: (value: unknown) => Promise.resolve(value),
    [NAMES.check]: (value: unknown) => value,
  };
  for (const [name, value] of Object.entries(hidden)) Object.defineProperty(globalThis, name, { value });
  const post = Session.prototype.post as (method: string, params: object, callback?: Callback) => void;
  vi.spyOn(Session.prototype, 'post').mockImplementation(function (this: Session, ...sent: unknown[]) {
    const [method, params, callback] = sent as [string, object, Callback | undefined];
    traffic += JSON.stringify(params).length;
    post.call(this, method, params, (error, answer) => {
      traffic += JSON.stringify(answer ?? null).length;
      callback?.(error, answer);
    });
  });
  evaluator = new Evaluator();
});

type Callback = (error: Error | null, answer?: object) => void;

async function evaluate(source: string): Promise<Evaluation> {
  const compiled = compileCell(source, { run: 1, parameters: false });
  if (!compiled.ok) throw new Error(compiled.problems[0]!.message);
  traffic = 0;
  handed = undefined;
  const { code: expression, vars } = compiled.cell;
  return new Promise((resolve) => evaluator.evaluate({ expression, vars }, resolve));
}

describe('a long string as the value of a cell does not pass through the inspector', () => {
  const text = 'x'.repeat(1_000_000);
  const long = "'x'.repeat(1_000_000)";
  test.each([
    long,
    `${long};`,
    `await Promise.resolve(${long})`,
    `${long}\ninterface Late { a: 1 }`,
    `export default ${long}`,
    `export = ${long}`,
  ])('%s', async (source) => {
    const { outcome, thrown } = await evaluate(source);
    expect(thrown).toBeUndefined();
    expect(outcome).toBe('ok');
    expect(handed === text).toBe(true);
    expect(traffic).toBeLessThan(10_000);
  });
});

test.each([
  ["'short'", 'short'],
  ["'x'; for (; false; ) {}", undefined],
  ["'x'; if (false) 'y'", undefined],
  ["'x'; switch (1) {}", undefined],
  ["'x'; try {} finally {}", undefined],
  ["'x'; while (true) break", undefined],
  ["'x'; void 0", undefined],
  ["'x'; const quiet = 'y'", undefined],
  ["'lone \\ud800'", 'lone \ud800'],
  ["'\\ud800' + 'x'.repeat(2000)", `\ud800${'x'.repeat(2000)}`],
  ['12n', 12n],
  ['-0', -0],
  ['null', null],
])('the value of %s', async (source, expected) => {
  const { outcome } = await evaluate(source);
  expect(outcome).toBe('ok');
  expect(handed).toBe(expected);
});

test('a thrown string passes through the inspector once, not back again', async () => {
  const { outcome, thrown } = await evaluate("throw 'x'.repeat(1_000_000)");
  expect(outcome).toBe('failed');
  expect(thrown?.it === 'x'.repeat(1_000_000)).toBe(true);
  // V8 describes an exception twice: as text and as value
  expect(traffic).toBeLessThan(2_100_000);
});

test('a var keeps its value when its cell runs again, and is declared when it has none', async () => {
  const counting = 'var count = (count ?? 0) + 1; count';
  for (const expected of [1, 2, 3]) {
    expect((await evaluate(counting)).outcome).toBe('ok');
    expect(handed).toBe(expected);
  }
  for (const before of ['let other = 5', 'class other {}', 'function other() {}', 'enum other { A }']) {
    await evaluate(before);
    expect((await evaluate('var other = 6; other')).outcome, before).toBe('ok');
    expect(handed).toBe(6);
  }
  expect((await evaluate('const broken = (() => { throw 1 })()')).outcome).toBe('failed');
  expect((await evaluate('var broken = 2; broken')).outcome).toBe('ok');
  expect(handed).toBe(2);
});
