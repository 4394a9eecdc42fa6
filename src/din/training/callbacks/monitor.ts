import { DataError } from '../../errors';
import type { EpochLog } from './callback';

export interface MonitorOptions {
  /** `validation.loss`, `validation.auc`, `training.loss`, ...; default `validation.loss`. */
  monitor?: string;
  /** Whether smaller (`min`) or larger (`max`) is better; default `min` for losses, else `max`. */
  mode?: 'min' | 'max';
  /** Smallest change that counts, default 0. */
  minDelta?: number;
}

/** Follows one value over the epochs and knows the best. */
export class Monitor {
  best = Number.NaN;
  bestEpoch = 0;
  /** Epochs since the best. */
  waited = 0;
  private readonly sign: 1 | -1;

  constructor(
    private readonly owner: string,
    readonly name: string,
    mode: 'min' | 'max' | undefined,
    private readonly minDelta: number,
  ) {
    if (!/^(training|validation)\.\w+$/.test(name)) {
      throw new DataError(`${owner}: monitor is 'validation.<metric>' or 'training.<metric>', not '${name}'.`);
    }
    this.sign = (mode ?? (/loss$/i.test(name) ? 'min' : 'max')) === 'min' ? -1 : 1;
  }

  /** Takes an epoch's value; true when it is the best so far. */
  update(log: EpochLog): boolean {
    const value = this.valueOf(log);
    if (Number.isNaN(this.best) ? !Number.isNaN(value) : this.sign * (value - this.best) > this.minDelta) {
      this.best = value;
      this.bestEpoch = log.epoch;
      this.waited = 0;
      return true;
    }
    this.waited++;
    return false;
  }

  reset(): void {
    this.best = Number.NaN;
    this.bestEpoch = 0;
    this.waited = 0;
  }

  private valueOf(log: EpochLog): number {
    const [part, metric] = this.name.split('.') as ['training' | 'validation', string];
    const values = log[part];
    if (!values)
      throw new DataError(
        `${this.owner}: '${this.name}' needs validation data: give fit a validation fraction or table.`,
      );
    if (!(metric in values)) {
      throw new DataError(`${this.owner}: there is no '${this.name}'. Values: ${Object.keys(values).join(', ')}.`);
    }
    return values[metric];
  }
}
