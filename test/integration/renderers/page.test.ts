import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRACE_TYPES, type TraceType } from '../../../renderers/plotly/parse';
import type { NotebookDocument } from '../../../src/notebook/document';
import { notebookToHtml } from '../../../src/notebook/html';
import { attentionBundle } from '../../../src/outputs/attention-view';
import { MIME_PLOTLY, MIME_PROGRESS, MIME_TABLE, MIME_TRAINING, type MimeBundle } from '../../../src/outputs/mime';
import { trainingBundle } from '../../../src/outputs/training-view';
import { axeViolations } from '../../axe';
import { mockAttention, mockTraining } from '../../unit/outputs/mock';

const CHROMIUM = [
  process.env.DINNB_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));
if (!CHROMIUM)
  console.warn('SKIPPED: renderers in a real browser. No Chromium was found; set DINNB_CHROMIUM to its path.');

const ROOT = resolve(__dirname, '../../..');
const SHOTS = join(ROOT, 'test-results', 'renderers');
const HOSTILE = '<img src=x onerror="document.title = \'hacked\'"></script>';

/** What a renderer module exports, as far as the page needs it. */
interface RendererModule {
  activate(
    context: object,
  ): Promise<{ renderOutputItem(...rest: unknown[]): void; disposeOutputItem(id?: string): void }>;
}

declare global {
  var loadModule: (source: string) => Promise<RendererModule>;
}

function notebook(...bundles: MimeBundle[]): NotebookDocument {
  const outputs = bundles.map((data) => ({ type: 'display' as const, data }));
  return {
    version: 1,
    title: 'Report',
    unknown: {},
    cells: [{ id: 'a', kind: 'code', source: 'fit()', tags: [], outputs, unknown: {} }],
  };
}

describe.skipIf(!CHROMIUM)('renderers and report in a real browser', () => {
  let browser: Browser;
  let folder: string;
  let assets: { renderers: string };
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dinnb-report-'));
    await mkdir(SHOTS, { recursive: true });
    assets = { renderers: await readFile(join(ROOT, 'dist', 'renderers.js'), 'utf8') };
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox', '--disable-gpu'] });
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(
    document: NotebookDocument,
    options: { dark?: boolean; javaScript?: boolean } = {},
  ): Promise<Page> {
    complaints.length = 0;
    const file = join(folder, 'report.html');
    await writeFile(file, notebookToHtml(document, assets));
    const page = await browser.newPage({
      viewport: { width: 1200, height: 1000 },
      colorScheme: options.dark ? 'dark' : 'light',
      javaScriptEnabled: options.javaScript !== false,
    });
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    page.on('requestfinished', (request) => {
      if (/^https?:/.test(request.url())) complaints.push(`network: ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href);
    return page;
  }

  it('weighs at most 450 KB, compressed, all renderers and plotly together', () => {
    expect(gzipSync(assets.renderers).length).toBeLessThan(450_000);
  });

  it.each([false, true])('draws both outputs with their contents (dark: %s)', async (dark) => {
    const page = await open(
      notebook(trainingBundle(mockTraining()), attentionBundle(mockAttention({ relevance: true }))),
      { dark },
    );
    await page.locator('[data-drawn]').nth(1).waitFor();
    const training = page.locator('.dinnb-training .dinnb-plot');
    await expect.poll(() => training.textContent()).toMatch(/Loss[\s\S]*Accuracy[\s\S]*AUC-PR/);
    expect(await training.locator('.scatterlayer .trace').count()).toBe(11);
    const attention = page.locator('.dinnb-attention .dinnb-plot');
    await expect.poll(() => attention.textContent()).toContain('Amélie');
    expect(await attention.textContent()).toContain('user 117');
    expect(await page.locator('.rich-static').first().isVisible()).toBe(false);
    expect(await page.getByLabel('step', { exact: true }).isChecked()).toBe(true);
    await page.screenshot({ path: join(SHOTS, `report-${dark ? 'dark' : 'light'}.png`), fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('colours items and leaves padded positions the page’s colour', async () => {
    const page = await open(notebook(attentionBundle(mockAttention())));
    await page.locator('[data-drawn]').waitFor();
    const image = page.locator('.dinnb-attention .heatmaplayer image');
    await image.waitFor();
    const alphas = await image.evaluate(async (element) => {
      const picture = new Image();
      picture.src = element.getAttribute('xlink:href') ?? element.getAttribute('href') ?? '';
      await picture.decode();
      const canvas = document.createElement('canvas');
      canvas.width = picture.width;
      canvas.height = picture.height;
      const context = canvas.getContext('2d')!;
      context.drawImage(picture, 0, 0);
      const at = (row: number, column: number) =>
        context.getImageData(((column + 0.5) / 5) * canvas.width, ((row + 0.5) / 8) * canvas.height, 1, 1).data[3];
      return Array.from({ length: 8 }, (_, row) => Array.from({ length: 5 }, (_, column) => at(row, column)));
    });
    expect(alphas).toEqual(mockAttention().rows.map((row) => row.history.map((item) => (item ? 255 : 0))));
    await page.close();
  });

  it('says a cell’s weight on hover and by keyboard', async () => {
    const page = await open(notebook(attentionBundle(mockAttention({ relevance: true }))));
    await page.locator('[data-drawn]').waitFor();
    const plot = page.locator('.dinnb-attention .dinnb-plot');
    await plot.getByText('Toy Story (1995)').first().waitFor();
    const box = (await plot.locator('.heatmaplayer image').boundingBox())!;
    await page.mouse.move(box.x + 20, box.y + 20);
    await expect.poll(() => plot.locator('.hoverlayer').textContent()).toMatch(/weight 0\.\d{4}planted relevance/);
    await page.mouse.move(1, 1);
    await plot.focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
    expect(await page.locator('.dinnb-attention .dinnb-note').textContent()).toContain('weight 0.7');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('grows live in the same drawing, without flashing, and keeps the page responsive', async () => {
    const page = await open(notebook(trainingBundle(mockTraining())));
    await page.locator('[data-drawn]').waitFor();
    // As text: vitest would rewrite an import() in this file.
    const load =
      "globalThis.loadModule = (s) => import(URL.createObjectURL(new Blob([s], { type: 'text/javascript' })));";
    await page.addScriptTag({ content: load });
    const live = await page.evaluate(
      async ({ source, data, mime }) => {
        const module = await globalThis.loadModule(source);
        let send: (message: unknown) => void = () => {};
        const api = await module.activate({
          getState: () => undefined,
          setState: () => {},
          onDidReceiveMessage: (handler: typeof send) => {
            send = handler;
          },
          workspace: { isTrusted: true },
        });
        const element = document.body.appendChild(document.createElement('div'));
        const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
        api.renderOutputItem(
          { id: '1', mime, json: () => data, metadata: { displayId: 'd' } },
          element,
          new AbortController().signal,
        );
        await pause(300);
        const drawing = element.querySelector('.main-svg');
        let removed = 0;
        new MutationObserver((records) => {
          removed += records.flatMap((record) => [...record.removedNodes]).filter((node) => node === drawing).length;
        }).observe(element, { childList: true, subtree: true });
        let step = data.steps.step.at(-1)!;
        for (let turn = 0; turn < 60; turn++) {
          const steps = Array.from({ length: 10 }, () => ++step);
          const values = { loss: steps.map(() => 0.4), accuracy: steps.map(() => 0.8) };
          send({ displayId: 'd', mime, patch: { steps: { step: steps, values } } });
          await pause(20);
        }
        send({ displayId: 'd', mime, patch: { state: 'done' } });
        await pause(1000);
        const same = element.querySelector('.main-svg') === drawing && removed === 0;
        const shown = element.querySelector('.dinnb-facts')!.textContent ?? '';
        const state = element.querySelector('.dinnb-state')!.textContent;
        api.disposeOutputItem();
        return { same, shown, state, left: element.childElementCount };
      },
      { source: assets.renderers, data: mockTraining({ state: 'running', finished: 1 }), mime: MIME_TRAINING },
    );
    expect(live).toMatchObject({ same: true, state: 'done', left: 0 });
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('runs nothing that stands in the data', async () => {
    const training = trainingBundle(mockTraining({ title: HOSTILE }));
    const attention = attentionBundle(mockAttention({ title: () => HOSTILE }));
    const page = await open(notebook(training, attention));
    await page.locator('[data-drawn]').nth(1).waitFor();
    await page.waitForTimeout(300);
    expect(await page.title()).toBe('Report');
    expect(await page.locator('.dinnb-training h2').textContent()).toBe(HOSTILE);
    expect(await page.locator('.dinnb img').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('saves pictures that stand alone: on white, with title and legend, whole', async () => {
    const page = await open(notebook(trainingBundle(mockTraining()), attentionBundle(mockAttention())), { dark: true });
    await page.locator('[data-drawn]').nth(1).waitFor();
    for (const [kind, plot] of [
      ['training', '.scatterlayer .trace'],
      ['attention', '.heatmaplayer image'],
    ] as const) {
      await page.locator(`.dinnb-${kind} ${plot}`).first().waitFor();
      const size = (await page.locator(`.dinnb-${kind} .main-svg`).first().boundingBox())!;
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator(`.dinnb-${kind}`).getByRole('button', { name: 'Save picture' }).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(/\.png$/);
      const file = join(SHOTS, `saved-${kind}.png`);
      await download.saveAs(file);
      const source = `data:image/png;base64,${(await readFile(file)).toString('base64')}`;
      const { width, height, edges, top } = await page.evaluate(async (address) => {
        const image = new Image();
        image.src = address;
        await image.decode();
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [image.width, image.height];
        const context = canvas.getContext('2d')!;
        context.drawImage(image, 0, 0);
        const colors = (x: number, y: number, w: number, h: number) => {
          const { data } = context.getImageData(x, y, w, h);
          const found = new Set<string>();
          for (let at = 0; at < data.length; at += 4) found.add([...data.slice(at, at + 4)].join());
          return [...found];
        };
        const { width: w, height: h } = image;
        return {
          width: w,
          height: h,
          edges: [colors(0, 0, w, 2), colors(0, h - 2, w, 2), colors(0, 0, 2, h), colors(w - 2, 0, 2, h)].flat(),
          top: colors(0, 0, w, 80).length,
        };
      }, source);
      // Nothing reaches an edge: nothing is cut there.
      expect(new Set(edges)).toEqual(new Set(['255,255,255,255']));
      expect(width).toBeGreaterThan(2 * size.width);
      expect(height).toBeGreaterThan(2 * size.height + 100);
      // A title's letters, in greys.
      expect(top).toBeGreaterThan(10);
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  const figure = (data: object[], layout: object = {}) => ({
    [MIME_PLOTLY]: { data, layout },
    'text/plain': 'a figure',
  });

  it.each([false, true])('draws every type of plotly’s traces that it names (dark: %s)', async (dark) => {
    const y = [1, 3, 2, 5, 4, 4, 6];
    const z = [y, [...y].reverse(), y];
    const prices = { x: ['a', 'b'], open: [1, 2], high: [4, 5], low: [0, 1], close: [3, 1] };
    const of: { [type in TraceType]: object } = {
      scatter: { y, mode: 'lines+markers' },
      bar: { x: ['p', 'q', 'r'], y },
      histogram: { x: y },
      box: { y },
      violin: { y },
      pie: { labels: ['a', 'b'], values: [3, 1] },
      heatmap: { z },
      contour: { z },
      histogram2d: { x: y, y: [...y].reverse() },
      histogram2dcontour: { x: y, y: [...y].reverse() },
      funnel: { x: [9, 5, 2], y: ['seen', 'clicked', 'bought'] },
      waterfall: { x: ['a', 'b', 'c'], y: [3, -1, 2] },
      candlestick: prices,
      ohlc: prices,
    };
    const shown = Object.entries(of).map(([type, trace]) =>
      figure([{ type, ...trace }], { title: { text: type }, height: 240 }),
    );
    const page = await open(notebook(...shown), { dark });
    await page
      .locator('[data-drawn]')
      .nth(shown.length - 1)
      .waitFor();
    const marks =
      '.trace path, .trace rect, .points path, .slice path, .heatmaplayer image, .hm image, .contourlayer path, .boxes path';
    expect(Object.keys(of)).toEqual([...TRACE_TYPES]);
    for (const [index, type] of TRACE_TYPES.entries()) {
      const plot = page.locator('.dinnb-plotly').nth(index);
      await expect.poll(() => plot.locator(marks).count(), type).toBeGreaterThan(0);
      expect(await plot.textContent()).toContain(type);
    }
    await page.screenshot({ path: join(SHOTS, `plotly-${dark ? 'dark' : 'light'}.png`), fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('draws many markers as one picture, which looks as plotly’s own, is hovered and zoomed', async () => {
    const markers = (points: number) => {
      // Those beyond the first 4,000 lie on one another.
      const of = (make: (i: number) => number) => Array.from({ length: points }, (_, i) => make(i < 4000 ? i : 0));
      const color = of((i) => i % 97);
      const size = of((i) => 4 + (i % 5));
      const shared = { type: 'scattergl', mode: 'markers' };
      const [x, y] = [of((i) => (i * 37) % 101), of((i) => Math.floor(i / 101) + 5)];
      return [
        { ...shared, x, y, marker: { color, size, colorscale: 'Viridis', symbol: 'diamond' } },
        { ...shared, x: x.map((value) => value + 110), y, marker: { symbol: 'circle-open', size: 5 } },
        {
          ...shared,
          x: x.map((value) => value + 220),
          y,
          marker: { color: '#b3261e', line: { width: 1, color: 'black' } },
        },
      ];
    };
    const layout = { width: 1000, height: 450, showlegend: false };
    const page = await open(notebook(figure(markers(4_999), layout), figure(markers(5_000), layout)));
    await page.locator('[data-drawn]').nth(1).waitFor();
    const [elements, picture] = [0, 1].map((index) => page.locator('.dinnb-plotly .dinnb-plot').nth(index)) as [
      Locator,
      Locator,
    ];
    await expect.poll(() => picture.locator('.points image').count()).toBe(3);
    expect(await picture.locator('.points path').count()).toBe(0);
    expect(await elements.locator('.points path').count()).toBe(3 * 4_999);
    expect(await elements.locator('.points image').count()).toBe(0);
    const shots: string[] = [];
    for (const plot of [elements, picture]) {
      const shot = await plot.screenshot({ path: join(SHOTS, `markers-${shots.length}.png`) });
      shots.push(`data:image/png;base64,${shot.toString('base64')}`);
    }
    const difference = await page.evaluate(async (sources) => {
      const pixels = await Promise.all(
        sources.map(async (source) => {
          const image = new Image();
          image.src = source;
          await image.decode();
          // Edges are smoothed in other ways: what stands where, and in which colours, is compared.
          const [width, height] = [image.width >> 3, image.height >> 3];
          const context = new OffscreenCanvas(width, height).getContext('2d')!;
          context.imageSmoothingQuality = 'high';
          context.drawImage(image, 0, 0, width, height);
          return context.getImageData(0, 0, width, height).data;
        }),
      );
      const [a, b] = pixels as [Uint8ClampedArray, Uint8ClampedArray];
      return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
    }, shots);
    expect(difference).toBeLessThan(2);
    const box = (await picture.locator('.points image').first().boundingBox())!;
    await page.mouse.move(box.x + box.width / 6, box.y + box.height / 2);
    await expect.poll(() => picture.locator('.hoverlayer').textContent()).toMatch(/\d/);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 3, box.y + box.height / 3, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => picture.locator('.xtick').last().textContent()).toMatch(/^(?:[2-9]\d|1[01]\d)$/);
    expect(await picture.locator('.points image').count()).toBe(3);
    await page.screenshot({ path: join(SHOTS, 'markers-zoomed.png'), fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('draws figures of anybody and fetches, runs and breaks nothing', async () => {
    const remote = 'https://example.org/x.png';
    const evil = `<a href="javascript:document.title='hacked'">a</a>${HOSTILE}<span style="cursor:url(${remote})">s</span>`;
    const hostile = figure(
      [
        {
          type: 'scatter',
          name: evil,
          x: [1, null, 3],
          y: [1, 2, Number.NaN, 4, 5],
          text: evil,
          mode: 'markers+text',
          showlegend: true,
        },
        { type: 'bar', x: [evil, 'b'], y: ['not a number', 3] },
      ],
      {
        title: { text: evil },
        xaxis: { title: { text: evil } },
        images: [{ source: remote, x: 0, y: 1, sizex: 1, sizey: 1, xref: 'paper', yref: 'paper' }],
        annotations: [{ text: evil, x: 1, y: 1 }],
        updatemenus: [{ buttons: [{ label: 'load', method: 'relayout', args: ['images[0].source', remote] }] }],
      },
    );
    const odd = [
      figure([{ type: 'sankey' }]),
      figure([]),
      { [MIME_PLOTLY]: 'text' },
      figure([{ type: 'heatmap', z: [[1], [2, 3, 4], []] }]),
    ];
    const page = await open(notebook(hostile, ...odd));
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.locator('[data-drawn]').nth(4).waitFor();
    const drawn = page.locator('.dinnb-plotly').first();
    await expect.poll(() => drawn.locator('.points path').count()).toBeGreaterThan(1);
    for (const text of ['sankey', 'figure must be an object']) await page.getByText(text).first().waitFor();
    await drawn.getByText('load').click();
    await drawn.getByRole('button', { name: 'Reset zoom' }).click();
    await drawn.getByText('Values as a table').click();
    await drawn.locator('table').waitFor();
    await page.screenshot({ path: join(SHOTS, 'plotly-hostile.png'), fullPage: true });
    expect(await page.title()).toBe('Report');
    expect(await page.locator('.dinnb a[*|href^="javascript"]').count()).toBe(0);
    expect(asked.filter((url) => /^https?:/.test(url))).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows tables that sort, filter and page, JSON as trees, and progress, without running what stands in them', async () => {
    const rows = 60;
    const numbers = Array.from({ length: rows }, (_, row) => (row * 37) % rows);
    const names = numbers.map((n) => (n === 5 ? HOSTILE : n % 7 === 0 ? null : `item ${n}`));
    const table = {
      [MIME_TABLE]: {
        version: 1,
        source: 'log.csv',
        rows: 1_000_000,
        columns: [
          { name: 'n', type: 'number', values: numbers },
          { name: `name ${HOSTILE}`, type: 'string', values: names },
        ],
      },
      'text/plain': 'a table',
    };
    const odd = { [MIME_TABLE]: { ...table[MIME_TABLE], columns: [{ name: 'n', type: 'number', values: [[1]] }] } };
    const tree = { 'application/json': { deep: [1, { x: HOSTILE }], none: {}, long: numbers.concat(numbers) } };
    const bar = { [MIME_PROGRESS]: { version: 1, title: 'rows', done: 3, total: 4, seconds: 2, state: 'running' } };
    const page = await open(notebook(table, odd, tree, bar));
    const shown = page.locator('.dinnb-table');
    await shown.locator('tbody tr').first().waitFor();
    const column = (index: number) => shown.locator(`tbody td:nth-of-type(${index})`).allTextContents();
    expect(await shown.locator('.dinnb-table-size').textContent()).toBe('1,000,000 rows × 2 columns (log.csv)');
    expect(await column(1)).toEqual(numbers.slice(0, 25).map(String));
    await shown.getByText('The output keeps the first 60 rows').waitFor();
    await shown.getByRole('button', { name: /^n/ }).first().click();
    expect(await column(1)).toEqual(Array.from({ length: 25 }, (_, n) => String(n)));
    expect(await shown.locator('th[aria-sort=ascending]').count()).toBe(1);
    await shown.getByRole('button', { name: 'Next' }).click();
    expect(await shown.getByRole('status').textContent()).toBe('26 to 50 of 60');
    await shown.getByRole('button', { name: /^n/ }).first().press('Enter');
    expect((await column(1))[0]).toBe('59');
    await shown.getByRole('searchbox').fill('n < 5');
    expect(await column(1)).toEqual(['4', '3', '2', '1', '0']);
    await shown.getByRole('searchbox').fill('<img');
    expect(await column(2)).toEqual([HOSTILE]);
    await page.getByText('table.columns[0].values[0] must be a text').waitFor();
    const json = page.locator('.dinnb-json');
    await json.getByText('long', { exact: true }).click();
    await json.getByRole('button', { name: '20 more' }).click();
    expect(await json.locator('.dinnb-json-number').count()).toBe(120);
    await json.getByText('deep', { exact: true }).click();
    await json.locator('summary', { hasText: '{x}' }).click();
    await json.getByText('onerror').waitFor();
    await page.getByText('rows: 3 of 4 (75 %), 2.0 s, 0.7 s left').waitFor();
    await page.screenshot({ path: join(SHOTS, 'data.png'), fullPage: true });
    expect(await page.title()).toBe('Report');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it.each([
    { dark: false, width: 400 },
    { dark: false, width: 1400 },
    { dark: true, width: 400 },
    { dark: true, width: 1400 },
  ])('has nothing that axe finds fault with, $width px wide, dark: $dark', async ({ dark, width }) => {
    const columns = [
      { name: 'n', type: 'number', values: Array.from({ length: 60 }, (_, row) => row) },
      { name: 'genre', type: 'string', values: Array.from({ length: 60 }, (_, row) => `genre ${row % 7}`) },
    ];
    const page = await open(
      notebook(
        trainingBundle(mockTraining()),
        attentionBundle(mockAttention({ relevance: true })),
        figure([{ type: 'bar', x: ['a', 'b'], y: [1, 2] }], { title: { text: 'Clicks' } }),
        { [MIME_TABLE]: { version: 1, source: 'log.csv', rows: 1_000, columns } },
        { 'application/json': { deep: [1, { x: 'y' }], none: {}, text: 'words' } },
        // Each twice: what is told apart by nothing but its place has no place among landmarks.
        trainingBundle(mockTraining()),
        attentionBundle(mockAttention({ relevance: true })),
        { [MIME_TABLE]: { version: 1, source: 'log.csv', rows: 1_000, columns } },
        { 'application/json': { other: 1 } },
        { [MIME_PROGRESS]: { version: 1, title: 'rows', done: 3, total: 4, seconds: 2, state: 'running' } },
      ),
      { dark },
    );
    await page.setViewportSize({ width, height: 1000 });
    await page.locator('[data-drawn]').nth(4).waitFor();
    await page.locator('.dinnb-table tbody tr').first().waitFor();
    await page.locator('.dinnb-json').getByText('deep', { exact: true }).click();
    await page.getByText('Values as a table').first().click();
    await page.screenshot({ path: join(SHOTS, `axe-${width}-${dark ? 'dark' : 'light'}.png`), fullPage: true });
    // Legends and controls wrap instead of being cut off or making the page wider.
    const wide = await page
      .locator('.dinnb-bar')
      .evaluateAll((bars) =>
        bars.filter((bar) => bar.scrollWidth > bar.clientWidth + 1).map((bar) => bar.outerHTML.slice(0, 200)),
      );
    expect(wide).toEqual([]);
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('keeps HTML outputs to themselves, and sizes their frames', async () => {
    const html = `<p style="height: 300px">tall</p><script>
      try { parent.document.title = 'hacked'; } catch {}
      fetch('https://example.org/').catch(() => document.body.append('no network'));
    </script>`;
    const page = await open(notebook({ 'text/html': html }));
    const frame = page.frameLocator('iframe.html');
    await frame.getByText('no network').waitFor();
    expect(await page.title()).toBe('Report');
    await expect
      .poll(() => page.locator('iframe.html').evaluate((element) => element.clientHeight))
      .toBeGreaterThan(300);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('lets no HTML output load, connect or navigate, whichever way it tries', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('access-control-allow-origin', '*').end('');
    }).listen(0, '127.0.0.1');
    server.on('connection', () => asked.push('a connection'));
    await once(server, 'listening');
    const port = (server.address() as AddressInfo).port;
    const at = (way: string) => `http://127.0.0.1:${port}/${way}`;
    const html = `<img src="${at('img')}"><video src="${at('video')}"></video><object data="${at('object')}"></object>
      <embed src="${at('embed')}"><iframe src="${at('iframe')}"></iframe><script src="${at('script')}"></script>
      <link rel="stylesheet" href="${at('stylesheet')}"><link rel="prefetch" href="${at('prefetch')}">
      <link rel="preload" as="image" href="${at('preload')}"><link rel="preconnect" href="http://127.0.0.1:${port}">
      <link rel="icon" href="${at('icon')}"><link rel="manifest" href="${at('manifest')}">
      <style>p { background: url(${at('background')}) } @import "${at('import')}";
        @font-face { font-family: f; src: url(${at('font')}) } p { font-family: f }</style>
      <svg><image href="${at('svg')}"/></svg>
      <p>text</p>
      <form id="form" action="${at('form')}"><input name="x"></form>
      <script>
        const tries = {
          fetch: () => fetch('${at('fetch')}'), beacon: () => navigator.sendBeacon('${at('beacon')}', 'x'),
          request: () => { const r = new XMLHttpRequest(); r.open('GET', '${at('request')}'); r.send(); },
          socket: () => new WebSocket('ws://127.0.0.1:${port}/socket'), events: () => new EventSource('${at('events')}'),
          module: () => import('${at('module')}'), image: () => { new Image().src = '${at('image')}'; },
          worker: () => new Worker(URL.createObjectURL(new Blob(["fetch('${at('worker')}')"]))),
          nested: () => { const f = document.createElement('iframe');
            f.srcdoc = '<img src="${at('nested')}"><script>fetch("${at('nested-fetch')}")<' + '/script>';
            document.body.append(f); },
          open: () => open('${at('open')}'), form: () => form.submit(),
          top: () => { top.location = '${at('top')}'; },
        };
        for (const tried of Object.values(tries)) { try { Promise.resolve(tried()).catch(() => {}); } catch {} }
        document.body.append('all tried');
      </script>`;
    const away = `<script>location = '${at('away')}'</script>`;
    const link = `<a id="a" href="${at('link')}" ping="${at('ping')}">link</a><script>a.click()</script>`;
    const refresh = `<meta http-equiv="refresh" content="0;url=${at('refresh')}">`;
    const page = await open(
      notebook(...[html, away, link, refresh, 'the last one'].map((text) => ({ 'text/html': text }))),
    );
    const address = page.url();
    await page.frameLocator('iframe.html').first().getByText('all tried').waitFor();
    await page.frameLocator('iframe.html').nth(4).getByText('the last one').waitFor();
    // What got through would be here before the answer to a request that starts after all of them.
    const control = await browser.newPage();
    await control.goto(at('control'));
    await control.close();
    expect(page.url()).toBe(address);
    expect(asked.filter((way) => way !== 'a connection' && way !== '/favicon.ico')).toEqual(['/control']);
    await page.close();
    server.close();
  });

  it('sizes frames that are ready long before the rest of the page has arrived', async () => {
    const tall = { 'text/html': '<p style="height: 300px">tall</p>' };
    const html = notebookToHtml(notebook(tall, tall), assets);
    const scripts = html.indexOf('</main>');
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html').write(html.slice(0, scripts));
      setTimeout(() => response.end(html.slice(scripts)), 1500);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    for (const frame of await page.locator('iframe.html').all()) {
      await expect.poll(() => frame.evaluate((element) => element.clientHeight)).toBeGreaterThan(300);
    }
    await page.close();
    server.close();
  });

  it('shows pictures and text where scripting is off', async () => {
    const page = await open(notebook(trainingBundle(mockTraining())), { javaScript: false });
    const picture = page.locator('.rich-static img');
    expect((await picture.boundingBox())!.height).toBeGreaterThan(200);
    await page.screenshot({ path: join(SHOTS, 'report-static.png') });
    await page.close();
  });
});
