import { button, h } from '../shared/dom';
import type { Kind, View } from '../shared/mounts';

/** Entries of one list or object that are drawn at once. */
const MOST = 100;
const DEEPEST = 60;

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function leaf(value: unknown): HTMLElement {
  const kind = value === null ? 'null' : typeof value;
  return h('span', { class: `dinnb-json-${kind}` }, JSON.stringify(value) ?? 'undefined');
}

function summary(value: object): string {
  const size = Array.isArray(value) ? value.length : Object.keys(value).length;
  if (Array.isArray(value)) return `[${size}]`;
  const names = Object.keys(value).slice(0, 6).join(', ');
  return `{${names.length > 80 ? `${names.slice(0, 80)}…` : names}${size > 6 ? ', …' : ''}}`;
}

const item = (label: string, value: unknown, depth: number, open: boolean): HTMLElement =>
  isNested(value) && (Array.isArray(value) ? value.length : Object.keys(value).length) > 0
    ? branch(label, value, depth, open)
    : h(
        'div',
        { class: 'dinnb-json-leaf' },
        ...name(label),
        isNested(value) ? (Array.isArray(value) ? '[]' : '{}') : leaf(value),
      );

const name = (label: string) => (label === '' ? [] : [h('span', { class: 'dinnb-json-name' }, label), ': ']);

/** Children are made when they are first looked at: a long text of JSON is not a long page. */
function branch(label: string, value: object, depth: number, open: boolean): HTMLElement {
  const element = h(
    'details',
    {},
    h('summary', {}, ...name(label), h('span', { class: 'dinnb-json-sum' }, summary(value))),
  );
  const children = Object.entries(value);
  let shown = 0;
  const more = () => {
    element.lastElementChild?.matches('button') && element.lastElementChild.remove();
    const next = children.slice(shown, shown + MOST);
    shown += next.length;
    element.append(...next.map(([key, child]) => item(key, child, depth + 1, false)));
    if (shown < children.length) element.append(button(`${children.length - shown} more`, more));
  };
  const fill = () => {
    if (shown > 0 || !element.open) return;
    if (depth >= DEEPEST) element.append(h('div', { class: 'dinnb-note' }, 'Nested deeper than is shown here.'));
    else more();
  };
  element.addEventListener('toggle', fill);
  if (open) {
    element.open = true;
    fill();
  }
  return element;
}

class JsonView implements View<unknown> {
  private readonly root = h('div', { role: 'group', class: 'dinnb dinnb-json', 'aria-label': 'JSON' });

  constructor(element: HTMLElement, value: unknown) {
    element.append(this.root);
    this.update(value);
  }

  update(value: unknown): void {
    this.root.replaceChildren(item('', value, 0, true));
  }

  dispose(): void {
    this.root.remove();
  }
}

/** Draws `application/json` as a tree that opens. */
export const json: Kind<unknown, never> = {
  mime: 'application/json',
  parse: (data) => data,
  create: (element, value) => new JsonView(element, value),
};
