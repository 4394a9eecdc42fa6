import {
  numberOf,
  type ParameterShape,
  type ParametersMessage,
  type ParametersOutput,
  type ParametersState,
  parameterProblem,
  sameValue,
} from '../../src/outputs/parameters';
import { button, h } from '../shared/dom';
import type { View } from '../shared/mounts';

type Values = { [name: string]: string };

/** A control of a form: its value as text, and what else follows when it is set. */
interface Field {
  shape: ParameterShape;
  row: HTMLElement;
  problem: HTMLElement;
  control: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
  set(value: string): void;
  value(): string;
}

/** The parameters of a cell as a form. What it shows comes from the editor; what was typed and not run yet is remembered. */
export class ParametersView implements View<ParametersOutput> {
  private readonly root = h('form', { class: 'dinnb dinnb-parameters', 'aria-label': 'Parameters', novalidate: true });
  private readonly rows = h('div', { class: 'dinnb-parameters-rows' });
  private readonly run = h('button', { type: 'submit', class: 'dinnb-primary' }, 'Run All with These Values');
  private readonly reset = button('Defaults', () => this.toDefaults());
  private readonly note = h('span', { class: 'dinnb-note', role: 'status' });
  private fields: Field[] = [];
  private state: ParametersState = { shapes: [], values: {} };

  constructor(
    element: HTMLElement,
    private output: ParametersOutput,
    private typed: Values,
    private readonly remember: (typed: Values) => void,
    private readonly post: ((message: ParametersMessage) => void) | undefined,
  ) {
    this.root.hidden = true;
    this.root.append(this.rows, h('div', { class: 'dinnb-bar' }, this.run, this.reset, this.note));
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    element.append(this.root);
    this.ask();
  }

  update(output: ParametersOutput): void {
    this.output = output;
    this.ask();
  }

  /** The editor says what there is. */
  patch(change: unknown): void {
    const state = change as ParametersState;
    const same = JSON.stringify(state.shapes) === JSON.stringify(this.state.shapes);
    // What has been run is not "typed" any more.
    if (JSON.stringify(state.values) !== JSON.stringify(this.state.values)) {
      this.typed = Object.fromEntries(
        Object.entries(this.typed).filter(([name, value]) => state.values[name] !== value),
      );
    }
    this.state = state;
    if (!same) {
      this.fields = state.shapes.map((shape) => fieldOf(shape, () => this.changed(shape)));
      this.rows.replaceChildren(...this.fields.map(({ row }) => row));
    }
    for (const field of this.fields) {
      const value = this.typed[field.shape.name] ?? this.given(field.shape);
      if (field.value() !== value) field.set(value);
    }
    this.root.hidden = this.fields.length === 0;
    this.tell();
  }

  dispose(): void {
    this.root.remove();
  }

  private ask(): void {
    this.post?.({ type: 'dinnb.parameters', cell: this.output.cell });
  }

  /** What the kernel has. */
  private given({ name, standard }: ParameterShape): string {
    return this.state.values[name] ?? standard;
  }

  private changed(shape: ParameterShape): void {
    const field = this.fields.find((each) => each.shape === shape)!;
    const { [shape.name]: _before, ...others } = this.typed;
    const value = field.value();
    this.typed = sameValue(shape, value, this.given(shape)) ? others : { ...others, [shape.name]: value };
    this.remember(this.typed);
    this.tell();
  }

  private toDefaults(): void {
    for (const field of this.fields) {
      field.set(field.shape.standard);
      this.changed(field.shape);
    }
  }

  /** What is wrong at each field, and what a run would do. */
  private tell(): boolean {
    let right = true;
    let changed = 0;
    for (const { shape, control, problem, value, row } of this.fields) {
      const wrong = parameterProblem(shape, value());
      if (wrong) right = false;
      problem.textContent = wrong ?? '';
      control.setAttribute('aria-invalid', String(wrong !== undefined));
      row.classList.toggle('dinnb-changed', !sameValue(shape, value(), shape.standard));
      if (!sameValue(shape, value(), this.given(shape))) changed++;
    }
    this.run.disabled = !this.post;
    this.reset.disabled = this.fields.every(({ shape, value }) => sameValue(shape, value(), shape.standard));
    this.note.textContent = changed > 0 ? 'Changed: counts when all cells run, in a new kernel.' : '';
    return right;
  }

  private submit(): void {
    if (!this.tell()) {
      this.fields.find(({ shape, value }) => parameterProblem(shape, value()))?.control.focus();
      return;
    }
    const given = this.fields.filter(({ shape, value }) => !sameValue(shape, value(), shape.standard));
    const run = Object.fromEntries(given.map(({ shape, value }) => [shape.name, value()]));
    this.post?.({ type: 'dinnb.parameters', cell: this.output.cell, run });
  }
}

let ids = 0;

function fieldOf(shape: ParameterShape, changed: () => void): Field {
  const id = `dinnb-parameter-${++ids}`;
  const problem = h('span', { class: 'dinnb-problem', id: `${id}-problem`, role: 'alert' });
  const { control, beside = [], set, value } = controlOf(shape, changed);
  control.id = id;
  control.setAttribute('aria-describedby', [`${id}-about`, `${id}-problem`].join(' '));
  const about = h('span', { class: 'dinnb-about', id: `${id}-about` }, aboutOf(shape));
  const label = h('label', { for: id }, shape.name);
  const row = h('div', { class: 'dinnb-parameter' }, label, h('span', { class: 'dinnb-group' }, control, ...beside));
  row.append(about, problem);
  return { shape, row, problem, control, set, value };
}

function aboutOf({ description, minimum, maximum, standard }: ParameterShape): string {
  const range =
    minimum !== undefined && maximum !== undefined
      ? `${minimum} to ${maximum}`
      : minimum !== undefined
        ? `at least ${minimum}`
        : maximum !== undefined
          ? `at most ${maximum}`
          : '';
  return [description, range, `default ${standard === '' ? 'empty' : standard}`].filter(Boolean).join(' · ');
}

type Control = Pick<Field, 'control' | 'set' | 'value'> & { beside?: HTMLElement[] };

function controlOf(shape: ParameterShape, changed: () => void): Control {
  const { kind, choices, minimum, maximum } = shape;
  if (choices) {
    // A value from the command line may be none of them: it is shown all the same.
    const control = h('select', {}, ...choices.map((text) => h('option', { value: text }, text)));
    control.addEventListener('change', changed);
    const set = (value: string) => {
      if (![...control.options].some((option) => option.value === value))
        control.append(h('option', { value: value }, value));
      control.value = value;
    };
    return { control, set, value: () => control.value };
  }
  if (kind === 'boolean') {
    const control = h('input', { type: 'checkbox' });
    control.addEventListener('change', changed);
    const set = (value: string) => {
      control.checked = value === 'true';
    };
    return { control, set, value: () => String(control.checked) };
  }
  const field = { spellcheck: 'false', autocomplete: 'off' };
  const lines = shape.standard.split('\n').length;
  const control =
    kind === 'string' && lines > 1
      ? h('textarea', { ...field, rows: Math.min(lines + 1, 8) })
      : h('input', { ...field, type: 'text' });
  if (kind === 'number') control.inputMode = 'decimal';
  // A field may not hold a text as it is, line breaks say: what nobody touched is what was given.
  let given = { value: '', shown: '' };
  const set = (value: string) => {
    control.value = value;
    given = { value, shown: control.value };
  };
  const own = { control, set, value: () => (control.value === given.shown ? given.value : control.value) };
  if (kind !== 'number' || minimum === undefined || maximum === undefined) {
    control.addEventListener('input', changed);
    return own;
  }
  // Between two bounds a slider too; the field takes values that the slider cannot have.
  const whole = [minimum, maximum, numberOf(shape.standard)].every(Number.isInteger);
  const step = whole ? Math.max(1, Math.round((maximum - minimum) / 1000)) : 'any';
  const slider = h('input', { type: 'range', min: minimum, max: maximum, step, 'aria-label': `${shape.name}, slider` });
  slider.addEventListener('input', () => {
    control.value = String(Number(Number(slider.value).toPrecision(6)));
    changed();
  });
  control.addEventListener('input', () => {
    slider.value = String(numberOf(control.value));
    changed();
  });
  return {
    ...own,
    beside: [slider],
    set: (value) => {
      set(value);
      slider.value = String(numberOf(value));
    },
  };
}
