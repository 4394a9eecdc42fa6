import { expect, test } from 'vitest';
import { ErrorMapper } from '../../../src/kernel/errors/map';
import { SourceMaps } from '../../../src/kernel/errors/source-maps';
import { Outputs } from '../../../src/kernel/shell/outputs';
import type { OutputParams } from '../../../src/protocol/messages';

function outputs() {
  const sent: OutputParams[] = [];
  let bytes = 0;
  const collected = new Outputs(
    new ErrorMapper(new SourceMaps(), '/k'),
    async (output) => void sent.push(output),
    (n) => {
      bytes += n;
    },
  );
  const stream = (cellId: string, text: string, name: 'stdout' | 'stderr' = 'stdout') =>
    collected.add(cellId, { type: 'stream', name, text }, text.length);
  return { collected, sent, stream, bytes: () => bytes };
}

test('pieces of a stream become one; another stream, cell or a display parts them', async () => {
  const { collected, sent, stream, bytes } = outputs();
  stream('a', '1');
  stream('a', '2');
  stream('a', '3', 'stderr');
  stream('b', '4', 'stderr');
  collected.add('b', { type: 'display', displayId: 'd', data: { 'text/plain': 'x' } }, 1);
  stream('b', '5', 'stderr');
  await collected.flush();
  expect(
    sent.map(({ cellId, event }) => `${cellId} ${event.type === 'stream' ? event.name + event.text : event.type}`),
  ).toEqual(['a stdout12', 'a stderr3', 'b stderr4', 'b display', 'b stderr5']);
  expect(bytes()).toBe(6);
});

test('of several updates of a display only the last goes, but not past a patch that came between', async () => {
  const { collected, sent } = outputs();
  const update = (text: string) =>
    collected.add('a', { type: 'update', displayId: 'd', data: { 'text/plain': text } }, 1);
  update('1');
  update('2');
  collected.add('a', { type: 'append', displayId: 'd', mime: 'x/y', patch: { json: '{"p":1}' } }, 1);
  update('3');
  update('4');
  await collected.flush();
  expect(sent.map(({ event }) => (event.type === 'update' ? event.data['text/plain'] : event.type))).toEqual([
    '2',
    'append',
    '4',
  ]);
});

test('JSON values arrive as values, bytes as bytes', async () => {
  const { collected, sent } = outputs();
  const data = { 'application/json': { json: '{"a":[1]}' }, 'image/png': Uint8Array.of(1), 'text/plain': 't' };
  collected.add('a', { type: 'display', displayId: 'd', data }, 1);
  await collected.flush();
  expect(sent[0]!.event).toEqual({
    type: 'display',
    displayId: 'd',
    data: { 'application/json': { a: [1] }, 'image/png': Uint8Array.of(1), 'text/plain': 't' },
  });
});

test('what is collected goes by itself after a moment', async () => {
  const { sent, stream } = outputs();
  stream('a', 'soon');
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(sent).toHaveLength(1);
});
