import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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

const MAX_REDIRECTS = 5;

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

/** Resolves with the first answer that is the file itself, its body not yet read. */
async function request(url: URL, options: DownloadOptions, redirects: number): Promise<http.IncomingMessage> {
  const response = await answer(url, options);
  const status = response.statusCode ?? 0;
  if (status === 200) return response;
  response.destroy();
  const location = response.headers.location;
  if (status >= 300 && status < 400 && location) {
    if (redirects === 0) throw new Error(`${url}: more than ${MAX_REDIRECTS} redirections`);
    return request(new URL(location, url), options, redirects - 1);
  }
  throw new Error(`${url}: the server answered ${status} ${response.statusMessage ?? ''}`.trim());
}

async function answer(url: URL, options: DownloadOptions): Promise<http.IncomingMessage> {
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
      const sent = client.get(url, { agent }, (response) => {
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
    throw new Error(`${url}: ${known[code ?? ''] ?? message}`);
  }
}
