import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What is built, packed and installed. */
const root = path.resolve(__dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'dinnb-package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const npmCli = path.join(path.dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
const npm = (args: string[], cwd: string) =>
  existsSync(npmCli)
    ? execFileSync(process.execPath, [npmCli, ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    : execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const strangers = [
  'dist/old-bundle.js',
  'dist/kernel/leftover.js',
  'dist/notes.txt',
  'dist/renderers/x.js.map',
  'dist/types/din/gone.d.mts',
];

describe('npm pack', () => {
  let installed: string;
  let files: string[];
  beforeAll(() => {
    for (const stranger of strangers) {
      mkdirSync(path.dirname(path.join(root, stranger)), { recursive: true });
      writeFileSync(path.join(root, stranger), 'secret');
    }
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root });
    const [{ filename, files: packed }] = JSON.parse(
      npm(['pack', '--json', '--pack-destination', folder], root).replace(/^[^[]*/, ''),
    );
    files = packed.map((file: { path: string }) => file.path);
    installed = path.join(folder, 'node_modules', 'dinnb');
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', path.join(folder, filename), '-C', installed, '--strip-components=1']);
    // its dependencies, as npm would put them beside it
    for (const name of readdirSync(path.join(root, 'node_modules'))) {
      if (name !== 'dinnb' && !name.startsWith('.'))
        symlinkSync(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name));
    }
  });

  it('ships what is meant and nothing that happens to lie in dist/', () => {
    for (const stranger of strangers) expect(existsSync(path.join(root, stranger)), stranger).toBe(false);
    expect(files).toEqual(
      expect.arrayContaining(['dist/dinnb.js', 'dist/din.js', 'dist/kernel/main.js', 'dist/types/din/index.d.ts']),
    );
    const meant =
      /^(?:dist\/(?:[\w-]+\.js|kernel\/[\w-]+\.m?js|renderers\/[\w-]+\.js|types\/.+\.d\.ts)|notebooks\/.+\.dinnb|docs\/.+|media\/.+|[A-Z]+(?:\.md)?|package\.json)$/;
    expect(files.filter((file) => !meant.test(file))).toEqual([]);
  });

  it.each(['bundler', 'nodenext'])(
    'a project that installed it compiles against dinnb/din (%s), and runs',
    (moduleResolution) => {
      const project = path.join(folder, moduleResolution);
      mkdirSync(project, { recursive: true });
      writeFileSync(
        path.join(project, 'use.ts'),
        `import * as din from 'dinnb/din';
import { data, metrics } from 'dinnb/din';
const auc: number = din.metrics.auc([0.1, 0.9, 0.8, 0.3], [0, 1, 1, 0]);
// @ts-expect-error a text is no list of labels
() => metrics.auc('text', [1]);
// @ts-expect-error there is no such function
() => data.nothingOfTheKind();
console.log('auc', auc);
`,
      );
      const options = [
        '--strict',
        '--target',
        'es2022',
        '--module',
        moduleResolution === 'bundler' ? 'esnext' : 'nodenext',
      ];
      const tsc = [
        path.join(root, 'node_modules/typescript/bin/tsc'),
        ...options,
        '--moduleResolution',
        moduleResolution,
      ];
      const compiled = spawnSync(process.execPath, [...tsc, '--types', 'node', 'use.ts'], {
        cwd: project,
        encoding: 'utf8',
      });
      // TensorFlow.js' own declarations do not check; ours and the use of them must.
      const errors = compiled.stdout.split('\n').filter((line) => /^use\.ts|node_modules\/dinnb\//.test(line));
      expect(errors).toEqual([]);
      expect(existsSync(path.join(project, 'use.js'))).toBe(true);
      if (moduleResolution === 'bundler') return; // what runs it is the bundler's business
      const ran = spawnSync(process.execPath, ['use.js'], { cwd: project, encoding: 'utf8' });
      expect(ran.stdout, ran.stderr).toContain('auc 1');
    },
  );
});

describe('npm run package', () => {
  it('without an addon, as on Windows: a package that runs on WebAssembly, with nothing else in it', () => {
    const stranger = path.join(root, 'dist', 'stranger.js');
    const beside = path.join(root, 'notebooks', 'private.txt');
    writeFileSync(stranger, 'secret');
    writeFileSync(beside, 'secret');
    try {
      const out = path.join(folder, 'package.vsix');
      const printed = execFileSync(process.execPath, ['scripts/package.mjs', '--without-addon', '--out', out], {
        cwd: root,
        encoding: 'utf8',
      });
      expect(printed).toMatch(/No TensorFlow addon .* WebAssembly/);
      const content = unzipSync(execFileSync('cat', [out], { maxBuffer: 2 ** 30 }), {
        filter: ({ name }) => !name.includes('/dist/node_modules/') || /\.wasm$|\.node$/.test(name),
      });
      const names = Object.keys(content).map((name) => name.replace(/^extension\//, ''));
      expect(names).toEqual(
        expect.arrayContaining(['dist/extension.js', 'dist/types/din/index.d.ts', 'notebooks/getting-started.dinnb']),
      );
      expect(names.filter((name) => /stranger|private|\.map$|^src|^test|prebuilt/.test(name))).toEqual([]);
      expect(names.some((name) => name.endsWith('.wasm'))).toBe(true);
      expect(Object.values(content).some((bytes) => strFromU8(bytes.subarray(0, 6)) === 'secret')).toBe(false);
    } finally {
      rmSync(stranger, { force: true });
      rmSync(beside, { force: true });
    }
  });
});

describe('set-up', () => {
  it.each(['linux', 'win32'])(
    'starts npm and Node without a shell, in a folder whose name has a space (%s)',
    (platform) => {
      const clone = path.join(folder, `my clone & more ${platform}`);
      mkdirSync(path.join(clone, 'scripts', 'vscode'), { recursive: true });
      mkdirSync(path.join(clone, 'node_modules'));
      mkdirSync(path.join(clone, 'dist'));
      cpSync(path.join(root, 'scripts', 'setup.mjs'), path.join(clone, 'scripts', 'setup.mjs'));
      writeFileSync(path.join(clone, 'package-lock.json'), '{}');
      const say = (what: string) => `console.log(${JSON.stringify(what)}, process.argv.slice(2).join(' '));`;
      writeFileSync(path.join(clone, 'npm-cli.js'), say('npm'));
      writeFileSync(path.join(clone, 'scripts', 'build.mjs'), say('built'));
      const chosen = { chosen: { backend: 'wasm', notice: 'WebAssembly it is' }, remedies: [] };
      writeFileSync(path.join(clone, 'dist', 'dinnb.js'), `console.log(${JSON.stringify(JSON.stringify(chosen))})`);
      // A Node whose own path has a space, as in C:\\Program Files.
      const node = path.join(clone, 'Program Files', 'node');
      mkdirSync(path.dirname(node));
      symlinkSync(process.execPath, node);
      const preload = `data:text/javascript,Object.defineProperty(process,"platform",{value:${JSON.stringify(platform)}})`;
      const ended = spawnSync(node, ['--import', preload, path.join('scripts', 'setup.mjs'), 'start'], {
        cwd: clone,
        encoding: 'utf8',
        env: { ...process.env, npm_execpath: path.join(clone, 'npm-cli.js') },
      });
      expect(ended.stdout, ended.stderr).toMatch(/npm ci .*\nbuilt --if-changed\nWebAssembly it is/);
      expect(ended.status).toBe(0);
    },
  );
});
