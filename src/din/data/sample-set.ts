import { escapeHtml } from '../../base/escape';
import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import type { Catalog } from './catalog';
import { columnList, countedRows, formatCount, tableHtml } from './preview';
import type { Table } from './table';

/** The files that a sample set was made of. */
export interface SampleSource {
  /** Full paths; empty for simulated data. */
  files: string[];
  /** SHA-256 (hexadecimal) by file name without folder. */
  sha256: Record<string, string>;
}

export interface SampleSetContent {
  /** `simulated`, `movielens`, or the path that was read. */
  name: string;
  /** One or two sentences: what it is, how it was split. */
  description: string;
  train: Table;
  test: Table;
  items: Catalog;
  users: Catalog;
  /** Every genre that movies have, the reference case's order first. */
  genres: string[];
  /** History columns, most recent first. */
  historyColumns: string[];
  /** Area under the ROC curve of the true probabilities on the test rows, where they are known: no model can do better on average. */
  bestAuc?: number;
  source: SampleSource;
}

/**
 * Samples in the reference case's columns, split into training and test rows. `movieId`, `userId` and the history
 * columns hold dense embedding rows of `items` and `users`; `sourceMovieId` and `sourceUserId` keep the ids of the source.
 */
export class SampleSet implements SampleSetContent, Displayable {
  readonly name: string;
  readonly description: string;
  readonly train: Table;
  readonly test: Table;
  readonly items: Catalog;
  readonly users: Catalog;
  readonly genres: string[];
  readonly historyColumns: string[];
  readonly bestAuc?: number;
  readonly source: SampleSource;

  constructor(content: SampleSetContent) {
    this.name = content.name;
    this.description = content.description;
    this.train = content.train;
    this.test = content.test;
    this.items = content.items;
    this.users = content.users;
    this.genres = content.genres;
    this.historyColumns = content.historyColumns;
    this.bestAuc = content.bestAuc;
    this.source = content.source;
  }

  get historyLength(): number {
    return this.historyColumns.length;
  }

  /** What it is, its size, its columns; as HTML the first training rows too. */
  [DISPLAY](): MimeBundle {
    const facts = this.#facts();
    return {
      'text/plain': [
        this.name,
        this.description,
        ...facts.map((f) => `  ${f}`),
        `  columns: ${columnList(this.train)}`,
      ].join('\n'),
      'text/html':
        `<p><strong>${escapeHtml(this.name)}</strong>: ${escapeHtml(this.description)}</p>` +
        `<ul>${facts.map((f) => `<li>${escapeHtml(f)}</li>`).join('')}</ul>` +
        `<details><summary>the first training rows, all columns</summary>${tableHtml(this.train)}</details>`,
    };
  }

  #facts(): string[] {
    const facts = [
      `training: ${describeRows(this.train)}`,
      `test: ${describeRows(this.test)}`,
      `${formatCount(this.items.size - 2)} movies, ${formatCount(this.users.size - 2)} users, ` +
        `${this.genres.length} genres; histories of ${this.historyLength}`,
    ];
    if (this.bestAuc !== undefined) facts.push(`best possible AUC on the test rows: ${this.bestAuc.toFixed(4)}`);
    return facts;
  }
}

function describeRows(table: Table): string {
  const labels = table.numbers('label');
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const share = table.rows === 0 ? 0 : (100 * positives) / table.rows;
  return `${countedRows(table.rows)}, ${share.toFixed(1)} % positive`;
}
