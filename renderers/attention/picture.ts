import type { AttentionOutput } from '../../src/outputs/attention';
import { historyLength, normalizeText } from '../../src/outputs/attention-view';
import type { Figure } from '../shared/figure';
import { picture } from '../shared/picture';
import type { Theme } from '../shared/theme';
import { attentionFigure } from './figure';
import { gridOf } from './grid';
import { pictureKeys } from './legend';
import type { AttentionSettings } from './settings';

/** The facts under the heading, a phrase each. */
export function facts(output: AttentionOutput): string[] {
  const size = `${output.rows.length} candidates, ${historyLength(output)} history positions`;
  return [size, normalizeText(output.normalize)];
}

/** The map as a picture that stands alone: light, with title, facts and legend; of a long one the page that is shown. */
export function attentionPicture(
  output: AttentionOutput,
  settings: AttentionSettings,
  theme: Theme,
  width: number,
  measure: (text: string) => number,
): Figure {
  const legend = pictureKeys(gridOf(output, settings), settings, theme);
  const caption = { title: output.title || 'Attention', facts: facts(output), legend };
  return picture(attentionFigure(output, settings, theme, width, measure), caption, theme, measure);
}
