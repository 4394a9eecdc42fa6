import { MIME_PROGRESS } from '../../src/outputs/mime';
import { type ProgressOutput, parseProgressOutput, progressLine } from '../../src/outputs/progress';
import { h } from '../shared/dom';
import type { Kind, View } from '../shared/mounts';

class ProgressView implements View<ProgressOutput> {
  private readonly root = h('section', { class: 'dinnb dinnb-progress' });
  private readonly bar = h('progress', { 'aria-label': 'Progress' });
  private readonly words = h('div', { class: 'dinnb-facts' });

  constructor(element: HTMLElement, progress: ProgressOutput) {
    this.root.append(this.bar, this.words);
    element.append(this.root);
    this.update(progress);
  }

  update(progress: ProgressOutput): void {
    const { done, total, state } = progress;
    if (total !== undefined) {
      this.bar.max = Math.max(1, total);
      this.bar.value = Math.min(done, Math.max(1, total));
    } else if (state === 'running') this.bar.removeAttribute('value');
    else this.bar.value = 1;
    this.words.textContent = progressLine(progress);
  }

  dispose(): void {
    this.root.remove();
  }
}

/** Draws `application/vnd.dinnb.progress+json`: a loop's bar. */
export const progress: Kind<ProgressOutput, never> = {
  mime: MIME_PROGRESS,
  parse: parseProgressOutput,
  create: (element, output) => new ProgressView(element, output),
};
