import { extent } from './scale';

/** A colour scale over weights: from zero up in one hue, or around zero in two when some weights are negative. */
export interface WeightScale {
  low: number;
  high: number;
  diverging: boolean;
}

/** Light to dark blue, lightness falling evenly. */
export const SEQUENTIAL = ['#e6f0fa', '#b9d4f0', '#84b3e2', '#4a8dcf', '#1f66b0', '#0b3f7d'] as const;
/** Orange below zero, nearly white at zero, blue above. */
export const DIVERGING = ['#9a4a05', '#d98436', '#f3c598', '#f5f5f5', '#9cc3ea', '#3f83c8', '#0b3f7d'] as const;

/** The scale of a set of weights. It starts at zero, so that depth of colour is proportional to the weight. */
export function weightScale(values: Iterable<number>): WeightScale {
  const [low, high] = extent([values]) ?? [0, 1];
  if (low < 0) {
    const reach = Math.max(-low, high);
    return { low: -reach, high: reach, diverging: true };
  }
  return { low: 0, high: high > 0 ? high : 1, diverging: false };
}

type Rgb = [red: number, green: number, blue: number];

function parseHex(color: string): Rgb {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function toHex(color: Rgb): string {
  return `#${color.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;
}

/** Colour at `position` in [0, 1] along evenly spaced stops. */
export function interpolate(stops: readonly string[], position: number): string {
  const at = Math.max(0, Math.min(1, position)) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(at));
  const from = parseHex(stops[index]!);
  const to = parseHex(stops[index + 1]!);
  return toHex(from.map((channel, i) => channel + (to[i]! - channel) * (at - index)) as Rgb);
}

export function weightColor(scale: WeightScale, weight: number): string {
  const position = (weight - scale.low) / (scale.high - scale.low || 1);
  return interpolate(scale.diverging ? DIVERGING : SEQUENTIAL, position);
}

/** Relative luminance in [0, 1] (WCAG 2.2). */
export function luminance(color: string): number {
  const [red, green, blue] = parseHex(color).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Black or white, whichever contrasts more with a fill. */
export function textOn(fill: string): string {
  return luminance(fill) > 0.179 ? '#111111' : '#ffffff';
}
