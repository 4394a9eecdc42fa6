import type { Locator } from 'playwright-core';

/** The little of a page's elements that is read here; the tests themselves run in Node and know no DOM. */
interface PageElement {
  textContent: string | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
  getBBox(): { width: number; height: number };
  /** Plotly's traces, on the element that it draws in. */
  data?: PlotlyTrace[];
  getAttribute(name: string): string | null;
}

interface PlotlyTrace {
  type: string;
  name?: string;
  meta?: { metric: string; kind: string };
  x: number[];
  y: (number | null)[];
  z?: (number | null)[][];
  text?: string[][];
}

export interface DrawnCurve {
  metric: string;
  kind: string;
  x: number[];
  y: (number | null)[];
}

export interface DrawnTraining {
  heading: string;
  state: string;
  facts: string[];
  /** What plotly drew from. */
  curves: DrawnCurve[];
  /** Titles, values and tick labels that stand in the picture. */
  texts: string[];
  /** How many lines and points have a shape on the screen. */
  shapes: number;
}

/** What a training output shows. */
export function readTraining(output: Locator): Promise<DrawnTraining> {
  return output.evaluate((root: PageElement): DrawnTraining => {
    const all = (selector: string) => [...root.querySelectorAll(selector)];
    const text = (selector: string) => root.querySelector(selector)?.textContent?.trim() ?? '';
    const traces = root.querySelector('.js-plotly-plot')?.data ?? [];
    const boxes = all('.scatterlayer .js-line, .scatterlayer .point').map((mark) => mark.getBBox());
    return {
      heading: text('h2'),
      state: text('.dinnb-state'),
      facts: all('.dinnb-facts span').map((span) => span.textContent ?? ''),
      curves: traces.flatMap(({ meta, x, y }) => (meta ? [{ ...meta, x: [...x], y: [...y] }] : [])),
      texts: all('.js-plotly-plot svg text').map((element) => element.textContent ?? ''),
      shapes: boxes.filter(({ width, height }) => width + height > 0).length,
    };
  });
}

export interface DrawnAttention {
  heading: string;
  /** Weights by row and history position; null where there is no item. */
  weights: (number | null)[][];
  /** What the pointer would be told of each cell, without markup. */
  hovers: string[][];
  /** Titles and numbers that stand in the picture. */
  texts: string[];
  /** Size of the drawn heatmap in pixels. */
  size: { width: number; height: number };
}

/** What an attention output shows. */
export function readAttention(output: Locator): Promise<DrawnAttention> {
  return output.evaluate((root: PageElement): DrawnAttention => {
    const traces = root.querySelector('.js-plotly-plot')?.data ?? [];
    const heatmap = traces.find(({ type }) => type === 'heatmap');
    const picture = root.querySelector('.heatmaplayer image');
    return {
      heading: root.querySelector('h2')?.textContent?.trim() ?? '',
      weights: (heatmap?.z ?? []).map((row) => [...row]),
      hovers: (heatmap?.text ?? []).map((row) =>
        row.map((text) => text.replace(/<br>/g, '\n').replace(/<[^>]*>/g, '')),
      ),
      texts: [...root.querySelectorAll('.js-plotly-plot svg text')].map((element) => element.textContent ?? ''),
      size: {
        width: Number(picture?.getAttribute('width') ?? 0),
        height: Number(picture?.getAttribute('height') ?? 0),
      },
    };
  });
}

/** How much an output's heading stands out from what it lies on, as WCAG 2 counts it: 1 is nothing, 21 black on white. */
export function contrast(output: Locator): Promise<number> {
  return output.locator('h2').evaluate((heading: PageElement): number => {
    type Styled = PageElement & {
      ownerDocument: { defaultView: StyleReader };
      setAttribute(name: string, value: string): void;
      removeAttribute(name: string): void;
    };
    interface StyleReader {
      getComputedStyle(element: Styled): { color: string; backgroundColor: string };
    }
    const numbers = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (color: string) => {
      const [r, g, b] = numbers(color).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const element = heading as Styled;
    const window = element.ownerDocument.defaultView;
    // Outputs lie on the editor, which shows through their frame.
    element.setAttribute('style', 'background-color: var(--vscode-editor-background)');
    const { color, backgroundColor } = window.getComputedStyle(element);
    element.removeAttribute('style');
    const [a, b] = [luminance(color), luminance(backgroundColor)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
}

/** The output with a heading; a reopened notebook draws its outputs in any order. */
export const titled = (outputs: Locator, title: string): Locator =>
  outputs.filter({ hasText: new RegExp(`^\\s*${title}`) });
