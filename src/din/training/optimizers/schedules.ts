import { checkPositive, checkSettings } from '../../checks';
import { DataError } from '../../errors';

/**
 * A learning rate by the step, as plain data: known ahead of time, so that it costs a graph nothing, saved with the
 * optimizer, and going on where a training goes on. Made by `din.schedules`.
 */
export type Schedule = Readonly<
  | { schedule: 'cosine'; from: number; to: number; steps: number; warmupSteps: number }
  | { schedule: 'linear'; from: number; to: number; steps: number; warmupSteps: number }
  | { schedule: 'exponential'; from: number; factor: number; steps: number; warmupSteps: number; staircase: boolean }
  | { schedule: 'inverseSquareRoot'; peak: number; warmupSteps: number }
  | { schedule: 'piecewise'; rates: readonly number[]; boundaries: readonly number[] }
>;

/** One rate for all steps, or one by the step. */
export type LearningRate = number | Schedule;

interface Warmup {
  /** Steps, before all others, in which the rate climbs in equal parts from nearly 0 to `from`; default 0. */
  warmupSteps?: number;
}

/** Settings that were forgotten: which of them must be there is said. */
const NONE = {} as never;

/**
 * Falls along half a cosine: rate = to + (from - to) (1 + cos(pi t / steps)) / 2, t the steps after the warm-up, and stays
 * at `to` after `steps` (Loshchilov and Hutter, arXiv 1608.03983, without restarts; Keras' `CosineDecay`).
 * @throws DataError for settings outside their range.
 */
export function cosine({
  from,
  to = 0,
  steps,
  warmupSteps = 0,
  ...others
}: Warmup & { from: number; to?: number; steps: number } = NONE): Schedule {
  checkSettings('cosine', others, ['from', 'to', 'steps', 'warmupSteps']);
  return { schedule: 'cosine', ...decay('cosine', { from, to, steps, warmupSteps }) };
}

/** Falls (or climbs) in a straight line from `from` to `to` over `steps`. @throws DataError for settings outside their range. */
export function linear({
  from,
  to = 0,
  steps,
  warmupSteps = 0,
  ...others
}: Warmup & { from: number; to?: number; steps: number } = NONE): Schedule {
  checkSettings('linear', others, ['from', 'to', 'steps', 'warmupSteps']);
  return { schedule: 'linear', ...decay('linear', { from, to, steps, warmupSteps }) };
}

/**
 * Is multiplied by `factor` every `steps` steps, gradually or (`staircase`) at once: Keras' `ExponentialDecay`.
 * @throws DataError for settings outside their range.
 */
export function exponential({
  from,
  factor,
  steps,
  warmupSteps = 0,
  staircase = false,
  ...others
}: Warmup & { from: number; factor: number; steps: number; staircase?: boolean } = NONE): Schedule {
  checkSettings('exponential', others, ['from', 'factor', 'steps', 'warmupSteps', 'staircase']);
  checkPositive('exponential', 'factor', factor);
  const { to: _, ...checked } = decay('exponential', { from, to: 0, steps, warmupSteps });
  return { schedule: 'exponential', ...checked, factor, staircase: Boolean(staircase) };
}

/**
 * Climbs to `peak` over `warmupSteps`, then falls with the square root of the step (Vaswani et al., arXiv 1706.03762).
 * @throws DataError for settings outside their range.
 */
export function inverseSquareRoot({
  peak,
  warmupSteps,
  ...others
}: {
  peak: number;
  warmupSteps: number;
} = NONE): Schedule {
  checkSettings('inverseSquareRoot', others, ['peak', 'warmupSteps']);
  checkPositive('inverseSquareRoot', 'peak', peak);
  checkSteps('inverseSquareRoot', 'warmupSteps', warmupSteps, 1);
  return { schedule: 'inverseSquareRoot', peak, warmupSteps };
}

/**
 * One rate up to each boundary and a last one after them: `piecewise({ rates: [0.1, 0.01], boundaries: [1000] })` is 0.1
 * in the first 1,000 steps. (Keras' `PiecewiseConstantDecay`, which counts from 0, has the old rate for one step more.)
 * @throws DataError where the numbers do not fit.
 */
export function piecewise({
  rates,
  boundaries,
  ...others
}: {
  rates: readonly number[];
  boundaries: readonly number[];
} = NONE): Schedule {
  checkSettings('piecewise', others, ['rates', 'boundaries']);
  if (!Array.isArray(rates) || !Array.isArray(boundaries) || rates.length !== boundaries.length + 1) {
    throw new DataError(
      'piecewise: rates has one entry more than boundaries, e.g. { rates: [0.1, 0.01], boundaries: [1000] }.',
    );
  }
  for (const rate of rates) checkPositive('piecewise', 'each of rates', rate);
  boundaries.forEach((boundary, i) => {
    checkSteps('piecewise', 'each of boundaries', boundary, 1);
    if (i && boundary <= boundaries[i - 1])
      throw new DataError(`piecewise: boundaries must rise, but ${boundary} follows ${boundaries[i - 1]}.`);
  });
  return { schedule: 'piecewise', rates: [...rates], boundaries: [...boundaries] };
}

/** The rate of a step. @param step its number in the whole training, 1 for the first. */
export function rateAt(rate: LearningRate, step: number): number {
  if (typeof rate === 'number') return rate;
  if (rate.schedule === 'piecewise') {
    const place = rate.boundaries.findIndex((boundary) => step <= boundary);
    return rate.rates[place < 0 ? rate.boundaries.length : place];
  }
  if (rate.schedule === 'inverseSquareRoot') {
    return rate.peak * Math.min(step / rate.warmupSteps, Math.sqrt(rate.warmupSteps / step));
  }
  const { from, steps, warmupSteps } = rate;
  if (step <= warmupSteps) return (from * step) / (warmupSteps + 1);
  const done = step - 1 - warmupSteps;
  if (rate.schedule === 'exponential') {
    return from * rate.factor ** (rate.staircase ? Math.floor(done / steps) : done / steps);
  }
  const share = Math.min(1, done / steps);
  if (rate.schedule === 'linear') return from + (rate.to - from) * share;
  return rate.to + ((from - rate.to) * (1 + Math.cos(Math.PI * share))) / 2;
}

/** A rate that an optimizer takes. @throws DataError for anything else. */
export function checkLearningRate(optimizer: string, rate: LearningRate): void {
  if (isSchedule(rate)) return;
  if (typeof rate === 'object' && rate !== null && 'schedule' in rate) {
    throw new DataError(
      `${optimizer}: learningRate is a positive number or made by one of din.schedules (${KINDS.join(', ')}), not ${JSON.stringify(rate)}.`,
    );
  }
  checkPositive(optimizer, 'learningRate', rate as number);
}

const KINDS = ['cosine', 'linear', 'exponential', 'inverseSquareRoot', 'piecewise'];

export const isSchedule = (rate: unknown): rate is Schedule =>
  typeof rate === 'object' && rate !== null && KINDS.includes((rate as { schedule?: string }).schedule ?? '');

interface Decay {
  from: number;
  to: number;
  steps: number;
  warmupSteps: number;
}

function decay(owner: string, settings: Decay): Decay {
  checkPositive(owner, 'from', settings.from);
  if (!(settings.to >= 0 && Number.isFinite(settings.to))) {
    throw new DataError(`${owner}: to must be a number of at least 0, it is ${settings.to}.`);
  }
  checkSteps(owner, 'steps', settings.steps, 1);
  checkSteps(owner, 'warmupSteps', settings.warmupSteps, 0);
  return settings;
}

function checkSteps(owner: string, name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new DataError(`${owner}: ${name} must be a whole number of at least ${least}, it is ${value}.`);
}
