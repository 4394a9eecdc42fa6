import { OutputError } from '../../src/outputs/parse';
import { h } from '../shared/dom';
import type { Kind, View } from '../shared/mounts';

/** As an image: its scripts and handlers do not run, and it loads nothing, whoever made it. */
class SvgView implements View<SVGElement> {
  private readonly image = h('img', { class: 'dinnb dinnb-svg' }) as HTMLImageElement;

  constructor(element: HTMLElement, svg: SVGElement) {
    element.append(this.image);
    this.update(svg);
  }

  update(svg: SVGElement): void {
    URL.revokeObjectURL(this.image.src);
    const text = new XMLSerializer().serializeToString(svg);
    this.image.src = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
    this.image.alt = wordsOf(svg);
  }

  dispose(): void {
    URL.revokeObjectURL(this.image.src);
    this.image.remove();
  }
}

/** For who does not see it: its title, else the words in it. */
function wordsOf(svg: SVGElement): string {
  const title = svg.querySelector('title')?.textContent ?? svg.getAttribute('aria-label');
  const words = title ?? [...svg.querySelectorAll('text')].map(({ textContent }) => textContent).join(', ');
  return words.trim().slice(0, 300) || 'picture (SVG)';
}

/** Draws `image/svg+xml`. Read as a page reads it, so that what is no XML, or does not say that it is SVG, is drawn too. */
export const svg: Kind<SVGElement, never> = {
  mime: 'image/svg+xml',
  parse(data) {
    const found = new DOMParser().parseFromString(String(data), 'text/html').querySelector('svg');
    if (!found) throw new OutputError('it holds no <svg> element.');
    return found;
  },
  create: (element, data) => new SvgView(element, data),
};
