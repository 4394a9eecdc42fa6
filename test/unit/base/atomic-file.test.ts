import {
  chmodSync,
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isLeftover, makeFolder, writeFileAtomically, writeFileAtomicallySync } from '../../../src/base/atomic-file';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'atomic-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ways = {
  async: writeFileAtomically,
  sync: async (file: string, content: string | Uint8Array) => writeFileAtomicallySync(file, content),
};

it('what came into the place meanwhile is not written over', () => {
  const file = path.join(folder, 'a.txt');
  writeFileSync(file, 'old');
  const isStillOld = () => readFileSync(file, 'utf8') === 'old';
  const overtaken = () => {
    writeFileSync(file, 'of somebody else');
    return isStillOld();
  };
  expect(writeFileAtomicallySync(file, 'new', overtaken)).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe('of somebody else');
  expect(readdirSync(folder)).toEqual(['a.txt']);
  writeFileSync(file, 'old');
  expect(writeFileAtomicallySync(file, 'new', isStillOld)).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('new');
});

it.each(['of an editor', ''])(
  'what somebody writes into the old file at that very moment ("%s") is back in its place',
  (theirs) => {
    const file = path.join(folder, 'a.txt');
    writeFileSync(file, 'old');
    const descriptor = openSync(file, 'r+');
    const overtaken = () => {
      const isStillOld = readFileSync(file, 'utf8') === 'old';
      ftruncateSync(descriptor);
      writeSync(descriptor, theirs, 0);
      return isStillOld;
    };
    expect(writeFileAtomicallySync(file, 'new', overtaken)).toBe(false);
    // An editor that has opened it goes on writing into what lies there.
    writeSync(descriptor, ' more', theirs.length);
    closeSync(descriptor);
    expect(readFileSync(file, 'utf8')).toBe(`${theirs} more`);
    expect(readdirSync(folder)).toEqual(['a.txt']);
  },
);

it('what a killed writer left goes with a later write: not of who lives, not of another file, not at once', () => {
  const file = path.join(folder, 'a.txt');
  const gone = 2 ** 22 + 1; // more than any process number
  const names = [
    `.a.txt.${gone}-0123456789ab.tmp`,
    `.a.txt.${process.pid}-0123456789ab.tmp`,
    `.b.txt.${gone}-0123456789ab.tmp`,
  ];
  for (const name of names) writeFileSync(path.join(folder, name), 'half');
  writeFileAtomicallySync(file, 'at once');
  expect(readdirSync(folder).sort()).toEqual([...names, 'a.txt'].sort());
  vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] });
  try {
    writeFileAtomicallySync(file, 'later');
  } finally {
    vi.useRealTimers();
  }
  expect(readdirSync(folder).sort()).toEqual([...names.slice(1), 'a.txt'].sort());
});

it('a turn that a killed writer held is taken over', () => {
  const file = path.join(folder, 'a.txt');
  const lock = path.join(folder, '.a.txt.saving');
  writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, token: 'gone' }));
  expect(isLeftover(path.basename(lock))).toBe(true);
  writeFileAtomicallySync(file, 'new');
  expect(readdirSync(folder)).toEqual(['a.txt']);
});

describe.each(Object.entries(ways))('writing a file whole (%s)', (_name, write) => {
  it('makes and replaces it, and leaves nothing beside it', async () => {
    const file = path.join(folder, 'a.txt');
    await write(file, 'first');
    await write(file, new TextEncoder().encode('ä second'));
    expect(readFileSync(file, 'utf8')).toBe('ä second');
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('keeps permissions and follows links', async () => {
    const file = path.join(folder, 'real.txt');
    writeFileSync(file, 'old');
    chmodSync(file, 0o640);
    symlinkSync(file, path.join(folder, 'link.txt'));
    await write(path.join(folder, 'link.txt'), 'new');
    expect(lstatSync(path.join(folder, 'link.txt')).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it('refuses a folder and a place that is none', async () => {
    mkdirSync(path.join(folder, 'sub'));
    await expect(write(path.join(folder, 'sub'), 'x')).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(write(path.join(folder, 'none', 'a.txt'), 'x')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(folder)).toEqual(['sub']);
  });

  it('writes into what is no file', async () => {
    await write('/dev/null', 'gone');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});

it('leaves the old file where the disk is full', async () => {
  const file = path.join(folder, 'a.txt');
  writeFileSync(file, 'old');
  const parts = {
    *[Symbol.iterator]() {
      yield new Uint8Array(8);
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    },
  };
  await expect(writeFileAtomically(file, parts)).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['a.txt']);
});

it('writes parts as they come, and many writers never mix', async () => {
  const file = path.join(folder, 'big.bin');
  async function* parts(value: number) {
    for (let i = 0; i < 50; i++) {
      await new Promise(setImmediate);
      yield new Uint8Array(10_000).fill(value);
    }
  }
  await Promise.all([1, 2, 3, 4].map((value) => writeFileAtomically(file, parts(value))));
  const bytes = readFileSync(file);
  expect(bytes.length).toBe(500_000);
  expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
  expect(readdirSync(folder)).toEqual(['big.bin']);
});

it('what a killed writer leaves behind is known as that, and the old file is still there', async () => {
  const file = path.join(folder, 'a.txt');
  writeFileSync(file, 'old');
  let seen: string[] = [];
  await writeFileAtomically(file, {
    *[Symbol.iterator]() {
      yield new Uint8Array(8);
      seen = readdirSync(folder); // what a reader finds when the writer dies here
      expect(readFileSync(file, 'utf8')).toBe('old');
    },
  });
  expect(seen.map((name) => [name === 'a.txt', isLeftover(name)]).sort()).toEqual([
    [false, true],
    [true, false],
  ]);
});

describe('making a folder', () => {
  it('makes those above it too, and takes one that is there', () => {
    makeFolder(path.join(folder, 'a', 'b', 'c'));
    makeFolder(path.join(folder, 'a', 'b', 'c'));
    symlinkSync(path.join(folder, 'a'), path.join(folder, 'link'));
    makeFolder(path.join(folder, 'link'));
    makeFolder('/');
    expect(statSync(path.join(folder, 'link', 'b', 'c')).isDirectory()).toBe(true);
  });

  it('says where a file has the name, or a name above it', () => {
    writeFileSync(path.join(folder, 'file'), '');
    expect(() => makeFolder(path.join(folder, 'file'))).toThrow(/EEXIST/);
    expect(() => makeFolder(path.join(folder, 'file', 'below'))).toThrow(/ENOTDIR/);
    symlinkSync(path.join(folder, 'gone'), path.join(folder, 'dangling'));
    expect(() => makeFolder(path.join(folder, 'dangling'))).toThrow(/EEXIST/);
  });

  it.skipIf(process.platform !== 'linux')('ends where the system denies a folder that is there', () => {
    expect(() => makeFolder('/proc/none')).toThrow(/ENOENT/);
    expect(() => makeFolder('/proc/none/below')).toThrow(/ENOENT/);
  });
});
