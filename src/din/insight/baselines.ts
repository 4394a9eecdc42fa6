import { escapeHtml } from '../../base/escape';
import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import { countedRows, formatCount } from '../data/preview';
import { SOURCE_USER_COLUMN } from '../data/reference';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import { exactAuc } from '../metrics/exact-auc';
import { type Gauc, gauc } from '../metrics/gauc';

/** What a predictor that learns nothing achieves. */
export interface Baseline {
  name: string;
  /** Exact area under the ROC curve over all rows. */
  auc: number;
  /** The same within each user, weighted by impressions. */
  gauc: Gauc;
}

/** Trivial predictors on some rows: a model that does not beat them has learnt nothing. */
export class Baselines implements Displayable {
  constructor(
    readonly predictors: readonly Baseline[],
    readonly rows: number,
    /** Share of positive labels, in [0, 1]. */
    readonly positives: number,
  ) {}

  [DISPLAY](): MimeBundle {
    return { 'text/plain': this.#text(), 'text/html': this.#html() };
  }

  #heading(): string {
    const { users, skippedUsers } = this.predictors[0].gauc;
    return (
      `${countedRows(this.rows)}, ${(100 * this.positives).toFixed(1)} % positive. GAUC: weighted by impressions ` +
      `over ${formatCount(users)} users; ${formatCount(skippedUsers)} with one class only are left out.`
    );
  }

  #text(): string {
    const width = Math.max(...this.predictors.map(({ name }) => name.length));
    const line = (name: string, auc: string, group: string) =>
      `  ${name.padEnd(width)}  ${auc.padStart(6)}  ${group.padStart(6)}`;
    const lines = this.predictors.map((p) => line(p.name, format(p.auc), format(p.gauc.value)));
    return ['Baselines', line('', 'AUC', 'GAUC'), ...lines, this.#heading()].join('\n');
  }

  #html(): string {
    const rows = this.predictors
      .map(
        ({ name, auc, gauc: group }) =>
          `<tr><td style="text-align:left">${escapeHtml(name)}</td><td>${format(auc)}</td><td>${format(group.value)}</td></tr>`,
      )
      .join('');
    return (
      '<table><thead><tr><th style="text-align:left">Baseline</th><th>AUC</th><th>GAUC</th></tr></thead>' +
      `<tbody>${rows}</tbody></table><p><small>${escapeHtml(this.#heading())}</small></p>`
    );
  }
}

/** An undefined area (labels of one class) is a dash, not NaN. */
const format = (area: number) => (Number.isNaN(area) ? '–' : area.toFixed(4));

/**
 * Scores every row by the movie's mean rating so far, by the user's, and by their sum. Where nothing was rated yet, the
 * mean of the rows where something was stands in: it neither favours nor punishes the unknown.
 *
 * Users are told apart by `sourceUserId` where the table has it, since users unknown in training share a `userId`.
 * Throws a DataError for a table without the reference case's rating columns, or without rows.
 */
export function baselines(table: Table): Baselines {
  if (table.rows === 0) throw new DataError(`${table.source}: there are no rows to score.`);
  const labels = table.numbers('label');
  const users = table.numbers(table.columns.has(SOURCE_USER_COLUMN) ? SOURCE_USER_COLUMN : 'userId');
  const movie = knownMeans(table.numbers('movieAvgRating'), table.numbers('movieRatingCount'));
  const user = knownMeans(table.numbers('userAvgRating'), table.numbers('userRatingCount'));
  const score = (name: string, scores: Float64Array): Baseline => ({
    name,
    auc: exactAuc(scores, labels),
    gauc: gauc(scores, labels, users),
  });
  const predictors = [
    score("movie's mean rating so far", movie),
    score("user's mean rating so far", user),
    score(
      'sum of both',
      movie.map((mean, row) => mean + user[row]),
    ),
  ];
  return new Baselines(predictors, table.rows, labels.reduce((sum, label) => sum + label, 0) / table.rows);
}

function knownMeans(means: Float64Array, counts: Float64Array): Float64Array {
  let sum = 0;
  let known = 0;
  for (let row = 0; row < means.length; row++) {
    if (counts[row] > 0) {
      sum += means[row];
      known++;
    }
  }
  const neutral = known === 0 ? 0 : sum / known;
  return means.map((mean, row) => (counts[row] > 0 ? mean : neutral));
}
