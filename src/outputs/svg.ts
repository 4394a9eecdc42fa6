import { escapeXml } from '../base/escape';

/** Static pictures are drawn for light and dark pages alike: middle grey for text and axes, no background. */
export const INK = '#7d7d7d';
export const FAINT = '#9a9a9a';
export const FONT = "-apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";

type Attributes = { [name: string]: string | number | undefined };

/** Coordinates to a hundredth of a pixel. */
function print(value: string | number): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : escapeXml(value);
}

/** One element; `content` is markup already, escape texts with {@link svgText} or {@link escapeXml}. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${print(value!)}"`)
    .join('');
  return content === '' ? `<${name}${list}/>` : `<${name}${list}>${content}</${name}>`;
}

export function svgText(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element('text', { x, y, fill: INK, ...attributes }, escapeXml(text));
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes = {}): string {
  return element('line', { x1, y1, x2, y2, stroke: FAINT, ...attributes });
}

/** Points joined by a line that is interrupted where a value is missing. */
export function path(points: readonly (readonly [x: number, y: number] | null)[]): string {
  let data = '';
  let drawing = false;
  for (const point of points) {
    if (point) data += `${drawing ? 'L' : 'M'}${print(point[0])} ${print(point[1])}`;
    drawing = point !== null;
  }
  return data;
}

/** A whole picture with a title for readers who cannot see it. */
export function picture(width: number, height: number, title: string, content: string): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'font-family': FONT,
    'font-size': 12,
  };
  return element('svg', attributes, element('title', {}, escapeXml(title)) + content);
}
