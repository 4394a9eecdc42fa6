import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheFolder } from '../../../src/base/cache-folder';
import { doctor, printDoctor } from '../../../src/tensorflow/doctor';
import { installRuntime } from '../../../src/tensorflow/install';
import { selectRuntime } from '../../../src/tensorflow/select';
import { fakeMachine, temporaryFolder } from './fake-machine';

/** A folder that holds an addon, as far as names go. */
function addonIn(...folder: string[]): string {
  const addon = path.join(...folder, 'tfjs_binding.node');
  mkdirSync(path.dirname(addon), { recursive: true });
  writeFileSync(addon, 'addon');
  return addon;
}

describe('the cache folder', () => {
  const at = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv) => cacheFolder({ platform, env, home: '/home/me' });
  it('is where the platform keeps caches, unless DINNB_CACHE says otherwise', () => {
    expect(at('linux', {})).toBe('/home/me/.cache/dinnb');
    expect(at('linux', { XDG_CACHE_HOME: '/x' })).toBe('/x/dinnb');
    expect(at('darwin', { XDG_CACHE_HOME: '/x' })).toBe('/home/me/Library/Caches/dinnb');
    expect(at('win32', { LOCALAPPDATA: '/l' })).toBe('/l/dinnb');
    expect(at('linux', { DINNB_CACHE: '/c', XDG_CACHE_HOME: '/x' })).toBe('/c');
  });
});

describe('selection', () => {
  it('wasm on request looks at nothing', async () => {
    const machine = fakeMachine();
    expect(await selectRuntime('wasm', { machine })).toEqual({ backend: 'wasm' });
    expect(machine.commands).toEqual([]);
  });

  it('without an installation: WebAssembly with reason and remedy in a line, an error when native is asked for', async () => {
    const machine = fakeMachine();
    const selection = await selectRuntime('auto', { machine });
    expect(selection).toEqual({
      backend: 'wasm',
      notice: expect.stringMatching(
        /^TensorFlow runs on WebAssembly.*no native TensorFlow is installed.*dinnb doctor --install$/,
      ),
    });
    await expect(selectRuntime('native', { machine })).rejects.toThrow(
      /no native TensorFlow is installed.*dinnb doctor --install/,
    );
  });

  it('DINNB_TENSORFLOW goes first, and must work when it is set', async () => {
    const folder = temporaryFolder();
    const addon = addonIn(folder, 'lib', 'napi-v8');
    const machine = fakeMachine();
    await installRuntime({ machine, progress: () => {}, consent: async () => true });
    machine.env.DINNB_TENSORFLOW = folder;
    expect(await selectRuntime('auto', { machine })).toEqual({ backend: 'native', addon, tensorflow: '2.21.0' });
    machine.env.DINNB_TENSORFLOW = path.join(folder, 'nothing');
    for (const request of ['auto', 'native'] as const) {
      await expect(selectRuntime(request, { machine })).rejects.toThrow(/DINNB_TENSORFLOW.*nothing.*does not exist/);
    }
    await expect(installRuntime({ machine, progress: () => {}, consent: async () => true })).rejects.toThrow(
      /DINNB_TENSORFLOW/,
    );
    expect(await selectRuntime('wasm', { machine })).toEqual({ backend: 'wasm' });
  });

  it('takes a tfjs-node of the project that loads already, if it is of the version that dinnb speaks', async () => {
    const project = temporaryFolder();
    const tfjsNode = path.join(project, 'node_modules', '@tensorflow', 'tfjs-node');
    addonIn(tfjsNode, 'lib', 'napi-v6');
    const addon = addonIn(tfjsNode, 'lib', 'napi-v10');
    const manifest = (version: string) =>
      writeFileSync(path.join(tfjsNode, 'package.json'), JSON.stringify({ version }));
    const projectFolder = path.join(project, 'notebooks', 'deep');
    manifest('4.22.0');
    expect(await selectRuntime('auto', { machine: fakeMachine(), projectFolder })).toMatchObject({ addon });
    manifest('3.0.0');
    expect(await selectRuntime('auto', { machine: fakeMachine(), projectFolder })).toMatchObject({ backend: 'wasm' });
  });

  it('a probe that does not end with the right numbers is no success', async () => {
    const folder = temporaryFolder();
    addonIn(folder, 'lib', 'napi-v8');
    const refuse = (result: object) => fakeMachine({}, (_command, args) => (args[0] === '-e' ? result : undefined));
    for (const [result, says] of [
      [{ code: 0, stdout: 'something else' }, /does not load/],
      [
        { code: 1, stderr: 'throw\n\nError: libtensorflow.so: cannot open shared object file\n    at x' },
        /cannot open shared object file/,
      ],
      [{ code: null, failure: 'ended by SIGSEGV' }, /ended by SIGSEGV/],
      [{ code: null, failure: 'did not finish within 90 s' }, /did not finish within 90 s/],
    ] as const) {
      const machine = refuse(result);
      machine.env.DINNB_TENSORFLOW = folder;
      await expect(selectRuntime('auto', { machine })).rejects.toThrow(says);
    }
  });
});

describe('doctor', () => {
  it('reports what is there, what is missing and what to do', async () => {
    const machine = fakeMachine({}, (command, args) =>
      /\+\+/.test(command) || args.includes('pip') || /^pip/.test(command) ? { code: 1 } : undefined,
    );
    const report = await doctor({ machine });
    expect(report).toMatchObject({ ok: true, chosen: { backend: 'wasm' }, platform: 'linux-arm64', installations: [] });
    expect(report.ways.map(({ step, available }) => [step, available])).toEqual([
      ['existing', false],
      ['official', true],
      ['wheel', false],
      ['wasm', true],
    ]);
    expect(report.remedies[0]).toMatch(/Install pip, a C\+\+ compiler: .*apt install/);
    expect(report.remedies.at(-1)).toContain('dinnb doctor --install');
    const text = printDoctor(report);
    for (const part of ['WebAssembly', 'compiler   none', report.cache.folder, '> Install pip'])
      expect(text).toContain(part);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('with install: sets up, and tells what was tried', async () => {
    const machine = fakeMachine();
    const report = await doctor({ machine, install: true });
    expect(report.chosen).toMatchObject({ backend: 'native', tensorflow: '2.21.0' });
    expect(report.install!.map(({ step, ok }) => [step, ok])).toEqual([
      ['existing', false],
      ['official', false],
      ['wheel', true],
    ]);
    expect(report.ways[1]).toMatchObject({
      step: 'official',
      available: false,
      reason: expect.stringContaining('403'),
    });
    expect(report.remedies).toEqual([]);
    expect(report.cache.bytes).toBeGreaterThan(200_000);
    expect(printDoctor(report)).toMatch(/^TensorFlow: native backend, libtensorflow 2.21.0 with XLA/);
  });

  it('finds damage that size and time do not show', async () => {
    const machine = fakeMachine();
    const { chosen } = await doctor({ machine, install: true });
    const folder = path.resolve((chosen as { addon: string }).addon, '..', '..', '..');
    const library = path.join(folder, 'deps', 'lib', 'libtensorflow_cc.so.2');
    const { atime, mtime } = statSync(library);
    const bytes = readFileSync(library);
    bytes[5]! ^= 1;
    writeFileSync(library, bytes);
    utimesSync(library, atime, mtime);
    const report = await doctor({ machine });
    expect(report.installations[0]).toMatchObject({ ok: false, reason: expect.stringContaining('another checksum') });
    expect(report.remedies[0]).toMatch(/another checksum.*Repair it: dinnb doctor --install/);
    await doctor({ machine, install: true });
    expect((await doctor({ machine })).installations).toMatchObject([{ ok: true }]);
  });

  it('a named folder that does not load is the problem it reports', async () => {
    const machine = fakeMachine();
    machine.env.DINNB_TENSORFLOW = '/nowhere';
    const report = await doctor({ machine });
    expect(report).toMatchObject({ ok: false, problem: expect.stringContaining('/nowhere') });
    expect(printDoctor(report)).toContain('No TensorFlow can be used: DINNB_TENSORFLOW');
  });
});
