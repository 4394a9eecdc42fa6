import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../../src/tensorflow';

/** The real thing once: libtensorflow out of the real wheel, the addon built, in a cache of its own. */
const root = path.resolve(__dirname, '..', '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'dinnb-install-'));
const cache = path.join(folder, 'cache');
const installations = path.join(cache, 'tensorflow');
// Inside the package, so that the bundle finds node_modules as dist/ does.
const program = path.join(root, 'node_modules', `.dinnb-install-test-${process.pid}.cjs`);

const lacking = ['pip3', 'g++', 'make'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
if (lacking.length > 0)
  console.warn(`SKIPPED: installing TensorFlow needs ${lacking.join(', ')}, which this machine lacks.`);

function runtime(node: string, call: string, env: NodeJS.ProcessEnv = {}): ChildProcess & { output: string } {
  const { DINNB_TENSORFLOW: _named, ...inherited } = process.env;
  const child = spawn(node, [program, call], { env: { ...inherited, DINNB_CACHE: cache, ...env } });
  const running = Object.assign(child, { output: '' });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      running.output += text;
    });
  }
  return running;
}

async function answer(
  node: string,
  call: string,
  env?: NodeJS.ProcessEnv,
): Promise<{ value: unknown; output: string }> {
  const child = runtime(node, call, env);
  await once(child, 'close');
  const line = child.output.split('\n').findLast((text) => text.startsWith('{'));
  if (!line) throw new Error(`${call} gave nothing: ${child.output}`);
  return { value: JSON.parse(line), output: child.output };
}

async function says(child: ChildProcess & { output: string }, text: string): Promise<void> {
  while (!child.output.includes(text)) {
    if (child.exitCode !== null) throw new Error(`ended without saying "${text}": ${child.output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(async () => {
  await build({
    stdin: {
      contents: `
        import { doctor, installRuntime, selectRuntime } from './src/tensorflow';
        const progress = ({ message }) => console.log(message);
        const calls = {
          install: () => installRuntime({ progress, consent: async () => true, steps: ['existing', 'official', 'wheel'] }),
          select: () => selectRuntime('native'),
          doctor: () => doctor(),
        };
        calls[process.argv[2]]().then((value) => console.log(JSON.stringify(value)), (error) => console.log(JSON.stringify({ error: error.message })));
      `,
      resolveDir: root,
    },
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    banner: { js: "const __moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': '__moduleUrl' },
  });
});

afterAll(async () => {
  await rm(program, { force: true });
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(lacking.length > 0)('a real installation', () => {
  it('killed while it unpacks, it is none; run again, it clears up and completes', { timeout: 400_000 }, async () => {
    const killed = runtime(process.execPath, 'install');
    await says(killed, 'Unpacking libtensorflow');
    killed.kill('SIGKILL');
    await once(killed, 'close');
    expect(readdirSync(installations).some((name) => name.startsWith('.staging-'))).toBe(true);
    expect((await answer(process.execPath, 'select')).value).toEqual({
      error: expect.stringContaining('no native TensorFlow is installed'),
    });

    const { value, output } = await answer(process.execPath, 'install');
    expect(output).toContain('Removed what an interrupted installation left behind');
    expect(value).toMatchObject({ selection: { backend: 'native', tensorflow: '2.21.0' } });
    expect(readdirSync(installations)).toEqual([`2.21.0-${process.platform}-${process.arch}`]);
  });

  it('loads in this Node and in every other that DINNB_TEST_NODES names', async () => {
    const others = (process.env.DINNB_TEST_NODES ?? '').split(path.delimiter).filter(existsSync);
    if (others.length === 0) console.warn('Only this Node is tried: DINNB_TEST_NODES names no other.');
    for (const node of [process.execPath, ...others]) {
      expect((await answer(node, 'select')).value).toMatchObject({ backend: 'native', tensorflow: '2.21.0' });
    }
  });

  it('the doctor compares its checksums, and finds XLA in it', async () => {
    const report = (await answer(process.execPath, 'doctor')).value as DoctorReport;
    expect(report.chosen).toMatchObject({ backend: 'native' });
    expect(report.installations[0]).toMatchObject({ ok: true, xla: true });
    expect(report.cache.bytes).toBeGreaterThan(800e6);
  });
});
