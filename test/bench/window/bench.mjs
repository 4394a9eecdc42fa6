// `npm run bench -- window`: what the window of a real VS Code (code-server, in a browser without a graphics processor) takes: activation,
// a plotly figure of 1e5 points, and its longest frame while a cell updates a display and prints.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { percentile, root } from '../shared.mjs';

const { values: flags } = parseArgs({
  options: {
    windows: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log('npm run bench -- window [--windows 5] [--json]');
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'dinnb-window-'));
try {
  const MEASURED = join(folder, 'measured.json');
  const args = ['run', '--config', 'test/bench/window/vitest.config.mts', '--reporter=dot'];
  const { status } = spawnSync(process.execPath, [join('node_modules', 'vitest', 'vitest.mjs'), ...args], {
    cwd: root,
    env: { ...process.env, MEASURED, WINDOWS: flags.windows },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('The window could not be measured.');
  const { activation, figures, frames } = JSON.parse(readFileSync(MEASURED, 'utf8'));
  if (flags.json) console.log(JSON.stringify({ activation, figures, frames }));
  else {
    const ms = (value) => `${Math.round(value)} ms`;
    console.log(`activation: ${ms(percentile(activation, 0.5))} (${activation.map(ms).join(', ')}; bar 100)`);
    for (const [mode, value] of Object.entries(figures))
      console.log(`plotly, 1e5 points, ${mode}: ${ms(value)} (bar 1,000)`);
    for (const [what, value] of Object.entries(frames)) console.log(`${what}: longest frame ${ms(value)} (bar 100)`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
