import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isAlive } from '../../../src/base/processes';
import { parseNotebook } from '../../../src/notebook/parse';
import { type Running, Workspace } from './command';

let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.remove());

const run = (...args: string[]) => space.start(['run', ...args, '--backend', 'wasm']);

async function says(running: Running, text: string): Promise<void> {
  while (!(running.stdout() + running.stderr()).includes(text)) {
    if (running.process.exitCode !== null) throw new Error(`ended without saying ${text}: ${running.stderr()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function isGone(pid: number): Promise<void> {
  expect(pid).toBeGreaterThan(1);
  for (let waited = 0; isAlive(pid); waited += 50) {
    if (waited > 60_000) throw new Error(`the process ${pid} outlives its command`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const BLOCKED = 'console.log("pid", process.pid); while (true) {}';
const pidOf = (running: Running) => Number(/pid (\d+)/.exec(running.stdout() + running.stderr())![1]);

it('Ctrl-C interrupts the cell, skips the others, and what was asked for is written', async () => {
  const running = run(space.notebook('loop.dinnb', '"before"', BLOCKED, '3'), '--out', 'interrupted.dinnb', '--json');
  await says(running, 'pid ');
  running.process.kill('SIGINT');
  const { code, stdout } = await running.ended;
  expect(code).toBe(1);
  const { ok, cells } = JSON.parse(stdout);
  expect(ok).toBe(false);
  expect(cells[0].ok).toBe(true);
  expect(cells[1].error.name).toBe('Interrupted');
  expect(cells[2]).toMatchObject({ ok: false, skipped: true });
  const written = parseNotebook(space.read('interrupted.dinnb'), 'interrupted.dinnb');
  expect(written.cells[0]!.outputs).toHaveLength(1);
  await isGone(pidOf(running));
});

it('Ctrl-C twice quits at once, and the kernel with it', async () => {
  // the first interrupt cannot stop a native call
  const source = 'console.log("pid", process.pid); require("node:child_process").execSync("sleep 3000")';
  const running = run(space.notebook('native.dinnb', source));
  await says(running, 'pid ');
  running.process.kill('SIGINT');
  await says(running, 'once more to quit');
  running.process.kill('SIGINT');
  expect((await running.ended).code).toBe(130);
  await isGone(pidOf(running));
});

/** What a cell's processes are: each writes down its number when it runs. Groups of their own are no way out where sessions can be told. */
const KINDS = [
  `spawn('sh', ['-c', write + 'sleep 3000; true'], quiet)`,
  `spawn('sh', ['-c', 'trap "" TERM HUP INT; ' + write + 'while :; do sleep 1; done'], quiet)`,
  `new Worker('require("node:child_process").execSync(' + JSON.stringify(write + 'sleep 3000; true') + ')', { eval: true })`,
  `spawn(process.execPath, ['-e', 'require("node:child_process").spawnSync("sh", ["-c", ' + JSON.stringify(write + 'sleep 3000; true') + '])'], quiet)`,
  ...(process.platform === 'linux'
    ? [
        `spawn('timeout', ['4000', 'sh', '-c', write + 'sleep 3000; true'], quiet)`,
        `spawn('bash', ['-c', 'set -m; (' + write.replace('$$', '$BASHPID') + 'sleep 3000; true) & wait'], quiet)`,
      ]
    : []),
];
const CHILDREN = `
  const { spawn } = require('node:child_process');
  const { readFileSync } = require('node:fs');
  const { Worker } = require('node:worker_threads');
  const file = __filename + '.pids';
  const write = 'echo $$ >> "' + file + '"; ';
  const quiet = { stdio: 'ignore' };
  const started = () => { try { return readFileSync(file, 'utf8').split('\\n').length - 1; } catch { return 0; } };
  ${KINDS.join(';\n  ')};
  while (started() < ${KINDS.length}) await new Promise((resolve) => setTimeout(resolve, 20));
  console.log('children run');
  const ready = 'ready';`;

async function childrenAreGone(notebook: string): Promise<void> {
  const pids = space.read(`${notebook}.pids`).trim().split('\n').map(Number);
  expect(pids).toHaveLength(KINDS.length);
  await Promise.all(pids.map(isGone));
}

it.each([
  ['a loop', 'while (true) {}'],
  ['a wait', 'await new Promise(() => {})'],
  ['a native call', 'require("node:child_process").execSync("sleep 3000")'],
])('SIGTERM, SIGHUP and SIGKILL end the kernel in %s, and what its cells have started', async (kind, blocks) => {
  const ends = (['SIGTERM', 'SIGHUP', 'SIGKILL'] as const).map(async (signal) => {
    const source = `console.log("pid", process.pid, "."); ${blocks}`;
    const name = `${signal}-${kind.replace(' ', '-')}`;
    const running = run(space.notebook(`${name}.dinnb`, CHILDREN, source), '--json', '--out', `${name}.out.dinnb`);
    await says(running, 'pid ');
    running.process.kill(signal);
    const { code, stdout } = await running.ended;
    await isGone(pidOf(running));
    await childrenAreGone(`${name}.dinnb`);
    if (signal === 'SIGKILL') return;
    // what ran is not lost
    expect(code).toBe(signal === 'SIGTERM' ? 143 : 129);
    const { ok, cells } = JSON.parse(stdout) as { ok: boolean; cells: { ok: boolean; outputs: unknown[] }[] };
    expect([ok, cells[0]!.ok, cells[1]!.ok]).toEqual([false, true, false]);
    const written = parseNotebook(space.read(`${name}.out.dinnb`), 'out.dinnb');
    expect(written.cells[0]!.outputs).toMatchObject([{ type: 'stream', text: 'children run\n' }]);
    expect(written.cells[1]!.outputs).toMatchObject([{ type: 'stream' }, { type: 'error' }]);
  });
  await Promise.all(ends);
});

it('what a cell has detached goes on', async () => {
  const source = `
    const { spawn } = require('node:child_process');
    const child = spawn('sleep', ['3000'], { detached: true, stdio: 'ignore' });
    child.unref();
    console.log('detached', child.pid, '.', 'pid', process.pid, '.');
    while (true) {}`;
  const running = run(space.notebook('detached.dinnb', source));
  await says(running, 'pid ');
  const detached = Number(/detached (\d+)/.exec(running.stdout())![1]);
  try {
    running.process.kill('SIGKILL');
    await running.ended;
    await isGone(pidOf(running));
    expect(isAlive(detached)).toBe(true);
  } finally {
    process.kill(detached, 'SIGKILL');
  }
});

it('a second Ctrl+C ends the command whatever its cell does, with all that its cells have started', async () => {
  for (const [index, blocks] of ['while (true) {}', 'require("node:child_process").execSync("sleep 3000")'].entries()) {
    const name = `twice${index}.dinnb`;
    const running = run(space.notebook(name, CHILDREN, `console.log("pid", process.pid, "."); ${blocks}`));
    await says(running, 'pid ');
    running.process.kill('SIGINT');
    await says(running, 'once more to quit');
    running.process.kill('SIGINT');
    // the first may have ended the loop already
    expect([1, 130]).toContain((await running.ended).code);
    await isGone(pidOf(running));
    await childrenAreGone(name);
  }
});

it.each([
  ['in the middle of a cell', 'half(); process.kill(process.pid, "SIGKILL")', 1],
  ['when all has run', 'process.on("exit", half); "done"', 0],
])('a kernel that ends within a message, %s, keeps no command from ending', async (_when, source, exitCode) => {
  // What it has sent of a message is never whole. File descriptor 3 is its end of the channel to the host.
  const half = 'const half = () => require("node:fs").writeSync(3, "Content-Length: 1000000\\r\\n\\r\\nhalf");';
  const { code, stderr, stdout } = await run(space.notebook('half.dinnb', `${half} ${source}`)).ended;
  expect(code, stdout + stderr).toBe(exitCode);
  if (exitCode === 1) expect(stdout).toContain('KernelDied');
});

it('a reader that goes away ends the command quietly', async () => {
  const running = run(
    space.notebook(
      'chatty.dinnb',
      'for (;;) { console.log("x".repeat(100)); await new Promise((r) => setTimeout(r)); }',
    ),
  );
  await once(running.process.stdout!, 'data');
  running.process.stdout!.destroy();
  const { code, stderr } = await running.ended;
  expect(code).toBe(141);
  expect(stderr).toBe('');
});

it('... but files that were asked for are still written', async () => {
  const source =
    'for (let i = 0; i < 200; i++) { console.log("x".repeat(100)); await new Promise((r) => setTimeout(r)); }';
  const running = run(space.notebook('chatty2.dinnb', source), '--html', 'chatty.html');
  await once(running.process.stdout!, 'data');
  running.process.stdout!.destroy();
  const { code, stderr } = await running.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(existsSync(space.path('chatty.html'))).toBe(true);
});
