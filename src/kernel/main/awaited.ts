/**
 * Keeps what cells wait for alive. A cell that waits for a promise nobody can settle is garbage to V8, whose inspector
 * then answers the evaluation from within the garbage collector: Node 22 crashes on that.
 */
export class Awaited {
  private readonly held = new Map<number, Promise<unknown>>();

  /** The promise that `await value` waits for; a run's own statements wait for one at a time. */
  readonly hold = (value: unknown, run: number): Promise<unknown> => {
    const promise = Promise.resolve(value);
    this.held.set(run, promise);
    return promise;
  };

  /** What `for await (... of source)` goes through. */
  readonly each = (source: Source, run: number): AsyncIterable<unknown> => {
    const asynchronous = source[Symbol.asyncIterator]?.();
    const iterator = asynchronous ?? source[Symbol.iterator]!();
    const settled = (result: Result) => (asynchronous ? result : awaitValue(result as IteratorResult<unknown>));
    const finished = { value: undefined, done: true } as const;
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => this.hold(settled(iterator.next()), run) as Promise<IteratorResult<unknown>>,
        return: () =>
          this.hold(iterator.return ? settled(iterator.return()) : finished, run) as Promise<IteratorResult<unknown>>,
      }),
    };
  };

  release(run: number): void {
    this.held.delete(run);
  }
}

type Source = Partial<AsyncIterable<unknown>> & Partial<Iterable<unknown>>;
type Result = IteratorResult<unknown> | Promise<IteratorResult<unknown>>;

async function awaitValue({ value, done }: IteratorResult<unknown>): Promise<IteratorResult<unknown>> {
  return { value: await value, done: done ?? false };
}
