import { metricNames, runningWords } from '../../src/outputs/metrics';
import type { TrainingOutput } from '../../src/outputs/training';
import { h } from '../shared/dom';
import { type Curve, curvesOf } from './curves';
import type { TrainingSettings } from './settings';

const SVG = 'http://www.w3.org/2000/svg';
const KINDS: readonly Curve['kind'][] = ['running', 'smoothed', 'training', 'validation'];

function shape(name: string, attributes: { [name: string]: string }): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function sample(kind: Curve['kind'], markersOnly: boolean): SVGElement {
  const validation = kind === 'validation';
  const color = validation ? 'var(--dinnb-validation, #c8600a)' : 'var(--dinnb-training, #1a6fd0)';
  const svg = shape('svg', { width: '28', height: '12', 'aria-hidden': 'true' });
  const width = kind === 'running' ? '1.25' : '2';
  if (!markersOnly) {
    svg.append(
      shape('path', {
        d: 'M1 6H27',
        stroke: color,
        'stroke-width': width,
        ...(validation ? { 'stroke-dasharray': '6 4' } : {}),
      }),
    );
  }
  if (validation) svg.append(shape('rect', { x: '10.5', y: '2.5', width: '7', height: '7', fill: color }));
  else if (kind === 'training') svg.append(shape('circle', { cx: '14', cy: '6', r: '3.5', fill: color }));
  return svg;
}

/** What the lines mean, outside the plot so that it hides no data. */
export function legend(output: TrainingOutput, settings: TrainingSettings): HTMLElement {
  const shown = metricNames(output).filter((name) => !settings.hidden.includes(name));
  const curves = shown.flatMap((name) => curvesOf(output, name, settings));
  const words: Record<Curve['kind'], string> = {
    running: runningWords(shown),
    smoothed: 'smoothed',
    training: settings.x === 'step' ? 'training, whole epoch' : 'training',
    validation: 'validation',
  };
  const entries = KINDS.flatMap((kind) => {
    const found = curves.filter((curve) => curve.kind === kind);
    if (found.length === 0) return [];
    const markersOnly = found.every((curve) => curve.markersOnly);
    return [h('span', { class: 'dinnb-key' }, sample(kind, markersOnly), words[kind])];
  });
  return h('span', { class: 'dinnb-group', role: 'group', 'aria-label': 'Legend' }, ...entries);
}
