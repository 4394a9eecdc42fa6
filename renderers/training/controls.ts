import { metricLabel } from '../../src/outputs/metrics';
import { button, checkbox, choice, h } from '../shared/dom';
import type { TrainingSettings } from './settings';

/** Everything a reader can choose, as labelled native controls. */
export function controls(
  metrics: readonly string[],
  settings: TrainingSettings,
  onChange: (change: Partial<TrainingSettings>) => void,
  actions: { resetZoom: () => void; savePicture: () => void },
): HTMLElement {
  if (metrics.length === 0) return h('span');
  const axis = choice(
    'x axis',
    [
      { value: 'step', label: 'step' },
      { value: 'epoch', label: 'epoch' },
    ],
    settings.x,
    (x) => onChange({ x }),
  );
  const toggles = metrics.map((metric) =>
    checkbox(metricLabel(metric), !settings.hidden.includes(metric), (shown) => {
      const others = settings.hidden.filter((name) => name !== metric);
      onChange({ hidden: shown ? others : [...others, metric] });
    }),
  );
  const parts: Node[] = [axis];
  if (metrics.length > 1)
    parts.push(h('span', { class: 'dinnb-group', role: 'group', 'aria-label': 'Metrics' }, ...toggles));
  if (metrics.some((metric) => /loss/i.test(metric))) {
    parts.push(checkbox('log loss axis', settings.log, (log) => onChange({ log })));
  }
  parts.push(
    smoothing(settings, onChange),
    button('Reset zoom', actions.resetZoom),
    button('Save picture', actions.savePicture),
  );
  return h('span', { class: 'dinnb-group dinnb-controls' }, ...parts);
}

function smoothing(settings: TrainingSettings, onChange: (change: Partial<TrainingSettings>) => void): HTMLElement {
  const input = h('input', { type: 'range', min: 0, max: 0.99, step: 0.01 });
  input.value = String(settings.smoothing);
  const shown = h('output', {});
  const show = () => {
    const value = Number(input.value);
    shown.textContent = value === 0 ? 'off' : value.toFixed(2);
  };
  show();
  input.addEventListener('input', () => {
    show();
    onChange({ smoothing: Number(input.value) });
  });
  return h(
    'label',
    { class: 'dinnb-check', title: 'Moving average over steps; the measured line stays visible' },
    'smoothing',
    input,
    shown,
  );
}
