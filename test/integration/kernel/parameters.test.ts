import ts from 'typescript';
import { afterEach, expect, test } from 'vitest';
import { parameterNames } from '../../../src/protocol/parameters';
import { TestKernel } from './kernel';

const CELL = `
const data = 'simulated'; let batchSize: number = 16 * 16;
export const live = true, sizes = [64, 32], options = { a: 1 };
const folder = data + '/model';
const limit = undefined;`;

let kernel: TestKernel;
afterEach(() => kernel.stop());

const start = async (parameters: { [name: string]: string }, parameterNames?: string[]) => {
  kernel = await TestKernel.start({ parameters, ...(parameterNames ? { parameterNames } : {}) });
};

test('defaults', async () => {
  await start({});
  expect((await kernel.run(CELL, ['parameters'])).result.error).toBeUndefined();
  expect(await kernel.value('[data, batchSize, live, sizes, options, folder, params.batchSize]')).toBe(
    "[ 'simulated', 256, true, [ 64, 32 ], { a: 1 }, 'simulated/model', 256 ]",
  );
});

test('overrides take the type of the default', async () => {
  await start({ data: 'movielens', batchSize: '1e2', live: 'false', sizes: '[8]', options: '{"b":[2]}', limit: '7' });
  const { result } = await kernel.run(CELL, ['parameters']);
  expect(result.error).toBeUndefined();
  const values = await kernel.value('JSON.stringify([data, batchSize, live, sizes, options, folder, limit])');
  expect(values).toBe(`'["movielens",100,false,[8],{"b":[2]},"movielens/model",7]'`);
  expect(await kernel.value('params')).toContain("data: 'movielens'");
});

test.each([
  ['batchSize', 'many', 'a number'],
  ['batchSize', '', 'a number'],
  ['live', 'yes', 'a boolean'],
  ['sizes', '{"a":1}', 'a JSON array'],
  ['options', '[1', 'a JSON object'],
])('%s=%s is refused: it names the parameter, the text and the type wanted', async (name, text, wanted) => {
  await start({ [name]: text });
  const { result } = await kernel.run(CELL, ['parameters']);
  expect(result.error?.message).toContain(`'${name}'`);
  expect(result.error?.message).toContain(`'${text}' is not ${wanted}`);
  expect(result.error?.stack).toMatch(/cell 1:[23]:/);
});

test('an override that the notebook does not declare fails and lists what there is', async () => {
  await start({ epochz: '3' });
  const { result } = await kernel.run('const epochs = 5; const seed = 1', ['parameters']);
  expect(result.error?.message).toBe("unknown parameter 'epochz'; this notebook has: epochs, seed");
});

test('several parameters cells, when the host knows all names', async () => {
  const [first, second] = ['const epochs = 5', 'const seed = 1'];
  const names = [first, second].flatMap((source) => parameterNames(ts, source!));
  await start({ seed: '9' }, names);
  expect((await kernel.run(first!, ['parameters'])).result.error).toBeUndefined();
  expect((await kernel.run(second!, ['parameters'])).result.error).toBeUndefined();
  expect(await kernel.value('[params.epochs, seed]')).toBe('[ 5, 9 ]');
});

test('a cell without the tag declares no parameters', async () => {
  await start({ seed: '9' });
  await kernel.run('const seed = 1');
  expect(await kernel.value('[seed, params.seed]')).toBe('[ 1, undefined ]');
});
