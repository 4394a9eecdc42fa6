import { afterEach, describe, expect, it } from 'vitest';
import { terminalReporter } from '../../../src/cli/report';
import { Working } from '../../../src/din/working';
import { CellProgress } from '../../../src/extension/running/cell-progress';
import { FoldedOutputs } from '../../../src/outputs/accumulate';
import type { OutputEvent } from '../../../src/outputs/events';
import { MIME_PROGRESS } from '../../../src/outputs/mime';
import type { ProgressOutput } from '../../../src/outputs/progress';
import { setWorkSink, workLines } from '../../../src/outputs/working';

let time = 0;
const now = () => time;
const told: ProgressOutput[] = [];
const begin = (title: string, total?: number) => {
  time = 0;
  told.length = 0;
  setWorkSink((_, progress) => told.push(progress));
  return new Working(title, total, now);
};
afterEach(() => setWorkSink(workLines((line) => console.error(line))));

describe('how far long work has come', () => {
  it('is not told of work that is over within two seconds', () => {
    const work = begin('rows', 100);
    for (time = 0; time < 1900; time += 100) work.at(time);
    work.end('done');
    expect(told).toEqual([]);
  });

  it('is told from then on, some times a second, and to the end', () => {
    const work = begin('log.csv: rows', 4000);
    for (time = 0; time < 3000; time += 10) work.at(time);
    work.end('done');
    expect(told.length).toBeGreaterThan(2);
    expect(told.length).toBeLessThan(8);
    expect(told[0]).toEqual({
      version: 1,
      title: 'log.csv: rows',
      done: 2000,
      total: 4000,
      seconds: 2,
      state: 'running',
    });
    expect(told.at(-1)).toMatchObject({ state: 'done' });
  });

  it('counts the time of each part by itself, and says what a library says where nothing is counted', () => {
    const work = begin('reading');
    time = 4000;
    work.percent(40);
    expect(told.at(-1)).toMatchObject({ title: 'reading', done: 40, total: 100, seconds: 4 });
    work.stage('rows', 500);
    time = 6000;
    work.percent(80);
    expect(told.at(-1)).toMatchObject({ title: 'rows', done: 0, total: 500, seconds: 2 });
    work.end('stopped');
    expect(told.at(-1)).toMatchObject({ state: 'stopped' });
  });
});

const event = (progress: Partial<ProgressOutput>): OutputEvent => ({
  type: 'append',
  displayId: 'work-1',
  mime: MIME_PROGRESS,
  patch: { version: 1, title: 'log.csv: rows', done: 250, total: 1000, seconds: 3, state: 'running', ...progress },
});

it('stands at the cell with the time left, until it is done, and in no output', () => {
  time = 0;
  const cell = new CellProgress(now);
  expect(cell.observe(event({ done: 0 }))).toBe(true);
  time = 2000;
  cell.observe(event({ done: 500 }));
  expect(cell.text()).toBe('log.csv: rows 500 of 1000, 50 %, 2.0 s left');
  cell.observe(event({ state: 'done' }));
  expect(cell.text()).toBeUndefined();
  const folded = new FoldedOutputs();
  folded.apply(event({}));
  expect(folded.list).toEqual([]);
});

it('is a line beside the output of a run; what a cell sends under its name does no harm', () => {
  const [out, err]: [string[], string[]] = [[], []];
  const reporter = terminalReporter(
    (text) => out.push(text),
    (text) => err.push(text),
  );
  const last = { type: 'display', displayId: 'y', data: { [MIME_PROGRESS]: {}, 'text/plain': '3 of 3' } } as const;
  const cell = { outputs: [last] } as never;
  reporter.output(cell, { ...last, data: { ...last.data, 'text/plain': '0 of 3' } });
  reporter.output(cell, { type: 'append', displayId: 'x', mime: MIME_PROGRESS, patch: { done: 'no' } });
  reporter.output(cell, event({}));
  reporter.output(cell, event({ done: 260 }));
  reporter.output(cell, event({ state: 'done' }));
  expect(out).toEqual([]);
  // A loop's own line stands there once, as it was in the end.
  reporter.cellEnd(cell, 1, { seconds: 1 } as never);
  expect(out).toEqual(['3 of 3\n']);
  expect(err).toEqual(['log.csv: rows: 250 of 1,000 (25 %), 3.0 s, 9.0 s left\n']);
});
