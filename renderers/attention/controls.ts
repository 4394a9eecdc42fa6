import type { AttentionOutput } from '../../src/outputs/attention';
import { button, choice, h } from '../shared/dom';
import { hasRelevance, pageCount } from './grid';
import { type AttentionSettings, PAGE_ROWS } from './settings';

function pager(
  output: AttentionOutput,
  settings: AttentionSettings,
  onChange: (change: Partial<AttentionSettings>) => void,
): HTMLElement {
  const pages = pageCount(output);
  const shown = h('span', { 'aria-live': 'polite' });
  const turn = (by: number) => onChange({ page: Math.max(0, Math.min(pages - 1, settings.page + by)) });
  const back = button('Previous rows', () => turn(-1));
  const on = button('Next rows', () => turn(1));
  const show = () => {
    const first = settings.page * PAGE_ROWS;
    shown.textContent = `${first + 1} to ${Math.min(output.rows.length, first + PAGE_ROWS)} of ${output.rows.length}`;
    back.disabled = settings.page === 0;
    on.disabled = settings.page >= pages - 1;
  };
  show();
  const group = h('span', { class: 'dinnb-group', role: 'group', 'aria-label': 'Rows' }, back, shown, on);
  group.addEventListener('click', show);
  return group;
}

/** Everything a reader can choose; `settings` is the live object that `onChange` changes. */
export function controls(
  output: AttentionOutput,
  settings: AttentionSettings,
  onChange: (change: Partial<AttentionSettings>) => void,
  onSave: () => void,
): HTMLElement {
  const parts: Node[] = [];
  if (hasRelevance(output)) {
    const options = [
      { value: 'weight', label: 'weight' },
      { value: 'relevance', label: 'planted relevance' },
    ] as const;
    parts.push(choice('show', options, settings.value, (value) => onChange({ value })));
  }
  const scales = [
    { value: 'map', label: 'whole map' },
    { value: 'row', label: 'per row' },
  ] as const;
  if (output.rows.length > 1) parts.push(choice('colours', scales, settings.scale, (scale) => onChange({ scale })));
  if (pageCount(output) > 1) parts.push(pager(output, settings, onChange));
  if (output.rows.length > 0) parts.push(button('Save picture', onSave));
  return h('span', { class: 'dinnb-group dinnb-controls' }, ...parts);
}
