import { describeError, isInterrupt } from '../errors/describe';
import type { Outbox } from './outbox';
import type { Run, Runs } from './runs';

/**
 * Errors that nobody caught (in timers, of promises) become outputs of the cell they come from; the kernel lives on, even
 * when a package adds listeners that throw them again to end the process (Emscripten's do).
 */
export function reportLateErrors(runs: Runs, outbox: Outbox): void {
  let reported: { thrown: unknown } | undefined;
  const report = (thrown: unknown) => {
    // Thrown again by another listener: told already.
    if (reported?.thrown === thrown) return;
    reported = { thrown };
    queueMicrotask(() => {
      reported = undefined;
    });
    reportLateError(thrown, runs.active, outbox);
  };
  // Not setUncaughtExceptionCaptureCallback: there is one only, and packages that need `domain` need it.
  const emit = process.emit.bind(process) as (...args: unknown[]) => boolean;
  process.emit = ((...args: unknown[]) => {
    if (args[0] !== 'uncaughtException') return emit(...args);
    report(args[1]);
    return true;
  }) as typeof process.emit;
  process.on('unhandledRejection', report);
}

function reportLateError(thrown: unknown, run: Run | undefined, outbox: Outbox): void {
  // What an interrupt stopped in the background has been told already.
  if (isInterrupt(thrown) && (!run || run.cancelled || run.ended)) return;
  const error = describeError(thrown);
  if (!run) {
    outbox.log('error', [`${error.name}: ${error.message}`, ...error.frames].join('\n'));
    return;
  }
  if (!run.ended) run.failure ??= error;
  outbox.output(run, { type: 'error', error });
}

/** Node's own warnings about experimental and old interfaces concern dinnb and TensorFlow.js, not the cell. */
export function routeWarnings(outbox: Outbox): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    const text = `${warning.name}: ${warning.message}`;
    if (warning.name === 'ExperimentalWarning' || warning.name === 'DeprecationWarning') outbox.log('warn', text);
    else process.stderr.write(`${text}\n`);
  });
}
