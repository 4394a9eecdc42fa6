import bar from 'plotly.js/lib/bar';
import box from 'plotly.js/lib/box';
import candlestick from 'plotly.js/lib/candlestick';
import contour from 'plotly.js/lib/contour';
import Plotly from 'plotly.js/lib/core';
import funnel from 'plotly.js/lib/funnel';
import heatmap from 'plotly.js/lib/heatmap';
import histogram from 'plotly.js/lib/histogram';
import histogram2d from 'plotly.js/lib/histogram2d';
import histogram2dcontour from 'plotly.js/lib/histogram2dcontour';
import ohlc from 'plotly.js/lib/ohlc';
import pie from 'plotly.js/lib/pie';
import scatter from 'plotly.js/lib/scatter';
import violin from 'plotly.js/lib/violin';
import waterfall from 'plotly.js/lib/waterfall';
import { drawManyAsPicture } from './dots';
import type { Figure } from './figure';

drawManyAsPicture(scatter);
Plotly.register([
  ...[scatter, bar, histogram, box, violin, pie, heatmap, contour, histogram2d, histogram2dcontour],
  ...[funnel, waterfall, candlestick, ohlc],
]);

const CONFIG = {
  displaylogo: false,
  // Its buttons cover what stands at the right and cannot be reached by keyboard; the views have buttons of their own.
  displayModeBar: false,
  // Sizes come from our own observer, which also relays the subplots.
  responsive: false,
  // The library must never offer to send data anywhere.
  showSendToCloud: false,
  plotlyServerURL: '',
};

/** A place in a figure that the keyboard can visit. */
export interface Stop {
  curveNumber: number;
  pointNumber: number | number[];
  subplot?: string;
  /** What a screen reader says there. */
  text: () => string;
}

/** One plotly drawing in an element: drawn again in place, never recreated. */
export class Plot {
  private drawing: Promise<unknown> = Promise.resolve();
  private next: Figure | undefined;
  private disposed = false;

  constructor(readonly element: HTMLElement) {}

  /** Draws; while plotly is still busy only the newest figure waits. */
  draw(figure: Figure): Promise<unknown> {
    const waiting = this.next !== undefined;
    this.next = figure;
    if (waiting) return this.drawing;
    this.drawing = this.drawing
      .then(() => {
        const newest = this.next;
        this.next = undefined;
        if (this.disposed || !newest) return undefined;
        return Plotly.react(this.element, newest.data, newest.layout, CONFIG);
      })
      // One figure that fails must not keep later ones from being drawn.
      .catch((error: unknown) => console.error('dinnb: the plot could not be drawn.', error));
    return this.drawing;
  }

  hover(stop: Stop): void {
    const points = [{ curveNumber: stop.curveNumber, pointNumber: stop.pointNumber }];
    Plotly.Fx.hover(this.element, points, stop.subplot);
  }

  unhover(): void {
    Plotly.Fx.unhover(this.element);
  }

  resetZoom(change: object): void {
    void Plotly.relayout(this.element, change);
  }

  /** Every axis back to what its values need. */
  autorange(): void {
    const axes = Object.keys((this.element as { _fullLayout?: object })._fullLayout ?? {});
    const change = axes.filter((name) => /^[xy]axis\d*$/.test(name)).map((name) => [`${name}.autorange`, true]);
    this.resetZoom(Object.fromEntries(change));
  }

  /** Offers a figure as a PNG file, at twice its size. */
  savePicture(figure: Figure, name: string): void {
    const filename = name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'plot';
    Plotly.downloadImage({ ...figure, config: CONFIG }, { format: 'png', scale: 2, filename }).catch((error: unknown) =>
      console.error('dinnb: the picture could not be made.', error),
    );
  }

  dispose(): void {
    this.disposed = true;
    Plotly.purge(this.element);
  }
}
