import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseNotebook } from '../../../src/notebook/parse';
import { Workspace } from './command';

/** Every sample notebook runs on both backends and passes `dinnb check` twice, with equal certificates. */
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

/** WebAssembly is three times as slow: there, less data and fewer epochs, of the same cells. */
const LESS: [RegExp, string][] = [
  [/\b40_000\b/, '8_000'],
  [/\b12_000\b/, '4_000'],
  [/epochs: [46]\b/, 'epochs: 1'],
];

interface Sample {
  backend: string;
  name: string;
  parameters?: string[];
  less?: boolean;
  holds?(text: string): void;
}

const samples: Sample[] = [
  { backend: 'native', name: 'getting-started' },
  { backend: 'wasm', name: 'getting-started' },
  { backend: 'native', name: 'din-movielens', parameters: ['epochs=1'] },
  { backend: 'wasm', name: 'din-movielens', parameters: ['epochs=1', 'batchSize=256'] },
  {
    backend: 'native',
    name: 'your-own-data',
    holds(text) {
      expect(auc(text, 'DIN')).toBeGreaterThan(auc(text, 'Base model'));
      expect(text).toMatch(/user shopper-\d+, score 0\.\d+/);
      expect(text).toMatch(/Stove \d+|Boot \d+|Bike \d+/);
    },
  },
  { backend: 'wasm', name: 'your-own-data', less: true },
  {
    backend: 'native',
    name: 'your-own-model',
    holds(text) {
      expect(auc(text, 'DIN, clicks and purchases')).toBeGreaterThan(auc(text, 'DIN, clicks') + 0.01);
      expect(text).toMatch(/Purchases, by the product on show/);
      expect(text).toMatch(/the same predictions: true/);
    },
  },
  { backend: 'wasm', name: 'your-own-model', less: true },
];

it.each(samples)(
  '$name on $backend comes out the same, twice, with equal certificates',
  {
    timeout: 900_000,
  },
  async ({ backend, name, parameters = [], less, holds }) => {
    const file = `${name}-${backend}.dinnb`;
    let text = readFileSync(path.join(__dirname, '../../../notebooks', `${name}.dinnb`), 'utf8');
    if (less) for (const [pattern, smaller] of LESS) text = text.replace(pattern, smaller);
    space.write(file, text);
    const flags = parameters.flatMap((parameter) => ['--param', parameter]);
    const ran = await space.dinnb('run', file, '--out', file, '--backend', backend, ...flags);
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    holds?.(outputsOf(file));
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
  },
);
