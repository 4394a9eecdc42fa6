import { ALL, SHARED } from '../link';
import { type MainThread, sleep } from './main-thread';

/** The first tier's time: a flag that awaits and loops of cells look at. */
const GRACE_MS = 250;
/** Part of it after which the main thread is asked for a sign of life. */
const ASK_AFTER_MS = 150;
/** How long a cell may take to end that has noticed. One that has not by then waits for something that may never come. */
const ENDING_MS = 1000;
const POLL_MS = 20;

export interface Interruptible {
  readonly id: number;
  readonly ended: boolean;
  /** Ends the run for the host although its promise is unsettled. */
  abandon(): void;
}

/**
 * Stops a run, or, without one, code that still blocks the main thread (a timer of a cell that has ended). Resolves when
 * it has stopped; a native call that blocks (`execSync`) delays that until it returns.
 */
export async function interrupt(run: Interruptible | undefined, main: MainThread, shared: Int32Array): Promise<void> {
  if (!run) {
    await stopBackground(main, shared);
    return;
  }
  const startedAt = performance.now();
  Atomics.store(shared, SHARED.interrupt, run.id);
  main.post({ type: 'cancel', run: run.id });
  try {
    await untilEnded(run, ASK_AFTER_MS);
    while (!run.ended) {
      const alive = await Promise.race([
        main.answers(GRACE_MS - ASK_AFTER_MS),
        untilEnded(run, GRACE_MS).then(() => true),
      ]);
      if (run.ended) return;
      if (Atomics.load(shared, SHARED.loading) > 0) {
        await untilEnded(run, POLL_MS);
      } else if (!alive) {
        main.terminateExecution();
        await untilEnded(run, ASK_AFTER_MS);
      } else if (performance.now() - startedAt > (hasNoticed(run, shared) ? ENDING_MS : GRACE_MS)) {
        run.abandon();
      } else {
        await untilEnded(run, POLL_MS * 2);
      }
    }
  } finally {
    Atomics.compareExchange(shared, SHARED.interrupt, run.id, 0);
  }
}

async function stopBackground(main: MainThread, shared: Int32Array): Promise<void> {
  if (await main.answers(GRACE_MS)) return;
  Atomics.store(shared, SHARED.interrupt, ALL);
  try {
    while (!(await main.answers(GRACE_MS))) main.terminateExecution();
  } finally {
    Atomics.compareExchange(shared, SHARED.interrupt, ALL, 0);
  }
}

/** What works in a cell asks for interrupts every 100 ms at the latest where the main thread is free. */
function hasNoticed(run: Interruptible, shared: Int32Array): boolean {
  return Atomics.load(shared, SHARED.noticed) === run.id;
}

async function untilEnded(run: Interruptible, ms: number): Promise<void> {
  const deadline = performance.now() + ms;
  while (!run.ended && performance.now() < deadline) await sleep(POLL_MS);
}
