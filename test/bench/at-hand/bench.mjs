// `npm run bench -- at-hand`: what is at hand while one works, without a window: printed lines, updates of a display, a table of a million
// rows paged and sorted in the kernel, the variables of a thousand names, the weight of the renderers.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chosenRuntime, root, withBundles } from '../shared.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: flags } = parseArgs({
  options: {
    lines: { type: 'string', default: '1e6' },
    updates: { type: 'string', default: '1e5' },
    rows: { type: 'string', default: '1e6' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log('npm run bench -- at-hand [--lines 1e6] [--updates 1e5] [--rows 1e6] [--json]');
  process.exit(0);
}

await withBundles(here, ['measure'], 2, (folder, bundle) => {
  const args = [join(folder, 'x.dinnb'), JSON.stringify(chosenRuntime()), flags.lines, flags.updates, flags.rows].map(
    String,
  );
  const stdout = execFileSync(process.execPath, ['--expose-gc', bundle('measure'), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const measured = JSON.parse(
    stdout
      .split('\n')
      .find((line) => line.startsWith('@'))
      .slice(1),
  );
  const renderersKB = gzipSync(readFileSync(join(root, 'dist', 'renderers.js'))).length / 1000;
  if (flags.json) console.log(JSON.stringify({ ...measured, renderersKB }));
  else print({ ...measured, renderersKB });
});

function print({ printed, shown, messages, table, refresh, renderersKB }) {
  const count = (text) => Number(text).toLocaleString('en');
  const cell = ({ seconds, hostCpuSeconds, hostMB, kernelMB, kernelCpuSeconds }) =>
    `${seconds.toFixed(1)} s, host ${hostCpuSeconds.toFixed(1)} s of processor, ${hostMB.toFixed(0)} MB more; kernel ${kernelCpuSeconds.toFixed(1)} s, ${kernelMB.toFixed(0)} MB more`;
  const ms = (value) => `${value.toFixed(0)} ms`;
  console.log(`${count(flags.lines)} printed lines: ${cell(printed)}`);
  console.log(`${count(flags.updates)} updates of a display: ${cell(shown)}; ${count(messages)} messages`);
  console.log(
    `table of ${count(flags.rows)} rows: first page ${ms(table.first)} (bar 200), sorted by number, number, text ${table.sorted.map(ms).join(', ')} (bar 1,000), next page ${ms(table.next)}, filtered ${ms(table.filtered)}`,
  );
  console.log(`variables of 1,000 names: ${ms(refresh)} (bar 100)`);
  console.log(`renderers: ${renderersKB.toFixed(0)} KB compressed (bar 450)`);
}
