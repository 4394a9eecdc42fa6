import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseNotebookBytes } from '../../../src/notebook/bytes';
import { randomFromText } from '../../../src/notebook/cell-id';
import { NotebookParseError } from '../../../src/notebook/errors';
import { printNotebook } from '../../../src/notebook/print';
import { placesIn } from './mutations';

/** Files that nobody wrote on purpose: read, or refused with a place inside the file; never anything else. */
const sample = readFileSync(path.resolve(__dirname, '../../../notebooks/getting-started.dinnb'));

/** @returns whether it could be read */
function survives(content: Uint8Array): boolean {
  try {
    const printed = printNotebook(parseNotebookBytes(content, 'x.dinnb'));
    expect(printNotebook(parseNotebookBytes(Buffer.from(printed), 'x.dinnb'))).toBe(printed);
    return true;
  } catch (error) {
    if (!(error instanceof NotebookParseError)) throw error;
    expect(error.message).toMatch(/^x\.dinnb:\d+:\d+: .*\. \S/);
    expect(error.line).toBeGreaterThanOrEqual(1);
    expect(error.line).toBeLessThanOrEqual(
      Buffer.from(content)
        .toString('latin1')
        .split(/\r\n|\r|\n/).length,
    );
    expect(error.column).toBeGreaterThanOrEqual(1);
    return false;
  }
}

const text = (json: string) => Buffer.from(json);
const notebook = (cell: string) => text(`{"format":"dinnb","version":1,"cells":[${cell}]}`);

describe('a file', () => {
  it('with bytes changed at random', () => {
    const random = randomFromText('bytes');
    const outcomes = Array.from({ length: 400 }, (_, round) => {
      const content = Buffer.from(sample);
      const bytes =
        round % 2 === 0 ? [...'"{}[],:\\0n'].map((c) => c.charCodeAt(0)) : Array.from({ length: 256 }, (_, b) => b);
      for (let change = 0; change <= round % 4; change++) {
        content[Math.floor(random() * content.length)] = bytes[Math.floor(random() * bytes.length)]!;
      }
      return survives(content);
    });
    // some changes fall into texts and do no harm
    expect(new Set(outcomes)).toEqual(new Set([true, false]));
  });

  it('of random bytes', () => {
    const random = randomFromText('noise');
    for (let length = 1; length < 200; length++) {
      expect(survives(Uint8Array.from({ length }, () => 128 + Math.floor(random() * 128)))).toBe(false);
    }
  });

  it('with any other value in any place', () => {
    const json = JSON.parse(sample.toString());
    json.cells = json.cells.slice(0, 3);
    for (const [container, key] of placesIn(json)) {
      const before = container[key];
      for (const value of [null, -1, 'x', '\ud800', [], {}, true, [[null]], { $payload: 'p' }]) {
        container[key] = value;
        survives(text(JSON.stringify(json)));
      }
      container[key] = before;
    }
    expect(survives(text(JSON.stringify(json)))).toBe(true);
  });

  it('nested too deep, closed or not, in a known field or an unknown one', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(survives(text('['.repeat(100_000)))).toBe(false);
    expect(survives(notebook(`{"kind":"code","source":${deep}}`))).toBe(false);
    expect(survives(notebook(`{"kind":"code","source":[],"more":${deep}}`))).toBe(false);
    expect(survives(notebook(`{"kind":"code","source":[],"more":${'['.repeat(400) + ']'.repeat(400)}}`))).toBe(true);
  });

  it('of 50 MB: whole, cut, and of a wrong shape at its end', () => {
    const lines = Array(500_000)
      .fill(`"const x = 1; // ${'y'.repeat(80)}"`)
      .join(',');
    const cell = `{"id":"a","kind":"code","source":[${lines}]}`;
    expect(notebook(cell).length).toBeGreaterThan(45e6);
    expect(survives(notebook(cell))).toBe(true);
    expect(survives(notebook(cell).subarray(0, 30e6))).toBe(false);
    expect(survives(notebook(`${cell},{"id":"b","kind":"code","source":5}`))).toBe(false);
  });
});
