import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isLeftover } from '../../../src/base/atomic-file';
import type { NotebookDocument } from '../../../src/notebook/document';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { faultsIn } from './faults';

/** A notebook is saved by processes that are killed, at any moment and at each step, and by several at once. */
const folder = mkdtempSync(path.join(tmpdir(), 'dinnb-kill-'));
const program = path.join(folder, 'save.cjs');
beforeAll(async () => {
  const contents = `
    import { readFileSync } from 'node:fs';
    import { replaceFile, readNotebookFile, writeWhole } from './src/cli/files';
    import { format, rewrite } from './src/cli/rewrite';
    import { runTarget, saveRun } from './src/cli/save-run';
    import { printNotebookBytes } from './src/notebook/print';

    /** A run that comes to one cell, which prints a text. */
    function run(file, id, text) {
      const notebook = readNotebookFile(file);
      const target = runTarget(file, notebook);
      const made = { outputs: [{ type: 'stream', name: 'stdout', text }], execution: { count: 1, ok: true, startedAt: 1, endedAt: 2 } };
      const cells = notebook.document.cells.map((cell) => ({ ...cell, ...(cell.id === id ? made : { execution: undefined }) }));
      const before = notebook.document.cells.find((cell) => cell.id === id);
      return { before, save: () => saveRun(target, { ...notebook.document, cells }, () => {}) };
    }
    const jobs = {
      /** Saves several versions over and over. */
      over(target, ...versions) {
        const texts = versions.map((file) => readFileSync(file, 'utf8'));
        process.stdout.write('.');
        for (let number = 0; ; number++) writeWhole(target, texts[number % texts.length]);
      },
      once: (target, id, text) => run(target, id, text).save(),
      /** Runs a cell often; each time the last result must still be there. */
      runs(target, id, times) {
        for (let time = 0; time < times; time++) {
          const { before, save } = run(target, id, id + ' ' + time);
          if (time > 0 && before.outputs[0]?.text !== id + ' ' + (time - 1)) throw new Error('lost: ' + id + ' ' + time);
          save();
        }
      },
      /** Edits another cell's source, as whoever asks before writing. */
      edits(target, id, times) {
        for (let time = 0; time < times; time++)
          for (;;) {
            const { bytes, document } = readNotebookFile(target);
            document.cells.find((cell) => cell.id === id).source += '\\n// ' + time;
            if (replaceFile(target, bytes, printNotebookBytes(document))) break;
          }
      },
      /** Other layouts, and back. */
      formats(target, times) {
        console.log = () => {};
        for (let time = 0; time < times; time++) rewrite([target], format, {});
      },
      scrambles(target, times) {
        for (let time = 0; time < times; time++)
          for (;;) {
            const { bytes, document } = readNotebookFile(target);
            const other = Buffer.from(JSON.stringify(JSON.parse(bytes.toString())));
            if (replaceFile(target, bytes, other)) break;
          }
      },
    };
    const [, , job, ...args] = process.argv;
    jobs[job](...args);`;
  const root = path.resolve(__dirname, '../../..');
  await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    outfile: program,
    logLevel: 'error',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the file is always the old one or the new one, 200 times', async () => {
  const notebook = (source: string, size: number): NotebookDocument => {
    const outputs = [{ type: 'stream', name: 'stdout', text: source.repeat(size) } as const];
    return { version: 1, unknown: {}, cells: [{ id: 'c', kind: 'code', source, tags: [], outputs, unknown: {} }] };
  };
  const target = path.join(folder, 'study.dinnb');
  const texts = [printNotebook(notebook('old', 200_000)), printNotebook(notebook('new', 300_000))];
  const versions = texts.map((text, index) => {
    const file = path.join(folder, `version${index}`);
    writeFileSync(file, text);
    return file;
  });
  writeFileSync(target, texts[0]!);
  const seen = new Set<number>();
  for (let time = 0; time < 200; time++) {
    const child = spawn(process.execPath, [program, 'over', target, ...versions], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout!, 'data');
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 30)); // any moment: what is tried here
    child.kill('SIGKILL');
    await once(child, 'close');
    const index = texts.indexOf(readFileSync(target, 'utf8'));
    expect(index, `neither old nor new after kill ${time}`).toBeGreaterThanOrEqual(0);
    seen.add(index);
  }
  expect(seen.size).toBe(2);
  expect(parseNotebook(readFileSync(target, 'utf8'), 'x').cells).toHaveLength(1);
  // What a killed write left is known by its name, and is no notebook.
  const others = readdirSync(folder).filter((name) => !/^(?:version\d|save\.cjs|study\.dinnb)$/.test(name));
  expect(others.filter((name) => !isLeftover(name))).toEqual([]);
});

const cell = (id: string, source = id): NotebookDocument['cells'][number] => ({
  id,
  kind: 'code',
  source,
  tags: [],
  outputs: [],
  unknown: {},
});

/** Runs one of the jobs; its exit code and what it complained of. */
async function job(args: string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stderr };
}

it('killed at each of its steps, a save leaves the old file or the new one, and the next save nothing else', async () => {
  const place = path.join(folder, 'steps');
  mkdirSync(place);
  const target = path.join(place, 'study.dinnb');
  const old = printNotebook({ version: 1, unknown: {}, cells: [cell('a'), cell('b')] });
  const fresh = () => {
    for (const name of readdirSync(place)) rmSync(path.join(place, name));
    writeFileSync(target, old);
  };
  fresh();
  const faults = faultsIn(place, folder);
  expect((await job(['once', target, 'a', 'made'], faults.listing)).code).toBe(0);
  const made = readFileSync(target, 'utf8');
  const steps = faults.listed();
  const rename = steps.findIndex((step) => step.startsWith('renameSync'));
  expect(steps.length).toBeGreaterThan(5);
  for (let at = 0; at < steps.length; at++) {
    for (const half of steps[at]!.startsWith('writeFileSync') ? [false, true] : [false]) {
      fresh();
      expect((await job(['once', target, 'a', 'made'], faults.killing(at, half))).code, steps[at]).toBeNull();
      expect(readFileSync(target, 'utf8'), `killed at ${steps[at]}`).toBe(at <= rename ? old : made);
      const others = readdirSync(place).filter((name) => name !== 'study.dinnb');
      expect(others.filter((name) => !isLeftover(name))).toEqual([]);
    }
  }
  // What lies there of the last one keeps nobody from saving.
  expect((await job(['once', target, 'b', 'again'])).code).toBe(0);
  expect(parseNotebook(readFileSync(target, 'utf8'), 'x').cells[1]!.outputs).toMatchObject([{ text: 'again' }]);
});

it('several processes that save one file at once lose nothing, 100 times', async () => {
  const target = path.join(folder, 'shared.dinnb');
  writeFileSync(target, printNotebook({ version: 1, unknown: {}, cells: ['a', 'b', 'c'].map((id) => cell(id)) }));
  const ended = await Promise.all([
    job(['runs', target, 'a', '100']),
    job(['runs', target, 'b', '100']),
    job(['edits', target, 'c', '100']),
    job(['formats', target, '100']),
    job(['scrambles', target, '30']),
  ]);
  expect(ended.map(({ stderr }) => stderr)).toEqual(['', '', '', '', '']);
  const [a, b, c] = parseNotebook(readFileSync(target, 'utf8'), 'x').cells;
  expect(a!.outputs).toMatchObject([{ text: 'a 99' }]);
  expect(b!.outputs).toMatchObject([{ text: 'b 99' }]);
  expect(c!.source).toBe(['c', ...Array.from({ length: 100 }, (_, time) => `// ${time}`)].join('\n'));
  expect(readdirSync(folder).filter((name) => name.startsWith('.shared'))).toEqual([]);
});
