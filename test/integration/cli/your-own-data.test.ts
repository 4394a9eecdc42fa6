import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = path.resolve(__dirname, '../../..');

it('the notebook on one`s own data runs from a raw log to an attention map with item names', async () => {
  const args = [path.join(root, 'dist/dinnb.js'), 'run', path.join(root, 'notebooks/your-own-data.dinnb'), '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 28 });
  const result = JSON.parse(stdout) as { ok: boolean; cells: { outputs: Record<string, unknown>[] }[] };
  expect(result.ok).toBe(true);
  const texts = result.cells.flatMap(({ outputs }) => outputs.map((output) => String(output['text/plain'] ?? '')));
  const auc = (name: string) => Number(new RegExp(`^${name} +(0\\.\\d+)`, 'm').exec(texts.join('\n'))?.[1]);
  expect(auc('DIN')).toBeGreaterThan(auc('Base model'));
  expect(texts.join('\n')).toMatch(/user shopper-\d+, score 0\.\d+/);
  expect(texts.join('\n')).toMatch(/Stove \d+|Boot \d+|Bike \d+/);
});
