import http from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { debugSource } from '../../../src/protocol/debug-sources';
import { sleep, TestKernel } from './kernel';

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

/** Asks for a WebSocket: the answer's status and, if it is one, the connection. */
async function knock(url: string): Promise<{ status: number | undefined; socket?: Socket }> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
  };
  return new Promise((resolve, reject) => {
    const request = http.get(url.replace('ws:', 'http:'), { headers });
    request.on('upgrade', ({ statusCode }, socket) => resolve({ status: statusCode, socket: socket as Socket }));
    request.on('response', ({ statusCode }) => resolve({ status: statusCode }));
    request.on('error', reject);
  });
}

/** A debugger, as far as it is needed: short messages, each a frame. */
class Debugger {
  readonly events: { method: string; params: Record<string, unknown> }[] = [];
  private rest = Buffer.alloc(0);
  private readonly answers = new Map<number, (result: Record<string, unknown>) => void>();
  private last = 0;

  constructor(private readonly socket: Socket) {
    socket.on('data', (data: Buffer) => this.read(data));
  }

  async ask(method: string, params = {}): Promise<Record<string, unknown>> {
    const id = ++this.last;
    const body = Buffer.from(JSON.stringify({ id, method, params }));
    const head =
      body.length < 126 ? [0x81, 0x80 | body.length] : [0x81, 0x80 | 126, body.length >> 8, body.length & 255];
    // Masked with zeros.
    this.socket.write(Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), body]));
    return new Promise((resolve) => this.answers.set(id, resolve));
  }

  async event(method: string): Promise<Record<string, unknown>> {
    for (;;) {
      const index = this.events.findIndex((event) => event.method === method);
      if (index >= 0) return this.events.splice(index, 1)[0]!.params;
      await sleep(10);
    }
  }

  private read(data: Buffer): void {
    this.rest = Buffer.concat([this.rest, data]);
    for (;;) {
      if (this.rest.length < 2) return;
      const short = this.rest[1]! & 127;
      const at = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (this.rest.length < at) return;
      const length =
        short === 126 ? this.rest.readUInt16BE(2) : short === 127 ? Number(this.rest.readBigUInt64BE(2)) : short;
      if (this.rest.length < at + length) return;
      const message = JSON.parse(this.rest.toString('utf8', at, at + length));
      this.rest = this.rest.subarray(at + length);
      if (message.id) this.answers.get(message.id)?.(message.result);
      else this.events.push(message);
    }
  }
}

test('a debugger gets in with the whole address only, while the port is open, and finds the cells', async () => {
  expect((await kernel.run('const before = 41;')).result.ok).toBe(true);
  const url = await kernel.session.debug(true);
  expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]{36}$/);
  // Asked again it is the same.
  expect(await kernel.session.debug(true)).toBe(url);
  const { origin } = new URL(url!.replace('ws:', 'http:'));
  // The secret is listed nowhere, and nothing else opens.
  const listed = await fetch(`${origin}/json/list`);
  expect(await listed.text()).not.toContain(new URL(url!.replace('ws:', 'http:')).pathname.slice(1));
  expect((await knock(`${origin}/00000000-0000-0000-0000-000000000000`)).status).not.toBe(101);

  const { status, socket } = await knock(url!);
  expect(status).toBe(101);
  const client = new Debugger(socket!);
  await client.ask('Runtime.enable');
  await client.ask('Debugger.enable');
  const { cellId, seen } = kernel.begin('let inside = before + 1;\ndebugger;\ninside');
  const paused = (await client.event('Debugger.paused')) as {
    callFrames: { callFrameId: string; location: { scriptId: string } }[];
  };
  const [frame] = paused.callFrames;
  const script = client.events
    .map(({ params }) => params as { scriptId?: string; url: string; sourceMapURL: string })
    .find(({ scriptId }) => scriptId === frame!.location.scriptId)!;
  const map = JSON.parse(Buffer.from(script.sourceMapURL.split('base64,')[1]!, 'base64').toString());
  expect(map.sources).toEqual([new URL(`file://${debugSource(kernel.session.info.pid, cellId)}`).href]);
  expect(script.url).toMatch(/^dinnb:\/cell\//);
  const { result } = (await client.ask('Debugger.evaluateOnCallFrame', {
    callFrameId: frame!.callFrameId,
    expression: 'inside',
  })) as { result: { value: number } };
  expect(result.value).toBe(42);
  await client.ask('Debugger.resume');
  expect((await seen).value).toBe('42');

  // Closed: the kernel goes on with what it had, and nobody gets in.
  socket!.destroy();
  expect(await kernel.session.debug(false)).toBeUndefined();
  await expect(knock(url!)).rejects.toThrow(/ECONNREFUSED/);
  expect(await kernel.value('inside + before')).toBe('83');
  // Node's own words about it are of no cell.
  expect(kernel.events.filter(({ event }) => event.type === 'stream')).toEqual([]);
  const again = await kernel.session.debug(true);
  expect(again).not.toBe(url);
  await kernel.session.debug(false);
});

test('what a logpoint says is told in the debugger’s console, and is no output of the cell', async () => {
  const { socket } = await knock((await kernel.session.debug(true))!);
  const client = new Debugger(socket!);
  await client.ask('Runtime.enable');
  await client.ask('Debugger.enable');
  // As Node's debugger in VS Code does: a condition that prints, and never holds.
  const logpoint = "console.log('n is', n), false\n//# sourceURL=logpoint-1a2b3c4.cdp";
  const { seen } = kernel.begin('debugger;\nfor (let n = 0; n < 2; n++) {\n  console.log(n);\n}');
  const { callFrames } = (await client.event('Debugger.paused')) as {
    callFrames: { location: { scriptId: string; lineNumber: number } }[];
  };
  const { location } = callFrames[0]!;
  // The line after the loop's.
  const place = { scriptId: location.scriptId, lineNumber: location.lineNumber + 2 };
  expect(await client.ask('Debugger.setBreakpoint', { location: place, condition: logpoint })).toHaveProperty(
    'breakpointId',
  );
  await client.ask('Debugger.resume');
  expect((await seen).printed).toBe('0\n1\n');
  const said = (await client.event('Runtime.consoleAPICalled')) as { args: { value: unknown }[] };
  expect(said.args.map(({ value }) => value)).toEqual(['n is', 0]);
  socket!.destroy();
  await kernel.session.debug(false);
});

test('a cell that stands still can be interrupted when it is let go; a kernel that dies so says so', async () => {
  const { socket } = await knock((await kernel.session.debug(true))!);
  const client = new Debugger(socket!);
  await client.ask('Debugger.enable');
  const { seen } = kernel.begin('for (;;) { debugger; }');
  await client.event('Debugger.paused');
  const stopped = kernel.session.interrupt();
  let done = false;
  void stopped.then(() => {
    done = true;
  });
  while (!done) {
    await client.ask('Debugger.resume');
    await sleep(20);
  }
  expect((await seen).result.error?.name).toBe('Interrupted');
  expect(await kernel.value('inside')).toBe('42');

  const { seen: last } = kernel.begin('debugger;');
  await client.event('Debugger.paused');
  process.kill(kernel.session.info.pid, 'SIGKILL');
  expect((await last).result.error?.name).toBe('KernelDied');
  await expect(kernel.session.debug(false)).rejects.toThrow(/SIGKILL/);
});
