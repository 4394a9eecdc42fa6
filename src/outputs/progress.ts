import { formatCount, formatSeconds } from './format';
import { count, field, number, oneOf, text } from './parse';

/** How far a loop has come. */
export interface ProgressOutput {
  version: 1;
  title?: string;
  done: number;
  /** Absent where nobody knows it. */
  total?: number;
  seconds: number;
  state: 'running' | 'done' | 'stopped';
}

/** `items: 420 of 1,000 (42 %), 12 s, 17 s left`. */
export function progressLine({ title, done, total, seconds, state }: ProgressOutput): string {
  const of =
    total === undefined
      ? ''
      : ` of ${formatCount(total)}${total > 0 ? ` (${Math.floor((100 * done) / total)} %)` : ''}`;
  const left =
    state === 'running' && total !== undefined && done > 0 && seconds >= 1
      ? `, ${formatSeconds((seconds / done) * (total - done))} left`
      : '';
  const rate = state !== 'running' && done > 0 && seconds > 0 ? `, ${rateText(done / seconds)} a second` : '';
  const end = state === 'stopped' ? ', stopped' : '';
  return `${title ? `${title}: ` : ''}${formatCount(done)}${of}, ${formatSeconds(seconds)}${left}${rate}${end}`;
}

function rateText(rate: number): string {
  return rate >= 10 ? formatCount(Math.round(rate)) : rate.toFixed(1);
}

/** @throws OutputError that names the first wrong place */
export function parseProgressOutput(value: unknown): ProgressOutput {
  const whole = { value, path: 'progress' };
  oneOf(field(whole, 'version'), [1]);
  const title = field(whole, 'title');
  const total = field(whole, 'total');
  return {
    version: 1,
    ...(title.value === undefined ? {} : { title: text(title, 200) }),
    done: count(field(whole, 'done')),
    ...(total.value === undefined ? {} : { total: count(total) }),
    seconds: number(field(whole, 'seconds')),
    state: oneOf(field(whole, 'state'), ['running', 'done', 'stopped']),
  };
}
