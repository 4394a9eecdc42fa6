import { utimesSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestKernel } from './kernel';

const PACKAGES = {
  'node_modules/only-esm/package.json': '{ "name": "only-esm", "type": "module", "exports": "./index.js" }',
  'node_modules/only-esm/index.js': 'export const hi = "esm"; export default 1;',
  'node_modules/hidden-names/package.json': '{ "name": "hidden-names", "main": "index.js" }',
  // names that Node cannot see by reading the text
  'node_modules/hidden-names/index.js':
    'const all = { hidden: 5 }; all["al" + "so"] = 6; module.exports = Object.assign(() => 7, all);',
  'node_modules/uses-tf-cjs/package.json': '{ "name": "uses-tf-cjs", "main": "index.js" }',
  'node_modules/uses-tf-cjs/index.js':
    "exports.core = require('@tensorflow/tfjs-core'); exports.tf = require('@tensorflow/tfjs');",
  'node_modules/uses-tf-esm/package.json': '{ "name": "uses-tf-esm", "type": "module", "exports": "./index.js" }',
  'node_modules/uses-tf-esm/index.js':
    "import * as core from '@tensorflow/tfjs-core'; export { Tensor } from '@tensorflow/tfjs'; export { core };",
  // a second copy, which must not be loaded
  'node_modules/@tensorflow/tfjs/package.json': '{ "name": "@tensorflow/tfjs", "main": "index.js" }',
  'node_modules/@tensorflow/tfjs/index.js': 'throw new Error("a second copy of TensorFlow.js was loaded")',
  'node_modules/@tensorflow/tfjs-core/package.json': '{ "name": "@tensorflow/tfjs-core", "main": "index.js" }',
  'node_modules/@tensorflow/tfjs-core/index.js': 'throw new Error("a second copy of tfjs-core was loaded")',
};

const FILES = {
  ...PACKAGES,
  'util.ts':
    'import { base } from "./lib/base.js";\nexport enum Kind { A = 3 }\nexport interface Shape { n: number }\nexport const answer: number = base + 1;',
  'lib/base.ts': 'export const base = 41;',
  'lib/index.ts': 'export const fromIndex = "index";',
  'view.tsx': 'const React = { createElement: (tag: string) => [tag].join() };\nexport const view = <b />;',
  'data.json': '{ "rows": [1, 2] }',
  'plain.mjs': 'export const plain = "mjs";',
  'common.cjs': 'exports.common = "cjs";',
  'tensors.ts':
    "import * as tf from '@tensorflow/tfjs';\nimport { Tensor, tensor1d } from '@tensorflow/tfjs-core';\nimport { DataError } from 'dinnb/din';\nexport { tf, Tensor, DataError };\nexport const made = tensor1d([1, 2]);",
};

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start({}, FILES);
});
afterAll(() => kernel.stop());

test('packages and files resolve from the folder of the notebook', async () => {
  expect(
    await kernel.value('import { hi } from "only-esm"; import one, * as all from "only-esm"; [hi, one, all.default]'),
  ).toBe("[ 'esm', 1, 1 ]");
  expect(
    await kernel.value('import { plain } from "./plain.mjs"; import { common } from "./common.cjs"; [plain, common]'),
  ).toBe("[ 'mjs', 'cjs' ]");
  expect(await kernel.value('(await import("./plain.mjs")).plain')).toBe("'mjs'");
  expect(await kernel.value('(() => import("only-esm"))().then((m) => m.hi).then(console.log)')).toBe(
    'Promise { <pending> }',
  );
  expect(await kernel.value('[require("./common.cjs").common, require("hidden-names")()]')).toBe("[ 'cjs', 7 ]");
  expect(await kernel.value('import.meta.resolve("./util.ts").startsWith("file:///")')).toBe('true');
});

test('named imports of CommonJS modules whose names Node does not see', async () => {
  expect(await kernel.value('import fn, { hidden, also } from "hidden-names"; [fn(), hidden, also]')).toBe(
    '[ 7, 5, 6 ]',
  );
});

test('TypeScript files: without extension, as .js, enums, folders, tsx, types by name', async () => {
  expect(await kernel.value('import { answer, Kind, type Shape } from "./util"; [answer, Kind.A]')).toBe('[ 42, 3 ]');
  expect(await kernel.value('import { answer as a2, Shape as S2 } from "./util.js"; [a2, S2]')).toBe(
    '[ 42, undefined ]',
  );
  expect(await kernel.value('import { fromIndex } from "./lib"; fromIndex')).toBe("'index'");
  expect(await kernel.value('import { view } from "./view"; view')).toBe("'b'");
});

test('JSON, with and without import attributes', async () => {
  expect(await kernel.value('import data from "./data.json" with { type: "json" }; data.rows')).toBe('[ 1, 2 ]');
  expect(await kernel.value('import data2 from "./data.json"; data2.rows')).toBe('[ 1, 2 ]');
  expect(await kernel.value('(await import("./data.json", { with: { type: "json" } })).default.rows')).toBe('[ 1, 2 ]');
});

test('an edited file is loaded anew by the next import, also when only what it imports was edited', async () => {
  const edit = (name: string, text: string, secondsAhead: number) => {
    kernel.write(name, text);
    const time = Date.now() / 1000 + secondsAhead;
    utimesSync(path.join(kernel.folder, name), time, time);
  };
  edit('util.ts', 'import { base } from "./lib/base";\nexport const answer = base * 2;', 2);
  expect(await kernel.value('import { answer } from "./util"; answer')).toBe('82');
  edit('lib/base.ts', 'export const base = 100;', 4);
  expect(await kernel.value('import { answer } from "./util"; answer')).toBe('200');
  edit('data.json', '{ "rows": [3] }', 6);
  expect(await kernel.value('import data from "./data.json"; data.rows')).toBe('[ 3 ]');
  edit('plain.mjs', 'export const plain = "edited";', 8);
  expect(await kernel.value('import { plain } from "./plain.mjs"; plain')).toBe("'edited'");
});

test('a module that has not changed is the same module', async () => {
  await kernel.run('import * as first from "./lib/base"');
  expect(await kernel.value('import * as second from "./lib/base.ts"; first === second')).toBe('true');
});

test('one TensorFlow.js for cells, workspace files and packages', async () => {
  const cell = `
    import * as mine from '@tensorflow/tfjs';
    import { Tensor, tensor } from '@tensorflow/tfjs-core';
    import * as node from '@tensorflow/tfjs-node';
    import { layers } from '@tensorflow/tfjs-layers';
    [mine.Tensor === tf.Tensor, Tensor === tf.Tensor, node === tf, tensor([1]) instanceof tf.Tensor, typeof layers ?? typeof mine.layers.dense]`;
  expect(await kernel.value(cell)).toBe("[ true, true, true, true, 'object' ]");
  expect(
    await kernel.value(
      '[require("@tensorflow/tfjs").Tensor === tf.Tensor, (await import("@tensorflow/tfjs")).Tensor === tf.Tensor]',
    ),
  ).toBe('[ true, true ]');
  expect(
    await kernel.value(
      'import * as t from "./tensors"; [t.Tensor === tf.Tensor, t.tf.Tensor === tf.Tensor, t.made instanceof tf.Tensor]',
    ),
  ).toBe('[ true, true, true ]');
  expect(
    await kernel.value(
      'import { core, tf as cjs } from "uses-tf-cjs"; [core.Tensor === tf.Tensor, cjs.Tensor === tf.Tensor]',
    ),
  ).toBe('[ true, true ]');
  expect(
    await kernel.value('import * as esm from "uses-tf-esm"; [esm.Tensor === tf.Tensor, esm.core.Tensor === tf.Tensor]'),
  ).toBe('[ true, true ]');
});

test('one library', async () => {
  expect(await kernel.value('import * as d from "dinnb/din"; d === din || d.models === din.models')).toBe('true');
  expect(await kernel.value('[require("dinnb/din").DataError === din.DataError, t.DataError === din.DataError]')).toBe(
    '[ true, true ]',
  );
});

test('CommonJS in TypeScript: .cts files, `import x = require()`, `export =`', async () => {
  kernel.write('lib/a.cts', 'export const a: number = 1;\nexport const here = [__filename, require("node:os").EOL];');
  expect(await kernel.value('import { a, here } from "./lib/a.cts"; [a, here[0].endsWith("a.cts"), here[1]]')).toBe(
    "[ 1, true, '\\n' ]",
  );
  kernel.write('lib/b.ts', 'import { a } from "./a.cjs";\nexport const b = a + 1;');
  expect(await kernel.value('import { b } from "./lib/b"; b')).toBe('2');
  kernel.write(
    'lib/req.ts',
    "import os = require('node:os');\nimport type fs = require('node:fs');\nimport mine = require('@tensorflow/tfjs');\nexport const eol = os.EOL;\nexport { mine };\ninterface Long {\n  a: fs.Stats;\n}\nexport const fail = (x?: Long): never => {\n  throw new Error('from req');\n};",
  );
  expect(await kernel.value('import { eol, mine as same } from "./lib/req"; [eol, same.Tensor === tf.Tensor]')).toBe(
    "[ '\\n', true ]",
  );
  const { result } = await kernel.run('import { fail } from "./lib/req"; fail()');
  expect(result.error!.stack).toMatch(/req\.ts:10:9/);
  kernel.write(
    'lib/eq.ts',
    'class Legacy {\n  constructor(readonly n: number) {}\n  static one = 1;\n}\nexport = Legacy;',
  );
  expect(await kernel.value('import Legacy, { one as staticOne } from "./lib/eq"; [new Legacy(3).n, staticOne]')).toBe(
    '[ 3, 1 ]',
  );
  kernel.write('lib/uses-eq.ts', "import Legacy from './eq';\nexport const made = new Legacy(4).n;");
  expect(await kernel.value('import { made as four } from "./lib/uses-eq"; four')).toBe('4');
});

test('declarations have no values: they load as nothing, and say so where a value would be needed', async () => {
  kernel.write('lib/only.d.ts', 'declare const AMBIENT: string;\ninterface Wide { a: 1 }');
  kernel.write(
    'lib/rows.d.ts',
    "export interface Row { a: 1 }\nexport * from './base';\nexport type { X } from './none';",
  );
  kernel.write('lib/native.d.ts', 'export interface Handle { a: 1 }\n  export declare const version: string;');
  kernel.write('lib/beside.d.mts', 'export declare const beside: string;');
  kernel.write('lib/beside.mjs', 'export const beside = "value";');
  expect(await kernel.value('import "./lib/only.d.ts"; 1')).toBe('1');
  expect(await kernel.value('import { Row } from "./lib/rows"; typeof Row')).toBe("'undefined'");
  expect(await kernel.value('import { base as passedOn } from "./lib/rows.js"; typeof passedOn')).toBe("'number'");
  expect(await kernel.value('import { beside } from "./lib/beside.mjs"; beside')).toBe("'value'");
  const { result } = await kernel.run('import { version } from "./lib/native";');
  expect(result.error!.message).toMatch(/^This file only declares values.*native\.d\.ts:2:3\)$/);
  expect((await kernel.run('import "./lib/nowhere";')).result.error!.message).toContain('Cannot find module');
});

test('what is wrong in a file that a cell imports is said with file, line and column', async () => {
  const failure = async (name: string, text: string) => {
    kernel.write(name, text);
    const { error } = (await kernel.run(`import "./${name}";`)).result;
    return `${error!.message}\n${error!.stack}`;
  };
  expect(await failure('wrong/syntax.ts', 'export const a = 1;\nexport const = 2;')).toMatch(/syntax\.ts:2:14/);
  expect(await failure('wrong/throws.ts', 'interface A {\n  b: 1;\n}\n  throw new Error("early");')).toMatch(
    /throws\.ts:4:9/,
  );
  kernel.write('wrong/inner.ts', 'export const a = 1;\n\nlet let = 2;');
  expect(await failure('wrong/outer.ts', 'import "./inner";')).toMatch(/inner\.ts:3:5/);
  expect(await failure('wrong/twice.ts', 'export const a = 1;\nexport const a = 2;')).toMatch(/twice\.ts:1:14/);
  expect(await failure('wrong/common.cjs', 'exports.a = 1;\n  const = 2;')).toMatch(/common\.cjs:2:9/);
  expect(await failure('wrong/data.json', '{\n  "a": }')).toMatch(/data\.json/);
  expect(await failure('wrong/name.ts', 'import { nothing } from "../lib/base";\nnothing;')).toMatch(/name\.ts:1:10/);
});
