import { checkChoice } from '../../checks';
import { DataError } from '../../errors';
import type { MetricMode } from '../../metrics/accumulator';
import { modeOf } from '../../metrics/metric-set';
import type { EpochLog, TrainingContext } from './callback';

export interface MonitorOptions {
  /** `validation.loss`, `validation.auc`, `training.loss`, ...; default `validation.loss`. */
  monitor?: string;
  /** Whether smaller (`min`) or larger (`max`) is better; default what the metric says, and an error where it does not. */
  mode?: MetricMode;
  /** Smallest change that counts, default 0. */
  minDelta?: number;
}

/** Follows one value over the epochs and knows the best. */
export class Monitor {
  best = Number.NaN;
  bestEpoch = 0;
  /** Epochs with a value since the best: one whose value is no number (the AUC of one class, say) is neither better nor worse. */
  waited = 0;
  /** The last epoch is the best. */
  isBest = false;
  /** It was said that a value is no number. */
  private told = false;
  private readonly part: 'training' | 'validation';
  private readonly metric: string;
  private direction: MetricMode | undefined;

  constructor(
    private readonly owner: string,
    readonly name: string,
    private readonly mode: MetricMode | undefined,
    private readonly minDelta: number,
  ) {
    const [, part, metric] = /^(training|validation)\.(.+)$/s.exec(name) ?? [];
    if (!part) {
      throw new DataError(`${owner}: monitor is 'validation.<metric>' or 'training.<metric>', not '${name}'.`);
    }
    if (mode !== undefined) checkChoice(owner, 'mode', mode, ['min', 'max']);
    this.part = part as 'training' | 'validation';
    this.metric = metric;
    this.direction = mode ?? modeOf(metric);
  }

  /**
   * A training begins.
   * @throws DataError, before anything is trained, when the value will not be there or nobody says which end is good.
   */
  begin({ values }: Pick<TrainingContext, 'values'>): void {
    this.best = Number.NaN;
    this.bestEpoch = 0;
    this.waited = 0;
    this.isBest = false;
    this.told = false;
    if (!values) return;
    const modes = this.present(values[this.part]);
    this.direction = this.mode ?? modes[this.metric];
    if (!this.direction) throw this.undirected();
  }

  /** Takes an epoch's value; true when it is the best so far. */
  update(log: EpochLog): boolean {
    const value = this.valueOf(log);
    this.isBest = false;
    if (Number.isNaN(value)) {
      this.tell(log.epoch);
      return false;
    }
    if (!Number.isNaN(this.best) && !(this.gain(value) > this.minDelta)) {
      this.waited++;
      return false;
    }
    this.best = value;
    this.bestEpoch = log.epoch;
    this.waited = 0;
    this.isBest = true;
    return true;
  }

  private tell(epoch: number): void {
    if (!this.told) {
      console.warn(
        `${this.owner}: ${this.name} of epoch ${epoch} is no number (an AUC needs labels of both classes, say). ` +
          'Epochs without a value are neither better nor worse.',
      );
    }
    this.told = true;
  }

  /** For a checkpoint. */
  get values(): { best: number | null; bestEpoch: number; waited: number; isBest: boolean } {
    const { bestEpoch, waited, isBest } = this;
    return { best: Number.isNaN(this.best) ? null : this.best, bestEpoch, waited, isBest };
  }

  /** From a checkpoint. */
  restore(values: Readonly<Record<string, unknown>>): void {
    this.best = values.best === null ? Number.NaN : Number(values.best);
    this.bestEpoch = Number(values.bestEpoch);
    this.waited = Number(values.waited);
    this.isBest = Boolean(values.isBest);
  }

  /** How much better than the best a value is. */
  private gain(value: number): number {
    if (!this.direction) throw this.undirected();
    return this.direction === 'min' ? this.best - value : value - this.best;
  }

  private valueOf(log: EpochLog): number {
    return this.present(log[this.part])[this.metric];
  }

  /** @throws DataError where there is no validation, or no such value. */
  private present<T>(values: Readonly<Record<string, T>> | undefined): Readonly<Record<string, T>> {
    if (!values) {
      throw new DataError(
        `${this.owner}: '${this.name}' needs validation data: give fit a validation fraction or table.`,
      );
    }
    if (Object.hasOwn(values, this.metric)) return values;
    throw new DataError(`${this.owner}: there is no '${this.name}'. Values: ${Object.keys(values).join(', ')}.`);
  }

  private undirected(): DataError {
    return new DataError(
      `${this.owner}: the metric '${this.metric}' does not say whether smaller or larger is better. ` +
        `Give ${this.owner}({ monitor: '${this.name}', mode: 'min' }) or 'max', or the metric a mode: { name, create, mode }.`,
    );
  }
}
