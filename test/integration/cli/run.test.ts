import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNotebook } from '../../../src/notebook/parse';
import { type Ended, Workspace } from './command';

/** `dinnb run` as its contract has it. WebAssembly: it starts everywhere. */
let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.remove());

const run = (...args: string[]): Promise<Ended> => space.dinnb('run', ...args, '--backend', 'wasm');

/** Stdout has to be one JSON value and nothing else. */
function report({ stdout }: Ended) {
  return JSON.parse(stdout) as {
    ok: boolean;
    backend: string | null;
    tensorflow: string | null;
    seconds: number;
    cells: {
      id: string;
      kind: string;
      ok: boolean;
      seconds: number;
      skipped?: boolean;
      error?: { name: string; message: string; stack: string };
      outputs: { [mime: string]: unknown }[];
    }[];
    error?: { name: string; message: string };
  };
}

describe('a notebook that succeeds', () => {
  it('prints outputs in order and ends with 0; the file itself stays as it was', async () => {
    const file = space.notebook(
      'ok.dinnb',
      '# Title',
      'const a = 20; console.log("first"); display("second"); a + 1',
      'a * 2',
      'display("shown once")',
    );
    const before = space.read(file);
    const { code, stdout, stderr } = await run(file);
    expect(code, stderr).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/first second 21 .*40.*shown once 3 of 3 cells succeeded in \S+ s $/);
    expect(stdout).toMatch(/TensorFlow \S+ \(wasm backend\)/);
    expect(stdout).not.toContain('[Function'); // the handle that display() returns is no output
    expect(space.read(file)).toBe(before);
  });

  it('--json: stdout is one object of the documented shape', async () => {
    const file = space.notebook(
      'shape.dinnb',
      '# Title',
      'console.log("out"); console.error("err"); display({ "text/html": "<b>x</b>", "text/plain": "x" }); 7',
      'display({ "image/png": new Uint8Array([137, 80]) });',
    );
    const ended = await run(file, '--json');
    expect(ended.code, ended.stderr).toBe(0);
    const { cells, ...head } = report(ended);
    expect(head).toEqual({
      ok: true,
      backend: 'wasm',
      tensorflow: expect.any(String),
      seconds: expect.any(Number),
    });
    expect(cells.map(({ seconds, ...cell }) => ({ ...cell, timed: seconds >= 0 }))).toEqual([
      { id: 'c1', kind: 'markdown', ok: true, outputs: [], timed: true },
      {
        id: 'c2',
        kind: 'code',
        ok: true,
        timed: true,
        outputs: [
          { 'application/vnd.code.notebook.stdout': 'out\n' },
          { 'application/vnd.code.notebook.stderr': 'err\n' },
          { 'text/html': '<b>x</b>', 'text/plain': 'x' },
          { 'text/plain': '7' },
        ],
      },
      { id: 'c3', kind: 'code', ok: true, timed: true, outputs: [{ 'image/png': 'iVA=' }] },
    ]);
    expect(ended.stderr).toContain('2 of 2 cells succeeded');
  });

  it('an empty notebook, and one without code', async () => {
    expect((await run(space.write('empty.dinnb', ''))).code).toBe(0);
    expect((await run(space.notebook('text.dinnb', '# Only text'))).code).toBe(0);
  });

  it('output arrives while a cell runs', async () => {
    const file = space.notebook('slow.dinnb', 'console.log("early"); await new Promise((r) => setTimeout(r, 60_000))');
    const running = space.start(['run', file, '--backend', 'wasm']);
    while (!running.stdout().includes('early')) {
      expect(running.process.exitCode, running.stderr()).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    running.process.kill('SIGKILL');
    await running.ended;
  });
});

describe('a cell that fails', () => {
  it('ends with 1, skips the rest, and shows its error once', async () => {
    const file = space.notebook('fail.dinnb', '1', 'function f() {\n  throw new RangeError("boom");\n}\nf()', '3');
    const { code, stdout } = await run(file);
    expect(code).toBe(1);
    expect(stdout.match(/RangeError: boom/g)).toHaveLength(1);
    expect(stdout).toContain('at f (cell 2:2:9)');
    expect(stdout).toMatch(/cell 2 failed after/);
    expect(stdout).toMatch(/1 of 3 cells succeeded, 1 failed, 1 skipped/);
  });

  it('--json names it; --keep-going runs the others', async () => {
    const file = space.notebook('fail2.dinnb', 'throw new TypeError("no")', '3');
    const stopped = await run(file, '--json');
    expect(stopped.code).toBe(1);
    expect(report(stopped).ok).toBe(false);
    expect(report(stopped).cells[0]).toMatchObject({
      ok: false,
      error: { name: 'TypeError', message: 'no', stack: expect.stringContaining('cell 1:1:7') },
    });
    expect(report(stopped).cells[1]).toMatchObject({ ok: false, skipped: true, outputs: [] });

    const all = await run(file, '--json', '--keep-going');
    expect(all.code).toBe(1);
    expect(report(all).cells[1]).toMatchObject({ ok: true, outputs: [{ 'text/plain': '3' }] });
  });

  it('a kernel that dies is an error of its cell', async () => {
    const ended = await run(space.notebook('exit.dinnb', 'process.exit(3)', '1'), '--json');
    expect(ended.code).toBe(1);
    expect(report(ended).cells[0]!.error).toMatchObject({
      name: 'KernelDied',
      message: expect.stringContaining('process.exit(3)'),
    });
  });

  it('--timeout interrupts each cell that exceeds it, and says so', async () => {
    const file = space.notebook('loop.dinnb', 'let n = 0; while (true) n++', '"n is " + (n > 0)');
    const { code, stdout } = await run(file, '--timeout', '1', '--keep-going');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /cell 1 failed after 1\.\d s: Cell 1 ran longer than 1 s and was interrupted\. Raise --timeout/,
    );
    expect(stdout).toContain('n is true');
    const { cells } = report(await run(file, '--timeout', '0.5', '--json'));
    expect(cells[0]!.error).toMatchObject({
      name: 'Timeout',
      stack: expect.stringMatching(/^Timeout: .*\n +at cell 1:/),
    });
  });

  it('--timeout holds for native calls too, that no interrupt reaches', async () => {
    const file = space.notebook('native.dinnb', 'require("node:child_process").execSync("sleep 3000")');
    const ended = await run(file, '--timeout', '1', '--json');
    expect(ended.code).toBe(1);
    expect(report(ended).cells[0]!.error?.name).toBe('Timeout');
  });
});

describe('--param', () => {
  const parameters: [string] = ['const epochs = 5, name = "a", fast = false, layers = [80, 40];'];
  beforeAll(() => space.notebook('params.dinnb', parameters, 'params'));
  const shown = async (...args: string[]) => {
    const ended = await run('params.dinnb', '--json', ...args);
    return { ...ended, value: report(ended).cells[1]?.outputs[0]?.['text/plain'] };
  };

  it('overrides defaults, with their types; it may be repeated, and hold "="', async () => {
    const { code, value } = await shown(
      '--param',
      'epochs=7',
      '--param',
      'name=x=1',
      '--param',
      'fast=true',
      '--param',
      'layers=[8]',
    );
    expect(code).toBe(0);
    expect(value).toBe("{ epochs: 7, name: 'x=1', fast: true, layers: [ 8 ] }");
  });

  it('a value of another type fails the cell and says which', async () => {
    const ended = await run('params.dinnb', '--json', '--param', 'epochs=many');
    expect(ended.code).toBe(1);
    expect(report(ended).cells[0]!.error?.message).toMatch(/'epochs'.*'many' is not a number/);
  });

  it('a value beyond what its type or its comment allows is a usage error before anything runs', async () => {
    const source = "/** @minimum 1 */\nconst epochs = 5, mode: 'a' | 'b' = 'a', rate = 1;";
    space.notebook('limits.dinnb', [source], 'params');
    for (const [given, says] of [
      ['mode=c', '--param mode=c: One of a, b.'],
      ['epochs=0', '--param epochs=0: At least 1.'],
    ] as const)
      expect(await run('limits.dinnb', '--param', given)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining(says),
      });
    const huge = await run('limits.dinnb', '--json', '--param', 'rate=1e400', '--param', 'mode=b');
    expect(report(huge).cells[0]!.error?.message).toMatch(/'rate'.*'1e400' is not a number/);
  });

  it('unknown and malformed ones are usage errors before anything runs', async () => {
    const unknown = await run('params.dinnb', '--param', 'epoch=7');
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toMatch(/unknown parameter 'epoch'.*epochs, name, fast, layers/);
    for (const text of ['epochs', '=5', '5=5']) {
      const malformed = await run('params.dinnb', '--param', text);
      expect(malformed).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('NAME=VALUE') });
    }
  });
});

describe('usage and unreadable input: exit code 2, nothing on stdout, and nothing runs', () => {
  const cases: { [name: string]: { args: string[]; says: RegExp } } = {
    'no notebook': { args: ['run'], says: /missing required argument/ },
    'no such file': { args: ['run', 'nowhere.dinnb'], says: /nowhere\.dinnb cannot be read: there is no such file/ },
    'a folder': { args: ['run', '.'], says: /it is a folder/ },
    'an unknown option': { args: ['run', 'usage.dinnb', '--fast'], says: /unknown option '--fast'/ },
    'an unknown command': { args: ['fly'], says: /unknown command 'fly'/ },
    'an unknown backend': { args: ['run', 'usage.dinnb', '--backend', 'gpu'], says: /auto, native, wasm/ },
    'a time limit that is none': { args: ['run', 'usage.dinnb', '--timeout', '-1'], says: /seconds/ },
    'no JSON': { args: ['run', 'broken.dinnb', '--json'], says: /broken\.dinnb:2:\d+: not valid JSON/ },
    'not UTF-8': { args: ['run', 'latin1.dinnb'], says: /latin1\.dinnb:1:\d+: not UTF-8/ },
    'an --out in no folder': {
      args: ['run', 'usage.dinnb', '--out', 'no/x.dinnb'],
      says: /no\/x\.dinnb cannot be written/,
    },
    'an --out over what is no notebook': {
      args: ['run', 'usage.dinnb', '--out', 'broken.dinnb'],
      says: /is not written over/,
    },
    'an --html over a notebook': { args: ['run', 'usage.dinnb', '--html', 'usage.dinnb'], says: /name of a notebook/ },
  };
  beforeAll(() => {
    space.notebook('usage.dinnb', 'require("node:fs").writeFileSync("it-ran", "")');
    space.write('broken.dinnb', '{\n  "format": "dinnb",,\n}');
    space.write('latin1.dinnb', Buffer.from('{"format":"dinnb","version":1,"title":"caf\xe9","cells":[]}', 'latin1'));
  });
  for (const [name, { args, says }] of Object.entries(cases)) {
    it(name, async () => {
      const broken = space.read('broken.dinnb');
      const { code, stdout, stderr } = await space.dinnb(...args);
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(says);
      expect(stderr).not.toMatch(/^\s+at .*dinnb\.js/m); // a message, no stack of ours
      expect(existsSync(space.path('it-ran'))).toBe(false);
      expect(space.read('broken.dinnb')).toBe(broken);
    });
  }
});

describe('what is written', () => {
  it('--out: the notebook with its outputs, also of a run that failed, also over the notebook itself', async () => {
    const file = space.notebook('self.dinnb', '"kept"', 'throw new Error("no")');
    expect((await run(file, '--out', file)).code).toBe(1);
    const { cells, environment } = parseNotebook(space.read(file), file);
    expect(cells.map(({ id, source }) => [id, source])).toEqual([
      ['c1', '"kept"'],
      ['c2', 'throw new Error("no")'],
    ]);
    expect(cells[0]).toMatchObject({ execution: { ok: true }, outputs: [{ type: 'result' }] });
    expect(cells[1]!.outputs).toMatchObject([{ type: 'error', error: { message: 'no' } }]);
    expect(environment).toMatchObject({ backend: 'wasm', node: expect.any(String), tensorflow: expect.any(String) });
    expect(readdirSync(space.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('--html: one file that needs no network', async () => {
    const file = space.notebook(
      'report.dinnb',
      '# Report\n\n<script src="https://example.com/evil.js"></script>',
      `const x = tf.randomNormal([64, 2], 0, 1, 'float32', 1);
       const samples = await din.data.simulated({ seed: 1, rows: 600 });
       const movie = din.features.identity('movieId', { buckets: samples.items.size });
       const model = din.models.din({ profile: [], context: [], candidate: movie,
         history: din.features.history(samples.historyColumns, { of: movie }), embeddingDimension: 4 });
       await model.fit(samples.train, { epochs: 1, batchSize: 128 });
       await din.insight.attentionMap(model, samples.test.slice(0, 3), { items: samples.items })`,
    );
    const { code, stdout } = await run(file, '--html', 'report.html');
    expect(code, stdout).toBe(0);
    const html = space.read('report.html');
    expect(html).toContain('application/vnd.dinnb.training+json');
    expect(html).toContain('application/vnd.dinnb.attention+json');
    expect(html).toContain('<img class="figure" src="data:image/svg+xml;base64,');
    // outside of scripts, whose libraries name addresses in their texts and load none
    const markup = html.replace(/<script[^>]*>[\s\S]*?<\/script>/g, '');
    expect(markup).not.toMatch(/<(?!a\b)[a-z]+[^>]*\s(?:src|href)\s*=\s*["']?(?:https?:)?\/\//i);
    expect(markup).not.toMatch(/@import|url\(\s*["']?https?:/i);
    expect(html).not.toMatch(/<script[^>]*\ssrc\s*=/i);
  });
});
