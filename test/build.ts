import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Before the tests that drive `dist/`: builds it when any source is newer, so that they never test what was. */
export default function build(): void {
  const root = path.resolve(__dirname, '..');
  execFileSync(process.execPath, ['scripts/build.mjs', '--if-changed'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
