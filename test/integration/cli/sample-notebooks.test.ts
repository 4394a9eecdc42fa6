import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = path.resolve(__dirname, '../../..');

async function run(name: string): Promise<string> {
  const args = [path.join(root, 'dist/dinnb.js'), 'run', path.join(root, 'notebooks', name), '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 28 });
  const result = JSON.parse(stdout) as { ok: boolean; cells: { outputs: Record<string, unknown>[] }[] };
  expect(result.ok).toBe(true);
  return result.cells
    .flatMap(({ outputs }) => outputs.map((output) => String(output['text/plain'] ?? Object.values(output)[0])))
    .join('\n');
}

const auc = (text: string, name: string) => Number(new RegExp(`^${name} +(0\\.\\d+)`, 'm').exec(text)?.[1]);

it('the notebook on one`s own data runs from a raw log to an attention map with item names', async () => {
  const text = await run('your-own-data.dinnb');
  expect(auc(text, 'DIN')).toBeGreaterThan(auc(text, 'Base model'));
  expect(text).toMatch(/user shopper-\d+, score 0\.\d+/);
  expect(text).toMatch(/Stove \d+|Boot \d+|Bike \d+/);
});

it('the notebook on one`s own model defines one, and it is better for its second history', async () => {
  const text = await run('your-own-model.dinnb');
  expect(auc(text, 'DIN, clicks and purchases')).toBeGreaterThan(auc(text, 'DIN, clicks') + 0.01);
  expect(text).toMatch(/Purchases, by the product on show/);
  expect(text).toMatch(/the same predictions: true/);
});
