import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notebookOf, writeNotebook } from './harness/documents';
import { eventually } from './harness/eventually';
import { projectRoot, startVsCode } from './harness/vscode';
import type { SmokeReport } from './smoke/suite';

/** The executable of a desktop VS Code, or a version to download: `stable`, `insiders`, `1.120.0`. */
const DESKTOP = process.env.DINNB_VSCODE;
if (!DESKTOP)
  console.error(
    'SKIPPED: the extension in a desktop VS Code. Set DINNB_VSCODE to its executable, or to a version to download (stable).',
  );
const ON_WINDOWS = process.platform === 'win32';
if (ON_WINDOWS) console.error('SKIPPED: the smoke test in code-server, which does not run on Windows.');

const report = (folder: string): SmokeReport => JSON.parse(readFileSync(path.join(folder, 'smoke.json'), 'utf8'));

function writeSmokeNotebook(folder: string): void {
  writeNotebook(
    path.join(folder, 'smoke.dinnb'),
    notebookOf(
      'const total: number = tf.tensor([1, 2, 3]).sum().arraySync() as number;\ntotal',
      "throw new RangeError('no such row');",
    ),
  );
}

describe('an extension host', () => {
  let temporary: string;
  let suite: string;

  beforeAll(async () => {
    temporary = mkdtempSync(path.join(os.tmpdir(), 'dinnb-smoke-'));
    suite = path.join(temporary, 'suite.cjs');
    await build({
      entryPoints: [path.join(__dirname, 'smoke', 'suite.ts')],
      outfile: suite,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['vscode'],
      logLevel: 'warning',
    });
  });
  afterAll(() => rmSync(temporary, { recursive: true, force: true, maxRetries: 3 }));

  it.skipIf(!DESKTOP)('of a desktop VS Code runs, shows and saves a notebook', async () => {
    const workspace = path.join(temporary, 'workspace');
    mkdirSync(workspace);
    writeSmokeNotebook(workspace);
    const vscodeExecutablePath = existsSync(DESKTOP!) ? DESKTOP! : await downloadAndUnzipVSCode(DESKTOP!);
    // Short: the sockets of a desktop VS Code lie in its user folder, and their paths may be 103 characters long.
    const user = mkdtempSync(path.join(os.tmpdir(), 'dc-'));
    try {
      await runTests({
        vscodeExecutablePath,
        extensionDevelopmentPath: projectRoot,
        extensionTestsPath: suite,
        launchArgs: [
          workspace,
          ...['--user-data-dir', user, '--extensions-dir', path.join(user, 'extensions')],
          ...['--disable-extensions', '--disable-telemetry', '--disable-workspace-trust'],
        ],
      });
    } finally {
      rmSync(user, { recursive: true, force: true, maxRetries: 3 });
    }
    expect(report(workspace)).toMatchObject({ ok: true });
  });

  // The same suite in the editor that the other tests drive: where no desktop is given, it is at least known to pass.
  it.skipIf(ON_WINDOWS)('of code-server runs, shows and saves a notebook', async () => {
    const manifest = { publisher: 'tests', name: 'smoke', version: '0.0.1', engines: { vscode: '^1.100.0' } };
    writeFileSync(
      path.join(temporary, 'package.json'),
      JSON.stringify({ ...manifest, main: './suite.cjs', activationEvents: ['onStartupFinished'] }),
    );
    // The suite starts when the folder is trusted, and needs its notebook then.
    const code = await startVsCode({ beside: [temporary], trusted: false });
    try {
      writeSmokeNotebook(code.workspace);
      await code.trust();
      await eventually(async () => expect(report(code.workspace)).toMatchObject({ ok: true }));
    } finally {
      await code.screenshot('smoke');
      await code.stop();
    }
  });
});
