import { createWriteStream } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isAlive } from './processes';
import { openTunnel, proxyFor } from './proxy';

export interface DownloadOptions {
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  /** Until the server answers. */
  connectTimeoutMs?: number;
  /** Without a single byte. */
  stallTimeoutMs?: number;
  /** 0 to 1, where the server said how long the file is. */
  onFraction?(fraction: number): void;
}

export interface ResumeOptions extends Omit<DownloadOptions, 'onFraction'> {
  /** Bytes there are, and how many there will be where the server said so; told at every chunk. */
  onBytes?(done: number, total: number | undefined): void;
  /** Waits before another attempt; default half a second, one, two, ... */
  pause?(failures: number): Promise<void>;
}

const MAX_REDIRECTS = 5;
/** Attempts in a row that bring not a single byte. */
const MAX_FAILURES = 4;

/**
 * Downloads a file whole or not at all: on any failure nothing is left at `file`.
 *
 * Proxies of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY) are honoured, which Node's own `fetch` does not do.
 *
 * @throws Error naming the address and the reason: the status, the time-out, a length that differs from the announced one.
 */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  const { signal, stallTimeoutMs = 60_000, onFraction } = options;
  const response = await request(new URL(url), options, MAX_REDIRECTS);
  const expected = Number(response.headers['content-length'] ?? Number.NaN);
  let received = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      received += chunk.length;
      if (expected > 0) onFraction?.(received / expected);
      callback(null, chunk);
    },
  });
  response.setTimeout(stallTimeoutMs, () => {
    response.destroy(new Error(`${url}: no data for ${stallTimeoutMs / 1000} s`));
  });
  try {
    await pipeline(response, meter, createWriteStream(file), { signal });
    if (expected >= 0 && received !== expected) {
      throw new Error(`${url}: ${received} bytes came instead of the announced ${expected}`);
    }
  } catch (error) {
    await rm(file, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') {
      throw new Error(`${url}: the connection broke after ${received} bytes`);
    }
    throw error;
  }
}

/** What is known of the bytes in `<file>.part`. */
interface Part {
  url: string;
  /** The server's name for this state of the file, which it must confirm before the rest is taken. */
  validator?: string;
  total?: number;
  /** Who writes it. */
  pid: number;
}

/**
 * Downloads a large file: what has come stands in `<file>.part`, and the next attempt, or the next call, asks for the rest of it
 * only (RFC 9110, Range and If-Range). A connection that breaks is opened again, as long as bytes come. A server that knows no
 * ranges, or whose file has changed, sends it all again. `file` itself is there only whole.
 *
 * @throws Error naming the address, the reason, and what is kept
 */
export async function downloadResuming(url: string, file: string, options: ResumeOptions = {}): Promise<void> {
  const { pause = (failures) => new Promise((resolve) => setTimeout(resolve, 250 * 2 ** failures)) } = options;
  const part = await partOf(file);
  for (let failures = 0; ; ) {
    const before = await sizeOf(part);
    try {
      await continuePart(url, part, options);
      break;
    } catch (error) {
      const have = await sizeOf(part);
      if (options.signal?.aborted) throw options.signal.reason;
      if (!isBroken(error)) throw error;
      failures = have > before ? 1 : failures + 1;
      if (failures >= MAX_FAILURES) {
        const reason = (error as Error).message.replace(`${url}: `, '');
        throw new Error(`${url}: ${reason}; the ${have} bytes that came are kept, and the next attempt goes on there`);
      }
      await pause(failures);
    }
  }
  await rename(part, file);
  await rm(`${part}.json`, { force: true });
}

/** A connection that broke, as opposed to a server that refuses and a disk that is full. */
class BrokenDownload extends Error {}
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE', 'UND_ERR_SOCKET']);
const isBroken = (error: unknown): boolean =>
  error instanceof BrokenDownload || BROKEN.has(String((error as NodeJS.ErrnoException).code));

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

async function noteOf(part: string): Promise<Part | undefined> {
  try {
    return JSON.parse(await readFile(`${part}.json`, 'utf8'));
  } catch {
    // No note, or half of one: then nothing is known of the bytes, and they are fetched again.
    return undefined;
  }
}

/** Another process that is downloading the same file keeps its part; we take one of our own. */
async function partOf(file: string): Promise<string> {
  const note = await noteOf(`${file}.part`);
  const busy = note !== undefined && note.pid !== process.pid && isAlive(note.pid);
  return busy ? `${file}.${process.pid}.part` : `${file}.part`;
}

async function continuePart(url: string, part: string, options: ResumeOptions): Promise<void> {
  const { signal, stallTimeoutMs = 60_000, onBytes } = options;
  const note = await noteOf(part);
  let have = note?.url === url ? await sizeOf(part) : 0;
  if (note?.total !== undefined && have === note.total) return;
  const headers =
    have > 0 ? { range: `bytes=${have}-`, ...(note?.validator ? { 'if-range': note.validator } : {}) } : {};
  const response = await request(new URL(url), options, MAX_REDIRECTS, headers);
  const [, start, end] = /bytes (\d+)-\d+\/(\d+)/.exec(response.headers['content-range'] ?? '') ?? [];
  if (response.statusCode === 206 && Number(start) !== have) {
    response.destroy();
    await rm(part, { force: true });
    throw new BrokenDownload(`the server sent bytes from ${start} when those from ${have} were asked for`);
  }
  if (response.statusCode === 416) {
    response.destroy();
    await rm(part, { force: true });
    throw new BrokenDownload('the server has a shorter file than before');
  }
  if (response.statusCode === 200) have = 0;
  const length = Number(response.headers['content-length'] ?? Number.NaN);
  const total = end !== undefined ? Number(end) : length >= 0 ? length : undefined;
  const { etag, 'last-modified': modified } = response.headers;
  // A weak ETag says that files mean the same, not that their bytes are: If-Range does not take it.
  const validator = etag && !etag.startsWith('W/') ? etag : modified;
  const written: Part = { url, validator, total, pid: process.pid };
  await writeFile(`${part}.json`, JSON.stringify(written));
  response.setTimeout(stallTimeoutMs, () => {
    response.destroy(new BrokenDownload(`no data for ${stallTimeoutMs / 1000} s`));
  });
  // Chunk by chunk, not through a stream: what has come must be in the file when the connection breaks.
  const handle = await open(part, have > 0 ? 'a' : 'w');
  const stop = () => response.destroy(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  let done = have;
  try {
    for await (const chunk of response) {
      await handle.write(chunk as Buffer);
      done += (chunk as Buffer).length;
      onBytes?.(done, total);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    await handle.close();
  }
  if (total !== undefined && done !== total)
    throw new BrokenDownload(`${done} bytes came instead of the announced ${total}`);
}

/** Resolves with the first answer that is the file itself or the part that was asked for, its body not yet read. */
async function request(
  url: URL,
  options: DownloadOptions,
  redirects: number,
  headers: http.OutgoingHttpHeaders = {},
): Promise<http.IncomingMessage> {
  const response = await answer(url, options, headers);
  const status = response.statusCode ?? 0;
  if (status === 200 || (headers.range !== undefined && (status === 206 || status === 416))) return response;
  response.destroy();
  const location = response.headers.location;
  if (status >= 300 && status < 400 && location) {
    if (redirects === 0) throw new Error(`${url}: more than ${MAX_REDIRECTS} redirections`);
    return request(new URL(location, url), options, redirects - 1, headers);
  }
  throw new Error(`${url}: the server answered ${status} ${response.statusMessage ?? ''}`.trim());
}

async function answer(
  url: URL,
  options: DownloadOptions,
  headers: http.OutgoingHttpHeaders,
): Promise<http.IncomingMessage> {
  const { env = process.env, signal, connectTimeoutMs = 8_000 } = options;
  const limit = AbortSignal.timeout(connectTimeoutMs);
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  try {
    const proxy = proxyFor(url, env);
    const agent = proxy ? await openTunnel(proxy, url, either) : undefined;
    const client = url.protocol === 'https:' ? https : http;
    return await new Promise((resolve, reject) => {
      // The limit is for the answer only: a long body must not fall to it.
      const stop = () => sent.destroy(either.reason);
      const sent = client.get(url, { agent, headers }, (response) => {
        either.removeEventListener('abort', stop);
        resolve(response);
      });
      either.addEventListener('abort', stop, { once: true });
      if (either.aborted) stop();
      sent.on('error', reject);
    });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (limit.aborted) throw new Error(`${url}: no answer within ${connectTimeoutMs / 1000} s`);
    const { code, message } = error as NodeJS.ErrnoException;
    const known: { [code: string]: string } = {
      ENOTFOUND: `the host ${url.hostname} is not known here (no network, or a proxy is needed: HTTPS_PROXY)`,
      EAI_AGAIN: `the host ${url.hostname} is not known here (no network, or a proxy is needed: HTTPS_PROXY)`,
      ECONNREFUSED: `${url.host} refused the connection`,
    };
    throw Object.assign(new Error(`${url}: ${known[code ?? ''] ?? message}`), { code });
  }
}
