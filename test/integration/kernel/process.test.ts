import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { isAlive } from '../../../src/base/processes';
import { TestKernel, until } from './kernel';

let kernel: TestKernel | undefined;
afterEach(async () => {
  await kernel?.stop();
  kernel = undefined;
});

test('a kernel tells what it is, and leaves nothing behind, however long the path of temporary files', async () => {
  // a place of its own for temporary files: other kernels of this machine come and go
  const place = path.join(mkdtempSync(path.join(tmpdir(), 'dinnb-test-')), 'long'.repeat(50));
  mkdirSync(place);
  vi.stubEnv('TMPDIR', place).stubEnv('TEMP', place);
  kernel = await TestKernel.start();
  const left = readdirSync(place);
  vi.unstubAllEnvs();
  const { info } = kernel.session;
  expect(info.node).toMatch(/^\d+\.\d+\.\d+$/);
  expect(info.dinnb).toMatch(/^\d+\.\d+\.\d+/);
  expect(['native', 'wasm']).toContain(info.backend);
  expect(info.tensorflow).not.toBe('');
  expect(isAlive(info.pid)).toBe(true);
  expect(left).toEqual([path.basename(kernel.folder)]);
});

test('a killed kernel ends its running cell and those that wait, and says what to do', async () => {
  kernel = await TestKernel.start();
  const running = kernel.begin('console.log("here"); await new Promise(() => {})');
  const waiting = kernel.begin('1');
  await until(() => kernel!.seen(running.cellId).printed !== '', 'the cell ran');
  process.kill(kernel.session.info.pid, 'SIGKILL');
  const [one, two] = await Promise.all([running.seen, waiting.seen]);
  for (const { result, outputs } of [one, two]) {
    expect(result.ok).toBe(false);
    expect(result.error).toMatchObject({ name: 'KernelDied', message: expect.stringMatching(/SIGKILL.*[Rr]estart/) });
    expect(outputs.at(-1)).toEqual({ type: 'error', error: result.error });
  }
  expect(one.printed).toBe('here\n');
  expect(kernel.deaths).toEqual([expect.stringContaining('SIGKILL')]);
  expect((await kernel.run('1')).result.error?.name).toBe('KernelDied');
  await kernel.session.interrupt();
});

test('a kernel out of memory is recognised', async () => {
  kernel = await TestKernel.start({ env: { NODE_OPTIONS: '--max-old-space-size=120' } });
  const { result } = await kernel.run(
    'const hoard: unknown[] = []; for (;;) hoard.push(new Array(1000).fill(hoard.length + 0.5))',
  );
  expect(result.error?.name).toBe('KernelDied');
  expect(result.error?.message).toMatch(/out of memory.*max-old-space-size/);
});

test('a crash in native code is told with its signal', async () => {
  kernel = await TestKernel.start();
  const { result } = await kernel.run('process.abort()');
  expect(result.error?.message).toMatch(/crashed \(signal SIGABRT\)/);
});

test('process.exit() in a cell ends the kernel and is named', async () => {
  kernel = await TestKernel.start();
  await kernel.run('0');
  const { result, printed } = await kernel.run('console.log("bye"); process.exit(3)');
  expect(printed).toBe('bye\n');
  expect(result.error?.message).toMatch(/process\.exit\(3\) was called in cell 2 \(exit code 3\)/);
});

test('a blocked kernel is disposed of all the same, with the processes its cells started', async () => {
  kernel = await TestKernel.start();
  const { pid } = kernel.session.info;
  const { printed } = await kernel.run(
    'console.log(require("node:child_process").spawn("sleep", ["60"], { stdio: "ignore" }).pid)',
  );
  const blocked = kernel.begin('console.log("begun"); for (;;) { try { for (;;); } catch {} }');
  await kernel.shows(blocked.cellId);
  await kernel.session.dispose();
  expect(isAlive(pid)).toBe(false);
  expect((await blocked.seen).result.error?.name).toBe('KernelDied');
  expect(kernel.deaths).toEqual([]);
  await until(() => !isAlive(Number(printed)), 'the child of the cell was ended');
});

test('a kernel whose host is gone ends, also when a cell blocks it', async () => {
  kernel = await TestKernel.start();
  const script = path.join(kernel.folder, 'host.cjs');
  writeFileSync(
    script,
    `const { spawn } = require('node:child_process');
     const env = { ...process.env, DINNB_KERNEL_CHANNEL: '3', DINNB_KERNEL_RUNTIME: '{"backend":"wasm"}' };
     const stdio = ['ignore', 'ignore', 'ignore', 'overlapped'];
     const child = spawn(process.execPath, [process.argv[2]], { env, stdio, detached: true });
     console.log(child.pid);
     setTimeout(() => process.kill(process.pid, 'SIGKILL'), 500);`,
  );
  const main = path.resolve(__dirname, '../../../dist/kernel/main.js');
  const pid = await new Promise<number>((resolve) => {
    execFile(process.execPath, [script, main], (_error, stdout) => resolve(Number(stdout)));
  });
  expect(pid).toBeGreaterThan(0);
  await until(() => !isAlive(pid), 'the orphan ended');
});

test('what child processes write belongs to their cell, in order with what it prints, and goes to the log too', async () => {
  kernel = await TestKernel.start();
  await kernel.run('"an earlier cell"');
  const sync = await kernel.run(`
    const { execSync, spawn, spawnSync } = require('node:child_process');
    console.log('one');
    execSync('echo two; echo err >&2', { stdio: 'inherit' });
    console.log('three');
    spawnSync('echo', ['four'], { stdio: 'inherit' });`);
  expect(sync.printed).toBe('one\ntwo\nthree\nfour\n');
  expect(sync.outputs).toContainEqual({ type: 'stream', name: 'stderr', text: 'err\n' });
  expect(kernel.logged).toContain('two');
  const awaited = await kernel.run(
    'console.log("before"); await new Promise((done) => spawn("sh", ["-c", "echo part; sleep 0.1; echo end"], { stdio: "inherit" }).on("exit", done)); console.log("after")',
  );
  expect(awaited.printed).toBe('before\npart\nend\nafter\n');
  expect((await kernel.run('require("node:fs").writeSync(1, "directly\\n")')).printed).toBe('directly\n');
  const later = kernel.begin('void spawn("sh", ["-c", "sleep 0.2; echo later"], { stdio: "inherit" })');
  await later.seen;
  await until(() => kernel!.seen(later.cellId).printed === 'later\n', 'the output of a process that outlives its cell');
});

test('what child processes write is shown while they run, is whole, and is cut when there is too much', async () => {
  kernel = await TestKernel.start();
  // The process runs until the test has seen its line.
  const live = kernel.begin(
    'require("node:child_process").execSync("echo now; until [ -e seen ]; do sleep 0.05; done", { stdio: "inherit" })',
  );
  await until(() => kernel!.seen(live.cellId).printed === 'now\n', 'the line is there');
  kernel.write('seen', '');
  await live.seen;
  const whole = await kernel.run('require("node:child_process").execSync("seq 100000", { stdio: "inherit" })');
  expect(whole.printed.split('\n')).toHaveLength(100_001);
  const much = await kernel.run(
    'require("node:child_process").execSync("yes | head -c 30000000", { stdio: "inherit" })',
  );
  expect(much.printed.length).toBeLessThan(11 * 1024 * 1024);
  expect(much.printed).toMatch(/\[Output truncated: processes of this cell/);
  expect((await kernel.run('console.log("next")')).printed).toBe('next\n');
});

test('what TensorFlow logs goes to the log, not to a cell', async () => {
  kernel = await TestKernel.start();
  const line = '2026-01-31 12:00:00.000001: W tensorflow/core/framework/op.cc:1] a warning';
  const { outputs } = await kernel.run(`require("node:fs").writeSync(2, "${line}\\n")`);
  expect(outputs.filter((o) => o.type === 'stream')).toEqual([]);
  await until(() => kernel!.logged.includes(line), 'the line was logged');
});

test('a hundred megabytes printed in a loop are cut, said so, and harm nothing', async () => {
  kernel = await TestKernel.start();
  const { result, printed } = await kernel.run(
    'const line = "x".repeat(1023); for (let i = 0; i < 100 * 1024; i++) console.log(line); process.memoryUsage().rss / 1e6',
  );
  expect(result.ok).toBe(true);
  expect(printed.length).toBeLessThan(11 * 1024 * 1024);
  expect(printed.length).toBeGreaterThan(9 * 1024 * 1024);
  expect(printed).toMatch(
    /\[Output truncated: this cell printed more than 10 MB\. .*DINNB_OUTPUT_LIMIT_MB = '100'.*\]\n$/,
  );
  expect((await kernel.run('console.log("the next cell prints")')).printed).toBe('the next cell prints\n');
  await kernel.run('process.env.DINNB_OUTPUT_LIMIT_MB = "0.001"');
  expect((await kernel.run('console.log("y".repeat(5000))')).printed.length).toBeLessThan(1400);
});

test('displays in an endless burst do not exhaust memory', async () => {
  kernel = await TestKernel.start();
  const { result, outputs } = await kernel.run(
    'for (let i = 0; i < 60; i++) display({ "application/octet-stream": new Uint8Array(4 * 1024 * 1024) }); process.memoryUsage().rss',
  );
  expect(result.ok).toBe(true);
  expect(outputs.length).toBe(61);
});

test('a Node that does not exist, is too old or is no Node is refused with the reason', async () => {
  await expect(TestKernel.start({ nodePath: '/nowhere/node' })).rejects.toThrow(
    /\/nowhere\/node does not run as Node.*dinnb\.nodePath/s,
  );
  const oldNode = path.join(mkdtempSync(path.join(tmpdir(), 'dinnb-test-')), 'node');
  writeFileSync(oldNode, '#!/bin/sh\necho 18.20.0\n', { mode: 0o755 });
  await expect(TestKernel.start({ nodePath: oldNode })).rejects.toThrow(/Node 18\.20\.0; kernels need Node 20/);
  await expect(TestKernel.start({ nodePath: '/bin/true' })).rejects.toThrow(/is not Node/);
  rmSync(path.dirname(oldNode), { recursive: true });
});

test('a start that fails says why', async () => {
  const missing = { backend: 'native', addon: '/nowhere/tfjs_binding.node', tensorflow: '2.21.0' } as const;
  await expect(TestKernel.start({ runtime: missing })).rejects.toThrow(/did not start.*\/nowhere\/tfjs_binding\.node/s);
  await expect(TestKernel.start({ startupSeconds: 0.01 })).rejects.toThrow(/did not start within 0\.01 s/);
  await expect(TestKernel.start({ env: { NODE_OPTIONS: '--no-such-flag' } })).rejects.toThrow(/no-such-flag/);
});

test('no source hangs its cell or those after it: what TypeScript throws at, and nesting of any depth', async () => {
  kernel = await TestKernel.start();
  const sources = [
    'if (import type s',
    `${'['.repeat(5000)}${']'.repeat(5000)}`,
    `[1]${'.map((x) => x)'.repeat(2000)}`,
    `${'('.repeat(100_000)}1${')'.repeat(100_000)}`,
    `${'{'.repeat(1500)}${'}'.repeat(1500)}`,
    '-'.repeat(20_001).replaceAll('--', '- -').concat('1'),
    `${'a + '.repeat(5000)}1`,
  ];
  for (const source of sources) {
    const { result, outputs } = await kernel.run(source);
    if (!result.ok) expect(outputs.at(-1), source.slice(0, 40)).toEqual({ type: 'error', error: result.error });
    expect(await kernel.value('1 + 1')).toBe('2');
  }
  expect((await kernel.run(sources[0]!)).result.error).toMatchObject({ name: 'SyntaxError' });
  expect(kernel.deaths).toEqual([]);
});
