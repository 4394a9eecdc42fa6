import { inspect } from 'node:util';
import { MIME_PROGRESS, type MimeBundle } from '../../outputs/mime';
import { type ProgressOutput, progressLine } from '../../outputs/progress';

export interface ProgressOptions {
  title?: string;
  /** How many items will come; known of arrays, sets and maps. */
  total?: number;
}

/** What `display.progress` returns: loops of both kinds go through it, `for ... of` and `for await ... of`. */
export interface Progress<T> extends AsyncIterable<T>, Iterable<T> {}

const EVERY_MS = 100;

function bundle(progress: ProgressOutput): MimeBundle {
  return { [MIME_PROGRESS]: { ...progress }, 'text/plain': progressLine(progress) };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function totalOf(items: unknown, { total }: ProgressOptions): number | undefined {
  if (total !== undefined && !isCount(total))
    throw new RangeError(`display.progress: total must be a whole number of items from 0 on, not ${inspect(total)}.`);
  // A loop takes a text by its characters, not by the halves of which some are made.
  const { length, size } = (typeof items === 'string' ? [...items] : items) as { length?: unknown; size?: unknown };
  return [total, length, size].find(isCount);
}

/** A bar that counts what a loop has taken, shown when the loop begins, at most ten times a second, and when it ends. */
class Bar {
  private done = 0;
  private readonly start: number;
  private last: number;
  private readonly handle: { update(value: unknown): void };

  constructor(
    show: (value: MimeBundle) => { update(value: unknown): void },
    private readonly title: string | undefined,
    private readonly total: number | undefined,
    private readonly now: () => number,
  ) {
    this.start = this.last = now();
    this.handle = show(bundle(this.state('running')));
  }

  /** The loop asks for the next item, so it has done with the one before. */
  count(): void {
    this.done += 1;
    const time = this.now();
    if (time - this.last < EVERY_MS) return;
    this.last = time;
    this.handle.update(bundle(this.state('running')));
  }

  end(state: 'done' | 'stopped'): void {
    this.handle.update(bundle(this.state(state)));
  }

  private state(state: ProgressOutput['state']): ProgressOutput {
    const seconds = Math.round(this.now() - this.start) / 1000;
    const { title, total, done } = this;
    return {
      version: 1,
      ...(title === undefined ? {} : { title }),
      done,
      // More came than was said: how many there will be, nobody knows.
      ...(total === undefined || done > total ? {} : { total }),
      seconds,
      state,
    };
  }
}

/**
 * Shows how far a loop over the items has come.
 * @throws TypeError for what cannot be looped over; RangeError for a total that is no number of items
 */
export function progress<T>(
  items: Iterable<T> | AsyncIterable<T>,
  options: ProgressOptions,
  show: (value: MimeBundle) => { update(value: unknown): void },
  now: () => number = () => performance.now(),
): Progress<T> {
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(items) as Partial<
    Iterable<T> & AsyncIterable<T>
  >;
  if (typeof sync !== 'function' && typeof async !== 'function') {
    throw new TypeError(
      'display.progress: the items must be an array or anything else that `for` or `for await` loops over.',
    );
  }
  const { title, total } = { title: options.title, total: totalOf(items, options) };
  const bar = () => new Bar(show, title, total, now);
  return {
    *[Symbol.iterator]() {
      if (typeof sync !== 'function') throw new TypeError('display.progress: these items come with `for await`.');
      const shown = bar();
      let state: 'done' | 'stopped' = 'stopped';
      try {
        for (const item of items as Iterable<T>) {
          yield item;
          shown.count();
        }
        state = 'done';
      } finally {
        shown.end(state);
      }
    },
    async *[Symbol.asyncIterator]() {
      const shown = bar();
      let state: 'done' | 'stopped' = 'stopped';
      try {
        for await (const item of items) {
          yield item;
          shown.count();
        }
        state = 'done';
      } finally {
        shown.end(state);
      }
    },
  };
}
