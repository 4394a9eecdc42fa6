import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HtmlAssets } from '../notebook/html';

/** What an HTML report carries inside; it lies beside the bundled command. */
export function htmlAssets(): HtmlAssets {
  return { renderers: readFileSync(join(__dirname, 'renderers.js'), 'utf8') };
}
