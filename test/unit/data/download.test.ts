import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { build } from 'esbuild';
import { zipSync } from 'fflate';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { downloadResuming } from '../../../src/base/download';
import { fetchSet } from '../../../src/din/data/datasets/fetch';
import { temporaryFolder } from './temporary-folder';

const FILE = randomBytes(400_000);

interface Publisher {
  url: string;
  /** Of each visit, the bytes that were asked for. */
  ranges: (string | undefined)[];
}

/** A publisher on this machine, that answers as `reply` says. */
async function publish(
  reply: (request: IncomingMessage, response: ServerResponse, visit: number) => void,
): Promise<Publisher> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    reply(request, response, ranges.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`, ranges };
}

/** What an ordinary server does; `upTo`: the connection breaks after so many bytes of the answer. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  { body = FILE as Buffer, etag = '"one"', upTo = Number.POSITIVE_INFINITY } = {},
) {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
  const partial = from >= 0 && (request.headers['if-range'] ?? etag) === etag;
  if (partial && from >= body.length) {
    response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
    return;
  }
  const part = partial ? body.subarray(from) : body;
  response.writeHead(partial ? 206 : 200, {
    etag,
    'content-length': part.length,
    ...(partial ? { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` } : {}),
  });
  if (part.length <= upTo) response.end(part);
  else response.write(part.subarray(0, upTo), () => response.socket?.end());
}

const noPause = { pause: () => Promise.resolve() };

describe('a download that goes on where it broke off', () => {
  it('asks for the rest only, as often as the connection breaks', async () => {
    const target = path.join(await temporaryFolder(), 'file.bin');
    const { url, ranges } = await publish((request, response, visit) =>
      send(request, response, { upTo: visit < 4 ? 100_000 : Number.POSITIVE_INFINITY }),
    );
    const seen: (number | undefined)[] = [];
    await downloadResuming(url, target, { ...noPause, onBytes: (_, total) => seen.push(total) });
    expect(await readFile(target)).toEqual(FILE);
    expect(ranges[0]).toBeUndefined();
    expect(ranges.length).toBe(4);
    const starts = ranges.slice(1).map((range) => Number(/bytes=(\d+)-/.exec(range!)![1]));
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(new Set(starts).size).toBe(3);
    expect(new Set(seen)).toEqual(new Set([FILE.length]));
    expect(await readdir(path.dirname(target))).toEqual(['file.bin']);
  });

  it('begins anew where the server knows no ranges', async () => {
    const target = path.join(await temporaryFolder(), 'file.bin');
    const { url, ranges } = await publish((request, response, visit) => {
      request.headers.range = undefined;
      send(request, response, { upTo: visit === 1 ? 100_000 : Number.POSITIVE_INFINITY });
    });
    await downloadResuming(url, target, noPause);
    expect(await readFile(target)).toEqual(FILE);
    expect(ranges.length).toBe(2);
  });

  it('begins anew where the file has changed meanwhile', async () => {
    const target = path.join(await temporaryFolder(), 'file.bin');
    const changed = randomBytes(300_000);
    const { url } = await publish((request, response, visit) =>
      visit === 1
        ? send(request, response, { upTo: 100_000 })
        : send(request, response, { body: changed, etag: '"two"' }),
    );
    await downloadResuming(url, target, noPause);
    expect(await readFile(target)).toEqual(changed);
  });

  it('gives up where nothing comes any more, keeps what came, and goes on when called again', async () => {
    const target = path.join(await temporaryFolder(), 'file.bin');
    let broken = true;
    const { url, ranges } = await publish((request, response, visit) =>
      broken && visit > 1
        ? request.socket.destroy()
        : send(request, response, { upTo: broken ? 100_000 : Number.POSITIVE_INFINITY }),
    );
    await expect(downloadResuming(url, target, noPause)).rejects.toThrow(
      /file\.bin: .*; the \d+ bytes that came are kept, and the next attempt goes on there/,
    );
    const { size } = await stat(`${target}.part`);
    expect(size).toBeGreaterThan(0);
    broken = false;
    await downloadResuming(url, target, noPause);
    expect(ranges.at(-1)).toBe(`bytes=${size}-`);
    expect(await readFile(target)).toEqual(FILE);
  });

  it('does not try again where the server refuses, or the disk does', async () => {
    const folder = await temporaryFolder();
    const { url, ranges } = await publish((_, response) => response.writeHead(404).end());
    await expect(downloadResuming(url, path.join(folder, 'file.bin'), noPause)).rejects.toThrow(/answered 404/);
    expect(ranges.length).toBe(1);
    const good = await publish((request, response) => send(request, response));
    const nowhere = path.join(folder, 'no-such-folder', 'file.bin');
    await expect(downloadResuming(good.url, nowhere, noPause)).rejects.toThrow(/ENOENT/);
  });

  it('goes on after the process was killed', async () => {
    const folder = await temporaryFolder();
    const target = path.join(folder, 'file.bin');
    let whole = false;
    const { url, ranges } = await publish((request, response) => {
      if (whole) return send(request, response);
      // The rest never comes: the process is killed while it waits.
      response.writeHead(200, { etag: '"one"', 'content-length': FILE.length });
      response.write(FILE.subarray(0, 150_000));
    });
    const script = path.join(folder, 'child.cjs');
    await build({
      stdin: {
        contents: `import { downloadResuming } from './src/base/download'; downloadResuming(${JSON.stringify(url)}, ${JSON.stringify(target)}, { onBytes: (n) => n === 150000 && console.log('waits') });`,
        resolveDir: path.resolve(import.meta.dirname, '../../..'),
      },
      bundle: true,
      platform: 'node',
      outfile: script,
      logLevel: 'silent',
    });
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await vi.waitFor(async () => expect((await stat(`${target}.part`)).size).toBe(150_000), { timeout: 10_000 });
    child.kill('SIGKILL');
    await once(child, 'exit');
    whole = true;
    await downloadResuming(url, target, noPause);
    expect(ranges.at(-1)).toBe('bytes=150000-');
    expect(await readFile(target)).toEqual(FILE);
    expect((await readdir(folder)).sort()).toEqual(['child.cjs', 'file.bin']);
  });
});

describe('a published data set', () => {
  const archive = Buffer.from(zipSync({ 'set/a.csv': FILE.subarray(0, 1000), 'set/other.csv': FILE.subarray(0, 10) }));
  const md5 = createHash('md5').update(archive).digest('hex');
  const set = (url: string, source: object) => ({
    name: 'set',
    title: 'The Set',
    files: [['a.csv']] as [[string]],
    source: { archive: `${new URL(url).origin}/set.zip`, ...source } as { archive: string },
    licence: 'Licence: for tests.',
  });

  it('is checked against the checksum that the publisher gives beside it, says its licence, and leaves nothing else', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const folder = await temporaryFolder();
    const { url } = await publish((request, response) =>
      request.url!.endsWith('.md5') ? response.end(`${md5}  set.zip\n`) : send(request, response, { body: archive }),
    );
    await fetchSet(set(url, { md5Beside: true }), path.join(folder, 'set'));
    expect(await readFile(path.join(folder, 'set', 'a.csv'))).toEqual(FILE.subarray(0, 1000));
    expect(await readdir(folder)).toEqual(['set']);
    expect(await readdir(path.join(folder, 'set'))).toEqual(['a.csv']);
    expect(log.mock.calls.flat().join('\n')).toContain('Downloading The Set. Licence: for tests.');
  });

  it('is not kept with a wrong checksum, and does not stand in the way of the next attempt', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const folder = await temporaryFolder();
    const wrong = Buffer.from(archive);
    wrong[100] ^= 1;
    const { url } = await publish((request, response, visit) =>
      request.url!.endsWith('.md5')
        ? response.end(`MD5 (set.zip) = ${md5}\n`)
        : send(request, response, { body: visit === 1 ? wrong : archive }),
    );
    await expect(fetchSet(set(url, { md5Beside: true }), path.join(folder, 'set'))).rejects.toThrow(
      /set\.zip: what came \(\d+ bytes\) has the wrong checksum \(MD5 [0-9a-f]{32}, expected /,
    );
    expect(await readdir(folder)).toEqual([]);
    await fetchSet(set(url, { md5Beside: true }), path.join(folder, 'set'));
    expect(await readdir(folder)).toEqual(['set']);
    await expect(fetchSet(set(url, { sha256: '0'.repeat(64) }), path.join(folder, 'set'))).rejects.toThrow(
      /expected 0000/,
    );
    expect(await readdir(path.join(folder, 'set'))).toEqual(['a.csv']);
  });

  it('is continued where an earlier attempt broke off', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const folder = await temporaryFolder();
    const { url, ranges } = await publish((request, response) => send(request, response, { body: archive }));
    const part = path.join(folder, 'set-set.zip.part');
    await writeFile(part, archive.subarray(0, 400));
    const note = { url: `${new URL(url).origin}/set.zip`, validator: '"one"', total: archive.length, pid: 0x7ffffff0 };
    await writeFile(`${part}.json`, JSON.stringify(note));
    await fetchSet(set(url, {}), path.join(folder, 'set'));
    expect(ranges).toEqual(['bytes=400-']);
    expect(await readFile(path.join(folder, 'set', 'a.csv'))).toEqual(FILE.subarray(0, 1000));
  });
});
