import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { devNull } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workspace } from './command';

/** `dinnb doctor` in a folder that somebody else has filled. */
let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.remove());

it.each([['doctor'], ['doctor', '--install'], ['doctor', '--install', '--if-needed']])(
  '%j runs nothing of the folder that it is started in',
  async (...args) => {
    const mark = space.path('ran');
    const python = `open(${JSON.stringify(mark)}, "a").write(__file__ + "\\n")\n`;
    for (const module of ['pip', 'sitecustomize', 'usercustomize', 'platform', 'json', 'runpy'])
      space.write(`${module}.py`, python);
    space.write('pip/__main__.py', python);
    space.write('pip/__init__.py', python);
    const node = `require('fs').appendFileSync(${JSON.stringify(mark)}, __filename + '\\n');`;
    space.write('node_modules/@tensorflow/tfjs/package.json', '{"version":"4.22.0","main":"index.js"}');
    space.write('node_modules/@tensorflow/tfjs/index.js', node);
    space.write('node_modules/@tensorflow/tfjs-node/package.json', '{"version":"4.22.0","main":"index.js"}');
    space.write('node_modules/@tensorflow/tfjs-node/index.js', node);
    space.write('node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node', 'no library');
    for (const tool of ['python3', 'pip3', 'python', 'g++', 'clang++', 'c++', 'make', 'tar']) {
      space.write(tool, `#!/bin/sh\necho "$0" >> '${mark}'\n`);
      chmodSync(space.path(tool), 0o755);
    }
    const cache = space.path('cache');
    mkdirSync(cache, { recursive: true });
    const env = { DINNB_CACHE: cache, DINNB_TENSORFLOW: undefined, PATH: `.${path.delimiter}${process.env.PATH}` };
    // Neither a download nor a build is what is tried here.
    const offline = {
      HTTPS_PROXY: 'http://127.0.0.1:9',
      HTTP_PROXY: 'http://127.0.0.1:9',
      PIP_NO_INDEX: '1',
      PIP_FIND_LINKS: space.folder,
      PIP_CONFIG_FILE: devNull,
    };
    const ended = await space.start(args, { env: { ...env, ...offline } }).ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect(readdirSync(space.folder)).not.toContain('ran');
    expect(ended.stdout + ended.stderr).not.toContain(path.join(space.folder, 'node_modules'));
  },
);
