import { Window } from 'happy-dom';
import { describe, expect, it } from 'vitest';
import { escapeXml } from '../../../src/base/escape';
import type { AttentionOutput } from '../../../src/outputs/attention';
import { attentionBundle, attentionText, sharedHistory } from '../../../src/outputs/attention-view';
import { textOn, weightColor, weightScale } from '../../../src/outputs/color';
import {
  ellipsise,
  formatCount,
  formatSeconds,
  formatValue,
  formatWeight,
  wrapText,
} from '../../../src/outputs/format';
import { bestEpoch } from '../../../src/outputs/metrics';
import { MIME_ATTENTION, MIME_TRAINING } from '../../../src/outputs/mime';
import { paddedInterval, tickLabels, ticks } from '../../../src/outputs/scale';
import type { TrainingOutput } from '../../../src/outputs/training';
import { trainingBundle, trainingSummary, trainingSvg, trainingText } from '../../../src/outputs/training-view';
import { mockAttention, mockTraining } from './mock';

const HOSTILE = '</text><script>alert(1)</script><img src=x onerror=alert(1)> & "q"';

/** Parses strictly, as an XML reader would, and gives the drawn texts. */
function svgTexts(svg: string) {
  const window = new Window();
  const parsed = new window.DOMParser().parseFromString(svg, 'image/svg+xml');
  const root = parsed.documentElement;
  return { root, texts: [...root.querySelectorAll('text')].map((node) => node.textContent ?? '') };
}

const empty: TrainingOutput = {
  ...mockTraining({ finished: 0 }),
  steps: { step: [], values: {} },
  epochLog: { epoch: [], seconds: [], training: {}, validation: {} },
};

describe('training views', () => {
  it('gives data, picture and text', () => {
    const output = mockTraining();
    expect(Object.keys(trainingBundle(output))).toEqual([MIME_TRAINING, 'image/svg+xml', 'text/plain']);
    expect(trainingBundle(output)[MIME_TRAINING]).toBe(output);
  });

  it('prints one aligned line an epoch and marks the lowest validation loss', () => {
    const lines = trainingText(mockTraining()).split('\n');
    expect(lines[0]).toBe('DIN: done, 5 epochs, 347 steps of 256 rows an epoch');
    const [one] = trainingText({ ...mockTraining(), stepsPerEpoch: 1, batchSize: 1 }).split('\n');
    expect(one).toBe('DIN: done, 5 epochs, 1 step of 1 row an epoch');
    const table = lines.slice(3);
    expect(table).toHaveLength(6);
    expect(new Set(table.map((line) => line.length)).size).toBe(1);
    expect(table.filter((line) => line.includes('*'))).toEqual([expect.stringMatching(/^ *\* 3 /)]);
  });

  it('has no best epoch without validation', () => {
    const output = mockTraining();
    output.epochLog.validation = {};
    expect(bestEpoch(output)).toBeUndefined();
    expect(trainingSummary(output)).not.toContain('Lowest');
  });

  it('draws a panel a metric with axes, legend and heading', () => {
    const { texts } = svgTexts(trainingSvg(mockTraining()));
    expect(texts).toEqual(
      expect.arrayContaining(['DIN', 'Loss', 'Accuracy', 'AUC', 'AUC-PR', 'epoch', 'training', 'validation']),
    );
  });

  it('draws and prints a run of no steps, of one point, of one value, of nulls', () => {
    const runs = [
      empty,
      { ...empty, steps: { step: [1], values: { loss: [0.7] } } },
      { ...empty, steps: { step: [1, 2, 3], values: { loss: [0.5, 0.5, 0.5] } } },
      { ...empty, steps: { step: [1, 2], values: { loss: [null, Number.NaN] } } },
      { ...empty, stepsPerEpoch: 0, steps: { step: [1, 2], values: { loss: [1e-9, 1e9] } } },
    ];
    for (const run of runs) {
      expect(trainingSvg(run)).not.toMatch(/NaN|Infinity|undefined/);
      expect(trainingText(run)).not.toMatch(/NaN|undefined/);
      svgTexts(trainingSvg(run));
    }
    expect(svgTexts(trainingSvg(empty)).texts).toContain('No value was recorded.');
  });

  it('stays small for a long run', () => {
    const svg = trainingSvg(mockTraining({ stepsPerEpoch: 7403 }));
    expect(svg.length).toBeLessThan(60_000);
  });

  it('shows a hostile title as text', () => {
    const output = mockTraining({ title: HOSTILE });
    output.epochLog.training[HOSTILE] = [1, 2, 3, 4, 5];
    const { root, texts } = svgTexts(trainingSvg(output));
    expect(texts[0]).toBe(HOSTILE);
    expect(root.querySelector('script, img')).toBeNull();
  });
});

describe('attention views', () => {
  it('gives data, picture and text', () => {
    const output = mockAttention();
    expect(Object.keys(attentionBundle(output))).toEqual([MIME_ATTENTION, 'image/svg+xml', 'text/plain']);
    expect(attentionText(output)).toContain('(empty)');
  });

  it('as text: two or three lines a candidate, or a table where all share a history', () => {
    const cell = (title: string, weight: number) => ({ id: title, title, weight });
    const candidate = (title: string) => ({ id: title, title });
    const output: AttentionOutput = {
      version: 1,
      title: 'Map',
      normalize: 'none',
      rows: [
        {
          candidate: candidate('A'),
          score: 0.25,
          label: 1,
          history: [cell('x', 0.5), null, cell('y', -1), null, null],
        },
        { candidate: candidate('B'), user: 'user 2', history: [cell('z', 2), null, null, null, null] },
      ],
    };
    expect(attentionText(output).split('\n').slice(2)).toEqual([
      'A, score 0.250, label 1',
      '  0.50 x | (empty) | -1.00 y | 2 x (empty)',
      'B, user 2',
      '  2.00 z | 4 x (empty)',
    ]);
    output.rows = ['A', 'Bcd'].map((title, row) => ({
      candidate: candidate(title),
      score: 0.5,
      history: [cell('x', row), null],
    }));
    expect(attentionText(output).split('\n').slice(2)).toEqual([
      'history, most recent first:',
      '  1  x',
      '  2  (empty)',
      '',
      'candidate  score     1  2',
      'A          0.500  0.00  –',
      'Bcd        0.500  1.00  –',
    ]);
    const long = mockAttention({ rows: 40, positions: 50 });
    const lines = attentionText(long).split('\n').slice(2);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(lines.at(-1)).toBe('… and 10 more candidates');
  });

  it('colours every item and no padded position', () => {
    const output = mockAttention();
    const items = output.rows.flatMap((row) => row.history.filter(Boolean)).length;
    const padded = output.rows.flatMap((row) => row.history).length - items;
    const { root } = svgTexts(String(attentionBundle(output)['image/svg+xml']));
    const boxes = [...root.querySelectorAll('rect')].filter((box) => Number(box.getAttribute('height')) > 30);
    expect(boxes.filter((box) => box.getAttribute('fill') !== 'none')).toHaveLength(items);
    expect(boxes.filter((box) => box.getAttribute('fill') === 'none')).toHaveLength(padded);
    expect(padded).toBeGreaterThan(0);
  });

  it('shows hostile titles as text and cuts long maps with a note', () => {
    const output = mockAttention({ rows: 120, positions: 60, title: () => HOSTILE });
    const { root, texts } = svgTexts(String(attentionBundle(output)['image/svg+xml']));
    expect(root.querySelector('script, img')).toBeNull();
    expect(texts).toContain('Not shown: 80 more candidates, 10 older positions.');
  });

  it('draws a map without rows', () => {
    const none = { ...mockAttention(), rows: [] };
    expect(svgTexts(String(attentionBundle(none)['image/svg+xml'])).texts).toContain('No row to show.');
    expect(attentionText(none)).toContain('0 candidates');
  });

  it('knows when all rows share one history', () => {
    expect(sharedHistory(mockAttention({ shared: true }))).toHaveLength(5);
    expect(sharedHistory(mockAttention())).toBeUndefined();
  });
});

describe('scales, colours and words', () => {
  it('keeps rounding noise of a constant series flat', () => {
    const [low, high] = paddedInterval([0.69314717, 0.69314719]);
    expect(high - low).toBeGreaterThan(0.01);
    expect(low).toBeLessThan(0.69314717);
    const zero = paddedInterval([0, 0]);
    expect(zero[1]).toBeGreaterThan(zero[0]);
  });

  it('puts ticks on round values with equal decimals', () => {
    expect(ticks([0.412, 0.688], 5)).toEqual([0.5, 0.6]);
    expect(ticks([-1, 1], 4)).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(tickLabels([0.5, 0.55, 0.6])).toEqual(['0.50', '0.55', '0.60']);
    expect(tickLabels([0, 1000, 2000])).toEqual(['0', '1,000', '2,000']);
    expect(ticks([1, 1])).toEqual([1]);
  });

  it('starts a weight scale at zero, and balances it when weights are negative', () => {
    expect(weightScale([0.4, 0.9])).toEqual({ low: 0, high: 0.9, diverging: false });
    expect(weightScale([-0.2, 0.9])).toEqual({ low: -0.9, high: 0.9, diverging: true });
    expect(weightScale([])).toMatchObject({ low: 0, high: 1 });
    expect(weightScale([0, 0])).toMatchObject({ low: 0, high: 1 });
  });

  it('writes on each colour in black or white, whichever can be read', () => {
    const scale = weightScale([1]);
    expect(textOn(weightColor(scale, 0))).toBe('#111111');
    expect(textOn(weightColor(scale, 1))).toBe('#ffffff');
  });

  it('formats numbers for reading', () => {
    expect([
      formatCount(7403),
      formatValue(0.51234),
      formatValue(1e-6),
      formatValue(null),
      formatValue(Number.NaN),
    ]).toEqual(['7,403', '0.5123', '1.00e-6', '–', '–']);
    expect([formatWeight(0.417), formatWeight(-1.3), formatWeight(12.44), formatWeight(0.0004)]).toEqual([
      '0.42',
      '-1.30',
      '12.4',
      '4e-4',
    ]);
    expect([formatSeconds(0.84), formatSeconds(34.2), formatSeconds(125)]).toEqual(['0.8 s', '34 s', '2 min 05 s']);
  });

  it('cuts and wraps by width, by whole characters', () => {
    const measure = (text: string) => [...text].length;
    expect(ellipsise('Toy Story (1995)', 9, measure)).toBe('Toy Stor…');
    expect(ellipsise('😀😀😀😀', 3, measure)).toBe('😀😀…');
    expect(ellipsise('abc', 0, measure)).toBe('');
    expect(wrapText('The Lord of the Rings', 9, 2, measure)).toEqual(['The Lord', 'of the R…']);
    expect(wrapText('', 9, 2, measure)).toEqual([]);
  });

  it('escapes for XML, control characters included', () => {
    expect(escapeXml('<a b="c">&\u0007')).toBe('&lt;a b=&quot;c&quot;&gt;&amp;\ufffd');
  });
});
