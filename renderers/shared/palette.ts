import { DIVERGING, interpolate, SEQUENTIAL, type WeightScale } from '../../src/outputs/color';
import type { Theme } from './theme';

/** On a dark page a small weight is dark and a large one bright: the eye goes to the large ones on either page. */
const SEQUENTIAL_DARK = ['#223140', '#27496b', '#2c6699', '#3f8aca', '#7fbcf0', '#cfe8ff'] as const;
const DIVERGING_DARK = ['#ffd0a1', '#e58f3c', '#8a5220', '#3a3a3a', '#2a5c8c', '#4f9bdc', '#cfe8ff'] as const;

/** Colours from the least to the greatest value. */
export function palette(scale: WeightScale, theme: Theme): readonly string[] {
  if (theme.dark) return scale.diverging ? DIVERGING_DARK : SEQUENTIAL_DARK;
  return scale.diverging ? DIVERGING : SEQUENTIAL;
}

/** As plotly wants a colour scale: pairs of position and colour. */
export function colorscale(stops: readonly string[]): [position: number, color: string][] {
  return stops.map((color, index) => [index / (stops.length - 1), color]);
}

export function colorOf(value: number, scale: WeightScale, stops: readonly string[]): string {
  return interpolate(stops, (value - scale.low) / (scale.high - scale.low || 1));
}
