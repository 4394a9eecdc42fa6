import { bestEpoch, metricNames, runningWords } from '../../src/outputs/metrics';
import type { TrainingOutput } from '../../src/outputs/training';
import { h } from '../shared/dom';
import type { Key } from '../shared/picture';
import type { Theme } from '../shared/theme';
import { type Curve, curvesOf } from './curves';
import type { TrainingSettings } from './settings';

const SVG = 'http://www.w3.org/2000/svg';
const KINDS: readonly Curve['kind'][] = ['running', 'smoothed', 'training', 'validation'];
const WIDTH = 28;

type Kind = Curve['kind'] | 'best';

interface Entry {
  kind: Kind;
  markersOnly: boolean;
  words: string;
}

/** What stands in the legend. */
export function entriesOf(output: TrainingOutput, settings: TrainingSettings): Entry[] {
  const shown = metricNames(output).filter((name) => !settings.hidden.includes(name));
  const curves = shown.flatMap((name) => curvesOf(output, name, settings));
  const words: Record<Curve['kind'], string> = {
    running: runningWords(shown),
    smoothed: 'smoothed',
    training: settings.x === 'step' ? 'training, whole epoch' : 'training',
    validation: 'validation',
  };
  const entries = KINDS.flatMap((kind): Entry[] => {
    const found = curves.filter((curve) => curve.kind === kind);
    if (found.length === 0) return [];
    return [{ kind, markersOnly: found.every((curve) => curve.markersOnly), words: words[kind] }];
  });
  const best = bestEpoch(output);
  const ringed = best && shown.includes(best.metric) && output.epochLog.epoch.length > 1;
  return ringed ? [...entries, { kind: 'best', markersOnly: true, words: 'best epoch' }] : entries;
}

function shape(name: string, attributes: { [name: string]: string }): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function sample({ kind, markersOnly }: Entry): SVGElement {
  const validation = kind === 'validation';
  const color = validation ? 'var(--dinnb-validation, #c8600a)' : 'var(--dinnb-training, #1a6fd0)';
  const svg = shape('svg', { width: String(WIDTH), height: '14', 'aria-hidden': 'true' });
  const width = kind === 'running' ? '1.25' : '2';
  if (!markersOnly) {
    svg.append(
      shape('path', {
        d: 'M1 7H27',
        stroke: color,
        'stroke-width': width,
        ...(validation ? { 'stroke-dasharray': '6 4' } : {}),
      }),
    );
  }
  if (validation) svg.append(shape('rect', { x: '10.5', y: '3.5', width: '7', height: '7', fill: color }));
  else if (kind === 'training') svg.append(shape('circle', { cx: '14', cy: '7', r: '3.5', fill: color }));
  else if (kind === 'best')
    svg.append(
      shape('circle', { cx: '14', cy: '7', r: '6', fill: 'none', stroke: 'currentColor', 'stroke-width': '1.5' }),
    );
  return svg;
}

/** What the lines mean, outside the plot so that it hides no data. */
export function legend(output: TrainingOutput, settings: TrainingSettings): HTMLElement {
  const keys = entriesOf(output, settings).map((entry) =>
    h('span', { class: 'dinnb-key' }, sample(entry), entry.words),
  );
  return h('span', { class: 'dinnb-group', role: 'group', 'aria-label': 'Legend' }, ...keys);
}

/** The same for a picture of the curves. */
export function pictureKeys(output: TrainingOutput, settings: TrainingSettings, theme: Theme): Key[] {
  return entriesOf(output, settings).map(({ kind, markersOnly, words }) => {
    const color = kind === 'validation' ? theme.validation : kind === 'best' ? theme.foreground : theme.training;
    const width = kind === 'running' ? 1.25 : 2;
    const line = { color, width, dash: kind === 'validation' ? 'dash' : 'solid' };
    const middle = (size: number) => ({ x0: 14 - size, x1: 14 + size, y0: -size, y1: size });
    const mark = { ...middle(3.5), fillcolor: color, line: { width: 0 } };
    return {
      width: WIDTH,
      words,
      sample: [
        ...(markersOnly ? [] : [{ type: 'line', x0: 1, x1: 27, y0: 0, y1: 0, line }]),
        ...(kind === 'validation' ? [{ type: 'rect', ...mark }] : []),
        ...(kind === 'training' ? [{ type: 'circle', ...mark }] : []),
        ...(kind === 'best' ? [{ type: 'circle', ...middle(6), line: { color, width: 1.5 } }] : []),
      ],
    };
  });
}
