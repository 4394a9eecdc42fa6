import { expect, it } from 'vitest';
import { compileCell } from '../../../src/kernel/compile/compile';
import { diagnose } from '../../../src/language/diagnostics';
import { TOO_DEEP } from '../../../src/language/half-typed';
import { programOf } from './notebook';

/** Where the kernel refuses a cell as nested too deeply. */
function refusedAt(source: string): { line: number; column: number } | undefined {
  const result = compileCell(source, { run: 1, parameters: false });
  const problem = result.ok ? undefined : result.problems.find(({ message }) => message === TOO_DEEP);
  return problem && { line: problem.line, column: problem.column };
}

/** Where the editor underlines it as that, in whichever cell. */
function underlinedAt(...sources: string[]): { cell: number; line: number; column: number }[] {
  return diagnose(programOf(sources))
    .filter(({ message }) => message === TOO_DEEP)
    .map(({ cell, start }) => {
      const before = sources[cell]!.slice(0, start).split('\n');
      return { cell: cell + 1, line: before.length, column: before.at(-1)!.length + 1 };
    });
}

// A compiler's stack is smaller here than in the kernel: what it could not follow in either is not what is tried.
const NESTED: readonly [open: string, close: string][] = [
  ['{', '}'],
  ['if (1) ', ''],
  ['if (1) {', '}'],
  ['while (0) ', ''],
  ['function f() {', '}'],
  ['namespace A {', '}'],
  ['(() => {', '})()'],
  ['<a>', '</a>'],
];
const nested = ([open, close]: (typeof NESTED)[number], times: number) =>
  `let fine = 1;\n${open.repeat(times)};${close.repeat(times)}`;

it.each(NESTED)(
  'too many of %s %s are refused where they become too many, by the kernel and by the editor',
  (...kind) => {
    const source = nested(kind, 1400);
    const place = refusedAt(source);
    expect(place?.line).toBe(2);
    expect(place!.column).toBeGreaterThan(300 * kind[0].length);
    expect(place!.column).toBeLessThan(1001 * kind[0].length + 10);
    expect(underlinedAt('const other = [[1]];', source, 'other')).toEqual([{ cell: 2, ...place }]);
  },
);

it('an object is refused at the same place', () => {
  const source = `{a:`.repeat(1100) + '1' + '}'.repeat(1100);
  const place = refusedAt(source);
  expect(place).toEqual({ line: 1, column: expect.any(Number) });
  expect(underlinedAt(source)).toEqual([{ cell: 1, ...place }]);
});

it.each([
  ['properties', `a${'.a'.repeat(20_000)}`],
  ['calls', `x${'.f()'.repeat(20_000)}`],
  ['sums', `1${' + 1'.repeat(20_000)}`],
  ['else if', `${'if (0); else '.repeat(20_000)};`],
])('a chain of too many %s is refused at once, and underlined', (_, source) => {
  const place = refusedAt(source);
  expect(place?.line).toBe(1);
  expect(underlinedAt(source)).toEqual([{ cell: 1, ...place }]);
});

// That the kernel runs it is tested with a real one (`errors.test.ts`), whose compiler has its own stack.
it('what people and generators write is not underlined', () => {
  const chains = [
    'if (0); else '.repeat(1200),
    `let s = ${'1 + '.repeat(1200)}1`,
    `let t = ${'0 ? 0 : '.repeat(400)}1`,
  ];
  for (const source of [...NESTED.map((kind) => nested(kind, 200)), ...chains.map((chain) => `${chain};`)])
    expect(underlinedAt(source), source.slice(0, 40)).toEqual([]);
});
