import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestKernel } from './kernel';

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

test('globals that a cell has replaced are missing for cells only', async () => {
  await kernel.run(`
    const lost: string[] = ['Array', 'Atomics', 'Buffer', 'Error', 'JSON', 'Map', 'Object', 'Promise', 'Reflect', 'RegExp', 'Set',
      'String', 'Symbol', 'Uint8Array', 'WeakMap', 'WeakSet', 'console', 'performance', 'process', 'queueMicrotask',
      'setImmediate', 'setTimeout'];
    for (const name of lost) (globalThis as any)[name] = null;`);
  expect(await kernel.value('Promise')).toBe('null');
  expect(await kernel.value('await (async () => 5)()')).toBe('5');
  expect(await kernel.value('({ a: [1, "x"] })')).toBe("{ a: [ 1, 'x' ] }");
  expect(await kernel.value('let sum = 0; for await (const x of [1, 2]) sum += x; sum')).toBe('3');
  const { outputs } = await kernel.run('display({ "application/json": { a: 1 } })');
  expect(outputs).toMatchObject([{ data: { 'application/json': { a: 1 } } }]);
  const { result } = await kernel.run('null.length');
  expect(result.error?.message).toMatch(/Cannot read properties of null/);
  expect(result.error?.stack).toMatch(/cell \d+:1:6/);
  expect(kernel.deaths).toEqual([]);
});

test.each([
  'Object.keys = Object.entries = null as any; 1',
  'Map.prototype.set = null as any; WeakSet.prototype.has = WeakSet.prototype.add = null as any; 1',
  "for (const name of ['map', 'filter', 'join', 'slice']) (Array.prototype as any)[name] = null; 1",
  'RegExp.prototype.test = RegExp.prototype.exec = null as any; 1',
])('after a cell has broken built-in methods, cells end and the kernel lives: %s', async (sabotage) => {
  const broken = await TestKernel.start();
  try {
    await broken.run(sabotage);
    for (const source of ['1 + 1', '({ a: 1 })', 'throw new TypeError("bad")', 'display({ a: 1 })']) {
      const { result } = await broken.run(source);
      if (!result.ok) expect(result.error?.message, source).toMatch(/bad|restart the kernel|is not a function/);
    }
    expect(broken.deaths).toEqual([]);
  } finally {
    await broken.stop();
  }
});
