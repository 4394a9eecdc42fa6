import { escapeHtml } from '../../base/escape';
import { didYouMean } from '../../base/nearest';
import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import { checkSettings } from '../checks';
import { DataError } from '../errors';
import type { AnyEvaluation } from '../models/evaluation';
import type { Baselines } from './baselines';

export interface CompareOptions {
  /** Name of the result that the others are measured against; default the first. */
  reference?: string;
  /** Trivial predictors on the same rows, shown first. */
  baselines?: Baselines;
  /** What no model can exceed on average, where it is known (`samples.bestAuc`). */
  bestAuc?: number;
}

/** One line of a comparison; what a predictor does not have is undefined. */
export interface ComparisonRow {
  name: string;
  /** Exact. */
  auc?: number;
  gauc?: number;
  /** Average precision. */
  aucPr?: number;
  accuracy?: number;
  loss?: number;
  /** Improvement over the reference in per cent, by GAUC where both have one, else by AUC. */
  relaImpr?: number;
}

/** Models side by side on the same rows. Displayed, a table. */
export class Comparison implements Displayable {
  constructor(
    readonly rows: readonly ComparisonRow[],
    readonly reference: string,
  ) {}

  [DISPLAY](): MimeBundle {
    const cells = this.rows.map(cellsOf);
    return { 'text/plain': text(cells, this.#note()), 'text/html': html(cells, this.#note()) };
  }

  #note(): string {
    return `RelaImpr: over ${this.reference}, ((GAUC - 0.5) / (its GAUC - 0.5) - 1) x 100 %, by AUC where there is no GAUC. AUC is exact, AP average precision.`;
  }
}

/**
 * RelaImpr of the DIN paper (section 6.3): ((auc - 0.5) / (reference - 0.5) - 1) * 100 %, how much of the distance from
 * a coin flip is gained. NaN when the reference is a coin flip.
 */
export function relaImpr(auc: number, reference: number): number {
  return reference === 0.5 ? Number.NaN : ((auc - 0.5) / (reference - 0.5) - 1) * 100;
}

/**
 * Puts evaluations of several models, on the same rows, beside each other.
 * @throws DataError when there are none, or the reference is not among them, or they are of different numbers of rows.
 */
export function compare(results: Record<string, AnyEvaluation>, options: CompareOptions = {}): Comparison {
  checkSettings('compare', options, ['reference', 'baselines', 'bestAuc']);
  const names = Object.keys(results);
  if (names.length === 0) throw new DataError('compare: at least one evaluation is needed, by name.');
  const { reference = names[0], baselines, bestAuc } = options;
  if (!names.includes(reference)) {
    throw new DataError(
      `compare: there is no result '${reference}'.${didYouMean(reference, names)} Results: ${names.join(', ')}.`,
    );
  }
  const counts = new Set([...Object.values(results), ...(baselines ? [baselines] : [])].map(({ rows }) => rows));
  if (counts.size > 1) {
    throw new DataError(`compare: the results are of ${[...counts].join(', ')} rows; evaluate all on the same table.`);
  }
  const base = results[reference];
  const models = names.map((name): ComparisonRow => {
    const { auc, gauc, aucPr, accuracy, loss } = results[name];
    return {
      name,
      auc,
      gauc: gauc?.value,
      aucPr,
      accuracy,
      loss,
      relaImpr: name === reference ? undefined : improvement(results[name], base),
    };
  });
  const trivial = (baselines?.predictors ?? []).map(
    ({ name, auc, gauc }): ComparisonRow => ({ name, auc, gauc: gauc.value }),
  );
  const best = bestAuc === undefined ? [] : [{ name: 'best possible', auc: bestAuc }];
  return new Comparison([...trivial, ...models, ...best], reference);
}

/** By GAUC where both have one, else by AUC; undefined where they have neither. */
function improvement(result: AnyEvaluation, base: AnyEvaluation): number | undefined {
  if (result.gauc && base.gauc) return relaImpr(result.gauc.value, base.gauc.value);
  if (result.auc !== undefined && base.auc !== undefined) return relaImpr(result.auc, base.auc);
  return undefined;
}

const head = ['', 'AUC', 'GAUC', 'AP', 'accuracy', 'loss', 'RelaImpr'];

function cellsOf({ name, auc, gauc, aucPr, accuracy, loss, relaImpr: gain }: ComparisonRow): string[] {
  const value = (x: number | undefined) => (x === undefined ? '' : Number.isNaN(x) ? '–' : x.toFixed(4));
  const percent = gain === undefined ? '' : Number.isNaN(gain) ? '–' : `${gain < 0 ? '' : '+'}${gain.toFixed(2)} %`;
  return [name, ...[auc, gauc, aucPr, accuracy, loss].map(value), percent];
}

function text(rows: readonly string[][], note: string): string {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line), note].join('\n');
}

function html(rows: readonly string[][], note: string): string {
  const row = (cells: readonly string[]) =>
    `<tr>${cells.map((cell, i) => (i === 0 ? `<td style="text-align:left">${escapeHtml(cell)}</td>` : `<td style="text-align:right">${cell}</td>`)).join('')}</tr>`;
  return (
    `<table><thead><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr></thead><tbody>${rows.map(row).join('')}</tbody></table>` +
    `<p><small>${escapeHtml(note)}</small></p>`
  );
}
