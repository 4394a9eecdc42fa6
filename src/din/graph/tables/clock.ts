/**
 * How deferred updates tell the time. Steps are counted over the whole training, from 1, and stand at places that come
 * round again after two periods: plans are made for one period at a time, for rows that were last up to date in it or in
 * the one before. So no row may lag by more than a period.
 */
export class Clock {
  /** How many places there are. */
  readonly places: number;

  constructor(
    /** Steps a plan. */
    readonly period: number,
  ) {
    this.places = 2 * period;
  }

  /** A step's place, in [0, places). */
  placeOf(step: number): number {
    return (step - 1 + this.places) % this.places;
  }

  /** Steps before the period of the step that follows. */
  periodStart(stepsDone: number): number {
    return stepsDone - (stepsDone % this.period);
  }

  /** Steps of which a plan that is made now knows. */
  periodEnd(stepsDone: number): number {
    return this.periodStart(stepsDone) + this.period;
  }
}
