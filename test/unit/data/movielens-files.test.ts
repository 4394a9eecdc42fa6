import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { locate } from '../../../src/din/data/datasets/locate';
import type { PublishedSet } from '../../../src/din/data/datasets/published';
import { temporaryFolder } from './temporary-folder';

const disk = vi.hoisted(() => ({ isFull: false }));

vi.mock('../../../src/base/zip', async (original) => {
  const real = await original<typeof import('../../../src/base/zip')>();
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const openZip: typeof real.openZip = async (file) => {
    const zip = await real.openZip(file);
    return disk.isFull ? { ...zip, extract: () => Promise.reject(full) } : zip;
  };
  return { ...real, openZip };
});

const CONTENT = {
  'ratings.csv': 'userId,movieId,rating,timestamp\n1,2,3,4\n',
  'movies.csv': 'movieId,title,genres\n2,Two (2002),War\n',
};
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const SHA256 = { 'ratings.csv': sha256(CONTENT['ratings.csv']), 'movies.csv': sha256(CONTENT['movies.csv']) };

function archive(content: Record<string, string>): Uint8Array {
  return zipSync(
    Object.fromEntries(Object.entries(content).map(([name, text]) => [`tiny/${name}`, Buffer.from(text)])),
  );
}

/** A publisher on this machine; counts its visitors. */
async function publish(body: Uint8Array | string, status = 200) {
  const visits = { count: 0 };
  const server = createServer((_request, response) => {
    visits.count++;
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tiny.zip`;
  return { dataset: setAt(url), visits };
}

const setAt = (archive: string): PublishedSet => ({
  name: 'tiny',
  title: 'MovieLens tiny',
  files: [['ratings.csv'], ['movies.csv']],
  source: { archive },
  sha256: SHA256,
  licence: 'Licence: none.',
});

describe('the files of a MovieLens set', () => {
  let cache: string;
  beforeEach(async () => {
    cache = await temporaryFolder();
    vi.stubEnv('DINNB_CACHE', cache);
    vi.stubEnv('DINNB_DATA', '');
    vi.spyOn(console, 'log').mockImplementation(() => {});
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    disk.isFull = false;
  });

  it('are downloaded once, checked, and then found in the cache', async () => {
    const { dataset, visits } = await publish(archive({ ...CONTENT, 'links.csv': 'unused' }));
    for (let time = 1; time <= 2; time++) {
      const found = await locate(dataset);
      expect(found).toMatchObject({ folder: path.join(cache, 'data', 'tiny'), published: true });
      expect(await readFile(found.files[0], 'utf8')).toBe(CONTENT['ratings.csv']);
    }
    expect(visits.count).toBe(1);
    expect(await readdir(path.join(cache, 'data'))).toEqual(['tiny']);
    expect((await readdir(path.join(cache, 'data', 'tiny'))).sort()).toEqual(['movies.csv', 'ratings.csv']);
  });

  it('are replaced where the cache holds a damaged copy', async () => {
    const folder = path.join(cache, 'data', 'tiny');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'ratings.csv'), CONTENT['ratings.csv'].slice(0, 20));
    await writeFile(path.join(folder, 'movies.csv'), CONTENT['movies.csv']);
    const { dataset, visits } = await publish(archive(CONTENT));
    await locate(dataset);
    expect(visits.count).toBe(1);
    expect(await readFile(path.join(folder, 'ratings.csv'), 'utf8')).toBe(CONTENT['ratings.csv']);
  });

  it('come from DINNB_DATA before the cache, whatever their checksums', async () => {
    const data = await temporaryFolder();
    await mkdir(path.join(data, 'tiny'));
    for (const [name, text] of Object.entries(CONTENT)) await writeFile(path.join(data, 'tiny', name), `${text}\n`);
    vi.stubEnv('DINNB_DATA', data);
    const { dataset, visits } = await publish(archive(CONTENT));
    expect(await locate(dataset)).toMatchObject({ folder: path.join(data, 'tiny'), published: false });
    expect(visits.count).toBe(0);
  });

  it('come from the given folder and nowhere else', async () => {
    const { dataset, visits } = await publish(archive(CONTENT));
    const folder = await temporaryFolder({ 'ratings.csv': CONTENT['ratings.csv'] });
    await expect(locate(dataset, folder)).rejects.toThrow(`${folder}: movies.csv is not there. Give the folder`);
    await writeFile(path.join(folder, 'movies.csv'), CONTENT['movies.csv']);
    expect(await locate(dataset, folder)).toMatchObject({ folder, published: true });
    expect(visits.count).toBe(0);
  });

  const failures: [string, () => ReturnType<typeof publish>, RegExp][] = [
    ['a server that refuses', () => publish('no', 403), /tiny\.zip: the server answered 403 Forbidden/],
    ['a page in place of the archive', () => publish('<html>log in</html>'), /what came is no zip archive \(19 bytes/],
    ['a truncated archive', () => publish(archive(CONTENT).slice(0, 150)), /what came is no zip archive/],
    [
      'an archive without a file',
      () => publish(archive({ 'ratings.csv': CONTENT['ratings.csv'] })),
      /the archive has no movies\.csv/,
    ],
    [
      'changed files',
      () => publish(archive({ ...CONTENT, 'ratings.csv': 'other' })),
      new RegExp(
        `ratings\\.csv has the wrong checksum \\(SHA-256 ${sha256('other')}, expected ${SHA256['ratings.csv']}\\)`,
      ),
    ],
  ];
  for (const [what, publisher, reason] of failures) {
    it(`are not kept after ${what}; the error names every place and the remedy`, async () => {
      const { dataset } = await publisher();
      const error = await locate(dataset).then(
        () => undefined,
        (e: Error) => e,
      );
      expect(error?.message).toMatch(reason);
      expect(error?.message).toContain('(1) DINNB_DATA is not set; (2) ');
      expect(error?.message).toContain(
        `${path.join(cache, 'data', 'tiny')}: ratings.csv is not there, movies.csv is not there; (3)`,
      );
      expect(error?.message).toMatch(
        /Download http.* by hand, unzip it, and pass \{ folder: .* or use data = 'simulated'/,
      );
      expect(await readdir(path.join(cache, 'data'))).toEqual([]);
    });
  }

  it('are missing without a network, and the error says so', async () => {
    await expect(locate(setAt('http://no-such-host.invalid/tiny.zip'))).rejects.toThrow(
      /no-such-host\.invalid\/tiny\.zip: the host no-such-host\.invalid is not known here \(no network/,
    );
  });

  it('leave nothing behind when the disk is full', async () => {
    disk.isFull = true;
    const { dataset } = await publish(archive(CONTENT));
    await expect(locate(dataset)).rejects.toThrow(
      /no disk space to keep the download; make room, or set DINNB_CACHE to a folder on another disk/,
    );
    expect(await readdir(path.join(cache, 'data'))).toEqual([]);
  });

  it('cannot be kept where the cache is no folder', async () => {
    const file = path.join(cache, 'file');
    await writeFile(file, '');
    vi.stubEnv('DINNB_CACHE', file);
    const { dataset } = await publish(archive(CONTENT));
    await expect(locate(dataset)).rejects.toThrow(
      /the download cannot be kept \(.*\); set DINNB_CACHE to a folder that can be written/,
    );
  });
});
