import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A local socket (on Windows a named pipe) for one kernel. */
export interface KernelChannel {
  address: string;
  /** The kernel's end, once it has connected. */
  connected: Promise<Socket>;
  /** Stops listening and removes the socket file. The connected socket stays. */
  close(): Promise<void>;
}

/** @throws Error naming the temporary folder when no socket can be made there */
export async function openChannel(): Promise<KernelChannel> {
  const place = await makePlace();
  const server = createServer();
  const connected = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await listen(server, place.address);
  return {
    address: place.address,
    connected,
    async close() {
      server.close();
      await place.remove();
    },
  };
}

async function makePlace(): Promise<{ address: string; remove(): Promise<void> }> {
  if (process.platform === 'win32') {
    return { address: `\\\\.\\pipe\\dinnb-${randomBytes(16).toString('hex')}`, remove: async () => {} };
  }
  // A folder of its own, which only this user can enter: nobody else can connect.
  const folder = await mkdtemp(path.join(tmpdir(), 'dinnb-'));
  return { address: path.join(folder, 'k'), remove: () => rm(folder, { recursive: true, force: true }) };
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`No socket for the kernel at ${address}: ${error.message}`)));
    server.listen(address, resolve);
  });
}
