import type { AttentionOutput, AttentionRow } from './attention';
import { attentionSvg } from './attention-svg';
import { ellipsise, formatWeight } from './format';
import { MIME_ATTENTION, type MimeBundle } from './mime';

export { attentionSvg } from './attention-svg';

const TEXT_ROWS = 30;

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

const cut = (text: string, length: number) => ellipsise(text, length, (value) => [...value].length);

function rowText(row: AttentionRow): string {
  const facts = [
    row.user ?? '',
    row.score === undefined ? '' : `score ${row.score.toFixed(3)}`,
    row.label === undefined ? '' : `label ${row.label}`,
  ];
  const head = [cut(row.candidate.title, 50), ...facts.filter(Boolean)].join(', ');
  const items = row.history.map((cell, index) =>
    cell
      ? `  ${index + 1}. ${formatWeight(cell.weight).padStart(6)}  ${cut(cell.title, 60)}`
      : `  ${index + 1}.      –  (empty)`,
  );
  return [head, ...items].join('\n');
}

/** The map as plain text: each candidate, then its history with a weight a line; at most 30 candidates. */
export function attentionText(output: AttentionOutput): string {
  const shown = output.rows.slice(0, TEXT_ROWS).map(rowText);
  const hidden = output.rows.length - shown.length;
  return [attentionSummary(output), ...shown, ...(hidden > 0 ? [`… and ${hidden} more candidates`] : [])].join('\n\n');
}

/** Every representation of an attention map: the heatmap's data for the renderer, a picture, and text. */
export function attentionBundle(output: AttentionOutput): MimeBundle {
  return {
    [MIME_ATTENTION]: output,
    'image/svg+xml': attentionSvg(output),
    'text/plain': attentionText(output),
  };
}
