import { Duplex } from 'node:stream';
import ts from 'typescript';
import { expect, test, vi } from 'vitest';
import { connectionOver } from '../../../src/protocol/connection';
import { decodeBody, encodeBody } from '../../../src/protocol/framing';
import { parameterNames, unknownParameters } from '../../../src/protocol/parameters';

const roundTrip = (message: unknown) => decodeBody(encodeBody(message));

test('messages come back as they were, bytes as bytes', () => {
  const png = Uint8Array.from({ length: 300 }, (_, i) => i);
  const message = { method: 'output', params: { list: [1, { png }, 'ä€😀'], empty: new Uint8Array(0), nothing: null } };
  const back = roundTrip(message) as typeof message;
  expect(back).toEqual(message);
  expect((back.params.list[1] as { png: Uint8Array }).png).toBeInstanceOf(Uint8Array);
});

test('bytes cost their length, not base64 of it', () => {
  expect(encodeBody({ png: new Uint8Array(100_000) }).length).toBeLessThan(100_200);
});

test('a Buffer and a view of a larger buffer are their own bytes', () => {
  expect(roundTrip([Buffer.from('abc'), new Uint8Array([9, 1, 2, 9]).subarray(1, 3)])).toEqual([
    Uint8Array.of(97, 98, 99),
    Uint8Array.of(1, 2),
  ]);
});

test('a body cannot write where its JSON holds something else', () => {
  const json = Buffer.from('{"a":{"b":1}}');
  for (const path of [['a'], ['__proto__', 'polluted'], ['a', 'constructor']]) {
    const head = Buffer.from(JSON.stringify({ json: json.length, attachments: [{ path, length: 1 }] }));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(head.length);
    expect(decodeBody(Buffer.concat([length, head, json, Buffer.of(7)]))).toEqual({ a: { b: 1 } });
  }
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test('an end that dies over half a message leaves nothing behind that keeps the other alive', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  try {
    const channel = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const connection = connectionOver(channel);
    const closed = new Promise<void>((resolve) => connection.onClose(resolve));
    connection.listen();
    channel.push('Content-Length: 1000\r\n\r\n{"json');
    await new Promise(setImmediate);
    channel.push(null);
    channel.destroy();
    await closed;
    connection.dispose();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('a message leaves in one piece: the other side wakes once for it', async () => {
  const pieces: number[] = [];
  const channel = new Duplex({
    read() {},
    writev(chunks, done) {
      pieces.push(chunks.length);
      done();
    },
  });
  const connection = connectionOver(channel);
  connection.listen();
  await Promise.all([connection.sendNotification('a', { bytes: new Uint8Array(9) }), connection.sendNotification('b')]);
  expect(pieces.length).toBeLessThanOrEqual(2);
  expect(pieces.reduce((sum, count) => sum + count)).toBe(4); // a head and a body each
  connection.dispose();
});

test('what cannot be written is told by the connection, and rejects nowhere', async () => {
  const cyclic: { self?: object } = {};
  cyclic.self = cyclic;
  const told: string[] = [];
  const channel = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(new Error('the pipe is gone')) });
  const connection = connectionOver(channel);
  connection.onError(([error]) => told.push(error.message));
  connection.listen();
  await connection.sendNotification('cyclic', cyclic);
  expect(told).toEqual([expect.stringMatching(/circular|call stack/i)]);
  await connection.sendNotification('late');
  expect(told).toContain('the pipe is gone');
  connection.dispose();
});

test('names of parameters', () => {
  const cell = `import x from 'y'; const a = 1, { b } = z; let c: string = 'c'; export const d = f(); let e; function g() { const h = 1 }`;
  expect(parameterNames(ts, cell)).toEqual(['a', 'c', 'd']);
});

test('unknown overrides', () => {
  expect(unknownParameters(['a'], ['a', 'b'])).toBeUndefined();
  expect(unknownParameters(['x', 'y'], ['a', 'b'])).toBe("unknown parameters 'x', 'y'; this notebook has: a, b");
  expect(unknownParameters(['x'], [])).toContain("this notebook declares none (a cell tagged 'parameters' does)");
});
