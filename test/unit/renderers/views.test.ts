// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Figure } from '../../../renderers/shared/figure';

const drawn: Figure[] = [];
const disposed: HTMLElement[] = [];

// plotly needs a real browser; what it is given and when it is freed can be seen without one.
vi.mock('../../../renderers/shared/plot', () => ({
  Plot: class {
    constructor(readonly element: HTMLElement) {}
    async draw(figure: Figure) {
      drawn.push(figure);
    }
    hover() {}
    unhover() {}
    resetZoom() {}
    savePicture() {}
    dispose() {
      disposed.push(this.element);
    }
  },
}));

import type { AttentionSettings } from '../../../renderers/attention/settings';
import { AttentionView } from '../../../renderers/attention/view';
import type { TrainingSettings } from '../../../renderers/training/settings';
import { TrainingView } from '../../../renderers/training/view';
import { mockAttention, mockTraining } from '../outputs/mock';

const HOSTILE = '<img src=x onerror="globalThis.hacked = true">';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
let element: HTMLElement;

function labelled(text: string): HTMLInputElement {
  const label = [...element.querySelectorAll('label')].find((found) => found.textContent === text);
  return label!.querySelector('input')!;
}

function choose(input: HTMLInputElement): void {
  input.click();
  input.dispatchEvent(new Event('change'));
}

beforeEach(() => {
  drawn.length = 0;
  disposed.length = 0;
  element = document.createElement('div');
  document.body.replaceChildren(element);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(1000);
});

describe('TrainingView', () => {
  it('says what runs, how far it came and which epoch was best', () => {
    new TrainingView(element, mockTraining(), undefined, () => {});
    expect(element.querySelector('h2')!.textContent).toBe('DIN');
    expect(element.querySelector('.dinnb-state')!.textContent).toBe('done');
    const facts = [...element.querySelectorAll('.dinnb-facts span')].map((span) => span.textContent);
    expect(facts).toEqual([
      '5 epochs',
      'batch 256',
      'eager, native TensorFlow 2.21.0',
      '14 s an epoch',
      'best epoch 3: validation loss 0.5380',
    ]);
    expect(element.querySelector('.dinnb-plot')!.getAttribute('aria-label')).toContain(
      'Lowest validation loss in epoch 3',
    );
  });

  it('grows by patches in the same elements, a few times a second', async () => {
    const run = mockTraining({ state: 'running', finished: 1 });
    const view = new TrainingView(element, run, undefined, () => {});
    const plot = element.querySelector('.dinnb-plot');
    const last = run.steps.step.at(-1)!;
    for (let turn = 1; turn <= 20; turn++) {
      view.patch({ steps: { step: [last + turn], values: { loss: [0.4], accuracy: [0.8] } } });
    }
    view.patch({ state: 'interrupted' });
    await pause(250);
    expect(drawn.length).toBeLessThanOrEqual(4);
    const line = drawn.at(-1)!.data[0]!;
    expect((line.x as number[]).at(-1)).toBe(last + 20);
    expect(element.querySelector('.dinnb-plot')).toBe(plot);
    expect(element.querySelector('.dinnb-state')!.textContent).toBe('interrupted');
    expect(() => view.patch({ steps: 'nonsense' })).toThrow('patch.steps');
    view.dispose();
  });

  it('keeps newer steps when a full update of a running fit comes late', async () => {
    const run = mockTraining({ state: 'running', finished: 1 });
    const view = new TrainingView(element, run, undefined, () => {});
    const last = run.steps.step.at(-1)!;
    view.patch({ steps: { step: [last + 1, last + 2], values: { loss: [0.4, 0.3] } } });
    view.update(run);
    await pause(250);
    expect((drawn.at(-1)!.data[0]!.x as number[]).at(-1)).toBe(last + 2);
    view.dispose();
  });

  it('obeys its controls and remembers them', () => {
    const saved: TrainingSettings[] = [];
    new TrainingView(element, mockTraining(), undefined, (settings) => saved.push(settings));
    choose(labelled('AUC-PR'));
    expect(saved.at(-1)!.hidden).toEqual(['aucPr']);
    choose(labelled('epoch'));
    expect(saved.at(-1)!.x).toBe('epoch');
    expect(JSON.stringify(drawn.at(-1)!.data.map(({ meta }) => meta))).not.toContain('aucPr');
    const again = document.createElement('div');
    document.body.append(again);
    new TrainingView(again, mockTraining(), saved.at(-1), () => {});
    expect(again.querySelector<HTMLInputElement>('input[value=epoch]')!.checked).toBe(true);
  });

  it('keeps focus and controls while values come', async () => {
    const run = mockTraining({ state: 'running', finished: 1 });
    const view = new TrainingView(element, run, undefined, () => {});
    const box = labelled('Loss');
    view.patch({ steps: { step: [run.steps.step.at(-1)! + 1], values: { loss: [0.4] } } });
    await pause(200);
    expect(labelled('Loss')).toBe(box);
    view.dispose();
  });

  it('shows hostile names as text', () => {
    const run = mockTraining({ title: HOSTILE });
    run.epochLog.training[HOSTILE] = [1, 2, 3, 4, 5];
    run.runtime = HOSTILE;
    new TrainingView(element, run, undefined, () => {});
    expect(element.querySelector('img')).toBeNull();
    expect(element.querySelector('h2')!.textContent).toBe(HOSTILE);
  });

  it('says that there is nothing yet', () => {
    const run = mockTraining({ finished: 0 });
    run.steps = { step: [], values: {} };
    new TrainingView(element, run, undefined, () => {});
    expect(element.querySelector('.dinnb-note')!.textContent).toBe('No value yet.');
    expect(drawn).toHaveLength(0);
  });

  it('frees what it took', async () => {
    const view = new TrainingView(element, mockTraining(), undefined, () => {});
    const before = drawn.length;
    view.update(mockTraining());
    view.dispose();
    await pause(200);
    expect(drawn.length).toBe(before);
    expect(disposed).toHaveLength(1);
    expect(element.childElementCount).toBe(0);
  });
});

describe('AttentionView', () => {
  it('says size and normalisation, and draws', () => {
    new AttentionView(element, mockAttention(), undefined, () => {});
    expect(element.querySelector('.dinnb-facts')!.textContent).toContain('8 candidates, 5 history positions');
    expect(drawn).toHaveLength(1);
    expect(element.querySelector('.dinnb-plot')!.getAttribute('aria-label')).toContain('11 of them empty');
  });

  it('offers relevance only where the data has it', () => {
    new AttentionView(element, mockAttention(), undefined, () => {});
    expect(element.textContent).not.toContain('planted relevance');
    element.replaceChildren();
    const saved: AttentionSettings[] = [];
    new AttentionView(element, mockAttention({ relevance: true }), undefined, (settings) => saved.push(settings));
    choose(labelled('planted relevance'));
    expect(saved.at(-1)!.value).toBe('relevance');
    expect(new Set((drawn.at(-1)!.data[0]!.z as number[][])[0])).toEqual(new Set([0, 1]));
  });

  it('turns pages of a long map', () => {
    const saved: AttentionSettings[] = [];
    new AttentionView(element, mockAttention({ rows: 120 }), undefined, (settings) => saved.push(settings));
    expect(element.textContent).toContain('1 to 50 of 120');
    const next = [...element.querySelectorAll('button')].find(({ textContent }) => textContent === 'Next rows')!;
    next.click();
    next.click();
    expect(saved.at(-1)!.page).toBe(2);
    expect(element.textContent).toContain('101 to 120 of 120');
    expect(next.disabled).toBe(true);
    expect((drawn.at(-1)!.data[0]!.z as unknown[]).length).toBe(20);
  });

  it('gives the weights as a table on request', () => {
    new AttentionView(element, mockAttention({ title: () => HOSTILE }), undefined, () => {});
    const details = element.querySelector('details')!;
    expect(details.querySelector('table')).toBeNull();
    details.open = true;
    details.dispatchEvent(new Event('toggle'));
    expect(details.querySelectorAll('tbody tr')).toHaveLength(8);
    expect(details.querySelector('td:nth-of-type(2)')!.textContent).toContain(HOSTILE);
    expect(element.querySelector('img')).toBeNull();
  });

  it('says that there is no row', () => {
    new AttentionView(element, { ...mockAttention(), rows: [] }, undefined, () => {});
    expect(element.querySelector('.dinnb-note')!.textContent).toBe('No row to show.');
  });
});
