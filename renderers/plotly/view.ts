import { formatCount } from '../../src/outputs/format';
import { button, h, lazyDetails, table } from '../shared/dom';
import type { View } from '../shared/mounts';
import { pictureTheme } from '../shared/picture';
import { Plot } from '../shared/plot';
import { Redraw } from '../shared/redraw';
import { readTheme } from '../shared/theme';
import { drawnFigure, plotlyPicture, plotlySummary, plotlyTable, titleOf } from './figure';
import type { PlotlyFigure } from './parse';

function values(figure: PlotlyFigure): Node {
  const { head, rows, left } = plotlyTable(figure);
  if (rows.length === 0) return h('p', {}, 'The values are packed and have no table.');
  const shown = table(head, rows, `Values of ${titleOf(figure) || 'the figure'}`);
  return left === 0 ? shown : h('div', {}, shown, h('p', {}, `${formatCount(left)} more are not shown here.`));
}

/** A figure of anybody's in a page. */
export class PlotlyView implements View<PlotlyFigure> {
  private readonly root = h('div', { role: 'group', class: 'dinnb dinnb-plotly' });
  private readonly scroller = h('div', { class: 'dinnb-scroller' });
  private readonly plot = new Plot(h('div', { class: 'dinnb-plot', role: 'img' }));
  private readonly table = lazyDetails('Values as a table', () => values(this.figure));
  private readonly redraw = new Redraw(() => this.draw());
  private width = 0;

  constructor(
    element: HTMLElement,
    private figure: PlotlyFigure,
  ) {
    const bar = h(
      'div',
      { class: 'dinnb-bar' },
      h(
        'span',
        { class: 'dinnb-group dinnb-controls' },
        button('Reset zoom', () => this.resetZoom()),
        button('Save picture', () => this.savePicture()),
      ),
    );
    this.scroller.append(this.plot.element);
    this.root.append(this.scroller, bar, this.table.element);
    element.append(this.root);
    void this.draw();
    this.redraw.watch(this.root);
  }

  update(figure: PlotlyFigure): void {
    this.figure = figure;
    this.redraw.request();
  }

  dispose(): void {
    this.redraw.dispose();
    this.plot.dispose();
    this.root.remove();
  }

  private async draw(): Promise<void> {
    const width = Math.floor(this.scroller.clientWidth);
    const summary = plotlySummary(this.figure);
    this.root.setAttribute('aria-label', summary);
    this.plot.element.setAttribute('aria-label', summary);
    this.table.refresh();
    // A hidden cell has no width; it is drawn when it gets one.
    if (width < 50) return;
    this.width = width;
    const drawn = drawnFigure(this.figure, readTheme(this.root), width);
    this.plot.element.style.width = `${drawn.layout.width}px`;
    this.plot.element.style.minHeight = `${drawn.layout.height}px`;
    await this.plot.draw(drawn);
  }

  private savePicture(): void {
    const theme = pictureTheme(readTheme(this.root).font);
    this.plot.savePicture(plotlyPicture(this.figure, theme, this.width), titleOf(this.figure) || 'figure');
  }

  private resetZoom(): void {
    this.plot.autorange();
  }
}
