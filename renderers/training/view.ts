import { estimateWidth, formatValue } from '../../src/outputs/format';
import { hasValues, metricLabel, metricNames } from '../../src/outputs/metrics';
import type { TrainingOutput } from '../../src/outputs/training';
import { parseTrainingPatch } from '../../src/outputs/training-parse';
import { applyTrainingPatch } from '../../src/outputs/training-patch';
import { trainingSummary } from '../../src/outputs/training-view';
import { h, lazyDetails, table, textMeasure } from '../shared/dom';
import type { Figure } from '../shared/figure';
import { walkByKeyboard } from '../shared/keyboard';
import type { View } from '../shared/mounts';
import { pictureTheme } from '../shared/picture';
import { Plot } from '../shared/plot';
import { Redraw } from '../shared/redraw';
import { readTheme } from '../shared/theme';
import { controls } from './controls';
import { shownMetrics, trainingFigure } from './figure';
import { legend } from './legend';
import { facts, trainingPicture } from './picture';
import { readSettings, type TrainingSettings } from './settings';
import { trainingStops } from './stops';

function epochTable(output: TrainingOutput): Node {
  const { epochLog } = output;
  const columns = metricNames(output).flatMap((metric) =>
    (['training', 'validation'] as const)
      .filter((part) => hasValues(epochLog[part], metric))
      .map((part) => ({ head: `${metricLabel(metric)}, ${part}`, values: epochLog[part][metric]! })),
  );
  const rows = epochLog.epoch.map((epoch, index) => [
    String(epoch),
    (epochLog.seconds[index] ?? 0).toFixed(1),
    ...columns.map(({ values }) => formatValue(values[index])),
  ]);
  if (rows.length === 0) return h('p', {}, 'No epoch has finished yet.');
  return table(['Epoch', 'Seconds', ...columns.map(({ head }) => head)], rows, `Values of ${output.title} by epoch`);
}

/** The training curves in a page. */
export class TrainingView implements View<TrainingOutput> {
  private readonly root = h('div', { role: 'group', class: 'dinnb dinnb-training' });
  private readonly heading = h('div');
  private readonly facts = h('div', { class: 'dinnb-facts' });
  private readonly progress = h('progress', { 'aria-label': 'Training progress' });
  private readonly bar = h('div', { class: 'dinnb-bar' });
  private readonly note = h('div', { class: 'dinnb-note', 'aria-live': 'polite' });
  private readonly plot = new Plot(
    h('div', { class: 'dinnb-plot', role: 'application', 'aria-roledescription': 'chart' }),
  );
  private readonly table = lazyDetails('Values by epoch', () => epochTable(this.output));
  private readonly redraw = new Redraw(() => this.draw());
  private readonly chosen: TrainingSettings;
  private figure: Figure = { data: [], layout: {} };
  private barOf = '';
  private width = 0;

  constructor(
    element: HTMLElement,
    private output: TrainingOutput,
    saved: TrainingSettings | undefined,
    private readonly onSettings: (settings: TrainingSettings) => void,
  ) {
    this.chosen = readSettings(saved);
    this.root.append(
      this.heading,
      this.facts,
      this.progress,
      this.bar,
      this.plot.element,
      this.note,
      this.table.element,
    );
    element.append(this.root);
    walkByKeyboard(
      this.plot,
      () => trainingStops(this.figure, this.chosen.x),
      (text) => this.say(text),
    );
    void this.draw();
    this.redraw.watch(this.root);
  }

  update(output: TrainingOutput): void {
    // A full update may have been sent before patches that are drawn already: what is newer stays.
    const keep = output.state === 'running' ? { steps: this.output.steps } : {};
    this.output = applyTrainingPatch(output, keep);
    this.redraw.request();
  }

  patch(change: unknown): void {
    this.output = applyTrainingPatch(this.output, parseTrainingPatch(change));
    this.redraw.request();
  }

  dispose(): void {
    this.redraw.dispose();
    this.plot.dispose();
    this.root.remove();
  }

  private say(text: string): void {
    this.note.textContent = text;
  }

  private changed = (change: Partial<TrainingSettings>): void => {
    Object.assign(this.chosen, change);
    this.onSettings({ ...this.chosen });
    void this.draw();
  };

  private async draw(): Promise<void> {
    const width = Math.floor(this.bar.clientWidth);
    const theme = readTheme(this.root);
    this.root.style.setProperty('--dinnb-training', theme.training);
    this.root.style.setProperty('--dinnb-validation', theme.validation);
    this.drawHeading();
    this.drawBar();
    this.table.refresh();
    // A hidden cell has no width; it is drawn when it gets one.
    const empty = shownMetrics(this.output, this.chosen).length === 0;
    this.plot.element.hidden = empty;
    if (width < 50 || empty) return;
    this.width = width;
    this.figure = trainingFigure(this.output, this.chosen, theme, width);
    this.plot.element.style.minHeight = `${this.figure.layout.height}px`;
    await this.plot.draw(this.figure);
  }

  private drawHeading(): void {
    const { output } = this;
    const badge = h('span', { class: 'dinnb-state', 'data-state': output.state }, output.state);
    this.heading.replaceChildren(h('h2', {}, output.title || 'Training'), badge);
    this.facts.replaceChildren(...facts(output).map((text) => h('span', {}, text)));
    this.progress.hidden = output.state !== 'running';
    this.progress.max = Math.max(1, output.epochs * output.stepsPerEpoch);
    this.progress.value = output.steps.step.at(-1) ?? output.epochLog.epoch.length * output.stepsPerEpoch;
    const summary = trainingSummary(output);
    this.root.setAttribute('aria-label', summary);
    this.plot.element.setAttribute('aria-label', `${summary} Arrow keys walk along the curves.`);
    if (shownMetrics(output, this.chosen).length === 0)
      this.say(metricNames(output).length === 0 ? 'No value yet.' : 'Every metric is switched off.');
    else if (this.chosen.x === 'epoch' && output.epochLog.epoch.length === 0)
      this.say('No epoch has finished yet; the steps show more.');
    else if (!this.plot.element.matches(':focus')) this.say('');
  }

  /** The controls are rebuilt only when there is something else to choose, so that focus stays where it is. */
  private drawBar(): void {
    const names = metricNames(this.output);
    const key = names.join('\n');
    if (key !== this.barOf) {
      this.barOf = key;
      const left = controls(names, this.chosen, this.changed, this);
      this.bar.replaceChildren(left, h('span', { class: 'dinnb-group' }));
    }
    this.bar.lastElementChild?.replaceWith(legend(this.output, this.chosen));
  }

  savePicture = (): void => {
    const theme = pictureTheme(readTheme(this.root).font);
    const measure = textMeasure(`12px ${theme.font}`, (text) => estimateWidth(text, 12));
    this.plot.savePicture(trainingPicture(this.output, this.chosen, theme, this.width, measure), this.output.title);
  };

  resetZoom = (): void => {
    const change: { [path: string]: unknown } = {};
    for (const [name, value] of Object.entries(this.figure.layout)) {
      if (/^[xy]axis\d*$/.test(name)) change[`${name}.range`] = [...(value as { range: number[] }).range];
    }
    this.plot.resetZoom(change);
  };
}
