import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findNodes } from '../../../src/host/find-nodes';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A machine with Nodes that are scripts saying a version. */
function machine(nodes: { [place: string]: string }) {
  const home = mkdtempSync(path.join(os.tmpdir(), 'dinnb-nodes-'));
  folders.push(home);
  for (const [place, version] of Object.entries(nodes)) {
    const file = path.join(home, place);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\necho ${version}\n`);
    chmodSync(file, 0o755);
  }
  return home;
}

describe.skipIf(process.platform === 'win32')('findNodes', () => {
  const own = (home: string) => async (env: { [name: string]: string }) =>
    (await findNodes({ env, home, platform: 'linux' }))
      .filter(({ path: found }) => found.startsWith(home))
      .map(({ path: found, version }) => `${version} ${path.relative(home, found)}`);

  it('finds those on the PATH and of version managers, newest first, each once, without what cannot run kernels', async () => {
    const home = machine({
      'bin/node': '22.18.0',
      '.nvm/versions/node/v20.19.0/bin/node': '20.19.0',
      '.nvm/versions/node/v18.0.0/bin/node': '18.0.0',
      '.volta/tools/image/node/24.3.0/bin/node': '24.3.0',
      '.asdf/installs/nodejs/21.0.0/bin/node': 'no version',
      'fnm/node-versions/v22.9.0/installation/bin/node': '22.9.0',
    });
    symlinkSync(path.join(home, 'bin'), path.join(home, 'again'));
    symlinkSync(path.join(home, 'nowhere'), path.join(home, 'dangling'));
    const PATH = ['bin', 'again', 'dangling', 'not-there'].map((folder) => path.join(home, folder)).join(':');
    expect(await own(home)({ PATH, FNM_DIR: path.join(home, 'fnm') })).toEqual([
      '24.3.0 .volta/tools/image/node/24.3.0/bin/node',
      '22.18.0 bin/node',
      '22.9.0 fnm/node-versions/v22.9.0/installation/bin/node',
      '20.19.0 .nvm/versions/node/v20.19.0/bin/node',
    ]);
  });

  it('finds nothing where there is nothing', async () => {
    expect(await own(machine({}))({})).toEqual([]);
  });
});
