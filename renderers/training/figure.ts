import { formatValue } from '../../src/outputs/format';
import { type BestEpoch, bestEpoch, metricLabel, metricNames } from '../../src/outputs/metrics';
import { extent, type Interval, paddedInterval, tickLabels, ticks } from '../../src/outputs/scale';
import type { TrainingOutput } from '../../src/outputs/training';
import { type Figure, plotlyText, type Trace, themedLayout } from '../shared/figure';
import type { Theme } from '../shared/theme';
import { type Curve, curvesOf, xRange } from './curves';
import { type Panel, placePanels } from './panels';
import type { TrainingSettings } from './settings';

/** Each kind of curve in words. */
export const WORDS = {
  running: 'training, mean so far in the epoch',
  smoothed: 'training, smoothed',
  training: 'training',
  validation: 'validation',
};

/** All labels of an axis with the same number of decimals, whatever the zoom. */
const DECIMALS = [
  { dtickrange: [null, 0.000099], value: '.1e' },
  { dtickrange: [0.000099, 0.00099], value: '.4f' },
  { dtickrange: [0.00099, 0.0099], value: '.3f' },
  { dtickrange: [0.0099, 0.099], value: '.2f' },
  { dtickrange: [0.099, 0.99], value: '.1f' },
  { dtickrange: [0.99, null], value: ',~g' },
];

/** Losses can be read on a logarithmic axis when no value is zero or less. */
function isLog(metric: string, curves: readonly Curve[], settings: TrainingSettings): boolean {
  if (!settings.log || !/loss/i.test(metric)) return false;
  const found = extent(curves.map(({ y }) => y));
  return found !== undefined && found[0] > 0;
}

function valueRange(curves: readonly Curve[], log: boolean): Interval {
  const found = extent(curves.map(({ y }) => y)) ?? [0, 1];
  return paddedInterval(log ? [Math.log10(found[0]), Math.log10(found[1])] : found);
}

/** Within a decade plotly labels one or two values of a log axis: round values in between are put there. */
function logTicks([low, high]: Interval): object {
  if (high - low > 1) return { dtick: 'D2', tickformat: '~g' };
  const tickvals = ticks([10 ** low, 10 ** high], 6);
  return { tickvals, ticktext: tickLabels(tickvals) };
}

/** Points without a neighbour, which a line alone would not show. */
function isolated(y: readonly (number | null)[]): boolean[] {
  const has = (index: number) => typeof y[index] === 'number';
  return y.map((_, index) => has(index) && !has(index - 1) && !has(index + 1));
}

/** What a point says when it is pointed at. A template rather than a text a point: a live run redraws thousands. */
function hoverTemplate(curve: Curve, settings: TrainingSettings): string {
  const value = '<b>%{y:.5~g}</b>  %{meta.label}<br>';
  if (settings.x === 'epoch') return `${value}epoch %{x}<extra></extra>`;
  if (curve.kind === 'running' || curve.kind === 'smoothed') return `${value}step %{x:,d}<extra></extra>`;
  return `${value}after epoch %{customdata} (step %{x:,d})<extra></extra>`;
}

function trace(
  curve: Curve,
  metric: string,
  panel: Panel,
  output: TrainingOutput,
  settings: TrainingSettings,
  theme: Theme,
): Trace {
  const color = curve.kind === 'validation' ? theme.validation : theme.training;
  const byEpoch = curve.kind === 'training' || curve.kind === 'validation';
  const alone = byEpoch ? [] : isolated(curve.y);
  const mode = curve.markersOnly ? 'markers' : byEpoch || alone.includes(true) ? 'lines+markers' : 'lines';
  const perEpoch = settings.x === 'step' ? Math.max(1, output.stepsPerEpoch) : 1;
  const behind = curve.kind === 'running' && settings.smoothing > 0;
  return {
    type: 'scatter',
    // Plotly makes a class name of it: nothing of the data may enter.
    uid: `dinnb${panel.suffix}${curve.kind}`,
    meta: { metric, kind: curve.kind, label: `${plotlyText(metricLabel(metric))}, ${WORDS[curve.kind]}` },
    name: WORDS[curve.kind],
    x: curve.x,
    y: curve.y,
    xaxis: `x${panel.suffix}`,
    yaxis: `y${panel.suffix}`,
    mode,
    connectgaps: false,
    opacity: behind ? 0.4 : 1,
    line: {
      color,
      width: curve.kind === 'running' ? 1.25 : 2,
      dash: curve.kind === 'validation' ? 'dash' : 'solid',
      simplify: true,
    },
    marker: {
      color,
      size: byEpoch ? 7 : alone.map((single) => (single ? 5 : 0)),
      symbol: curve.kind === 'validation' ? 'square' : 'circle',
      line: { color: theme.background, width: 1 },
    },
    ...(byEpoch ? { customdata: curve.x.map((x) => Math.round(x / perEpoch)) } : {}),
    hovertemplate: hoverTemplate(curve, settings),
    showlegend: false,
  };
}

/** A ring around the best epoch's point. */
function bestTrace(
  best: BestEpoch,
  panel: Panel,
  output: TrainingOutput,
  settings: TrainingSettings,
  theme: Theme,
): Trace {
  const x = best.epoch * (settings.x === 'step' ? Math.max(1, output.stepsPerEpoch) : 1);
  return {
    type: 'scatter',
    uid: `dinnb${panel.suffix}best`,
    name: 'best epoch',
    x: [x],
    y: [best.value],
    xaxis: `x${panel.suffix}`,
    yaxis: `y${panel.suffix}`,
    mode: 'markers',
    marker: { symbol: 'circle-open', size: 14, color: theme.foreground, line: { width: 1.5 } },
    hoverinfo: 'skip',
    showlegend: false,
  };
}

/** The panel's name at the left, its latest values at the right, both above the data. */
function heading(metric: string, curves: readonly Curve[], panel: Panel, running: boolean, theme: Theme): object[] {
  const base = { xref: 'paper', yref: 'paper', y: panel.y[1], yanchor: 'bottom', yshift: 5, showarrow: false };
  const latest = (kinds: Curve['kind'][]) => {
    const curve = kinds.map((wanted) => curves.find(({ kind }) => kind === wanted)).find(Boolean);
    return curve?.y.findLast((value) => value !== null);
  };
  const part = (value: number | null | undefined, color: string) =>
    value == null ? '' : `<span style="color:${color}">${formatValue(value)}</span>`;
  const values = [
    part(latest(running ? ['running', 'training'] : ['training', 'running']), theme.training),
    part(latest(['validation']), theme.validation),
  ];
  return [
    { ...base, text: `<b>${plotlyText(metricLabel(metric))}</b>`, x: panel.x[0], xanchor: 'left', font: { size: 13 } },
    { ...base, text: values.filter(Boolean).join('   '), x: panel.x[1], xanchor: 'right', font: { size: 12 } },
  ];
}

function axes(
  metric: string,
  curves: readonly Curve[],
  panel: Panel,
  output: TrainingOutput,
  settings: TrainingSettings,
  theme: Theme,
) {
  const log = isLog(metric, curves, settings);
  const range = valueRange(curves, log);
  const common = { gridcolor: theme.grid, zeroline: false, ticks: '', tickfont: { size: 11, color: theme.muted } };
  return {
    [`xaxis${panel.suffix}`]: {
      ...common,
      domain: panel.x,
      anchor: `y${panel.suffix}`,
      range: xRange(output, settings, panel.width),
      nticks: panel.width < 300 ? 5 : 8,
      tickformat: ',d',
      ...(settings.x === 'epoch' && output.epochLog.epoch.length < 12 ? { dtick: 1 } : {}),
      title: panel.lowest ? { text: settings.x, font: { size: 11, color: theme.muted }, standoff: 4 } : { text: '' },
      showgrid: false,
      showline: true,
      linecolor: theme.muted,
      linewidth: 1,
      // Zoomed ranges survive live updates until the axis changes its meaning.
      uirevision: settings.x,
    },
    [`yaxis${panel.suffix}`]: {
      ...common,
      domain: panel.y,
      anchor: `x${panel.suffix}`,
      type: log ? 'log' : 'linear',
      range,
      nticks: 6,
      ...(log ? logTicks(range) : { tickformatstops: DECIMALS }),
      ticklabelstandoff: 3,
      uirevision: log,
    },
  };
}

/** Thin lines where epochs end, while there are few enough to read. */
function epochLines(panel: Panel, output: TrainingOutput, settings: TrainingSettings, theme: Theme): object[] {
  const { epoch } = output.epochLog;
  if (settings.x !== 'step' || epoch.length > 30) return [];
  return epoch.map((number) => ({
    type: 'line',
    layer: 'below',
    xref: `x${panel.suffix}`,
    yref: `y${panel.suffix} domain`,
    x0: number * output.stepsPerEpoch,
    x1: number * output.stepsPerEpoch,
    y0: 0,
    y1: 1,
    line: { color: theme.grid, width: 1 },
  }));
}

/** Metrics that have values and are not switched off. */
export function shownMetrics(output: TrainingOutput, settings: TrainingSettings): string[] {
  return metricNames(output).filter((name) => !settings.hidden.includes(name));
}

/**
 * The curves as small multiples, one panel a metric.
 *
 * @param width of the whole figure in pixels; the panels arrange themselves in it
 */
export function trainingFigure(
  output: TrainingOutput,
  settings: TrainingSettings,
  theme: Theme,
  width: number,
): Figure {
  const metrics = shownMetrics(output, settings);
  const { panels, height } = placePanels(metrics.length, width);
  const best = bestEpoch(output);
  const data: Trace[] = [];
  const annotations: object[] = [];
  const shapes: object[] = [];
  let axisLayout = {};
  metrics.forEach((metric, index) => {
    const panel = panels[index]!;
    const curves = curvesOf(output, metric, settings);
    data.push(...curves.map((curve) => trace(curve, metric, panel, output, settings, theme)));
    if (best?.metric === metric && output.epochLog.epoch.length > 1)
      data.push(bestTrace(best, panel, output, settings, theme));
    annotations.push(...heading(metric, curves, panel, output.state === 'running', theme));
    shapes.push(...epochLines(panel, output, settings, theme));
    axisLayout = { ...axisLayout, ...axes(metric, curves, panel, output, settings, theme) };
  });
  const layout = {
    ...themedLayout(theme),
    ...axisLayout,
    width,
    height,
    margin: { l: 0, r: 0, t: 0, b: 0, pad: 0 },
    annotations,
    shapes,
    dragmode: 'zoom',
    uirevision: 'dinnb',
  };
  return { data, layout };
}
