import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../../src/cli/find-chromium.mjs';
import { parseNotebook } from '../../../src/notebook/parse';
import { nativeFolder } from '../tensorflow';
import { Workspace } from './command';

let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.remove());

describe('new', () => {
  it('makes a notebook that runs; never replaces a file', async () => {
    expect(await space.dinnb('new', 'fresh.dinnb')).toEqual({ code: 0, stdout: 'fresh.dinnb\n', stderr: '' });
    const text = space.read('fresh.dinnb');
    expect(parseNotebook(text, 'fresh.dinnb').cells.length).toBeGreaterThan(0);
    const ran = await space.dinnb('run', 'fresh.dinnb', '--backend', 'wasm');
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);

    const again = await space.dinnb('new', 'fresh.dinnb');
    expect(again).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('exists already') });
    expect(space.read('fresh.dinnb')).toBe(text);
  });

  it('refuses another kind of name and a folder that is not there', async () => {
    expect(await space.dinnb('new', 'notes.txt')).toMatchObject({ code: 2, stderr: expect.stringContaining('.dinnb') });
    expect(await space.dinnb('new', 'no/x.dinnb')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no/x.dinnb'),
    });
  });
});

describe('export', () => {
  beforeAll(async () => {
    space.notebook('sample.dinnb', '# Title & more', '"the answer: " + 42');
    await space.dinnb('run', 'sample.dinnb', '--out', 'sample.dinnb', '--backend', 'wasm');
  });

  it('html: beside the notebook, with the outputs that it holds', async () => {
    expect(await space.dinnb('export', 'sample.dinnb', '--to', 'html')).toMatchObject({
      code: 0,
      stdout: 'sample.html\n',
    });
    const html = space.read('sample.html');
    expect(html).toContain('Title &amp; more');
    expect(html).toContain('the answer: 42');
  });

  it('ipynb: what Jupyter reads', async () => {
    expect((await space.dinnb('export', 'sample.dinnb', '--to', 'ipynb', '--out', 'other.ipynb')).code).toBe(0);
    const { nbformat, cells } = JSON.parse(space.read('other.ipynb'));
    expect(nbformat).toBe(4);
    expect(cells.map((cell: { cell_type: string }) => cell.cell_type)).toEqual(['markdown', 'code']);
    expect(JSON.stringify(cells[1].outputs)).toContain('the answer: 42');
  });

  it('md: pictures in files, outputs as text, nothing hostile', async () => {
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    space.notebook(
      'words.dinnb',
      '# Words',
      `display({ 'image/png': Buffer.from('${png}', 'base64'), 'text/plain': 'a dot](x)' })`,
      `display({ 'text/html': '<script>alert(1)</script>', 'text/plain': 'only words' })`,
      `display({ 'image/svg+xml': '<svg onload="alert(1)"/>', 'text/plain': 'drawn' })`,
      `display({ 'text/markdown': '[x](javascript:alert(1)) <img onerror=1>' })`,
      `display('\`\`\`\\ninside')`,
    );
    expect((await space.dinnb('run', 'words.dinnb', '--out', 'words.dinnb', '--backend', 'wasm')).code).toBe(0);
    const { code, stdout, stderr } = await space.dinnb('export', 'words.dinnb', '--to', 'md', '--out', 'a b.md');
    expect([code, stdout]).toEqual([0, 'a b.md\n']);
    expect(stderr).toMatch(/1 HTML output is left out/);
    expect(stderr).toMatch(/1 SVG picture with scripts or links is left out/);
    const text = space.read('a b.md');
    expect(text).toMatch(/^# Words\n\n```ts\n/);
    expect(text).toContain('![a dot (x)](a%20b_files/c2-1.png)');
    expect(text).toContain('````text\n```\ninside\n````');
    expect(text).toContain('```markdown\n[x](javascript:alert(1)) <img onerror=1>\n```');
    expect(text.replace(/^(`{3,})\w+\n[\s\S]*?\n\1$/gm, '')).not.toMatch(/alert|<script|onload/);
    expect(readFileSync(space.path('a b_files/c2-1.png')).toString('base64')).toBe(png);
  });

  it('pdf: printed by a Chromium, or told that there is none', async () => {
    const none = await space.start(['export', 'sample.dinnb', '--to', 'pdf'], { env: { DINNB_CHROMIUM: '/no/such' } })
      .ended;
    expect(none).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('DINNB_CHROMIUM names /no/such'),
    });
    expect(existsSync(space.path('sample.pdf'))).toBe(false);
    const done = await space.dinnb('export', 'sample.dinnb', '--to', 'pdf');
    if (!findChromium()) {
      console.warn('SKIPPED: printing a PDF. No Chromium was found; set DINNB_CHROMIUM to its path.');
      return expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining('none was found') });
    }
    expect(done).toMatchObject({ code: 0, stdout: 'sample.pdf\n' });
    expect(readFileSync(space.path('sample.pdf')).subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('refuses unknown formats, broken notebooks, and writing over a notebook', async () => {
    expect(await space.dinnb('export', 'sample.dinnb', '--to', 'docx')).toMatchObject({ code: 2, stdout: '' });
    expect(await space.dinnb('export', 'sample.dinnb')).toMatchObject({ code: 2, stdout: '' });
    space.write('broken.dinnb', '[');
    const broken = await space.dinnb('export', 'broken.dinnb', '--to', 'html');
    expect(broken).toMatchObject({ code: 2, stderr: expect.stringMatching(/broken\.dinnb:1:2/) });
    const before = space.read('sample.dinnb');
    const over = await space.dinnb('export', 'sample.dinnb', '--to', 'html', '--out', 'sample.dinnb');
    expect(over).toMatchObject({ code: 2, stderr: expect.stringContaining('name of a notebook') });
    expect(space.read('sample.dinnb')).toBe(before);
  });
});

/** The installed TensorFlow by links, with a manifest of wrong checksums and sizes that are wrong by `more` bytes. */
function linkInstallation(cache: string, more = 0): string {
  const source = nativeFolder();
  const folder = path.join(cache, 'tensorflow', `9.9.9-${process.platform}-${process.arch}`);
  const files: { [name: string]: object } = {};
  for (const inside of ['lib/napi-v8', 'deps/lib']) {
    mkdirSync(path.join(folder, inside), { recursive: true });
    for (const name of readdirSync(path.join(source, inside))) {
      const file = path.join(source, inside, name);
      const { size, mtimeMs } = statSync(file);
      symlinkSync(file, path.join(folder, inside, name));
      files[`${inside}/${name}`] = { size: size + more, mtimeMs, sha256: '0'.repeat(64) };
    }
  }
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify({ format: 1, tensorflow: '9.9.9', files }));
  return folder;
}

describe('doctor', () => {
  /** A machine on which nothing can be downloaded or built. */
  const bare = () => ({
    PATH: space.path('no-tools'),
    DINNB_CACHE: space.path('cache'),
    DINNB_TENSORFLOW: '',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    HTTP_PROXY: 'http://127.0.0.1:9',
  });

  it('--json: the findings as one object', async () => {
    const { code, stdout } = await space.start(['doctor', '--json'], { env: bare() }).ended;
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ ok: true, chosen: { backend: 'wasm' }, tools: {}, installations: [] });
    expect(report.ways.map(({ step }: { step: string }) => step)).toEqual(['existing', 'official', 'wheel', 'wasm']);
    expect(report.remedies.join('\n')).toMatch(/Install pip, a C\+\+ compiler, make/);
  });

  it('--install where nothing can be had: WebAssembly, with the reasons, and no failure', async () => {
    const { code, stdout, stderr } = await space.start(['doctor', '--install'], { env: bare() }).ended;
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^TensorFlow: WebAssembly backend/);
    expect(stdout).toMatch(/no native one could be set up \(official download: .*; Python wheel: .*\)/);
    const ran = await space.start(['run', space.notebook('bare.dinnb', 'tf.getBackend()'), '--json'], { env: bare() })
      .ended;
    expect(JSON.parse(ran.stdout)).toMatchObject({ ok: true, backend: 'wasm' });
    const lines = ran.stderr.split('\n').filter((line) => line.includes('WebAssembly'));
    expect(lines).toEqual([expect.stringMatching(/slower.*doctor --install/)]);
  });

  it('--install --if-needed: what loads and has the recorded sizes and times stays; checksums are for --install', async () => {
    const env = { ...bare(), DINNB_CACHE: space.path('wrong-checksums') };
    const folder = linkInstallation(env.DINNB_CACHE);
    const { code, stdout, stderr } = await space.start(['doctor', '--install', '--if-needed'], { env }).ended;
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^TensorFlow \S+ \(native\), from .*\n$/);
    expect(stdout).toContain(folder);
    const examined = await space.start(['doctor', '--json'], { env }).ended;
    expect(JSON.parse(examined.stdout).installations[0]).toMatchObject({
      ok: false,
      reason: expect.stringContaining('another checksum'),
    });
  });

  it('--install --if-needed: a file of another size is damage, told and to be replaced', async () => {
    const env = { ...bare(), DINNB_CACHE: space.path('wrong-size') };
    linkInstallation(env.DINNB_CACHE, 1);
    const { code, stdout, stderr } = await space.start(['doctor', '--install', '--if-needed'], { env }).ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/what is installed cannot be used: .* bytes instead of/);
    expect(stderr).toMatch(/official download failed, going on without it/);
    expect(stdout).toMatch(/^TensorFlow: WebAssembly backend/);
  });

  it('--backend native without one: exit code 1, the remedy, and still one object', async () => {
    const file = space.notebook('native.dinnb', '1');
    const { code, stdout, stderr } = await space.start(['run', file, '--backend', 'native', '--json'], { env: bare() })
      .ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/native backend.*Install it: node \S+dinnb\.js doctor --install/);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, cells: [], error: { name: 'RuntimeUnavailableError' } });
  });

  it('a named TensorFlow that does not load is an error, never ignored', async () => {
    mkdirSync(space.path('named/lib/napi-v8'), { recursive: true });
    writeFileSync(path.join(space.path('named/lib/napi-v8'), 'tfjs_binding.node'), 'not a library');
    const env = { ...bare(), DINNB_TENSORFLOW: space.path('named') };
    const { code, stdout } = await space.start(['doctor'], { env }).ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^No TensorFlow can be used: DINNB_TENSORFLOW names/);
  });
});
