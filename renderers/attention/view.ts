import type { AttentionOutput } from '../../src/outputs/attention';
import { attentionSummary } from '../../src/outputs/attention-view';
import { estimateWidth, formatValue } from '../../src/outputs/format';
import { h, lazyDetails, table, textMeasure } from '../shared/dom';
import type { Figure } from '../shared/figure';
import { walkByKeyboard } from '../shared/keyboard';
import type { View } from '../shared/mounts';
import { pictureTheme } from '../shared/picture';
import { Plot, type Stop } from '../shared/plot';
import { Redraw } from '../shared/redraw';
import { readTheme } from '../shared/theme';
import { controls } from './controls';
import { attentionFigure, cellFacts } from './figure';
import { gridOf, hasRelevance, pageCount } from './grid';
import { legend } from './legend';
import { attentionPicture, facts } from './picture';
import { type AttentionSettings, readSettings } from './settings';

/** Every cell with an item, for the arrow keys. */
export function attentionStops(output: AttentionOutput, settings: AttentionSettings): Stop[][] {
  return gridOf(output, settings).rows.map((row, r) =>
    row.history.flatMap((cell, position) =>
      cell
        ? [
            {
              curveNumber: 0,
              pointNumber: [r, position],
              subplot: 'xy',
              text: () => cellFacts(row, cell, position).join(', '),
            },
          ]
        : [],
    ),
  );
}

function weightTable(output: AttentionOutput, settings: AttentionSettings): Node {
  const { rows, positions, values } = gridOf(output, settings);
  const heads = Array.from({ length: positions }, (_, index) => `Position ${index + 1}`);
  const body = rows.map((row, r) => [
    row.candidate.title,
    row.user ?? '',
    ...heads.map((_, index) => {
      const cell = row.history[index];
      return cell ? `${cell.title}: ${formatValue(values[r]![index])}` : 'no item';
    }),
    row.score === undefined ? '' : row.score.toFixed(4),
    row.label === undefined ? '' : String(row.label),
  ]);
  return table(['Candidate', 'User', ...heads, 'Score', 'Label'], body, `${output.title} as a table`);
}

/** The attention heatmap in a page. */
export class AttentionView implements View<AttentionOutput> {
  private readonly root = h('div', { role: 'group', class: 'dinnb dinnb-attention' });
  private readonly heading = h('div');
  private readonly facts = h('div', { class: 'dinnb-facts' });
  private readonly bar = h('div', { class: 'dinnb-bar' });
  private readonly key = h('div', { class: 'dinnb-bar' });
  private readonly scroller = h('div', { class: 'dinnb-scroller' });
  private readonly note = h('div', { class: 'dinnb-note', 'aria-live': 'polite' });
  private readonly plot = new Plot(
    h('div', { class: 'dinnb-plot', role: 'application', 'aria-roledescription': 'heatmap' }),
  );
  private readonly table = lazyDetails('Weights as a table', () => weightTable(this.output, this.chosen));
  private readonly redraw = new Redraw(() => this.draw());
  private readonly chosen: AttentionSettings;
  private figure: Figure = { data: [], layout: {} };
  private width = 0;

  constructor(
    element: HTMLElement,
    private output: AttentionOutput,
    saved: AttentionSettings | undefined,
    private readonly onSettings: (settings: AttentionSettings) => void,
  ) {
    this.chosen = readSettings(saved);
    this.scroller.append(this.plot.element);
    this.root.append(this.heading, this.facts, this.bar, this.key, this.scroller, this.note, this.table.element);
    element.append(this.root);
    walkByKeyboard(
      this.plot,
      () => attentionStops(this.output, this.chosen),
      (text) => {
        this.note.textContent = text;
      },
    );
    this.drawHeading();
    void this.draw();
    this.redraw.watch(this.root);
  }

  update(output: AttentionOutput): void {
    this.output = output;
    this.drawHeading();
    this.redraw.request();
  }

  dispose(): void {
    this.redraw.dispose();
    this.plot.dispose();
    this.root.remove();
  }

  private savePicture = (): void => {
    const theme = pictureTheme(readTheme(this.root).font);
    const measure = textMeasure(`12px ${theme.font}`, (text) => estimateWidth(text, 12));
    this.plot.savePicture(attentionPicture(this.output, this.chosen, theme, this.width, measure), this.output.title);
  };

  private async draw(): Promise<void> {
    const width = Math.floor(this.scroller.clientWidth);
    // A hidden cell has no width; it is drawn when it gets one.
    if (width < 50 || this.output.rows.length === 0) return;
    const theme = readTheme(this.root);
    const measure = textMeasure(`12px ${theme.font}`, (text) => estimateWidth(text, 12));
    this.width = width;
    this.figure = attentionFigure(this.output, this.chosen, theme, width, measure);
    this.key.replaceChildren(legend(gridOf(this.output, this.chosen), this.chosen, theme));
    this.table.refresh();
    this.plot.element.style.width = `${this.figure.layout.width}px`;
    this.plot.element.style.minHeight = `${this.figure.layout.height}px`;
    await this.plot.draw(this.figure);
  }

  private drawHeading(): void {
    const { output, chosen } = this;
    chosen.page = Math.min(chosen.page, pageCount(output) - 1);
    if (!hasRelevance(output)) chosen.value = 'weight';
    this.heading.replaceChildren(h('h2', {}, output.title || 'Attention'));
    this.facts.replaceChildren(...facts(output).map((text) => h('span', {}, text)));
    this.bar.replaceChildren(controls(output, chosen, this.changed, this.savePicture));
    const summary = attentionSummary(output);
    this.root.setAttribute('aria-label', summary);
    this.plot.element.setAttribute('aria-label', `${summary} Arrow keys walk from cell to cell.`);
    if (output.rows.length === 0) this.note.textContent = 'No row to show.';
  }

  private changed = (change: Partial<AttentionSettings>): void => {
    Object.assign(this.chosen, change);
    this.onSettings({ ...this.chosen });
    if (change.page !== undefined) this.scroller.scrollTop = 0;
    void this.draw();
  };
}
