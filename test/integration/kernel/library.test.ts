import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { InspectResult } from '../../../src/outputs/inspect';
import type { RuntimeSelection } from '../../../src/protocol/messages';
import { addonIn, nativeFolder } from '../tensorflow';
import { TestKernel } from './kernel';

// TensorFlow and the library load while the first cells may run already; each kernel here is new, and asked at once.

let kernel: TestKernel | undefined;
afterEach(async () => {
  await kernel?.stop();
  kernel = undefined;
});
const native: RuntimeSelection = { backend: 'native', addon: addonIn(nativeFolder()), tensorflow: '2' };
const sum = 'tf.ones([2]).sum().dataSync()[0]';

test('whoever needs it first has it: a global, an import, a package that asks for it, a file', async () => {
  const files = {
    'own.ts': "import { ones } from '@tensorflow/tfjs';\nexport const two = ones([2]).sum().dataSync()[0];\n",
    'node_modules/asks/index.js':
      "const tf = require('@tensorflow/tfjs-core');\nmodule.exports = () => tf.engine().backendName;\n",
  };
  for (const [source, value] of [
    [`${sum} + typeof din.layers`, "'2object'"],
    ["import { data } from 'dinnb/din';\ndata.from({ user: [1, 2] }).rows", '2'],
    ["import { two } from './own';\ntwo", '2'],
    ["require('asks')()", "'tensorflow'"],
    [
      "import { createRequire } from 'node:module';\ncreateRequire(__filename)('@tensorflow/tfjs').getBackend()",
      "'tensorflow'",
    ],
  ]) {
    kernel = await TestKernel.start({ runtime: native }, files);
    expect(await kernel.value(source!), source).toBe(value);
    expect(await kernel.value(`tf.getBackend() + ${sum} + (tf === require('@tensorflow/tfjs-node'))`)).toBe(
      "'tensorflow2true'",
    );
    await kernel.stop();
  }
});

test('a cell may give its names to something else before it is there', async () => {
  kernel = await TestKernel.start({ runtime: native });
  expect(await kernel.value('tf = 5; const din = 6; [tf, din]')).toBe('[ 5, 6 ]');
  expect(await kernel.value("import * as own from '@tensorflow/tfjs';\nown.ones([2]).sum().dataSync()[0]")).toBe('2');
  expect(await kernel.value('[tf, din]')).toBe('[ 5, 6 ]');
});

test('what comes into the global scope with it is none of the notebook`s variables', async () => {
  kernel = await TestKernel.start({ runtime: native });
  await kernel.run('globalThis.mine = 1; undefined');
  const inspected = await kernel.session.inspect({ what: 'variables' });
  expect((inspected as Extract<InspectResult, { ok: 'variables' }>).variables.map(({ name }) => name)).toEqual([
    'mine',
  ]);
});

test('an interrupt of the cell that waits for it leaves it whole', async () => {
  kernel = await TestKernel.start({ runtime: native });
  const run = kernel.session.execute({ cellId: 'waits', source: `${sum}; for (;;);`, tags: [] });
  await kernel.session.interrupt();
  expect((await run).error?.name).toBe('Interrupted');
  expect(await kernel.value(sum)).toBe('2');
});

test('one that cannot be loaded is told by the start, or by each cell that needs it; the others run', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dinnb-test-'));
  const addon = path.join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
  for (const file of [addon, path.join(folder, 'deps', 'lib', 'libtensorflow.so.2')]) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, 'this is no library');
  }
  const said = /TensorFlow could not be loaded: .*tfjs_binding\.node.*dinnb doctor/s;
  const start = TestKernel.start({ runtime: { backend: 'native', addon, tensorflow: '2' } });
  const started = await start.catch((error: Error) => error);
  if (started instanceof Error) {
    expect(started.message).toMatch(said);
  } else {
    kernel = started;
    expect(await kernel.value('1 + 1')).toBe('2');
    for (const cell of ['tf.ones([1])', 'din.data', "import '@tensorflow/tfjs'", "require('@tensorflow/tfjs')"]) {
      expect((await kernel.run(cell)).result.error?.message, cell).toMatch(said);
    }
    expect(await kernel.value("require('node:path').sep")).toBe("'/'");
  }
  rmSync(folder, { recursive: true });
});
