import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HtmlAssets } from '../notebook/html';

/** The renderer modules that an HTML report carries inside; they lie beside the bundled command. */
export function htmlAssets(): HtmlAssets {
  const read = (name: string) => readFileSync(join(__dirname, 'renderers', `${name}.js`), 'utf8');
  return { trainingRenderer: read('training'), attentionRenderer: read('attention') };
}
