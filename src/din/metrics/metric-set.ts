import { DataError } from '../errors';
import { didYouMean } from '../features/suggest';
import type { Accumulator, Metric } from './accumulator';
import { AccuracyAccumulator } from './accuracy';
import { AucAccumulator, AucPrAccumulator } from './auc';
import { LoglossAccumulator } from './logloss';

/** Metrics by name; anything else is given as a `Metric` of one's own. */
const builtIn: Record<string, () => Accumulator> = {
  accuracy: () => new AccuracyAccumulator(),
  auc: () => new AucAccumulator(),
  aucPr: () => new AucPrAccumulator(),
  logloss: () => new LoglossAccumulator(),
};

/** `gauc` needs the user of each row and all rows at once: `fit` and `evaluate` compute it beside the set. */
export type MetricName = 'accuracy' | 'auc' | 'aucPr' | 'logloss' | 'gauc';

export const wantsGauc = (metrics: readonly (string | Metric)[]): boolean => metrics.includes('gauc');

/** Several metrics over the same predictions. */
export class MetricSet {
  private readonly entries: { name: string; accumulator: Accumulator }[];
  private classes = { positives: 0, negatives: 0 };

  /** @throws DataError for a name that does not exist. */
  constructor(metrics: readonly (string | Metric)[]) {
    const streamed = metrics.filter((metric) => metric !== 'gauc');
    this.entries = streamed.map((metric) => {
      if (typeof metric !== 'string') return { name: metric.name, accumulator: metric.create() };
      const create = builtIn[metric];
      if (!create) {
        const names = [...Object.keys(builtIn), 'gauc'];
        throw new DataError(
          `There is no metric '${metric}'.${didYouMean(metric, names)} Metrics: ${names.join(', ')}.`,
        );
      }
      return { name: metric, accumulator: create() };
    });
  }

  get names(): string[] {
    return this.entries.map(({ name }) => name);
  }

  add(probabilities: ArrayLike<number>, labels: ArrayLike<number>): void {
    for (const { accumulator } of this.entries) accumulator.add(probabilities, labels);
    let positives = 0;
    for (let i = 0; i < labels.length; i++) if (labels[i] > 0.5) positives++;
    this.classes.positives += positives;
    this.classes.negatives += labels.length - positives;
  }

  /** By name. An AUC over one class only is NaN here: an unknown must not look like a bad ranking. */
  values(): Record<string, number> {
    const oneClass = this.classes.positives === 0 || this.classes.negatives === 0;
    return Object.fromEntries(
      this.entries.map(({ name, accumulator }) => [
        name,
        oneClass && (name === 'auc' || name === 'aucPr') ? Number.NaN : accumulator.value(),
      ]),
    );
  }

  reset(): void {
    for (const { accumulator } of this.entries) accumulator.reset();
    this.classes = { positives: 0, negatives: 0 };
  }
}
