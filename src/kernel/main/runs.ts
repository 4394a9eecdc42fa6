import { AsyncLocalStorage } from 'node:async_hooks';
import { InterruptedError } from '../../din/interrupt';
import { ALL, type RunDescription, type SeenError, SHARED } from '../link';
import { Awaited } from './awaited';

export interface Run extends RunDescription {
  cancelled: boolean;
  ended: boolean;
  /** The value of the cell's last expression, until it is shown. */
  value?: { it: unknown };
  /** First error that nobody caught while the cell ran: a rejection, a throw in a timer. */
  failure?: SeenError;
  /** Characters printed, for the limit on what a cell may print. */
  printed: number;
  /** What stands behind the last line end on stdout: the question, when the cell reads a line then. */
  lastLine: string;
  truncated: boolean;
}

export const INTERRUPTED_MESSAGE = 'Execution interrupted.';

/** How often a loop's tick looks at the shared flag: a look at every turn would make tight loops ten times slower. */
const TICKS_A_LOOK = 256;

/**
 * Whether asynchronous context can be followed without async_hooks. With async_hooks, V8's terminateExecution in a
 * callback aborts the process, so on older Nodes late output goes to the cell that was started last.
 */
export function hasSafeAsyncContext(version: string, execArgv: readonly string[]): boolean {
  const major = Number.parseInt(version, 10);
  if (execArgv.includes('--no-async-context-frame')) return false;
  return major >= 24 || execArgv.includes('--experimental-async-context-frame');
}

/** Which cell the code on the main thread belongs to, and whether it shall stop. */
export class Runs {
  readonly awaited = new Awaited();
  private latest: Run | undefined;
  private readonly storage: AsyncLocalStorage<Run> | undefined;
  private readonly cancelled = new Set<number>();
  private ticks = 0;

  constructor(private readonly shared: Int32Array) {
    const safe = hasSafeAsyncContext(process.versions.node, process.execArgv);
    this.storage = safe ? new AsyncLocalStorage() : undefined;
  }

  start(description: RunDescription): Run {
    this.latest = { ...description, cancelled: false, ended: false, printed: 0, lastLine: '', truncated: false };
    return this.latest;
  }

  /** Calls `work` so that what it starts, now and later, belongs to the run. */
  enter<T>(run: Run, work: () => T): T {
    return this.storage ? this.storage.run(run, work) : work();
  }

  /** The cell that the running code belongs to; undefined before the first. */
  get active(): Run | undefined {
    return this.storage?.getStore() ?? this.latest;
  }

  /** Whether a cell runs. One that was interrupted may never end here. */
  get isBusy(): boolean {
    return this.latest !== undefined && !this.latest.ended && !this.latest.cancelled;
  }

  cancel(id: number): void {
    this.cancelled.add(id);
    if (this.latest?.id === id) this.latest.cancelled = true;
  }

  isInterrupted(run = this.active): boolean {
    const wanted = Atomics.load(this.shared, SHARED.interrupt);
    const interrupted = wanted === ALL || (run !== undefined && (run.cancelled || wanted === run.id));
    if (interrupted && run) Atomics.store(this.shared, SHARED.noticed, run.id);
    return interrupted;
  }

  /** The library asks whether it shall stop: it will ask again, and end in its own order. */
  look(): boolean {
    const run = this.active;
    if (run) Atomics.store(this.shared, SHARED.looked, run.id);
    return this.isInterrupted(run);
  }

  /** Loads what would stay broken if it were terminated halfway: an interrupt waits for its end. */
  whole<T>(load: () => T): T {
    const loaded = () => Atomics.sub(this.shared, SHARED.loading, 1);
    Atomics.add(this.shared, SHARED.loading, 1);
    let result: T;
    try {
      result = load();
    } catch (error) {
      loaded();
      throw error;
    }
    if (result instanceof Promise) return result.finally(loaded) as T;
    loaded();
    return result;
  }

  readonly tick = (): void => {
    this.ticks = (this.ticks + 1) % TICKS_A_LOOK;
    if (this.ticks === 0 && Atomics.load(this.shared, SHARED.interrupt) !== 0) this.throwIfInterrupted();
  };

  /** Passes a value through; throws if the run that waited for it was interrupted. */
  readonly check = <T>(value: T, run?: number): T => {
    if (run !== undefined && this.cancelled.has(run)) throw new InterruptedError(INTERRUPTED_MESSAGE);
    this.throwIfInterrupted();
    return value;
  };

  /** What compiled cells call with the value of their last expression. */
  readonly handOver = (it: unknown, run: number): void => {
    if (this.latest?.id === run) this.latest.value = { it };
  };

  private throwIfInterrupted(): void {
    if (this.isInterrupted()) throw new InterruptedError(INTERRUPTED_MESSAGE);
  }
}
