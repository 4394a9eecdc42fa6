import { formatWeight } from '../../src/outputs/format';
import { h } from '../shared/dom';
import type { Theme } from '../shared/theme';
import type { Grid } from './grid';
import { palette } from './palette';
import type { AttentionSettings } from './settings';

/** What the colours mean, outside the map. */
export function legend(grid: Grid, settings: AttentionSettings, theme: Theme): HTMLElement {
  const perRow = settings.scale === 'row';
  const ramp = h('span', { class: 'dinnb-ramp', 'aria-hidden': true });
  ramp.style.background = `linear-gradient(to right, ${palette(grid.scale, theme).join(', ')})`;
  const low = perRow ? 'row’s least' : formatWeight(grid.scale.low);
  const high = perRow ? 'row’s greatest' : formatWeight(grid.scale.high);
  const scale = h('span', { class: 'dinnb-key' }, `${settings.value} `, low, ramp, high);
  const padding = h(
    'span',
    { class: 'dinnb-key' },
    h('span', { class: 'dinnb-pad', 'aria-hidden': true }),
    'no item: the history is shorter',
  );
  return h('span', { class: 'dinnb-group', role: 'group', 'aria-label': 'Legend' }, scale, padding);
}
