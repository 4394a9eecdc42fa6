import { decimate } from './decimate';
import { estimateWidth } from './format';
import { hasValues, metricLabel, metricNames, runningWords } from './metrics';
import { extent, type Interval, paddedInterval, tickLabels, ticks } from './scale';
import { element, FAINT, INK, line, path, picture, svgText } from './svg';
import type { TrainingOutput } from './training';

const TRAINING = '#2f7ed8';
/** Opaque and in between, so that it shows on white as on black. */
const FAINT_TRAINING = '#7fb0e6';
const VALIDATION = '#e07b1f';
const PANEL = { width: 300, height: 190, left: 52, right: 14, top: 30, bottom: 38 };
const HEADER = 58;
const COLUMNS = 3;
const PANEL_LIMIT = 12;
const POINTS_PER_CURVE = 300;

interface Curve {
  x: number[];
  y: (number | null)[];
  style: 'steps' | 'training' | 'validation';
}

/** Curves over epochs; step points stand at their fraction of an epoch. */
function curves({ steps, epochLog, stepsPerEpoch }: TrainingOutput, metric: string): Curve[] {
  const result: Curve[] = [];
  if (hasValues(steps.values, metric)) {
    const { x, y } = decimate(steps.step, steps.values[metric]!, POINTS_PER_CURVE);
    result.push({ x: x.map((step) => step / Math.max(1, stepsPerEpoch)), y, style: 'steps' });
  }
  for (const style of ['training', 'validation'] as const) {
    if (!hasValues(epochLog[style], metric)) continue;
    result.push({ ...decimate(epochLog.epoch, epochLog[style][metric]!, POINTS_PER_CURVE), style });
  }
  return result;
}

function drawCurve(
  curve: Curve,
  toX: (x: number) => number,
  toY: (y: number) => number,
  look: Curve['style'] = curve.style,
): string {
  const points = curve.x.map((x, index) => {
    const y = curve.y[index];
    return y === null || y === undefined || !Number.isFinite(y) ? null : ([toX(x), toY(y)] as const);
  });
  const color = look === 'validation' ? VALIDATION : look === 'steps' ? FAINT_TRAINING : TRAINING;
  const faint = curve.style === 'steps';
  const drawn = element('path', {
    d: path(points),
    fill: 'none',
    stroke: color,
    'stroke-width': look === 'steps' ? 1.1 : 1.75,
    'stroke-dasharray': look === 'validation' ? '5 3' : undefined,
    'stroke-linejoin': 'round',
  });
  const alone = points.filter(Boolean).length === 1;
  if ((faint && !alone) || points.length > 60) return drawn;
  const markers = points.map((point) => (point ? marker(point[0], point[1], curve.style) : ''));
  return drawn + markers.join('');
}

function marker(x: number, y: number, style: Curve['style']): string {
  if (style === 'validation') {
    return element('rect', { x: x - 2.75, y: y - 2.75, width: 5.5, height: 5.5, fill: VALIDATION });
  }
  return element('circle', { cx: x, cy: y, r: 3, fill: TRAINING });
}

function axes(xTicks: number[], yTicks: number[], toX: (x: number) => number, toY: (y: number) => number): string {
  const left = PANEL.left;
  const right = PANEL.width - PANEL.right;
  const bottom = PANEL.height - PANEL.bottom;
  const yLabels = tickLabels(yTicks);
  const xLabels = tickLabels(xTicks);
  const rows = yTicks.map(
    (tick, index) =>
      line(left, toY(tick), right, toY(tick), { 'stroke-opacity': 0.28 }) +
      svgText(left - 6, toY(tick) + 3.5, yLabels[index]!, { 'text-anchor': 'end', 'font-size': 10.5 }),
  );
  const columns = xTicks.map(
    (tick, index) =>
      line(toX(tick), bottom, toX(tick), bottom + 4) +
      svgText(toX(tick), bottom + 15, xLabels[index]!, { 'text-anchor': 'middle', 'font-size': 10.5 }),
  );
  const name = svgText((left + right) / 2, bottom + 30, 'epoch', { 'text-anchor': 'middle', 'font-size': 10.5 });
  return [...rows, ...columns, line(left, bottom, right, bottom), name].join('');
}

function panel(output: TrainingOutput, metric: string, xInterval: Interval): string {
  const drawn = curves(output, metric);
  const yInterval = paddedInterval(extent(drawn.map(({ y }) => y)) ?? [0, 1]);
  const toX = (x: number) =>
    PANEL.left + ((x - xInterval[0]) / (xInterval[1] - xInterval[0])) * (PANEL.width - PANEL.left - PANEL.right);
  const toY = (y: number) =>
    PANEL.height -
    PANEL.bottom -
    ((y - yInterval[0]) / (yInterval[1] - yInterval[0])) * (PANEL.height - PANEL.top - PANEL.bottom);
  const whole = ticks(xInterval, 6).filter(Number.isInteger);
  const xTicks = whole.length > 1 ? whole : ticks(xInterval, 5);
  return (
    svgText(PANEL.left, PANEL.top - 11, metricLabel(metric), { 'font-weight': 600 }) +
    axes(xTicks, ticks(yInterval, 5), toX, toY) +
    drawn.map((curve) => drawCurve(curve, toX, toY)).join('')
  );
}

/** What the lines mean, in a row of its own above the panels. */
function legend(output: TrainingOutput, names: readonly string[]): string {
  const used = names.flatMap((name) => curves(output, name).map(({ style }) => style));
  const words = { steps: runningWords(names), training: 'training', validation: 'validation' };
  const same = (value: number) => value;
  let x = 12;
  const parts: string[] = [];
  for (const style of ['steps', 'training', 'validation'] as const) {
    if (!used.includes(style)) continue;
    const sample: Curve = { x: [x, x + 14, x + 28], y: [40, 40, 40], style };
    const middle: Curve = { ...sample, x: [x + 14], y: [40] };
    parts.push(
      drawCurve({ ...sample, style: 'steps' }, same, same, style),
      style === 'steps' ? '' : drawCurve(middle, same, same),
    );
    parts.push(svgText(x + 35, 44, words[style], { 'font-size': 11 }));
    x += 35 + estimateWidth(words[style], 11) + 22;
  }
  return parts.join('');
}

/**
 * The run as small multiples, one a metric: training solid with dots, validation dashed with squares, the running
 * values of the steps faint behind. For light and dark backgrounds.
 */
export function trainingSvg(output: TrainingOutput): string {
  const names = metricNames(output).slice(0, PANEL_LIMIT);
  const rows = Math.ceil(names.length / COLUMNS);
  const columns = Math.max(1, Math.ceil(names.length / Math.max(1, rows)));
  const width = Math.max(columns * PANEL.width, 620);
  const title = svgText(12, 21, `${output.title || 'Training'}${output.state === 'done' ? '' : ` (${output.state})`}`, {
    'font-size': 14,
    'font-weight': 600,
    fill: INK,
  });
  if (names.length === 0) {
    const empty = svgText(12, 52, 'No value was recorded.', { fill: FAINT });
    return picture(width, 70, output.title || 'Training', title + empty);
  }
  const xs = [...output.epochLog.epoch, ...output.steps.step.map((step) => step / Math.max(1, output.stepsPerEpoch))];
  const found = extent([xs]) ?? [0, 1];
  const xInterval: Interval = output.steps.step.length > 0 ? [0, Math.max(found[1], 1e-9)] : paddedInterval(found);
  const panels = names.map((name, index) => {
    const x = (index % columns) * PANEL.width;
    const y = HEADER + Math.floor(index / columns) * PANEL.height;
    return element('g', { transform: `translate(${x} ${y})` }, panel(output, name, xInterval));
  });
  const height = HEADER + rows * PANEL.height;
  return picture(width, height, output.title || 'Training', title + legend(output, names) + panels.join(''));
}
