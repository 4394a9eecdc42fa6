import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { NotebookDocument } from '../../src/notebook/document';
import type { AttentionOutput } from '../../src/outputs/attention';
import { MIME_ATTENTION, MIME_TRAINING } from '../../src/outputs/mime';
import type { TrainingOutput } from '../../src/outputs/training';
import { edit, readNotebook, writeNotebook } from './harness/documents';
import { type DrawnCurve, readAttention, readTraining } from './harness/renderers';
import { projectRoot, startVsCode, type VsCode } from './harness/vscode';

const sample = (name: string) => readNotebook(path.join(projectRoot, 'notebooks', name));

/** What a notebook holds of one kind, in the order of its cells. */
function saved<T>({ cells }: NotebookDocument, mime: string): T[] {
  const displays = cells.flatMap(({ outputs }) => outputs.flatMap((output) => ('data' in output ? [output.data] : [])));
  return displays.flatMap((data) => (mime in data ? [data[mime] as T] : []));
}

const curve = (curves: DrawnCurve[], metric: string, kind: string) =>
  curves.find((found) => found.metric === metric && found.kind === kind);

describe('the renderers in VS Code', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterAll(() => code?.stop());

  it('draws curves that grow while fit runs, and keeps them when it is interrupted', async () => {
    const long = edit(sample('getting-started.dinnb'), { 'epochs: 4': 'epochs: 400' });
    const fit = long.cells.findIndex(({ source }) => source.includes('model.fit('));
    const cells = [long.cells[fit]!, { ...long.cells[fit + 1]!, source: 'model.history.epochs.length > 0' }];
    writeNotebook(code.path('live.dinnb'), { ...long, cells });
    const notebook = await code.open('live.dinnb');
    await notebook.run(0);
    const output = await notebook.output('.dinnb-training');
    await output.waitFor({ timeout: 60_000 });

    const lengths = new Set<number>();
    await vi.waitFor(
      async () => {
        const { curves } = await readTraining(output);
        lengths.add(curve(curves, 'loss', 'running')?.x.at(-1) ?? 0);
        expect(lengths.size).toBeGreaterThanOrEqual(5);
      },
      { timeout: 60_000, interval: 100 },
    );
    expect([...lengths]).toEqual([...lengths].sort((a, b) => a - b));
    expect((await readTraining(output)).state).toBe('running');
    await code.screenshot('training-live');

    await notebook.interrupt();
    expect(await notebook.waitForEnd(0, 20_000)).toBe('failed');
    await output.locator('.dinnb-state[data-state=interrupted]').waitFor();
    expect(await notebook.runToEnd(1)).toBe('succeeded');
    await notebook.waitForText('true');
    await code.screenshot('training-interrupted');
  });

  it('draws the sample notebook: curves and attention as computed, in dark and light, and again when reopened', async () => {
    writeNotebook(
      code.path('din.dinnb'),
      edit(sample('din-movielens.dinnb'), { 'const epochs = 5;': 'const epochs = 2;' }),
    );
    // Tall enough for every cell: the editor draws only what is on the screen.
    await code.page.setViewportSize({ width: 1400, height: 9_000 });
    const notebook = await code.open('din.dinnb');
    await notebook.runAll();
    const codeCells = sample('din-movielens.dinnb').cells.filter(({ kind }) => kind === 'code').length;
    await notebook.waitForEnd(codeCells - 1);
    const states = await Promise.all(Array.from({ length: codeCells }, (_, index) => notebook.state(index)));
    expect(states).toEqual(Array.from({ length: codeCells }, () => 'succeeded'));
    await code.workbench.save();
    const document = readNotebook(code.path('din.dinnb'));

    const check = async () => {
      const runs = saved<TrainingOutput>(document, MIME_TRAINING);
      expect(runs.map(({ title }) => title)).toEqual(['Base model', 'DIN']);
      for (const [index, run] of runs.entries()) {
        const output = (await notebook.output('.dinnb-training')).nth(index);
        await vi.waitFor(async () => expect((await readTraining(output)).shapes).toBeGreaterThan(0));
        const drawn = await readTraining(output);
        expect(drawn.heading).toBe(run.title);
        expect(drawn.state).toBe('done');
        const whole = curve(drawn.curves, 'loss', 'validation');
        expect(whole?.x).toEqual(run.epochLog.epoch.map((epoch) => epoch * run.stepsPerEpoch));
        expect(whole?.y).toEqual(run.epochLog.validation.loss);
        expect(curve(drawn.curves, 'auc', 'training')?.y).toEqual(run.epochLog.training.auc);
        const running = curve(drawn.curves, 'loss', 'running');
        expect(running?.x.at(-1)).toBe(run.steps.step.at(-1));
        expect(running?.y.at(-1)).toBe(run.steps.values.loss?.at(-1));
        expect(drawn.texts.map((text) => text.toLowerCase())).toEqual(expect.arrayContaining(['loss', 'auc']));
        expect(drawn.texts).toContain('step');
      }
      const maps = saved<AttentionOutput>(document, MIME_ATTENTION);
      expect(maps.map(({ rows }) => rows.length)).toEqual([12, 8]);
      for (const [index, map] of maps.entries()) {
        const output = (await notebook.output('.dinnb-attention')).nth(index);
        await vi.waitFor(async () => expect((await readAttention(output)).size.height).toBeGreaterThan(100));
        const drawn = await readAttention(output);
        expect(drawn.heading).toBe(map.title);
        expect(drawn.weights.map((row) => row.map((weight) => weight === null))).toEqual(
          map.rows.map(({ history }) => history.map((cell) => cell === null)),
        );
        for (const [r, row] of map.rows.entries()) {
          expect(drawn.texts.some((text) => text.startsWith(row.candidate.title.slice(0, 10)))).toBe(true);
          for (const [position, cell] of row.history.entries()) {
            if (cell) expect(drawn.hovers[r]?.[position]).toContain(cell.title);
          }
        }
      }
    };
    await check();
    await code.screenshot('din-dark');
    await code.workbench.theme('Light Modern');
    await code.screenshot('din-light');
    await code.workbench.theme('Dark Modern');

    await code.open('din.dinnb');
    await check();
    await code.screenshot('din-reopened');
  });
});
