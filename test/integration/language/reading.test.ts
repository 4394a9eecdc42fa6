import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServerProcess, startServer } from '../../../src/extension/language/server-process';
import { METHOD, type Readings } from '../../../src/language/messages';

// What the extension host asks the language server of sources, in place of loading a compiler itself.

let server: ServerProcess;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'reading-'));
  server = startServer((line) => console.error(line));
});
afterAll(() => {
  server?.kill();
  rmSync(folder, { recursive: true });
});

const read = <R extends keyof Readings>(reading: R, params: Readings[R]['params']) =>
  server.connection.sendRequest<Readings[R]['answer']>(METHOD.read, { reading, params });

it('tells what cells import', async () => {
  writeFileSync(path.join(folder, 'lib.ts'), "import './more';\n");
  writeFileSync(path.join(folder, 'more.ts'), '');
  const { files, packages } = await read('imports', { sources: ["import './lib'", 'const a = 1'], folder });
  expect(Object.keys(files)).toEqual(['lib.ts', 'more.ts']);
  expect(packages).toEqual({});
});

it('tells the parameters of a cell', async () => {
  const source = "/** How long. */\nconst epochs = 5;\nconst mode: 'a' | 'b' = 'a';";
  expect(await read('parameters', { source })).toEqual([
    { name: 'epochs', standard: '5', kind: 'number', description: 'How long.' },
    { name: 'mode', standard: 'a', kind: 'string', choices: ['a', 'b'] },
  ]);
});
