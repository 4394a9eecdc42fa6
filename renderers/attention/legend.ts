import { formatWeight } from '../../src/outputs/format';
import { h } from '../shared/dom';
import { colorOf, palette } from '../shared/palette';
import type { Key } from '../shared/picture';
import type { Theme } from '../shared/theme';
import type { Grid } from './grid';
import type { AttentionSettings } from './settings';

const PADDING = 'no item: the history is shorter';

function endsOf(grid: Grid, settings: AttentionSettings): { low: string; high: string } {
  if (settings.scale === 'row') return { low: 'row’s least', high: 'row’s greatest' };
  return { low: formatWeight(grid.scale.low), high: formatWeight(grid.scale.high) };
}

/** The same for a picture of the map. */
export function pictureKeys(grid: Grid, settings: AttentionSettings, theme: Theme): Key[] {
  const stops = palette(grid.scale, theme);
  const { low, high } = endsOf(grid, settings);
  const steps = 50;
  const ramp = Array.from({ length: steps }, (_, index) => {
    const value = grid.scale.low + ((index + 0.5) / steps) * (grid.scale.high - grid.scale.low);
    const fillcolor = colorOf(value, grid.scale, stops);
    return { type: 'rect', x0: index * 3, x1: index * 3 + 3, y0: -5, y1: 5, fillcolor, line: { width: 0 } };
  });
  const line = { color: theme.muted, width: 1, dash: 'dot' };
  const pad = { type: 'rect', x0: 0, x1: 22, y0: -6, y1: 6, line };
  return [
    { sample: ramp, width: steps * 3, words: `${settings.value} from ${low} to ${high}` },
    ...(grid.rows.some((row) => row.history.length < grid.positions || row.history.includes(null))
      ? [{ sample: [pad], width: 22, words: PADDING }]
      : []),
  ];
}

/** What the colours mean, outside the map. */
export function legend(grid: Grid, settings: AttentionSettings, theme: Theme): HTMLElement {
  const { low, high } = endsOf(grid, settings);
  const ramp = h('span', { class: 'dinnb-ramp', 'aria-hidden': true });
  ramp.style.background = `linear-gradient(to right, ${palette(grid.scale, theme).join(', ')})`;
  const scale = h('span', { class: 'dinnb-key' }, `${settings.value} `, low, ramp, high);
  const padding = h('span', { class: 'dinnb-key' }, h('span', { class: 'dinnb-pad', 'aria-hidden': true }), PADDING);
  return h('span', { class: 'dinnb-group', role: 'group', 'aria-label': 'Legend' }, scale, padding);
}
