import { describe, expect, it } from 'vitest';
import type { NotebookDocument, SavedOutput } from '../../../src/notebook/document';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';

function nested(depth: number): unknown {
  let value: unknown = 'core';
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { a: value };
  return value;
}

function document(...outputs: SavedOutput[]): NotebookDocument {
  const kept: SavedOutput = { type: 'stream', name: 'stdout', text: 'kept\n' };
  return {
    version: 1,
    unknown: {},
    cells: [
      { id: 'first', kind: 'code', source: 'display(x)', tags: [], unknown: {}, outputs: [kept, ...outputs, kept] },
    ],
  };
}

const again = (saved: NotebookDocument) => parseNotebook(printNotebook(saved), 'test.dinnb');

describe('what a run shows is always readable when it was written', () => {
  const JSON_MIME = 'application/json';
  const values: [string, unknown][] = [
    ['a reference that names nothing', { $payload: 'p1' }],
    ['what stands for such a reference', { $json: { $payload: 'p1' } }],
    ['twice over', { $json: { $json: [1] } }],
    ['400 levels', nested(400)],
    ['texts', ['a', 'b']],
    ['mixed', [1, 'a', null]],
  ];
  for (const [name, value] of values) {
    for (const mime of [JSON_MIME, 'text/plain', 'text/html', 'image/png']) {
      it(`${name} as ${mime} comes back as it was`, () => {
        const saved = document({ type: 'display', data: { [mime]: value } });
        expect(again(saved)).toEqual(saved);
      });
    }
  }

  it('a value that looks like the reference to bytes which the file does hold stays that value', () => {
    const bytes: SavedOutput = { type: 'display', data: { 'image/png': Uint8Array.of(1, 2, 3) } };
    const key = /"(p[0-9a-f]{16})"/.exec(printNotebook(document(bytes)))![1]!;
    const saved = document(bytes, { type: 'result', data: { [JSON_MIME]: { $payload: key } } });
    expect(again(saved)).toEqual(saved);
  });

  it.each([600, 5_000, 100_000])('%i levels: the rest is kept, a message stands for the value', (depth) => {
    const read = again(document({ type: 'result', data: { [JSON_MIME]: nested(depth), 'text/plain': 'words' } }));
    expect(read.cells[0]!.outputs).toEqual([
      { type: 'stream', name: 'stdout', text: 'kept\n' },
      {
        type: 'result',
        data: { 'text/plain': expect.stringMatching(/^words\n\[not saved: application\/json, .*500 levels/) },
      },
      { type: 'stream', name: 'stdout', text: 'kept\n' },
    ]);
    expect(read.cells[0]!.source).toBe('display(x)');
  });

  it('outputs and executions of a wrong shape are replaced, not written', () => {
    const saved = document({ type: 'error', error: { name: 5 as unknown as string, message: 'm', stack: 's' } });
    saved.cells[0]!.execution = { count: Number.NaN, ok: true, startedAt: 1, endedAt: 2 };
    const [cell] = again(saved).cells;
    expect(cell!.outputs[1]).toMatchObject({ type: 'stream', text: expect.stringContaining('not saved') });
    expect(cell!.execution).toBeUndefined();
  });

  it('what belongs to no cell and cannot be read again is an error, and no text', () => {
    const saved = document();
    saved.environment = { deep: nested(600) };
    expect(() => printNotebook(saved)).toThrow(/not written/);
  });
});
