import { describe, expect, it } from 'vitest';
import { randomFromText } from '../../../src/notebook/cell-id';
import { notebookToIpynb } from '../../../src/notebook/convert/ipynb-export';
import { ipynbToNotebook } from '../../../src/notebook/convert/ipynb-import';
import { NotebookParseError } from '../../../src/notebook/errors';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { JUPYTER } from './jupyter-sample';
import { mutate } from './mutations';
import { DocumentMaker } from './random-document';

type Json = { [field: string]: unknown };

const read = (notebook: unknown) => ipynbToNotebook(JSON.stringify(notebook), 'x.ipynb');

/** Texts as Jupyter reads them: lists of lines are one text. Only where the schema has such. */
function joined(notebook: unknown): unknown {
  return JSON.parse(JSON.stringify(notebook), (key, value) =>
    Array.isArray(value) &&
    value.every((item) => typeof item === 'string') &&
    !['traceback', 'tags', 'list'].includes(key)
      ? value.join('')
      : value,
  );
}

describe('there and back', () => {
  it('random documents come back from Jupyter as they were', () => {
    for (let seed = 0; seed < 1000; seed++) {
      const document = new DocumentMaker(seed).document();
      const { document: back, notes } = ipynbToNotebook(notebookToIpynb(document), `seed ${seed}`);
      expect(back, `seed ${seed}`).toEqual(document);
      expect(notes).toEqual([]);
    }
  });

  it('values that are not what their MIME type says', () => {
    const data = {
      'text/plain': { not: 'a text' },
      'text/html': ['a', 'list'],
      'text/x': null,
      'application/json': 'a text',
      'application/JSON; v=1': { upper: 1 },
      'image/png': 'iVBORw==',
      'image/gif': 'no base64!',
      'application/x-thing': Uint8Array.of(1, 2),
      'application/vnd.x+json': Uint8Array.of(3),
    };
    const document = new DocumentMaker(1).document();
    document.cells = [
      {
        id: 'a',
        kind: 'code',
        source: '1',
        tags: ['a,b', '', 'c', 'c'],
        outputs: [{ type: 'display', data }],
        unknown: {},
      },
    ];
    const text = notebookToIpynb(document);
    expect(JSON.parse(text).cells[0].metadata.tags).toEqual(['c']);
    expect(ipynbToNotebook(text, 'x').document).toEqual(document);
  });

  it("Jupyter's own: metadata, attachments, raw cells, outputs and unknown fields survive", () => {
    const { document, notes } = read(JUPYTER);
    expect(notes).toEqual([
      'its code is python: 2 code cells kept as written, to be translated before they can run',
      '1 raw cell shown as Markdown; an export to .ipynb makes them raw again',
    ]);
    const stored = parseNotebook(printNotebook(document), 'x.dinnb');
    expect(stored).toEqual(document);
    const again = JSON.parse(notebookToIpynb(stored));
    for (const part of [again, ...again.cells]) delete part.metadata.dinnb;
    expect(joined(again)).toEqual(joined(JUPYTER));
  });

  it('what others put under the name dinnb goes back there, beside what is ours', () => {
    const foreign = structuredClone(JUPYTER) as unknown as {
      metadata: Json;
      cells: { metadata: Json; outputs?: { metadata?: Json }[] }[];
    };
    foreign.cells.splice(2); // of the next one something is ours
    foreign.metadata.dinnb = { foo: 1 };
    foreign.cells[0]!.metadata.dinnb = 5;
    foreign.cells[1]!.metadata.dinnb = { foo: [2] };
    const shown = foreign.cells[1]!.outputs!.find((output) => output.metadata)!;
    shown.metadata!.dinnb = { foo: 3 };
    const { document } = read(foreign);
    expect(joined(JSON.parse(notebookToIpynb(document)))).toEqual(joined(foreign));
    document.environment = { node: '22' };
    expect(JSON.parse(notebookToIpynb(document)).metadata.dinnb).toEqual({ foo: 1, environment: { node: '22' } });
    expect(read(JSON.parse(notebookToIpynb(document))).document).toEqual(document);
  });

  const withSource = (source: string | string[], more: Json = {}) => ({
    ...{ nbformat: 4, nbformat_minor: 5, metadata: more },
    cells: [{ cell_type: 'markdown', id: 'a', metadata: {}, source }],
  });

  it.each([
    [['a\r\n', 'b\r\n'], 0],
    [['a\rb'], 0],
    [['a\n', 'b'], 0],
    [['a\r\n', 'b\n', 'c'], 1],
  ])('how lines end goes back, where all end alike: %j', (source, notes) => {
    const { document, notes: told } = read(withSource(source));
    expect(document.cells[0]!.source).not.toContain('\r');
    const back = JSON.parse(notebookToIpynb(parseNotebook(printNotebook(document), 'x'))).cells[0];
    expect(told).toEqual(notes === 0 ? [] : ['the lines of 1 source ended in several ways: all are LF now']);
    expect(back.source).toEqual(notes === 0 ? source : ['a\n', 'b\n', 'c']);
    expect(back.metadata).toEqual({});
  });

  it('numbers that JavaScript does not have are told, with the first and its place', () => {
    const text = (numbers: string) =>
      JSON.stringify(withSource('x', { n: 'NUMBERS' }), null, 1).replace('"NUMBERS"', numbers);
    const notes = (numbers: string) => ipynbToNotebook(text(numbers), 'x').notes;
    expect(notes('[9007199254740991, 9007199254740992, -1e300, 0.1, 100000000000000000000]')).toEqual([]);
    expect(notes('9007199254740993')).toEqual([
      '1 number cannot be kept as it is, field "metadata", field "n" (line 5): 9007199254740993 is 9007199254740992 here',
    ]);
    expect(notes('["9007199254740993", 12345678901234567890, 1e400]')).toEqual([
      '2 numbers cannot be kept as they are, the first in field "metadata", field "n", entry 2 (line 5): 12345678901234567890 is 12345678901234567000 here',
    ]);
  });

  it('what an import shows: pictures as bytes, tags, counts, times, the error', () => {
    const [, code, other] = read(JUPYTER).document.cells;
    expect(code).toMatchObject({ id: 'plot-1', tags: ['figure', 'slow'], source: 'import numpy as np\nplot()' });
    expect(code!.execution).toEqual({ count: 3, ok: true, startedAt: 1700000000000, endedAt: 1700000001500 });
    expect(code!.outputs[1]).toMatchObject({ type: 'display', data: { 'image/png': Uint8Array.of(137, 80, 78, 71) } });
    expect(other!.outputs[0]).toMatchObject({
      type: 'error',
      error: { name: 'ValueError', message: 'no', stack: 'Traceback\n  line 1\nValueError: no' },
    });
    expect(other!.execution).toBeUndefined();
  });
});

describe('bad input', () => {
  it('older ids, repeated ids and none are made, always the same', () => {
    const cell = { cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: 'x' };
    const old = {
      nbformat: 4,
      nbformat_minor: 2,
      metadata: {},
      cells: [cell, cell, { ...cell, id: 'a' }, { ...cell, id: 'a' }],
    };
    const { document, notes } = read(old);
    expect(new Set(document.cells.map(({ id }) => id)).size).toBe(4);
    expect(document.cells[2]!.id).toBe('a');
    expect(read(old).document).toEqual(document);
    expect(notes).toEqual(['3 cells without a valid id of its own got a new one']);
  });

  it.each([
    ['{"nbformat":3,"worksheets":[]}', /x\.ipynb:1:13: .*is 3: only .* version 4.*nbconvert/],
    ['{}', /nbformat.*missing/],
    ['{"nbformat":4,', /x\.ipynb:1:\d+: not valid JSON/],
    ['{"nbformat":4,"cells":[{"cell_type":"heading"}]}', /cell 1, field "cell_type"/],
    ['{"nbformat":4,"cells":[{"cell_type":"code","source":5}]}', /cell 1, field "source" is 5, expected a text/],
    [`{"nbformat":4,"cells":[],"metadata":${'['.repeat(9999)}${']'.repeat(9999)}}`, /nested/],
  ])('%.60s is refused with its place', (text, message) => {
    expect(() => ipynbToNotebook(text, 'x.ipynb')).toThrow(NotebookParseError);
    expect(() => ipynbToNotebook(text, 'x.ipynb')).toThrow(message);
  });

  it('any other value in any place is read or refused with a place', () => {
    const random = randomFromText('ipynb');
    const sources = [JUPYTER, JSON.parse(notebookToIpynb(new DocumentMaker(7).document()))];
    let readable = 0;
    for (let round = 0; round < 4000; round++) {
      const notebook = structuredClone(sources[round % 2]);
      const { what } = mutate(notebook, [null, -1, 1.5, 'x', '\ud800', [], {}, true, [[null]], { jupyter: 1 }], random);
      try {
        const { document } = read(notebook);
        const stored = parseNotebook(printNotebook(document), 'x.dinnb');
        const back = JSON.parse(notebookToIpynb(stored));
        expect(ipynbToNotebook(JSON.stringify(back), 'x').document).toEqual(stored);
        readable++;
      } catch (error) {
        if (!(error instanceof NotebookParseError)) throw new Error(what, { cause: error });
      }
    }
    expect(readable).toBeGreaterThan(1000);
  });
});
