import type { AttentionOutput, AttentionRow } from './attention';
import { attentionSvg } from './attention-svg';
import { rowText, sharedText } from './attention-text';
import { MIME_ATTENTION, type MimeBundle } from './mime';

export { attentionSvg } from './attention-svg';

const TEXT_ROWS = 30;
/** Weights that fit beside each other in a line of text. */
const TEXT_COLUMNS = 12;

/** How the weights came about, in words. */
export function normalizeText(normalize: AttentionOutput['normalize']): string {
  const words = {
    none: 'weights as the activation unit gave them, not normalised',
    sigmoid: 'each weight between 0 and 1',
    softmax: 'the weights of a row sum to 1',
  };
  return words[normalize];
}

/** One sentence on the map, for a heading or a screen reader. */
export function attentionSummary(output: AttentionOutput): string {
  const positions = historyLength(output);
  const padded = output.rows.reduce((sum, row) => sum + (positions - present(row)), 0);
  const size = `${output.rows.length} candidates x ${positions} history positions`;
  return `${output.title || 'Attention'}: ${size}, ${padded} of them empty; ${normalizeText(output.normalize)}.`;
}

/** Positions of the longest history. */
export function historyLength(output: AttentionOutput): number {
  return output.rows.reduce((longest, row) => Math.max(longest, row.history.length), 0);
}

function present(row: AttentionRow): number {
  return row.history.filter((cell) => cell !== null).length;
}

/**
 * The titles when every row shows the same history (one user, several candidates): they can head the columns.
 * Undefined when histories differ.
 */
export function sharedHistory(output: AttentionOutput): (string | null)[] | undefined {
  const first = output.rows[0];
  if (!first || output.rows.length < 2) return undefined;
  const key = (row: AttentionRow) => JSON.stringify(row.history.map((cell) => cell && [cell.id, cell.title]));
  const wanted = key(first);
  if (!output.rows.every((row) => key(row) === wanted)) return undefined;
  return first.history.map((cell) => cell?.title ?? null);
}

/** The map as plain text: a table where all rows share a history, else each candidate with its history; 30 candidates at most. */
export function attentionText(output: AttentionOutput): string {
  const shown = output.rows.slice(0, TEXT_ROWS);
  const titles = sharedHistory(output);
  const body = titles && titles.length <= TEXT_COLUMNS ? sharedText(shown, titles) : shown.map(rowText).join('\n');
  const hidden = output.rows.length - shown.length;
  return [attentionSummary(output), body, hidden > 0 ? `… and ${hidden} more candidates` : '']
    .filter(Boolean)
    .join('\n\n');
}

/** Every representation of an attention map: the heatmap's data for the renderer, a picture, and text. */
export function attentionBundle(output: AttentionOutput): MimeBundle {
  return {
    [MIME_ATTENTION]: output,
    'image/svg+xml': attentionSvg(output),
    'text/plain': attentionText(output),
  };
}
