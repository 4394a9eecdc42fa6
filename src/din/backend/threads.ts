import { spawnSync } from 'node:child_process';

/** Threads that a TensorFlow session uses within an operation: one, or as many as this process has processors. */
export type Threads = 'one' | 'all';

/** Processors that this process may use, as a hexadecimal mask; undefined where threads cannot be chosen by session. */
let processors: string | undefined;

/**
 * Must be called before TensorFlow loads. One thread wins for recommenders' small batches, all of them win for large
 * ones, so that each session should have its own number. TensorFlow has no setting for that which tfjs-node can reach:
 * it reads TF_NUM_INTRAOP_THREADS once a process. Without it, and with a thread pool for each session, it counts the
 * processors that the calling thread may run on: that is what `withThreads` changes, where the system has `taskset`.
 * Elsewhere everything runs on one thread. Who sets TF_NUM_INTRAOP_THREADS has decided.
 */
export function prepareThreads(environment: NodeJS.ProcessEnv = process.env): void {
  environment.TF_NUM_INTEROP_THREADS ??= '1';
  if (environment.TF_NUM_INTRAOP_THREADS !== undefined) return;
  processors = process.platform === 'linux' ? affinity() : undefined;
  if (processors === undefined) environment.TF_NUM_INTRAOP_THREADS = '1';
  else environment.TF_OVERRIDE_GLOBAL_THREADPOOL ??= '1';
}

/** Runs `create`, which makes TensorFlow sessions or devices that are to use so many threads. */
export function withThreads<T>(threads: Threads, create: () => T): T {
  const all = processors;
  if (threads === 'all' || all === undefined || !confine(lowestBit(all))) return create();
  try {
    return create();
  } finally {
    release(all);
  }
}

/** This thread's processors, from `pid 4711's current affinity mask: f`. */
function affinity(): string | undefined {
  const { status, stdout } = spawnSync('taskset', ['-p', String(process.pid)], { encoding: 'utf8' });
  const mask = status === 0 ? /: ([0-9a-f,]+)\s*$/.exec(stdout)?.[1] : undefined;
  return mask && confine(mask) ? mask : undefined;
}

/** Confines the main thread, which is the one that runs cells and TensorFlow; its number is the process's. */
const confine = (mask: string): boolean =>
  spawnSync('taskset', ['-p', mask, String(process.pid)], { stdio: 'ignore' }).status === 0;

/** Sets all threads free again: those that were made meanwhile inherited the one processor. */
function release(mask: string): void {
  spawnSync('taskset', ['-a', '-p', mask, String(process.pid)], { stdio: 'ignore' });
}

/** The lowest processor of a mask: `f0` gives `10`. */
function lowestBit(mask: string): string {
  const bits = BigInt(`0x${mask.replaceAll(',', '')}`);
  return (bits & -bits).toString(16);
}
