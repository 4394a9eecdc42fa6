import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isLeftover } from '../../../src/base/atomic-file';
import type { NotebookDocument } from '../../../src/notebook/document';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';

/** A notebook is saved over and over by a process that is killed at any moment. */
const folder = mkdtempSync(path.join(tmpdir(), 'dinnb-kill-'));
const program = path.join(folder, 'save.cjs');
beforeAll(async () => {
  const contents = `
    import { readFileSync } from 'node:fs';
    import { writeWhole } from './src/cli/files';
    const [, , target, ...versions] = process.argv;
    const texts = versions.map((file) => readFileSync(file, 'utf8'));
    process.stdout.write('.');
    for (let number = 0; ; number++) writeWhole(target, texts[number % texts.length]);`;
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
    const child = spawn(process.execPath, [program, target, ...versions], { stdio: ['ignore', 'pipe', 'inherit'] });
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
