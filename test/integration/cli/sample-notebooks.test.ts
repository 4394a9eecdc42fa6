import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseNotebook } from '../../../src/notebook/parse';
import { Workspace } from './command';

/** What the sample notebooks say is so; and each passes `dinnb check` twice on both backends, with equal certificates. */
let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.remove());

const read = (file: string) => parseNotebook(space.read(file), file);
const outputsOf = (file: string) =>
  read(file)
    .cells.flatMap(({ outputs }) =>
      outputs.map((output) => ('data' in output ? output.data['text/plain'] : 'text' in output ? output.text : '')),
    )
    .join('\n');
const auc = (text: string, name: string) => Number(new RegExp(`^${name} +(0\\.\\d+)`, 'm').exec(text)?.[1]);

const notebook = (name: string) => readFileSync(path.join(__dirname, '../../../notebooks', `${name}.dinnb`), 'utf8');

async function run(file: string, ...flags: string[]): Promise<string> {
  const ran = await space.dinnb('run', file, '--out', file, ...flags);
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  return outputsOf(file);
}

it('the notebook on one`s own data goes from a raw log to an attention map with item names', async () => {
  const text = await run(space.write('own-data.dinnb', notebook('your-own-data')));
  expect(auc(text, 'DIN')).toBeGreaterThan(auc(text, 'Base model'));
  expect(text).toMatch(/user shopper-\d+, score 0\.\d+/);
  expect(text).toMatch(/Stove \d+|Boot \d+|Bike \d+/);
});

it('the notebook on one`s own model defines one, and it is better for its second history', async () => {
  const text = await run(space.write('own-model.dinnb', notebook('your-own-model')));
  expect(auc(text, 'DIN, clicks and purchases')).toBeGreaterThan(auc(text, 'DIN, clicks') + 0.01);
  expect(text).toMatch(/Purchases, by the product on show/);
  expect(text).toMatch(/the same predictions: true/);
});

it('the code that the README shows for one`s own log runs as it stands there', async () => {
  const readme = readFileSync(path.join(__dirname, '../../../README.md'), 'utf8');
  const code = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)]
    .map(([, block]) => block!)
    .find((block) => /events\.csv/.test(block));
  const log = ['shopper,product,kind,time,clicked'];
  for (let i = 0; i < 2000; i++) log.push(`s${i % 40},p${i % 60},k${i % 6},${1_700_000_000 + 60 * i},${i % 3 ? 0 : 1}`);
  space.write('events.csv', log.join('\n'));
  const text = await run(space.notebook('readme.dinnb', code!));
  expect(text).toMatch(/gauc: \{ value: [\d.]+/);
});

/** Every cell as it is, of less data and fewer epochs: three runs of each on two backends would take ten minutes. */
const LESS: Record<string, [string, string][]> = {
  'getting-started': [
    ['rows: 12_000', 'rows: 3_000'],
    ['epochs: 4', 'epochs: 2'],
  ],
  'din-movielens': [
    ['din.data.load(params.data, {', 'din.data.simulated({ rows: 3_000,'],
    ['epochs = 5', 'epochs = 2'],
    ['batchSize = 12', 'batchSize = 128'],
  ],
  'your-own-data': [
    ['40_000', '8_000'],
    ['epochs: 4', 'epochs: 1'],
  ],
  'your-own-model': [
    ['12_000', '3_000'],
    ['epochs: 6', 'epochs: 1'],
  ],
};

const samples = Object.keys(LESS).flatMap((name) => ['native', 'wasm'].map((backend) => ({ name, backend })));

it.each(samples)('$name on $backend comes out the same, twice, with equal certificates', async ({ name, backend }) => {
  let text = notebook(name);
  for (const [much, less] of LESS[name]!) {
    expect(text).toContain(much);
    text = text.replaceAll(much, less);
  }
  const file = space.write(`${name}-${backend}.dinnb`, text);
  await run(file, '--backend', backend);
  const certificates = [];
  for (let time = 0; time < 2; time++) {
    const checked = await space.dinnb('check', file, '--backend', backend);
    expect(checked.code, checked.stdout + checked.stderr).toBe(0);
    certificates.push(read(file).unknown.certificate);
  }
  expect(certificates[0]).toMatchObject({
    content: expect.stringMatching(/^[0-9a-f]{64}$/),
    reproduced: [{ backend }],
  });
  expect(certificates[1]).toEqual(certificates[0]);
});
