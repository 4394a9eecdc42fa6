import { describe, expect, it } from 'vitest';
import { newCellId, randomFromText } from '../../../src/notebook/cell-id';
import { notebookToIpynb } from '../../../src/notebook/convert/ipynb-export';
import type { NotebookDocument } from '../../../src/notebook/document';
import { newNotebook } from '../../../src/notebook/new-notebook';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { outputsForSaving } from '../../../src/notebook/save-mode';

const RUN: NotebookDocument = {
  version: 1,
  title: 'Run',
  cells: [
    { id: 'm1', kind: 'markdown', source: '# A\n\nb', tags: [], outputs: [], unknown: {} },
    {
      id: 'c1',
      kind: 'code',
      source: 'x\ny',
      tags: ['parameters'],
      execution: { count: 3, ok: false, startedAt: 1, endedAt: 2 },
      outputs: [
        { type: 'stream', name: 'stderr', text: 'one\ntwo\n' },
        {
          type: 'display',
          displayId: 'd',
          data: { 'image/png': Uint8Array.of(1, 2, 3), 'image/svg+xml': '<svg>\n</svg>', 'text/plain': 'pic' },
        },
        { type: 'result', data: { 'application/json': { a: [1] }, 'text/plain': '{ a: [ 1 ] }' } },
        {
          type: 'error',
          error: { name: 'RangeError', message: 'too big', stack: 'RangeError: too big\n  at cell 2:1:1' },
        },
      ],
      unknown: {},
    },
  ],
  environment: { node: 'v22' },
  unknown: {},
};

describe('a Jupyter notebook', () => {
  const notebook = JSON.parse(notebookToIpynb(RUN));

  it('is nbformat 4.5 for TypeScript', () => {
    expect(notebook).toMatchObject({ nbformat: 4, nbformat_minor: 5 });
    expect(notebook.metadata.kernelspec).toEqual({
      display_name: 'TypeScript (dinnb)',
      language: 'typescript',
      name: 'dinnb',
    });
    expect(notebook.metadata.language_info.name).toBe('typescript');
  });

  it('keeps cells, ids and tags', () => {
    expect(notebook.cells[0]).toEqual({ cell_type: 'markdown', id: 'm1', metadata: {}, source: ['# A\n', '\n', 'b'] });
    expect(notebook.cells[1]).toMatchObject({
      cell_type: 'code',
      id: 'c1',
      execution_count: 3,
      metadata: { tags: ['parameters'] },
      source: ['x\n', 'y'],
    });
  });

  it('keeps streams, MIME bundles and errors', () => {
    expect(notebook.cells[1].outputs).toEqual([
      { output_type: 'stream', name: 'stderr', text: ['one\n', 'two\n'] },
      {
        output_type: 'display_data',
        metadata: {},
        data: {
          'image/png': 'AQID',
          'image/svg+xml': ['<svg>\n', '</svg>'],
          'text/html': ['<img alt="picture" src="data:image/svg+xml;base64,PHN2Zz4KPC9zdmc+">'],
          'text/plain': ['pic'],
        },
      },
      {
        output_type: 'execute_result',
        execution_count: 3,
        metadata: {},
        data: { 'application/json': { a: [1] }, 'text/plain': ['{ a: [ 1 ] }'] },
      },
      {
        output_type: 'error',
        ename: 'RangeError',
        evalue: 'too big',
        traceback: ['RangeError: too big', '  at cell 2:1:1'],
      },
    ]);
  });
});

describe('saving outputs', () => {
  it('all keeps the document', () => {
    expect(outputsForSaving(RUN, 'all')).toBe(RUN);
  });

  it('figures keeps pictures, without the counts and times that differ at every run', () => {
    const saved = outputsForSaving(RUN, 'figures');
    expect(saved.cells[1]!.outputs).toEqual([RUN.cells[1]!.outputs[1]]);
    expect(saved.cells[1]).not.toHaveProperty('execution');
  });

  it('none keeps sources only: the file of a run equals the file before it', () => {
    const before: NotebookDocument = {
      ...RUN,
      cells: RUN.cells.map(({ execution: _, ...cell }) => ({ ...cell, outputs: [] })),
    };
    expect(printNotebook(outputsForSaving(RUN, 'none'))).toBe(printNotebook(before));
    expect(RUN.cells[1]!.outputs).toHaveLength(4);
  });
});

describe('a new notebook', () => {
  it('has a heading, a cell that runs, and ids from the randomness it is given', () => {
    const notebook = newNotebook('My study', randomFromText('seed'));
    expect(notebook.cells.map((cell) => cell.kind)).toEqual(['markdown', 'code']);
    expect(notebook.cells[0]!.source).toBe('# My study');
    expect(newNotebook('My study', randomFromText('seed'))).toEqual(notebook);
    expect(parseNotebook(printNotebook(notebook), 'x')).toEqual(notebook);
  });

  it('ids are eight letters and digits, and never one that is taken', () => {
    const random = randomFromText('ids');
    const ids = new Set(Array.from({ length: 2000 }, () => newCellId(random)));
    for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9]{7}$/);
    expect(ids.size).toBe(2000);
    const values = [0, 0, 0, 0, 0, 0, 0, 0, 0.99, 0, 0, 0, 0, 0, 0, 0];
    expect(newCellId(() => values.shift()!, new Set(['aaaaaaaa']))).toBe('zaaaaaaa');
  });
});
