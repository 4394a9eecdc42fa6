import { describe, expect, it } from 'vitest';
import { attentionFigure } from '../../../renderers/attention/figure';
import { gridOf } from '../../../renderers/attention/grid';
import { attentionPicture } from '../../../renderers/attention/picture';
import { PAGE_ROWS, readSettings as readAttentionSettings } from '../../../renderers/attention/settings';
import type { Figure, Trace } from '../../../renderers/shared/figure';
import { plotlyText } from '../../../renderers/shared/figure';
import { pictureTheme } from '../../../renderers/shared/picture';
import { type Theme, themeFrom } from '../../../renderers/shared/theme';
import { trainingFigure } from '../../../renderers/training/figure';
import { placePanels } from '../../../renderers/training/panels';
import { trainingPicture } from '../../../renderers/training/picture';
import { DEFAULT_SETTINGS, readSettings } from '../../../renderers/training/settings';
import { smooth } from '../../../renderers/training/smooth';
import { trainingStops } from '../../../renderers/training/stops';
import { estimateWidth } from '../../../src/outputs/format';
import { mockAttention, mockTraining } from '../outputs/mock';

const theme = (kind = 'vscode-light'): Theme =>
  themeFrom({ variable: () => '', kind, prefersDark: false, font: 'sans-serif' });
const measure = (text: string) => estimateWidth(text, 12);
const kindOf = (trace: Trace) => (trace.meta as { kind?: string } | undefined)?.kind;
const tracesOf = (figure: Figure, metric: string, kind: string) =>
  figure.data.filter(
    (trace) => (trace.meta as { metric?: string } | undefined)?.metric === metric && kindOf(trace) === kind,
  );
const range = (figure: Figure, axis: string) => (figure.layout[axis] as { range: [number, number] }).range;

const texts = (figure: Figure) => (figure.layout.annotations as { text: string }[]).map(({ text }) => text);

describe('pictures', () => {
  const light = pictureTheme('sans-serif');
  const training = (width = 1000, run = mockTraining(), settings = DEFAULT_SETTINGS) =>
    trainingPicture(run, settings, light, width, measure);

  it('say what the page says around the figure: title, facts, legend', () => {
    const shown = texts(training());
    expect(shown).toContain('DIN');
    expect(shown.join(' ')).toMatch(/5 epochs · batch 256 · eager, native TensorFlow 2\.21\.0/);
    for (const words of ['training, whole epoch', 'validation', 'best epoch']) expect(shown).toContain(words);
    const map = texts(attentionPicture(mockAttention(), readAttentionSettings(undefined), light, 900, measure));
    expect(map).toEqual(expect.arrayContaining(['no item: the history is shorter']));
    expect(map.join(' ')).toMatch(/8 candidates, 5 history positions.*weight from 0\.00 to/);
  });

  it('are light, whatever the editor is', () => {
    for (const figure of [
      training(),
      attentionPicture(mockAttention(), readAttentionSettings(undefined), light, 900, measure),
    ])
      expect(figure.layout).toMatchObject({ paper_bgcolor: '#ffffff', font: { color: '#262626' } });
  });

  it.each([300, 400, 1400])('hold everything that they say, %d px wide, and leave the panels as they were', (width) => {
    const long = mockTraining({ title: 'a title that goes on and on '.repeat(8) });
    const [figure, plain] = [training(width, long), trainingFigure(long, DEFAULT_SETTINGS, light, width)];
    const layout = figure.layout as { width: number; height: number; margin: Record<'l' | 'r' | 't' | 'b', number> };
    const { margin } = layout;
    expect(layout.width - margin.l - margin.r).toBe(plain.layout.width);
    expect(layout.height - margin.t - margin.b).toBe(plain.layout.height);
    const added = (figure.layout.annotations as { text: string; xshift: number; yshift: number }[]).slice(
      (plain.layout.annotations as object[]).length,
    );
    for (const { text, xshift, yshift } of added) {
      expect(margin.l + xshift).toBeGreaterThanOrEqual(0);
      expect(margin.l + xshift + measure(text)).toBeLessThanOrEqual(layout.width);
      // Above the panels, below the upper edge, by half a line at the least.
      expect(yshift).toBeGreaterThan(6);
      expect(margin.t - yshift).toBeGreaterThan(6);
    }
    expect(new Set(added.map(({ xshift, yshift }) => `${xshift} ${yshift}`)).size).toBe(added.length);
  });

  it('say nothing of rings and gaps that are not there, and state what is not done', () => {
    expect(texts(training(1000, mockTraining({ finished: 1, state: 'interrupted' })))).not.toContain('best epoch');
    expect(texts(training(1000, mockTraining({ finished: 1, state: 'interrupted' }))).join(' ')).toContain(
      'interrupted ·',
    );
    const full = mockAttention();
    full.rows = full.rows.filter((row) => !row.history.includes(null));
    const map = texts(attentionPicture(full, readAttentionSettings(undefined), light, 900, measure));
    expect(map).not.toContain('no item: the history is shorter');
  });

  it('show a title as it is written', () => {
    expect(texts(training(1000, mockTraining({ title: '<b>x</b>' })))).toContain('&lt;b&gt;x&lt;/b&gt;');
  });
});

describe('trainingFigure', () => {
  it.each(['step', 'epoch'] as const)('has room for the ring around the last point (by %s)', (x) => {
    for (const width of [300, 650, 1400]) {
      const run = mockTraining();
      run.epochLog.validation.loss = [5, 4, 3, 2, 1];
      const settings = { ...DEFAULT_SETTINGS, x };
      const figure = trainingFigure(run, settings, theme(), width);
      const ring = figure.data.find(({ name }) => name === 'best epoch')!;
      const [low, high] = range(figure, 'xaxis');
      const { width: panel } = placePanels(4, width).panels[0]!;
      const pixels = ((high - (ring.x as number[])[0]!) / (high - low)) * panel;
      expect(pixels).toBeGreaterThan(8);
      expect(pixels).toBeLessThan(20);
    }
  });

  it('draws each metric in a panel of its own: steps as a line, epochs as points, validation dashed', () => {
    const figure = trainingFigure(mockTraining(), DEFAULT_SETTINGS, theme(), 1000);
    expect(tracesOf(figure, 'loss', 'running')).toHaveLength(1);
    expect(tracesOf(figure, 'loss', 'training')[0]).toMatchObject({ mode: 'markers', xaxis: 'x', yaxis: 'y' });
    expect(tracesOf(figure, 'loss', 'validation')[0]).toMatchObject({ mode: 'lines+markers', line: { dash: 'dash' } });
    expect(tracesOf(figure, 'auc', 'training')[0]).toMatchObject({ mode: 'lines+markers', xaxis: 'x3', yaxis: 'y3' });
    expect(tracesOf(figure, 'auc', 'training')[0]!.x).toEqual([347, 694, 1041, 1388, 1735]);
  });

  it('shows epochs by number and no steps on the epoch axis', () => {
    const figure = trainingFigure(mockTraining(), { ...DEFAULT_SETTINGS, x: 'epoch' }, theme(), 1000);
    expect(figure.data.map(kindOf)).not.toContain('running');
    expect(tracesOf(figure, 'loss', 'training')[0]).toMatchObject({ x: [1, 2, 3, 4, 5], mode: 'lines+markers' });
  });

  it('leaves out what is switched off', () => {
    const figure = trainingFigure(mockTraining(), { ...DEFAULT_SETTINGS, hidden: ['loss', 'aucPr'] }, theme(), 1000);
    expect(new Set(figure.data.map((trace) => (trace.meta as { metric: string }).metric))).toEqual(
      new Set(['accuracy', 'auc']),
    );
  });

  it('does not smooth unless asked, and then keeps the measured line', () => {
    const plain = trainingFigure(mockTraining(), DEFAULT_SETTINGS, theme(), 1000);
    expect(plain.data.map(kindOf)).not.toContain('smoothed');
    const smoothed = trainingFigure(mockTraining(), { ...DEFAULT_SETTINGS, smoothing: 0.9 }, theme(), 1000);
    expect(tracesOf(smoothed, 'loss', 'running')[0]!.y).toEqual(tracesOf(plain, 'loss', 'running')[0]!.y);
    expect(tracesOf(smoothed, 'loss', 'smoothed')).toHaveLength(1);
  });

  it('gives a constant series a range in which rounding noise is flat', () => {
    const run = mockTraining({ finished: 0 });
    run.steps = { step: [1, 2, 3], values: { loss: [0.5, 0.5000001, 0.5] } };
    const [low, high] = range(trainingFigure(run, DEFAULT_SETTINGS, theme(), 800), 'yaxis');
    expect(high - low).toBeGreaterThan(0.005);
  });

  it('uses a log axis for losses only, and only where every value is positive', () => {
    const log = { ...DEFAULT_SETTINGS, log: true };
    const { layout } = trainingFigure(mockTraining(), log, theme(), 1000);
    expect(layout.yaxis).toMatchObject({ type: 'log' });
    expect(layout.yaxis2).toMatchObject({ type: 'linear' });
    const run = mockTraining();
    run.steps.values.loss![0] = 0;
    expect(trainingFigure(run, log, theme(), 1000).layout.yaxis).toMatchObject({ type: 'linear' });
  });

  it('keeps the x axis still while an epoch runs', () => {
    const at = (step: number) => {
      const run = mockTraining({ finished: 0, stepsPerEpoch: 100, state: 'running' });
      run.steps.step = Array.from({ length: step }, (_, index) => index + 1);
      run.steps.values = { loss: run.steps.step.map(() => 0.5) };
      return range(trainingFigure(run, DEFAULT_SETTINGS, theme(), 800), 'xaxis');
    };
    expect(at(30)).toEqual(at(99));
    expect(at(101)[1]).toBeGreaterThan(at(99)[1]);
  });

  it('rings the best epoch only where there is more than one', () => {
    const best = (run = mockTraining()) =>
      trainingFigure(run, DEFAULT_SETTINGS, theme(), 1000).data.filter(({ name }) => name === 'best epoch');
    expect(best()[0]).toMatchObject({ x: [1041] });
    expect(best(mockTraining({ epochs: 1 }))).toHaveLength(0);
  });

  it('draws few points of a long run, extremes included', () => {
    const run = mockTraining({ stepsPerEpoch: 50_000 });
    run.steps.values.loss![123_456] = 42;
    const line = tracesOf(trainingFigure(run, DEFAULT_SETTINGS, theme(), 1000), 'loss', 'running')[0]!;
    expect((line.x as number[]).length).toBeLessThanOrEqual(600);
    expect(line.y).toContain(42);
  });

  it('shows a point that stands alone between missing ones', () => {
    const run = mockTraining({ finished: 0 });
    run.steps = { step: [1, 2, 3, 4], values: { loss: [null, 0.5, null, null] } };
    const line = tracesOf(trainingFigure(run, DEFAULT_SETTINGS, theme(), 800), 'loss', 'running')[0]!;
    expect(line).toMatchObject({ mode: 'lines+markers', marker: { size: [0, 5, 0, 0] } });
  });

  it('lets no name of the data become markup, a class or a template', () => {
    const run = mockTraining();
    run.epochLog.training['<b>%{x}</b> "c'] = [1, 2, 3, 4, 5];
    const figure = trainingFigure(run, DEFAULT_SETTINGS, theme(), 1000);
    for (const { uid, hovertemplate } of figure.data) {
      expect(uid).toMatch(/^[A-Za-z0-9]+$/);
      expect(String(hovertemplate)).not.toContain('"c');
    }
    expect(JSON.stringify(figure.layout.annotations)).toContain('&lt;b&gt;');
  });

  it('gives the keyboard every point in words', () => {
    const figure = trainingFigure(mockTraining(), { ...DEFAULT_SETTINGS, x: 'epoch' }, theme(), 1000);
    const stops = trainingStops(figure, 'epoch');
    expect(stops).toHaveLength(8);
    expect(stops[1]![2]!.text()).toBe('Loss, validation, epoch 3: 0.5380');
  });
});

describe('placePanels', () => {
  it.each([
    [1000, 4, [2, 2]],
    [1300, 4, [4]],
    [1000, 5, [3, 2]],
    [400, 3, [1, 1, 1]],
    [10, 1, [1]],
  ])('fills rows evenly: %i px, %i panels', (width, count, rows) => {
    const { panels } = placePanels(count, width);
    const found = new Map<number, number>();
    for (const { y } of panels) found.set(y[1], (found.get(y[1]) ?? 0) + 1);
    expect([...found.values()]).toEqual(rows);
  });

  it('keeps panels apart', () => {
    const { panels } = placePanels(6, 1200);
    for (const [index, panel] of panels.entries()) {
      for (const other of panels.slice(index + 1)) {
        const apart =
          panel.x[1] < other.x[0] || other.x[1] < panel.x[0] || panel.y[1] < other.y[0] || other.y[1] < panel.y[0];
        expect(apart).toBe(true);
      }
    }
  });
});

describe('smooth', () => {
  it('starts at the first value, stays constant on a constant, skips what is missing', () => {
    expect(smooth([5, 5, 5], 0.9)).toEqual([expect.closeTo(5), expect.closeTo(5), expect.closeTo(5)]);
    expect(smooth([1, null, 1], 0.5)).toEqual([1, null, 1]);
    // weights 1/4 : 1/2 of the two values, normalised: (0.25 * 0 + 0.5 * 3) / 0.75
    expect(smooth([0, 3], 0.5)[1]).toBeCloseTo(2);
  });
});

const attention = readAttentionSettings(undefined);

describe('attentionFigure', () => {
  it('leaves padded positions without a value and outlines them', () => {
    const output = mockAttention();
    const figure = attentionFigure(output, attention, theme(), 1000, measure);
    const z = figure.data[0]!.z as (number | null)[][];
    output.rows.forEach((row, r) => {
      expect(z[r]).toEqual(row.history.map((cell) => cell?.weight ?? null));
    });
    const padded = z.flat().filter((value) => value === null).length;
    const outline = figure.data.find(({ name }) => name === 'padding')!;
    expect((outline.x as (number | null)[]).filter((value) => value === null)).toHaveLength(padded);
    expect(figure.data[0]).toMatchObject({ hoverongaps: false, zmin: 0 });
  });

  it('says title, weight, relevance, position and candidate on hover', () => {
    const output = mockAttention({ relevance: true });
    const text = (attentionFigure(output, attention, theme(), 1000, measure).data[0]!.text as string[][])[0]![0]!;
    expect(text).toMatch(
      /<b>The Usual Suspects \(1995\)<\/b><br><b>weight 0\.\d{4}<\/b><br>planted relevance [01]\.0000<br>position 1 \(latest\), id \d+<br>candidate Alien/,
    );
  });

  it('puts titles in the cells, or over the columns where all rows share them', () => {
    const own = attentionFigure(mockAttention(), attention, theme(), 1000, measure);
    expect(JSON.stringify(own.data.map(({ text }) => text))).toContain('Usual');
    const heads = (figure: Figure) => (figure.layout.xaxis as { ticktext: string[] }).ticktext.join();
    expect(heads(own)).not.toContain('Toy Story');
    expect(heads(attentionFigure(mockAttention({ shared: true }), attention, theme(), 1000, measure))).toContain(
      'Toy Story',
    );
  });

  it('switches to planted relevance, where there is one', () => {
    const relevance = { ...attention, value: 'relevance' as const };
    const shown = (map: object) =>
      (attentionFigure(mockAttention(map), relevance, theme(), 1000, measure).data[0]!.z as number[][])[0]!;
    expect(new Set(shown({ relevance: true }))).toEqual(new Set([0, 1]));
    expect(shown({})[0]).toBeGreaterThan(0.5);
  });

  it('colours by row on request but shows the true weights', () => {
    const output = mockAttention();
    const grid = gridOf(output, { ...attention, scale: 'row' });
    const present = grid.colored[0]!.filter((value) => value !== null);
    expect([Math.min(...present), Math.max(...present)]).toEqual([0, 1]);
    expect(grid.values[0]).toEqual(output.rows[0]!.history.map((cell) => cell?.weight ?? null));
  });

  it('keeps one scale over all pages', () => {
    const output = mockAttention({ rows: 120 });
    const first = gridOf(output, attention);
    const last = gridOf(output, { ...attention, page: 2 });
    expect(first.rows).toHaveLength(PAGE_ROWS);
    expect(last.rows).toHaveLength(20);
    expect(last.scale).toEqual(first.scale);
    expect(gridOf(output, { ...attention, page: 99 }).rows).toHaveLength(20);
  });

  it('balances a scale with negative weights around zero', () => {
    const { zmin, zmax } = attentionFigure(mockAttention({ negative: true }), attention, theme(), 1000, measure)
      .data[0]!;
    expect(zmin).toBe(-(zmax as number));
  });

  it('grows wider than the page for a long history instead of vanishing cells', () => {
    const figure = attentionFigure(mockAttention({ positions: 200, rows: 2 }), attention, theme(), 600, measure);
    expect(figure.layout.width).toBeGreaterThan(200 * 15);
  });

  it('shows hostile titles as text', () => {
    const figure = attentionFigure(
      mockAttention({ title: () => '<a href="javascript:x">%{z}</a>' }),
      attention,
      theme(),
      1000,
      measure,
    );
    const all = JSON.stringify(figure);
    expect(all).not.toContain('<a ');
    expect(all).toContain('&lt;a');
    expect(String(figure.data[0]!.hovertemplate)).toBe('%{text}<extra></extra>');
  });

  it('draws every cell’s border in high contrast', () => {
    const count = (kind: string) => attentionFigure(mockAttention(), attention, theme(kind), 1000, measure).data.length;
    expect(count('vscode-high-contrast')).toBe(count('vscode-dark') + 1);
  });

  it('survives no rows and rows without history', () => {
    const none = { ...mockAttention(), rows: [] };
    const bare = { ...mockAttention(), rows: [{ candidate: { id: '1', title: 't' }, history: [] }] };
    for (const output of [none, bare])
      expect(JSON.stringify(attentionFigure(output, attention, theme(), 800, measure))).not.toContain('NaN');
  });
});

describe('themes and settings', () => {
  it('takes the page’s colours where plotly can read them', () => {
    const variables: { [name: string]: string } = {
      '--vscode-foreground': '#123456',
      '--vscode-charts-blue': 'color-mix(in srgb, red, blue)',
    };
    const found = themeFrom({
      variable: (name) => variables[name] ?? '',
      kind: 'vscode-dark',
      prefersDark: false,
      font: '',
    });
    expect(found).toMatchObject({
      foreground: '#123456',
      training: '#4fa3f7',
      dark: true,
      font: 'system-ui, sans-serif',
    });
  });

  it.each(['#ea5c0055', '#e508', 'rgba(234, 92, 0, 0.33)', 'rgb(234 92 0 / 33%)'])(
    'draws no line in the translucent %s',
    (orange) => {
      const variable = (name: string) => (name === '--vscode-charts-orange' ? orange : '');
      expect(themeFrom({ variable, kind: 'vscode-dark', prefersDark: true, font: '' }).validation).toBe('#f0a04b');
    },
  );

  it.each(['#d18616', '#e50', 'rgb(234, 92, 0)'])('draws lines in the opaque %s', (orange) => {
    const variable = (name: string) => (name === '--vscode-charts-orange' ? orange : '');
    expect(themeFrom({ variable, kind: 'vscode-dark', prefersDark: true, font: '' }).validation).toBe(orange);
  });

  it.each([
    ['vscode-high-contrast', true, true],
    ['vscode-high-contrast-light', false, true],
    ['vscode-light', false, false],
    ['', true, false],
  ])('knows the kind %s', (kind, dark, highContrast) => {
    expect(themeFrom({ variable: () => '', kind, prefersDark: true, font: '' })).toMatchObject({ dark, highContrast });
  });

  it('reads saved settings with care', () => {
    const odd = { x: 'time', hidden: [1, 'loss'], log: 'yes', smoothing: 7 } as never;
    expect(readSettings(odd)).toEqual({ x: 'step', hidden: ['loss'], log: false, smoothing: 0.99 });
    expect(readSettings(undefined)).toEqual(DEFAULT_SETTINGS);
    expect(readAttentionSettings({ page: -3, scale: 'x' } as never)).toEqual({
      value: 'weight',
      scale: 'map',
      page: 0,
    });
  });

  it('writes data as plotly text', () => {
    expect(plotlyText('<img onerror=x>\n&amp;')).toBe('&lt;img onerror=x&gt; &amp;amp;');
  });
});
