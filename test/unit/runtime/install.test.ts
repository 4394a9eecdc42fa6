import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type InstallOptions, installRuntime } from '../../../src/tensorflow/install';
import { readManifest } from '../../../src/tensorflow/installation';
import type { Machine } from '../../../src/tensorflow/machine';
import { selectRuntime } from '../../../src/tensorflow/select';
import {
  type Command,
  type FakeMachine,
  fakeMachine,
  fetchWheel,
  LIBRARY,
  makeWheel,
  probeOk,
  temporaryFolder,
} from './fake-machine';

const quiet = { progress: () => {}, consent: async () => true };
const install = (machine: Machine, options: Partial<InstallOptions> = {}) =>
  installRuntime({ ...quiet, ...options, machine });
const parentOf = (machine: Machine) => path.join(machine.env.DINNB_CACHE!, 'tensorflow');
const placeOf = (machine: Machine) => path.join(parentOf(machine), '2.21.0-linux-arm64');

/** Everything below the folder of installations but the good one. */
const strayFiles = (machine: FakeMachine) =>
  existsSync(parentOf(machine)) ? readdirSync(parentOf(machine)).filter((name) => name !== '2.21.0-linux-arm64') : [];

describe('installing from the wheel', () => {
  it('leaves a complete installation: libraries under every name, the addon, a manifest, and no wheel or build', async () => {
    const machine = fakeMachine();
    const { selection, steps } = await install(machine);
    expect(selection).toEqual({
      backend: 'native',
      addon: path.join(placeOf(machine), 'lib/napi-v8/tfjs_binding.node'),
      tensorflow: '2.21.0',
    });
    expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
      ['existing', false],
      ['official', false],
      ['wheel', true],
    ]);
    expect(steps[1]!.reason).toContain('403 Forbidden');
    const libraries = path.join(placeOf(machine), 'deps', 'lib');
    for (const name of ['libtensorflow_cc.so.2', 'libtensorflow.so.2', 'libtensorflow.so']) {
      expect(readFileSync(path.join(libraries, name), 'utf8')).toBe(LIBRARY);
    }
    expect(readFileSync(path.join(libraries, 'libtensorflow_framework.so'), 'utf8')).toBe('framework');
    expect(lstatSync(path.join(libraries, 'libtensorflow.so')).isSymbolicLink()).toBe(true);
    expect(readdirSync(placeOf(machine)).sort()).toEqual(['deps', 'lib', 'manifest.json']);
    expect(strayFiles(machine)).toEqual([]);
    const manifest = readManifest(placeOf(machine));
    expect(manifest).toMatchObject({ source: 'wheel', addon: 'built', tensorflow: '2.21.0', xla: true });
    expect(Object.keys((manifest as { files: object }).files).sort()).toEqual([
      'deps/lib/libtensorflow_cc.so.2',
      'deps/lib/libtensorflow_framework.so.2',
      'lib/napi-v8/tfjs_binding.node',
    ]);
  });

  it('unpacks the headers that the addon includes, and only those', async () => {
    const machine = fakeMachine();
    await install(machine);
    const include = path.join(placeOf(machine), 'deps', 'include');
    expect(existsSync(path.join(include, 'xla/tsl/c/tsl_status.h'))).toBe(true);
    expect(existsSync(path.join(include, 'tensorflow/unused.h'))).toBe(false);
  });

  it('is found by the next selection, and by a second installation, without running pip again', async () => {
    const machine = fakeMachine();
    const first = await install(machine);
    machine.commands.length = 0;
    expect(await selectRuntime('auto', { machine })).toEqual(first.selection);
    expect((await install(machine)).steps).toMatchObject([{ step: 'existing', ok: true }]);
    expect(machine.commands.filter((command) => command.includes('pip'))).toEqual([]);
  });

  it('probes once, and again when a file of the installation changes', async () => {
    const machine = fakeMachine();
    const { selection } = await install(machine);
    const probes = () => machine.commands.filter((command) => command.includes(' -e ')).length;
    const before = probes();
    await selectRuntime('native', { machine });
    await selectRuntime('native', { machine });
    expect(probes() - before).toBe(1);
    // An editor brings a Node of its own: the two run in turns.
    for (const nodePath of ['/other/node', machine.nodePath, '/other/node'])
      await selectRuntime('native', { machine: { ...machine, nodePath } });
    expect(probes() - before).toBe(2);
    expect(selection.backend).toBe('native');
  });

  it('takes the prebuilt addon that the package carries, and then needs no compiler', async () => {
    const machine = fakeMachine({}, (command) => (/g\+\+|make|clang|c\+\+/.test(command) ? { code: 1 } : undefined));
    const shipped = path.join(machine.packageRoot, 'prebuilt', 'linux-arm64');
    mkdirSync(shipped, { recursive: true });
    writeFileSync(path.join(shipped, 'tfjs_binding.node'), 'prebuilt addon');
    const { selection } = await install(machine);
    expect(selection.backend).toBe('native');
    expect(readManifest(placeOf(machine))).toMatchObject({ addon: 'prebuilt' });
    expect(machine.commands.some((command) => command.includes('node-gyp'))).toBe(false);
  });

  it('builds when the prebuilt addon does not load here', async () => {
    let probes = 0;
    const machine = fakeMachine({}, (_command, args) => {
      if (args[0] !== '-e') return undefined;
      probes++;
      return probes === 1 ? { code: 1, stderr: 'Error: GLIBC_2.99 not found' } : probeOk;
    });
    mkdirSync(path.join(machine.packageRoot, 'prebuilt', 'linux-arm64'), { recursive: true });
    writeFileSync(path.join(machine.packageRoot, 'prebuilt', 'linux-arm64', 'tfjs_binding.node'), 'prebuilt addon');
    await install(machine);
    expect(readFileSync(path.join(placeOf(machine), 'lib/napi-v8/tfjs_binding.node'), 'utf8')).toBe('built addon');
  });

  it('asks first, saying where and how much, and does nothing without consent', async () => {
    const machine = fakeMachine();
    const plans: unknown[] = [];
    const { selection } = await install(machine, {
      consent: async (plan) => {
        plans.push(plan);
        return false;
      },
    });
    expect(selection.backend).toBe('wasm');
    expect(plans).toEqual([{ folder: parentOf(machine), downloadBytes: 300_000_000, diskBytes: 900_000_000 }]);
    expect(existsSync(machine.env.DINNB_CACHE!)).toBe(false);
    expect(machine.addresses).toEqual([]);
  });
});

describe('what can be missing gives WebAssembly and one line that says why', () => {
  const cases: { [name: string]: { command: Command; says: RegExp } } = {
    'no pip': {
      command: (_command, args) => (args.includes('pip') || _command.startsWith('pip') ? { code: 1 } : undefined),
      says: /no pip to fetch the wheel.*apt install/,
    },
    'no compiler': {
      command: (command) => (/\+\+/.test(command) ? { code: null, failure: 'not found' } : undefined),
      says: /no C\+\+ compiler/,
    },
    'no make': { command: (command) => (/make/.test(command) ? { code: 1 } : undefined), says: /no make/ },
    'a failing build': {
      command: (_command, args) =>
        args.some((arg) => arg.endsWith('node-gyp.js'))
          ? { code: 1, stderr: 'x.cc:3: fatal error: boom\nmake: *** Error' }
          : undefined,
      says: /could not be built: x\.cc:3: fatal error: boom/,
    },
    'no such wheel in the index': {
      command: (_command, args) =>
        args.includes('download')
          ? { code: 1, stderr: 'ERROR: No matching distribution found for tensorflow==2.21.0\n' }
          : undefined,
      says: /No matching distribution/,
    },
    'no network': {
      command: (_command, args) =>
        args.includes('download')
          ? {
              code: 1,
              stderr:
                "WARNING: Retrying after connection broken by 'X'\nERROR: No matching distribution found for tensorflow\n",
            }
          : undefined,
      says: /index did not answer/,
    },
    'a wheel that is no archive': { command: fetchWheel(Buffer.from('<html>denied</html>')), says: /wheel is damaged/ },
    'a wheel that was cut short': { command: fetchWheel(makeWheel().slice(0, 400)), says: /wheel is damaged/ },
    'a library with another checksum': {
      command: fetchWheel(makeWheel('tensorflow/libtensorflow_framework.so.2')),
      says: /libtensorflow_framework.so.2 in the wheel is damaged: its checksum/,
    },
    'an addon that does not load': {
      command: (_command, args) => (args[0] === '-e' ? { code: null, failure: 'ended by SIGILL' } : undefined),
      says: /SIGILL/,
    },
  };
  for (const [name, { command, says }] of Object.entries(cases)) {
    it(name, async () => {
      const machine = fakeMachine({}, command);
      const { selection } = await install(machine);
      expect(selection.backend).toBe('wasm');
      const notice = (selection as { notice: string }).notice;
      expect(notice).toMatch(says);
      expect(notice).toContain('403 Forbidden');
      expect(notice).toContain('dinnb doctor --install');
      expect(notice).not.toContain('\n');
      expect(existsSync(placeOf(machine))).toBe(false);
      expect(strayFiles(machine)).toEqual([]);
      expect(await selectRuntime('auto', { machine })).toMatchObject({ backend: 'wasm' });
    });
  }

  it('downloads nothing large when the addon could not be built anyway', async () => {
    const machine = fakeMachine({}, (command) => (/\+\+/.test(command) ? { code: 1 } : undefined));
    await install(machine);
    expect(machine.commands.some((command) => command.includes('pip download'))).toBe(false);
  });

  it('no disk space: names the folder, the bytes needed and the bytes free', async () => {
    const machine = fakeMachine({ freeBytes: async () => 123_456_789 });
    const { selection, steps } = await install(machine);
    expect(selection.backend).toBe('wasm');
    const { reason } = steps.find(({ step }) => step === 'wheel')!;
    expect(reason).toContain(parentOf(machine));
    expect(reason).toContain('1300000000 bytes');
    expect(reason).toContain('123456789 bytes');
    expect(machine.commands.some((command) => command.includes('download'))).toBe(false);
  });

  it('a cache that cannot be written: names it', async () => {
    const home = temporaryFolder();
    writeFileSync(path.join(home, 'cache'), 'a file where the folder should be');
    const { selection, steps } = await install(fakeMachine({ home }));
    expect(selection.backend).toBe('wasm');
    expect(steps.find(({ step }) => step === 'wheel')!.reason).toContain(path.join(home, 'cache', 'tensorflow'));
  });

  it('a platform without wheels', async () => {
    const { selection, steps } = await install(fakeMachine({ arch: 'riscv64' }));
    expect(selection.backend).toBe('wasm');
    expect(steps.find(({ step }) => step === 'official')!.reason).toContain('linux-riscv64');
    expect(steps.find(({ step }) => step === 'wheel')!.reason).toContain('linux-riscv64');
  });

  it('throws instead when WebAssembly is not among the ways', async () => {
    const machine = fakeMachine({}, (_command, args) =>
      args.includes('download') ? { code: 1, stderr: 'refused' } : undefined,
    );
    await expect(install(machine, { steps: ['wheel'] })).rejects.toThrow(
      /No native TensorFlow could be set up: Python wheel.*refused/,
    );
  });
});

describe('the pinned checksum', () => {
  const name = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';
  it("refuses a wheel of that name with other contents, after one attempt without pip's cache", async () => {
    const machine = fakeMachine({ arch: 'x64' }, fetchWheel(makeWheel(), name));
    const { selection, steps } = await install(machine);
    expect(selection.backend).toBe('wasm');
    expect(steps.find(({ step }) => step === 'wheel')!.reason).toMatch(
      /damaged: its checksum is [0-9a-f]{64} instead of 2b847d21/,
    );
    const downloads = machine.commands.filter((command) => command.includes('pip download'));
    expect(downloads.map((command) => command.includes('--no-cache-dir'))).toEqual([false, true]);
  });

  it('takes the wheel for the local Python where the index lacks the pinned one', async () => {
    const fetch = fetchWheel(makeWheel(), 'tensorflow_cpu-2.21.0-cp313-cp313-manylinux_2_27_x86_64.whl');
    const machine = fakeMachine({ arch: 'x64' }, (command, args) =>
      args.includes('--python-version')
        ? { code: 1, stderr: 'ERROR: No matching distribution found for tensorflow-cpu==2.21.0\n' }
        : fetch(command, args),
    );
    const { selection } = await install(machine);
    expect(selection.backend).toBe('native');
    const manifest = readManifest(path.join(parentOf(machine), '2.21.0-linux-x64'));
    expect(manifest).toMatchObject({ downloads: [{ pinned: false }] });
  });
});

describe('interrupted, damaged, at once', () => {
  it('an abort at any command leaves nothing behind', async () => {
    const count = fakeMachine();
    await install(count);
    for (let stop = 1; stop <= count.commands.length; stop++) {
      const controller = new AbortController();
      let run = 0;
      const machine = fakeMachine({}, () => {
        run++;
        if (run === stop) controller.abort(new Error('stopped'));
        controller.signal.throwIfAborted();
        return undefined;
      });
      await expect(install(machine, { signal: controller.signal })).rejects.toThrow('stopped');
      expect(existsSync(placeOf(machine))).toBe(false);
      expect(strayFiles(machine)).toEqual([]);
    }
    expect(count.commands.length).toBeGreaterThan(5);
  });

  it('a killed installation is no installation; the next one removes what it left and succeeds', async () => {
    const home = temporaryFolder();
    const killedPid = 999_999;
    // Killed while it builds: the process is gone, its folder and lock stay.
    const reached = deferred();
    const killed = fakeMachine({ home, pid: killedPid, isAlive: () => true }, (_command, args) => {
      if (!args.some((arg) => arg.endsWith('node-gyp.js'))) return undefined;
      reached.resolve();
      return new Promise(() => {});
    });
    void install(killed);
    await reached.promise;
    expect(strayFiles(killed).some((name) => name.startsWith(`.staging-${killedPid}-`))).toBe(true);
    expect(strayFiles(killed)).toContain('.lock');
    expect(await selectRuntime('auto', { machine: fakeMachine({ home }) })).toMatchObject({ backend: 'wasm' });

    const messages: string[] = [];
    const next = fakeMachine({ home });
    const { selection } = await install(next, { progress: ({ message }) => messages.push(message) });
    expect(selection.backend).toBe('native');
    expect(strayFiles(next)).toEqual([]);
    expect(messages).toContain('Removed what an interrupted installation left behind');
  });

  it('two at once: one installs, the other waits and takes its result', async () => {
    const home = temporaryFolder();
    const machines = [fakeMachine({ home }), fakeMachine({ home })];
    const messages: string[] = [];
    const results = await Promise.all(
      machines.map((machine) => install(machine, { progress: ({ message }) => messages.push(message) })),
    );
    expect(results[0]!.selection).toEqual(results[1]!.selection);
    expect(results[0]!.selection.backend).toBe('native');
    const fetched = machines.flatMap(({ commands }) => commands.filter((command) => command.includes('pip download')));
    expect(fetched).toHaveLength(1);
    expect(messages.some((message) => /Waiting for another installation \(process \d+\)/.test(message))).toBe(true);
    expect(strayFiles(machines[0]!)).toEqual([]);
  });

  const damages: { [name: string]: (folder: string) => void } = {
    'a cut library': (folder) => truncateSync(path.join(folder, 'deps/lib/libtensorflow_cc.so.2'), 1000),
    'a missing library': (folder) => rmSync(path.join(folder, 'deps/lib/libtensorflow_framework.so.2')),
    'a changed byte': (folder) => {
      const addon = path.join(folder, 'lib/napi-v8/tfjs_binding.node');
      writeFileSync(addon, 'built addoX');
      // A minute later: within a clock tick of the installation the change could not be told by its time.
      const later = new Date(lstatSync(addon).mtimeMs + 60_000);
      utimesSync(addon, later, later);
    },
    'no manifest': (folder) => rmSync(path.join(folder, 'manifest.json')),
    'half a manifest': (folder) => truncateSync(path.join(folder, 'manifest.json'), 20),
  };
  for (const [name, damage] of Object.entries(damages)) {
    it(`${name} is noticed, never loaded, and repaired by installing again`, async () => {
      const machine = fakeMachine();
      await install(machine);
      await selectRuntime('native', { machine });
      damage(placeOf(machine));
      machine.commands.length = 0;
      await expect(selectRuntime('native', { machine })).rejects.toThrow(/cannot be used.*dinnb doctor --install/s);
      expect(machine.commands.filter((command) => command.includes(' -e '))).toEqual([]);
      expect((await install(machine)).selection.backend).toBe('native');
      expect(await selectRuntime('native', { machine })).toMatchObject({ backend: 'native' });
      expect(strayFiles(machine)).toEqual([]);
    });
  }
});

function deferred(): { promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
