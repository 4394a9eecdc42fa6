// `npm run bench -- language`: what the editor waits for while one types in a notebook of 100 cells, and what that costs; TypeScript's own
// server on the same cells as one file, in the same run.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { percentile, root, withBundles } from '../shared.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: flags } = parseArgs({
  options: {
    cells: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    words: { type: 'string', default: '30' },
    only: { type: 'string', default: 'dinnb,tsserver' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log(
    'npm run bench -- language [--cells 100] [--rounds 3] [--words 30 a round] [--only dinnb,tsserver] [--json]',
  );
  process.exit(0);
}

/** What is wanted; the last column is of the 95th percentile where there is one, else of the median. */
const MEASURES = [
  ['first', 'first completion after opening', 1500, 0.5],
  ['firstCpu', '  of it on processors', 0, 0.5],
  ['completion', 'completion while typing', 100, 0.95],
  ['error', 'an error underlined after the last key', 500, 0.95],
  ['memory', 'memory, MB', 200, 0.5],
  ['peak', 'memory at its highest, MB', 200, 0.5],
  ['blocked', 'extension host blocked at the longest', 50, 0.5],
];

await withBundles(here, ['dinnb', 'tsserver'], 3, (folder, bundle) => {
  const input = join(folder, 'input.json');
  // In a folder of its own, as people's are: beside this project's packages all of these could be imported.
  const notebook = join(folder, 'work', 'bench.dinnb');
  mkdirSync(dirname(notebook));
  writeFileSync(
    input,
    JSON.stringify({ root, notebook, cells: cells(Number(flags.cells)), words: Number(flags.words) }),
  );
  const results = {};
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const name of flags.only.split(',')) {
      const found = JSON.parse(execFileSync(process.execPath, [bundle(name), input], { encoding: 'utf8' }));
      results[name] ??= {};
      for (const [measure, values] of Object.entries(found)) {
        results[name][measure] ??= [];
        results[name][measure].push(...[values].flat());
      }
    }
  }
  if (flags.json) console.log(JSON.stringify(results));
  else print(results);
});

/** The sample notebook, and cells as they follow one another while somebody tries things. */
function cells(count) {
  const sample = JSON.parse(readFileSync(join(root, 'notebooks', 'din-movielens.dinnb'), 'utf8'));
  const found = sample.cells
    .filter(({ kind }) => kind === 'code')
    .map(({ source, tags }) => ({
      source: [source].flat().join('\n'),
      parameters: tags?.includes('parameters') ?? false,
    }));
  for (let at = found.length; at < count; at++) {
    const source = [
      `const rate${at} = 0.01 * ${at};`,
      `const matrix${at} = tf.tensor2d([[${at}, 2], [3, 4]]).mul(rate${at});`,
      `function half${at}(x: number): number { return x / 2; }`,
      `console.log(half${at}(rate${at}), matrix${at}.shape);`,
    ];
    found.push({ source: source.join('\n'), parameters: false });
  }
  return found.slice(0, count);
}

function print(results) {
  console.log(
    `${flags.cells} cells, ${flags.rounds} rounds of ${flags.words} words, turn by turn; ${cpus().length} processors; milliseconds`,
  );
  for (const [name, found] of Object.entries(results)) {
    console.log(`${name}${' '.repeat(46 - name.length)}median     p95  wanted`);
    for (const [measure, text, wanted, part] of MEASURES) {
      const values = found[measure];
      if (!values) continue;
      const numbers = [0.5, 0.95].map((share) => percentile(values, share).toFixed(0).padStart(7));
      console.log(
        `  ${text.padEnd(42)} ${numbers.join(' ')} ${wanted === 0 ? '' : String(wanted).padStart(7)}${wanted > 0 && percentile(values, part) > wanted ? '  missed' : ''}`,
      );
    }
  }
  console.log(
    'tsserver has no cells: no name declared again, no `params`, no error by its cell, an import hides nothing because all is one file;\n' +
      'tf and din are declared in it, and it reads the same declarations.',
  );
}
