import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NotebookDocument } from '../../src/notebook/document';
import type { AttentionOutput } from '../../src/outputs/attention';
import { MIME_ATTENTION, MIME_TRAINING } from '../../src/outputs/mime';
import type { TrainingOutput } from '../../src/outputs/training';
import { edit, notebookOf, readNotebook, writeNotebook } from './harness/documents';
import { eventually } from './harness/eventually';
import { contrast, type DrawnCurve, readAttention, readTraining, titled } from './harness/renderers';
import { projectRoot, startVsCode, type VsCode } from './harness/vscode';

const sample = (name: string) => readNotebook(path.join(projectRoot, 'notebooks', name));

/** What a notebook holds of one kind, in the order of its cells. */
function saved<T>({ cells }: NotebookDocument, mime: string): T[] {
  const displays = cells.flatMap(({ outputs }) => outputs.flatMap((output) => ('data' in output ? [output.data] : [])));
  return displays.flatMap((data) => (mime in data ? [data[mime] as T] : []));
}

/** Places of the code cells. */
const codeCellsOf = ({ cells }: NotebookDocument) =>
  cells.flatMap(({ kind }, index) => (kind === 'code' ? [index] : []));

const curve = (curves: DrawnCurve[], metric: string, kind: string) =>
  curves.find((found) => found.metric === metric && found.kind === kind);

describe('the renderers in VS Code', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  it('draws curves that grow while fit runs, and keeps them when it is interrupted', async () => {
    // Training that goes on until it is stopped: this machine may be fast, and its page slow.
    const long = edit(sample('getting-started.dinnb'), { 'epochs: 4': 'epochs: 1_000_000' });
    const fit = long.cells.findIndex(({ source }) => source.includes('model.fit('));
    const cells = [long.cells[fit]!, { ...long.cells[fit + 1]!, source: 'model.history.epochs > 0' }];
    writeNotebook(code.path('live.dinnb'), { ...long, cells });
    // Tall enough for the curves and the cell below them: the editor draws only what is on the screen.
    await code.page.setViewportSize({ width: 1400, height: 2_400 });
    const notebook = await code.open('live.dinnb');
    await notebook.run(0);
    const output = await notebook.output('.dinnb-training');
    await output.waitFor({ timeout: 180_000 });

    const lengths = new Set<number>();
    await eventually(async () => {
      const { curves } = await readTraining(output);
      lengths.add(curve(curves, 'loss', 'running')?.x.at(-1) ?? 0);
      expect(lengths.size).toBeGreaterThanOrEqual(5);
    });
    expect([...lengths]).toEqual([...lengths].sort((a, b) => a - b));
    expect((await readTraining(output)).state).toBe('running');
    await code.screenshot('training-live');

    await notebook.interrupt();
    expect(await notebook.waitForEnd(0)).toBe('failed');
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
    await code.showWhole();
    const notebook = await code.open('din.dinnb');
    await notebook.runAll();
    const codeCells = codeCellsOf(sample('din-movielens.dinnb'));
    await notebook.waitForEnd(codeCells.at(-1)!);
    for (const index of codeCells) expect([index, await notebook.state(index)]).toEqual([index, 'succeeded']);
    await code.workbench.save();
    const document = readNotebook(code.path('din.dinnb'));

    const check = async () => {
      const runs = saved<TrainingOutput>(document, MIME_TRAINING);
      expect(runs.map(({ title }) => title)).toEqual(['Base model', 'DIN']);
      for (const run of runs) {
        const output = titled(await notebook.output('.dinnb-training'), run.title);
        await eventually(async () => expect((await readTraining(output)).shapes).toBeGreaterThan(0));
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
      for (const map of maps) {
        const output = titled(await notebook.output('.dinnb-attention'), map.title);
        await eventually(async () => expect((await readAttention(output)).size.height).toBeGreaterThan(100));
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
    for (const [theme, kind, picture] of [
      ['Light Modern', 'vs', 'din-light'],
      ['Dark High Contrast', 'hc-black', 'din-high-contrast'],
      ['Light High Contrast', 'hc-light', 'din-high-contrast-light'],
      ['Dark Modern', 'vs-dark', 'din-dark-again'],
    ] as const) {
      await code.workbench.theme(theme, kind);
      for (const selector of ['.dinnb-training', '.dinnb-attention']) {
        const output = (await notebook.output(selector)).first();
        await eventually(async () => expect(await contrast(output)).toBeGreaterThan(4.5));
      }
      await code.screenshot(picture);
    }

    await code.reopen('din.dinnb');
    await check();
    await code.screenshot('din-reopened');
  });

  it('draw whatever people display: figures of plotly, tables, trees, pictures, formulas, progress', async () => {
    const y = 'Float32Array.from({ length: 50 }, (_, i) => Math.sin(i / 5))';
    const layout = "{ title: { text: 'Clicks by hour' }, xaxis: { title: { text: 'hour' } } }";
    writeNotebook(
      code.path('anything.dinnb'),
      notebookOf(
        `display({ 'application/vnd.plotly.v1+json': { data: [{ y: ${y}, name: 'clicks' }, { type: 'bar', y: [1, 2, 3] }], layout: ${layout} } })`,
      ),
    );
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGNk+M8ABUxQBgAHAAEEVvOJQwAAAABJRU5ErkJggg==';
    const data = 'data.dinnb';
    writeNotebook(
      code.path(data),
      notebookOf(
        'Array.from({ length: 300 }, (_, i) => ({ user: (i * 7) % 300, item: "item " + i, price: i / 3 }))',
        "din.data.from({ user: [3, 1, 2], genre: ['a', 'b', 'c'] })",
        "({ model: { layers: [{ units: 80, activation: 'dice' }, { units: 40, activation: 'dice' }], optimizer: 'adam' }, name: 'base model' })",
        `Buffer.from('${png}', 'base64')`,
        "display.markdown('**bold** and $a^2$'); display.latex('\\\\sum_i w_i');",
        "for (const n of display.progress([1, 2, 3], { title: 'items' })) n;",
        "display.vegaLite({ data: { values: [{ a: 'Drama', b: 2 }] }, mark: 'bar', encoding: { x: { field: 'a' }, y: { field: 'b', type: 'quantitative' } } })",
      ),
    );
    await code.page.setViewportSize({ width: 1400, height: 1_200 });
    const tables = await code.open(data);
    expect(await tables.runToEnd(0)).toBe('succeeded');
    const records = (await tables.output('.dinnb-table')).first();
    await records.locator('tbody tr').nth(24).waitFor();
    await records.getByRole('button', { name: /^user/ }).click();
    await records.getByRole('searchbox').fill('user > 290');
    await eventually(async () =>
      expect(await records.locator('tbody td:nth-of-type(1)').allTextContents()).toEqual([
        '291',
        '292',
        '293',
        '294',
        '295',
        '296',
        '297',
        '298',
        '299',
      ]),
    );
    await code.screenshot('data');
    for (let cell = 1; cell < 7; cell++) expect(await tables.runToEnd(cell)).toBe('succeeded');
    await (await tables.output('.dinnb-json')).getByText('model', { exact: true }).waitFor();
    await (await tables.output('.dinnb-progress')).getByText('items: 3 of 3 (100 %)').waitFor();
    await (await tables.output('.katex')).first().waitFor();
    await (await tables.output('img')).first().waitFor();
    await (await tables.output('img.dinnb-svg[alt*="Drama"]')).first().waitFor();
    await code.screenshot('data-end');

    const notebook = await code.open('anything.dinnb');
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    const figure = await notebook.output('.dinnb-plotly');
    await eventually(async () => expect(await figure.locator('.scatterlayer .trace').count()).toBe(1));
    expect(await figure.locator('.bars path, .point path').count()).toBe(3);
    for (const text of ['Clicks by hour', 'hour', 'clicks']) expect(await figure.textContent()).toContain(text);
    await figure.getByText('Values as a table').click();
    await eventually(async () => expect(await figure.locator('tbody tr').count()).toBe(53));
    await code.screenshot('anything');
  });

  it('show pictures that run nothing and load nothing, whoever made them', async () => {
    const asked: string[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url!);
      response.end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const svg = `<svg width="90" height="40" onload="fetch('${elsewhere}/onload')"><image href="${elsewhere}/image" onerror="fetch('${elsewhere}/onerror')"/><text y="20">harmless&nbsp;picture</text></svg>`;
    const spec = `{ data: { values: [{ a: 'A', b: 1 }] }, mark: { type: 'bar', color: 'url(${elsewhere}/mark)' }, background: 'url(${elsewhere}/background)', encoding: { x: { field: 'a' }, y: { field: 'b', type: 'quantitative' } } }`;
    writeNotebook(
      code.path('hostile.dinnb'),
      notebookOf(`display.image(${JSON.stringify(svg)})`, `display.vegaLite(${spec})`),
    );
    const notebook = await code.open('hostile.dinnb');
    for (const cell of [0, 1]) expect(await notebook.runToEnd(cell)).toBe('succeeded');
    const picture = (await notebook.output('img.dinnb-svg[alt*="harmless"]')).first();
    await picture.waitFor();
    await eventually(async () =>
      expect(await picture.evaluate((image) => (image as { naturalWidth?: number }).naturalWidth)).toBe(90),
    );
    await code.screenshot('hostile-pictures');
    await code.workbench.save();
    const again = await code.reopen('hostile.dinnb');
    await (await again.output('img.dinnb-svg[alt*="harmless"]')).first().waitFor();
    server.close();
    expect(asked).toEqual([]);
  });

  it('are read with the keyboard and take the width that there is', async () => {
    const done = readNotebook(code.path('din.dinnb'));
    const shown = [MIME_TRAINING, MIME_ATTENTION].flatMap((mime) =>
      done.cells.filter(({ outputs }) => outputs.some((output) => 'data' in output && mime in output.data)).slice(-1),
    );
    writeNotebook(code.path('keyboard.dinnb'), { ...done, cells: shown });
    await code.page.setViewportSize({ width: 1400, height: 2_400 });
    const notebook = await code.open('keyboard.dinnb');
    const training = (await notebook.output('.dinnb-training')).last();
    const attention = (await notebook.output('.dinnb-attention')).last();

    // Pressed again where nothing comes of it: the page learns late that a frame has the focus.
    const press = async (plot: Locator, note: Locator) => {
      const before = await note.textContent();
      await eventually(async () => {
        await plot.press('ArrowRight');
        await eventually(async () => expect(await note.textContent()).not.toBe(before), 5_000);
      });
    };
    const note = training.locator('.dinnb-note');
    await press(training.locator('.dinnb-plot'), note);
    await eventually(async () => expect(await note.textContent()).toMatch(/step.*\d/i));
    await press(training.locator('.dinnb-plot'), note);
    await eventually(async () => expect(await note.textContent()).toMatch(/step.*\d/i));
    // The keys were the chart's: the editor has not moved to another cell.
    await press(attention.locator('.dinnb-plot'), attention.locator('.dinnb-note'));
    const map = saved<AttentionOutput>(done, MIME_ATTENTION).at(-1)!;
    const items = map.rows.flatMap(({ history }) => history.flatMap((cell) => (cell ? [cell.title] : [])));
    await eventually(async () => {
      const text = await attention.locator('.dinnb-note').textContent();
      expect(items.some((title) => text?.includes(title))).toBe(true);
    });
    await code.screenshot('keyboard');

    for (const width of [1_000, 700, 1_400]) {
      await code.page.setViewportSize({ width, height: 2_400 });
      for (const output of [training, attention]) {
        await eventually(async () => {
          const place = (await output.boundingBox())!;
          const svg = (await output.locator('.js-plotly-plot .main-svg').first().boundingBox())!;
          expect(place.x + place.width).toBeLessThanOrEqual(width);
          // A heatmap may need more than there is, and scrolls; it never leaves half of it empty.
          expect(svg.width).toBeGreaterThan(place.width / 2);
          const chart = (await output.locator('.dinnb-scroller, .dinnb-plot').first().boundingBox())!;
          expect(chart.x + chart.width).toBeLessThanOrEqual(place.x + place.width + 1);
        });
      }
      await code.screenshot(`width-${width}`);
    }
  });
});
