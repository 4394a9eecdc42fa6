// One operation on large notebooks in a process of its own: `node measure.cjs make|open|save|diff|merge FOLDER`.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomicallySync } from '../../../src/base/atomic-file';
import { parseNotebookBytes } from '../../../src/notebook/bytes';
import { notebookToText } from '../../../src/notebook/convert/text';
import type { NotebookCell, NotebookDocument, SavedOutput } from '../../../src/notebook/document';
import { mergeNotebooks } from '../../../src/notebook/merge';
import { printNotebookBytes } from '../../../src/notebook/print';

const [operation = '', folder = '.'] = process.argv.slice(2);
const file = (name: string) => join(folder, `${name}.dinnb`);
const read = (name: string) => parseNotebookBytes(readFileSync(file(name)), name);

/** 10,000 cells and 100 MB: logs, tables, pictures and series of numbers, as trainings leave them. */
function large(): NotebookDocument {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const times = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index));
  const outputsOf = (index: number): SavedOutput[] => {
    if (index % 2 === 0) {
      const lines = times(40, (epoch) => `epoch ${epoch}/40: loss ${random()}, "auc" ${random()}\n`);
      return [{ type: 'stream', name: 'stdout', text: lines.join('') }];
    }
    if (index % 10 === 1) {
      const picture = new Uint8Array(
        Buffer.concat(times(900, () => createHash('sha256').update(String(random())).digest())),
      );
      return [{ type: 'display', data: { 'image/png': picture, 'text/plain': 'a figure' } }];
    }
    if (index % 10 === 3) {
      const rows = times(300, (row) => ({ user: row, item: `item ${row}`, score: random() }));
      const table = { columns: ['user', 'item', 'score'], rows };
      return [{ type: 'result', data: { 'application/vnd.dinnb.table+json': table, 'text/plain': 'a table' } }];
    }
    return index % 10 === 5 ? [{ type: 'display', data: { 'application/json': times(800, random) } }] : [];
  };
  const cells = times(10_000, (index): NotebookCell => {
    const source = times(10, (line) => `const value${line} = compute(${index}, ${line}); // "a line"`).join('\n');
    const cell: NotebookCell = {
      id: `cell${index}`,
      kind: 'code',
      source,
      tags: [],
      outputs: outputsOf(index),
      unknown: {},
    };
    return {
      ...cell,
      execution: { count: index + 1, ok: true, startedAt: 1.7e12 + index, endedAt: 1.7e12 + index + 9 },
    };
  });
  return { version: 1, cells, environment: { dinnb: '0.1.0' }, unknown: {} };
}

const operations: { [name: string]: () => () => unknown } = {
  make: () => () => {
    const document = large();
    writeFileSync(file('base'), printNotebookBytes(document));
    for (const [name, index] of [
      ['ours', 3_000],
      ['theirs', 7_000],
    ] as const) {
      const cells = document.cells.map((cell, at) =>
        at === index ? { ...cell, source: `${cell.source}\n// ${name}` } : cell,
      );
      writeFileSync(file(name), printNotebookBytes({ ...document, cells }));
    }
  },
  open: () => () => read('base'),
  save: () => {
    const document = read('base');
    return () => writeFileAtomicallySync(file('saved'), printNotebookBytes(document));
  },
  diff: () => () => notebookToText(read('base')).length,
  merge: () => () =>
    writeFileAtomicallySync(
      file('merged'),
      printNotebookBytes(mergeNotebooks(read('base'), read('ours'), read('theirs')).document),
    ),
};

const run = operations[operation]!();
const before = { wall: performance.now(), cpu: process.cpuUsage() };
run();
const { user, system } = process.cpuUsage(before.cpu);
console.log(
  JSON.stringify({
    seconds: (performance.now() - before.wall) / 1000,
    cpuSeconds: (user + system) / 1e6,
    megabytes: process.resourceUsage().maxRSS / 1024,
  }),
);
