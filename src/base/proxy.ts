import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import tls from 'node:tls';

/** The proxy that the environment names for an address; undefined for a direct connection. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const secure = url.protocol === 'https:';
  const named = secure
    ? env.https_proxy || env.HTTPS_PROXY || env.http_proxy || env.HTTP_PROXY
    : env.http_proxy || env.HTTP_PROXY;
  if (!named || isExempt(url.hostname, env.no_proxy || env.NO_PROXY || '')) return undefined;
  return new URL(named.includes('://') ? named : `http://${named}`);
}

/** NO_PROXY: host names or their ends (`.example.org`), separated by commas; `*` for all. */
function isExempt(host: string, list: string): boolean {
  return list
    .split(',')
    .map((entry) => entry.trim().replace(/^\*?\./, ''))
    .filter(Boolean)
    .some((entry) => entry === '*' || host === entry || host.endsWith(`.${entry}`));
}

/** An agent whose one connection goes through the proxy to the host of `url` (CONNECT, then TLS for https). */
export async function openTunnel(proxy: URL, url: URL, signal: AbortSignal): Promise<http.Agent> {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const authority = `${url.hostname}:${port}`;
  const headers: http.OutgoingHttpHeaders = { host: authority };
  if (proxy.username) {
    const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    headers['proxy-authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }
  const socket = await new Promise<Socket>((resolve, reject) => {
    const client = proxy.protocol === 'https:' ? https : http;
    const options = { method: 'CONNECT', path: authority, headers, signal, agent: false as const };
    const request = client.request(proxy, options);
    request.on('connect', (response, connected) => {
      if (response.statusCode === 200) return resolve(connected as Socket);
      connected.destroy();
      reject(
        new Error(`the proxy ${proxy.host} answered ${response.statusCode} ${response.statusMessage ?? ''}`.trim()),
      );
    });
    request.on('error', (error) => reject(new Error(`the proxy ${proxy.host} cannot be reached: ${error.message}`)));
    request.end();
  });
  const secure = url.protocol === 'https:';
  const agent = secure ? new https.Agent() : new http.Agent();
  agent.createConnection = () => (secure ? tls.connect({ socket, servername: url.hostname }) : socket);
  return agent;
}
