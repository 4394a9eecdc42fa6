import { readFileSync } from 'node:fs';
import { ALL, SHARED } from '../link';
import { type MainThread, sleep } from './main-thread';

/** The first tier's time: a flag that awaits and loops of cells look at. */
const GRACE_MS = 250;
/** Part of it after which the main thread is asked for a sign of life. */
const ASK_AFTER_MS = 50;
/**
 * Processor time of the main thread in which a loop or an await of a cell would have looked, and stopped: what took as long since, and does not answer, is one
 * long call. Not by the clock, as a thread that gets no processor cannot look; and not where the library has looked before, which says how
 * far it came.
 */
const DEAF_MS = 100;
/** How long the main thread may take to answer when it is asked again. */
const ANSWER_MS = 100;
/** How long what was stopped by force may take to end before that is tried again. */
const AGAIN_MS = 150;
/** How long a cell may take to end that has noticed. One that has not by then waits for something that may never come. */
const ENDING_MS = 1000;
const POLL_MS = 20;

export interface Interruptible {
  readonly id: number;
  readonly ended: boolean;
  /** Ends the run for the host although its promise is unsettled. */
  abandon(): void;
}

type Main = Pick<MainThread, 'post' | 'answers' | 'terminateExecution'>;

/** Milliseconds, by the clock and of the main thread on a processor. */
export interface Clock {
  now(): number;
  used(): number;
}

const SYSTEM: Clock = { now: () => performance.now(), used: mainThreadMs };

/** Of the main thread alone: native threads of TensorFlow or DuckDB work while it looks for nothing. Only Linux tells; elsewhere the clock decides. */
function mainThreadMs(): number {
  if (process.platform !== 'linux') return 0;
  const fields = readFileSync(`/proc/self/task/${process.pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/**
 * Stops a run, or, without one, code that still blocks the main thread (a timer of a cell that has ended). Resolves when
 * it has stopped; a native call that blocks (`execSync`) delays that until it returns.
 */
export async function interrupt(
  run: Interruptible | undefined,
  main: Main,
  shared: Int32Array,
  clock: Clock = SYSTEM,
): Promise<void> {
  if (!run) {
    await stopBackground(main, shared);
    return;
  }
  const startedAt = clock.now();
  const usedBefore = clock.used();
  /** Whether there has been time enough to look and stop. */
  const isOver = () =>
    clock.now() - startedAt > GRACE_MS ||
    (Atomics.load(shared, SHARED.looked) !== run.id && clock.used() - usedBefore > DEAF_MS);
  Atomics.store(shared, SHARED.interrupt, run.id);
  main.post({ type: 'cancel', run: run.id });
  try {
    await untilEnded(run, ASK_AFTER_MS);
    for (let first = true; !run.ended; first = false) {
      let alive = false;
      const asked = clock.now();
      const isLate = () => (first ? isOver() : clock.now() - asked > ANSWER_MS);
      void main.answers(GRACE_MS).then((answered) => {
        alive = answered;
      });
      do await sleep(POLL_MS);
      while (!run.ended && !alive && !isLate());
      if (run.ended) return;
      if (Atomics.load(shared, SHARED.loading) > 0) {
        await untilEnded(run, POLL_MS);
      } else if (!alive) {
        main.terminateExecution();
        await untilEnded(run, AGAIN_MS);
      } else if (clock.now() - startedAt > (hasNoticed(run, shared) ? ENDING_MS : GRACE_MS)) {
        run.abandon();
      } else {
        await untilEnded(run, POLL_MS * 2);
      }
    }
  } finally {
    Atomics.compareExchange(shared, SHARED.interrupt, run.id, 0);
  }
}

async function stopBackground(main: Main, shared: Int32Array): Promise<void> {
  if (await main.answers(GRACE_MS)) return;
  Atomics.store(shared, SHARED.interrupt, ALL);
  try {
    while (!(await main.answers(GRACE_MS))) {
      if (Atomics.load(shared, SHARED.loading) === 0) main.terminateExecution();
    }
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
