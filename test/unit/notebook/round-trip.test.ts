import { describe, expect, it } from 'vitest';
import type { NotebookCell, NotebookDocument } from '../../../src/notebook/document';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { DocumentMaker } from './random-document';

function cell(id: string, source: string, more: Partial<NotebookCell> = {}): NotebookCell {
  return { id, kind: 'code', source, tags: [], outputs: [], unknown: {}, ...more };
}

const EXAMPLE: NotebookDocument = {
  version: 1,
  title: 'Example',
  cells: [
    cell('intro0001', '# Title\n\nText', { kind: 'markdown' }),
    cell('params001', 'const batchSize = 256;', { tags: ['parameters'] }),
    cell('train0001', 'await model.fit(data);\n', {
      execution: { count: 2, ok: true, startedAt: 1_700_000_000_000, endedAt: 1_700_000_001_500 },
      outputs: [
        { type: 'stream', name: 'stdout', text: 'epoch 1\nepoch 2\n' },
        {
          type: 'display',
          data: {
            'application/vnd.dinnb.training+json': {
              version: 1,
              steps: { step: [1, 2], values: { loss: [0.7, null] } },
            },
            'image/png': Uint8Array.of(137, 80, 78, 71),
            'text/plain': 'loss 0.7',
          },
        },
      ],
    }),
  ],
  environment: { dinnb: '0.1.0', node: 'v22.1.0' },
  unknown: {},
};

describe('the file', () => {
  it('is laid out as documented', () => {
    expect(printNotebook(EXAMPLE)).toBe(`{
  "format": "dinnb",
  "version": 1,
  "language": "typescript",
  "title": "Example",
  "cells": [
    {
      "id": "intro0001",
      "kind": "markdown",
      "source": [
        "# Title",
        "",
        "Text"
      ]
    },
    {
      "id": "params001",
      "kind": "code",
      "tags": ["parameters"],
      "source": [
        "const batchSize = 256;"
      ]
    },
    {
      "id": "train0001",
      "kind": "code",
      "source": [
        "await model.fit(data);",
        ""
      ]
    }
  ],
  "environment": { "dinnb": "0.1.0", "node": "v22.1.0" },
  "outputs": {
    "train0001": {
      "execution": { "count": 2, "ok": true, "startedAt": 1700000000000, "endedAt": 1700000001500 },
      "outputs": [
        {
          "type": "stream",
          "name": "stdout",
          "text": [
            "epoch 1",
            "epoch 2",
            ""
          ]
        },
        {
          "type": "display",
          "data": {
            "application/vnd.dinnb.training+json": {
              "version": 1,
              "steps": {
                "step": [1, 2],
                "values": {
                  "loss": [0.7, null]
                }
              }
            },
            "image/png": { "$payload": "p0f4636c78f65d363" },
            "text/plain": "loss 0.7"
          }
        }
      ]
    }
  },
  "payloads": { "p0f4636c78f65d363": "iVBORw==" }
}
`);
  });

  it('leaves out what differs at every run and means nothing later: the ids of displays', () => {
    const live = structuredClone(EXAMPLE);
    Object.assign(live.cells[2]!.outputs[1]!, { displayId: 'd1' });
    expect(printNotebook(live)).toBe(printNotebook(EXAMPLE));
  });

  it('changes by one line when one line of source changes', () => {
    const changed = structuredClone(EXAMPLE);
    changed.cells[0]!.source = '# Title\n\nOther text';
    const before = printNotebook(EXAMPLE).split('\n');
    const after = printNotebook(changed).split('\n');
    expect(after).toHaveLength(before.length);
    expect(after.filter((line, index) => line !== before[index])).toEqual(['        "Other text"']);
  });
});

describe('a round trip', () => {
  it('of random documents keeps every field, and printing what was read gives the same bytes', () => {
    for (let seed = 0; seed < 400; seed++) {
      const document = new DocumentMaker(seed).document();
      const text = printNotebook(document);
      const read = parseNotebook(text, `seed ${seed}`);
      expect(read, `seed ${seed}`).toEqual(document);
      expect(printNotebook(read), `seed ${seed}`).toBe(text);
      expect(text.endsWith('}\n')).toBe(true);
    }
  });

  it('keeps fields that this version does not know, at every level, through an edit of the source', () => {
    const file = JSON.parse(printNotebook(EXAMPLE));
    file.reviewers = ['Ada'];
    file.cells[1].widget = { kind: 'slider' };
    file.outputs.train0001.memory = 12;
    file.outputs.train0001.execution.host = 'lab';
    file.outputs.train0001.outputs[0].folded = true;
    file.outputs.train0001.outputs[1].size = { width: 3 };
    const document = parseNotebook(JSON.stringify(file), 'x.dinnb');
    document.cells[1]!.source = 'const batchSize = 12;';
    const again = JSON.parse(printNotebook(document));
    file.cells[1].source = ['const batchSize = 12;'];
    expect(again).toEqual(file);
  });

  it('keeps a field named __proto__ as data', () => {
    const text = '{"format":"dinnb","version":1,"cells":[],"__proto__":{"polluted":true}}';
    const printed = printNotebook(parseNotebook(text, 'x.dinnb'));
    expect(printed).toContain('"__proto__": { "polluted": true }');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('writes the same bytes once, however many outputs hold them', () => {
    const document = structuredClone(EXAMPLE);
    document.cells[2]!.outputs.push(structuredClone(document.cells[2]!.outputs[1]!));
    expect(printNotebook(document).match(/iVBORw==/g)).toHaveLength(1);
    expect(parseNotebook(printNotebook(document), 'x')).toEqual(document);
  });
});
