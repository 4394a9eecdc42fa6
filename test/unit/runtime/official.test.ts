import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { installRuntime } from '../../../src/tensorflow/install';
import { readManifest } from '../../../src/tensorflow/installation';
import { officialAddonUrl, officialLibraryUrl } from '../../../src/tensorflow/official';
import { type Command, fakeMachine } from './fake-machine';

describe("the addresses are those of tfjs-node's installer", () => {
  const url = (platform: NodeJS.Platform, arch: string, env = {}) => officialLibraryUrl({ platform, arch, env });
  const google = 'https://storage.googleapis.com/';
  it('for each platform', () => {
    expect(url('linux', 'x64')).toBe(`${google}tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz`);
    expect(url('win32', 'x64')).toBe(`${google}tensorflow/libtensorflow/libtensorflow-cpu-windows-x86_64-2.9.1.zip`);
    expect(url('darwin', 'arm64')).toBe(`${google}tf-builds/libtensorflow_r2_7_darwin_arm64_cpu.tar.gz`);
    expect(url('linux', 'riscv64')).toBeUndefined();
  });
  it('with mirrors', () => {
    expect(url('linux', 'x64', { TFJS_NODE_CDN_STORAGE: 'https://mirror/' })).toBe(
      'https://mirror/tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz',
    );
    expect(url('linux', 'x64', { TFJS_NODE_BASE_URI: 'https://mirror/lib-' })).toBe(
      'https://mirror/lib-cpu-linux-x86_64-2.9.1.tar.gz',
    );
    expect(url('linux', 'arm64', { CDN_STORAGE: 'https://mirror/' })).toBe(
      'https://mirror/tf-builds/libtensorflow_r2_7_linux_arm64.tar.gz',
    );
    const env = { npm_config_tfjs_binding_binary_host_mirror: 'https://mirror/addons/' };
    expect(officialAddonUrl({ platform: 'linux', arch: 'x64', env }, '4.22.0')).toBe(
      'https://mirror/addons/napi-v8/4.22.0/CPU-linux-4.22.0.tar.gz',
    );
  });
});

describe('installing the official download', () => {
  /** tar that puts there what the publisher's archives hold. */
  const unpack: Command = (command, args) => {
    if (command !== 'tar') return undefined;
    const into = args[args.indexOf('-C') + 1]!;
    const archive = readFileSync(args[1]!, 'utf8');
    if (archive === 'library archive') {
      mkdirSync(path.join(into, 'lib'), { recursive: true });
      for (const name of ['libtensorflow.so.2', 'libtensorflow_framework.so.2'])
        writeFileSync(path.join(into, 'lib', name), name);
    } else if (archive === 'addon archive') {
      expect(args).toContain('--strip-components=1');
      writeFileSync(path.join(into, 'tfjs_binding.node'), 'official addon');
    } else return { code: 2, stderr: 'tar: This does not look like a tar archive\n' };
    return {};
  };
  const probe: Command = (_command, args) =>
    args[0] === '-e' ? { stdout: '{"probe":"ok","tensorflow":"2.9.1","xla":false}\n' } : undefined;
  const options = { progress: () => {}, consent: async () => true };

  it('puts libraries and addon in place, without pip and compiler', async () => {
    const machine = fakeMachine(
      {
        download: async (url, file) =>
          writeFileSync(file, url.includes('libtensorflow') ? 'library archive' : 'addon archive'),
      },
      unpack,
      probe,
    );
    const { selection } = await installRuntime({ ...options, machine });
    const place = path.join(machine.env.DINNB_CACHE!, 'tensorflow', '2.9.1-linux-arm64');
    expect(selection).toEqual({
      backend: 'native',
      addon: path.join(place, 'lib/napi-v8/tfjs_binding.node'),
      tensorflow: '2.9.1',
    });
    expect(readFileSync(path.join(place, 'lib/napi-v8/tfjs_binding.node'), 'utf8')).toBe('official addon');
    // An addon that was built against the wheel asks for the library under this name.
    expect(readFileSync(path.join(place, 'deps/lib/libtensorflow_cc.so.2'), 'utf8')).toBe('libtensorflow.so.2');
    const manifest = readManifest(place);
    expect(manifest).toMatchObject({ source: 'official', addon: 'downloaded', xla: false });
    expect((manifest as { downloads: unknown[] }).downloads).toHaveLength(2);
    expect(machine.commands.some((command) => /pip|node-gyp/.test(command))).toBe(false);
  });

  it('goes on to the wheel when an error page comes in place of the archive', async () => {
    const machine = fakeMachine({ download: async (_url, file) => writeFileSync(file, '<html>') }, unpack);
    const { selection, steps } = await installRuntime({ ...options, machine });
    expect(steps.find(({ step }) => step === 'official')!.reason).toMatch(
      /no complete archive: .*does not look like a tar/,
    );
    expect(selection).toMatchObject({ backend: 'native', tensorflow: '2.21.0' });
  });
});
