// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import { ParametersView } from '../../../renderers/parameters/view';
import type { ParameterShape } from '../../../src/outputs/parameters';

const shapes: ParameterShape[] = [
  { name: 'epochs', standard: '5', kind: 'number', minimum: 1, maximum: 100, description: 'Passes over the data.' },
  { name: 'rows', standard: '1_000', kind: 'number' },
  { name: 'mode', standard: 'fast', kind: 'string', choices: ['fast', 'exact'] },
  { name: 'shuffle', standard: 'true', kind: 'boolean' },
  { name: 'title', standard: '<img src=x onerror="globalThis.hacked = true">', kind: 'string' },
];

let element: HTMLElement;
beforeEach(() => {
  element = document.createElement('div');
  document.body.replaceChildren(element);
});

function form(typed: { [name: string]: string } = {}) {
  const posted: unknown[] = [];
  const remembered: unknown[] = [];
  const view = new ParametersView(
    element,
    { cell: 'p1' },
    typed,
    (values) => remembered.push(values),
    (message) => posted.push(message),
  );
  const control = (name: string) => {
    const label = [...element.querySelectorAll('label')].find(({ textContent }) => textContent === name)!;
    return document.getElementById(label.htmlFor) as HTMLInputElement;
  };
  const fill = (name: string, value: string) => {
    control(name).value = value;
    control(name).dispatchEvent(new Event(control(name).tagName === 'SELECT' ? 'change' : 'input'));
  };
  const submit = () => element.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
  return { view, posted, remembered, control, fill, submit };
}

describe('ParametersView', () => {
  it('asks for its state, and shows a control for each kind of parameter', () => {
    const { view, posted, control } = form();
    expect(posted).toEqual([{ type: 'dinnb.parameters', cell: 'p1' }]);
    expect(element.querySelector('form')!.hidden).toBe(true);
    view.patch({ shapes, values: { mode: 'exact' } });
    expect(element.querySelector('form')!.hidden).toBe(false);
    expect(control('epochs').value).toBe('5');
    expect(element.querySelector<HTMLInputElement>('input[type=range]')!.max).toBe('100');
    expect(control('mode').tagName).toBe('SELECT');
    expect(control('mode').value).toBe('exact');
    expect(control('shuffle').checked).toBe(true);
    expect(element.textContent).toContain('Passes over the data. · 1 to 100 · default 5');
    expect(element.querySelector('img')).toBeNull();
  });

  it('keeps the line breaks of texts, whoever touches another field', () => {
    const { view, posted, fill, submit, control } = form();
    const text = { name: 'prompt', standard: 'You are helpful.\r\nBe brief.', kind: 'string' } as const;
    view.patch({ shapes: [text, { name: 'n', standard: '1', kind: 'number' }], values: {} });
    expect(control('prompt').tagName).toBe('TEXTAREA');
    expect(element.textContent).not.toContain('Changed:');
    fill('n', '2');
    submit();
    expect(posted.at(-1)).toMatchObject({ run: { n: '2' } });
    expect(posted.at(-1)).not.toMatchObject({ run: { prompt: expect.anything() } });
    fill('prompt', 'Be\nlong.');
    submit();
    expect(posted.at(-1)).toMatchObject({ run: { n: '2', prompt: 'Be\nlong.' } });
  });

  it('runs with what differs from the defaults, and with nothing that is wrong', () => {
    const { view, posted, remembered, fill, submit, control } = form();
    view.patch({ shapes, values: {} });
    fill('epochs', '200');
    submit();
    expect(posted).toHaveLength(1);
    expect(control('epochs').getAttribute('aria-invalid')).toBe('true');
    expect(element.textContent).toContain('At most 100.');
    fill('epochs', '20');
    fill('rows', '1000'); // the default, written otherwise
    control('shuffle').click();
    control('shuffle').dispatchEvent(new Event('change'));
    fill('mode', 'exact');
    submit();
    expect(posted.at(-1)).toEqual({
      type: 'dinnb.parameters',
      cell: 'p1',
      run: { epochs: '20', shuffle: String(control('shuffle').checked), mode: 'exact' },
    });
    expect(remembered.at(-1)).toMatchObject({ epochs: '20', mode: 'exact' });
  });

  it('keeps what was typed while the source changes, and goes back to the defaults', () => {
    const { view, control } = form({ epochs: '7' });
    view.patch({ shapes, values: {} });
    expect(control('epochs').value).toBe('7');
    expect(element.textContent).toContain('Changed: counts when all cells run');
    view.patch({ shapes: shapes.slice(0, 1), values: {} });
    expect(control('epochs').value).toBe('7');
    view.patch({ shapes, values: { epochs: '7' } });
    expect(element.textContent).not.toContain('Changed: counts');
    [...element.querySelectorAll('button')].find(({ textContent }) => textContent === 'Defaults')!.click();
    expect(control('epochs').value).toBe('5');
    view.patch({ shapes: [], values: {} });
    expect(element.querySelector('form')!.hidden).toBe(true);
  });
});
