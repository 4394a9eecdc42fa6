import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { download } from '../../../src/base/download';
import { proxyFor } from '../../../src/base/proxy';
import { temporaryFolder } from './fake-machine';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const direct = { env: {} };

describe('a download is whole or not there', () => {
  const fetchInto = async (handler: http.RequestListener, options = {}) => {
    const file = path.join(temporaryFolder(), 'file');
    const url = await serve(handler);
    return { file, url, done: download(`${url}/x.tar.gz`, file, { ...direct, ...options }) };
  };

  it('arrives, with its progress', async () => {
    const body = Buffer.alloc(300_000, 7);
    const fractions: number[] = [];
    const { file, done } = await fetchInto(
      (_request, response) => response.setHeader('content-length', body.length).end(body),
      {
        onFraction: (fraction: number) => fractions.push(fraction),
      },
    );
    await done;
    expect(readFileSync(file).equals(body)).toBe(true);
    expect(fractions.at(-1)).toBe(1);
    expect([...fractions].sort((a, b) => a - b)).toEqual(fractions);
  });

  it('follows redirections, but not for ever', async () => {
    const { file, done } = await fetchInto((request, response) =>
      request.url === '/there' ? response.end('found') : response.writeHead(302, { location: '/there' }).end(),
    );
    await done;
    expect(readFileSync(file, 'utf8')).toBe('found');
    const circle = await fetchInto((_request, response) => response.writeHead(302, { location: '/x.tar.gz' }).end());
    await expect(circle.done).rejects.toThrow(/more than 5 redirections/);
  });

  it('403: names address and status', async () => {
    const { file, url, done } = await fetchInto((_request, response) => response.writeHead(403).end('<html>no</html>'));
    await expect(done).rejects.toThrow(`${url}/x.tar.gz: the server answered 403 Forbidden`);
    expect(existsSync(file)).toBe(false);
  });

  it('a connection that breaks half way', async () => {
    const { file, done } = await fetchInto((_request, response) => {
      response.setHeader('content-length', 1000);
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    });
    await expect(done).rejects.toThrow(/broke after 4 bytes|aborted/);
    expect(existsSync(file)).toBe(false);
  });

  it('a server that does not answer, and one that stops sending', async () => {
    const silent = await fetchInto(() => {}, { connectTimeoutMs: 60 });
    await expect(silent.done).rejects.toThrow(/no answer within 0.06 s/);
    const stalled = await fetchInto((_request, response) => void response.write('half'), { stallTimeoutMs: 60 });
    await expect(stalled.done).rejects.toThrow(/no data for 0.06 s/);
    expect(existsSync(stalled.file)).toBe(false);
  });

  it('the limit for the answer does not fall on a long body', async () => {
    const { file, done } = await fetchInto(
      (_request, response) => {
        response.write('first ');
        setTimeout(() => response.end('last'), 150);
      },
      { connectTimeoutMs: 60 },
    );
    await done;
    expect(readFileSync(file, 'utf8')).toBe('first last');
  });

  it('nobody listens; the host is not known', async () => {
    const file = path.join(temporaryFolder(), 'file');
    await expect(download('http://127.0.0.1:1/x', file, direct)).rejects.toThrow('127.0.0.1:1 refused the connection');
    await expect(download('http://no-such-host.invalid/x', file, direct)).rejects.toThrow(
      /no-such-host.invalid is not known here/,
    );
  });

  it('stops on abort', async () => {
    const controller = new AbortController();
    const { file, done } = await fetchInto(
      (_request, response) => {
        response.write('half');
        setTimeout(() => controller.abort(new Error('enough')), 20);
      },
      { signal: controller.signal },
    );
    await expect(done).rejects.toThrow();
    expect(existsSync(file)).toBe(false);
  });
});

describe('proxies of the environment', () => {
  it('are used through CONNECT, with credentials', async () => {
    const target = await serve((_request, response) => response.end('through'));
    const asked: { authority?: string; credentials?: string }[] = [];
    const proxy = http.createServer().on('connect', (request, client: Socket) => {
      asked.push({ authority: request.url, credentials: request.headers['proxy-authorization'] });
      const [host, port] = request.url!.split(':');
      const upstream = net.connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    closing.push(() => proxy.close());
    const address = `http://user:pass@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const file = path.join(temporaryFolder(), 'file');
    await download(`${target}/x`, file, { env: { HTTP_PROXY: address } });
    expect(readFileSync(file, 'utf8')).toBe('through');
    const credentials = `Basic ${Buffer.from('user:pass').toString('base64')}`;
    expect(asked).toEqual([{ authority: target.slice('http://'.length), credentials }]);
  });

  it('that refuse or are down are named', async () => {
    const file = path.join(temporaryFolder(), 'file');
    const refusing = http.createServer().on('connect', (_request, client: Socket) => {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    closing.push(() => refusing.close());
    const address = `127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    await expect(download('https://example.invalid/x', file, { env: { https_proxy: address } })).rejects.toThrow(
      /the proxy 127.0.0.1:\d+ answered 407/,
    );
    await expect(
      download('https://example.invalid/x', file, { env: { https_proxy: 'http://127.0.0.1:1' } }),
    ).rejects.toThrow(/the proxy 127.0.0.1:1 cannot be reached/);
  });

  it('respect NO_PROXY', () => {
    const env = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'localhost, .example.org' };
    expect(proxyFor(new URL('https://other.net/x'), env)?.host).toBe('proxy:3128');
    expect(proxyFor(new URL('https://a.example.org/x'), env)).toBeUndefined();
    expect(proxyFor(new URL('https://notexample.org/x'), env)?.host).toBe('proxy:3128');
    expect(proxyFor(new URL('https://other.net/x'), { ...env, NO_PROXY: '*' })).toBeUndefined();
    expect(proxyFor(new URL('http://other.net/x'), env)).toBeUndefined();
  });
});
