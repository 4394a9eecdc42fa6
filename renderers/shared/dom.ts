type Attributes = { [name: string]: string | number | boolean | undefined };

/** An element with attributes and children; texts become text nodes, so data can never become markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children);
  return element;
}

/** A labelled checkbox. */
export function checkbox(label: string, checked: boolean, onChange: (checked: boolean) => void): HTMLLabelElement {
  const input = h('input', { type: 'checkbox' });
  input.checked = checked;
  input.addEventListener('change', () => onChange(input.checked));
  return h('label', { class: 'dinnb-check' }, input, label);
}

/** A row of radio buttons that looks like one control. */
export function choice<T extends string>(
  legend: string,
  options: readonly { value: T; label: string }[],
  chosen: T,
  onChange: (value: T) => void,
): HTMLElement {
  // Radio buttons of one name are one group in the whole page, which other renderer modules share.
  const name = `dinnb-choice-${Math.random().toString(36).slice(2)}`;
  const radios = options.map(({ value, label }) => {
    const input = h('input', { type: 'radio', name, value });
    input.checked = value === chosen;
    input.addEventListener('change', () => onChange(value));
    return h('label', {}, input, h('span', {}, label));
  });
  const options_ = h('span', { class: 'dinnb-segments' }, ...radios);
  return h(
    'span',
    { class: 'dinnb-choice', role: 'radiogroup', 'aria-label': legend },
    h('span', {}, legend),
    options_,
  );
}

export function button(label: string, onClick: () => void): HTMLButtonElement {
  const element = h('button', { type: 'button' }, label);
  element.addEventListener('click', onClick);
  return element;
}

/** A plain table; the first column heads its row. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  caption: string,
): HTMLTableElement {
  const header = h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)));
  const body = rows.map(([first = '', ...rest]) =>
    h('tr', {}, h('th', { scope: 'row' }, first), ...rest.map((text) => h('td', {}, text))),
  );
  return h(
    'table',
    {},
    h('caption', { class: 'dinnb-hidden' }, caption),
    h('thead', {}, header),
    h('tbody', {}, ...body),
  );
}

/** Details whose content is built when they are first opened and rebuilt by the returned `refresh` while they are open. */
export function lazyDetails(summary: string, build: () => Node): { element: HTMLDetailsElement; refresh(): void } {
  const content = h('div', { class: 'dinnb-scroll', tabindex: 0, role: 'group', 'aria-label': summary });
  const element = h('details', {}, h('summary', {}, summary), content);
  const refresh = () => {
    if (element.open) content.replaceChildren(build());
  };
  element.addEventListener('toggle', refresh);
  return { element, refresh };
}

/** Measures texts in a font as the page draws them; falls back to an estimate where there is no canvas. */
export function textMeasure(font: string, estimate: (text: string) => number): (text: string) => number {
  const context = document.createElement('canvas').getContext?.('2d');
  if (!context) return estimate;
  context.font = font;
  return (text) => context.measureText(text).width;
}
