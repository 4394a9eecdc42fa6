import { outliveClosedPipe } from './closed-pipe';

/** What a shell reports of a command that the signal ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof EXIT_CODES;

export interface RunSignals {
  /** Aborted by Ctrl+C: the running cell is interrupted, the others are skipped. */
  interrupted: AbortSignal;
  /** Aborted by SIGTERM and SIGHUP: the same, and soon, since whoever sends them does not wait for ever. */
  terminated: AbortSignal;
  /** Call when the kernel runs: before that there is nothing to save, and a signal ends the command at once. */
  started(): void;
  /** The exit code that a signal asks for. */
  exitCode(): number | undefined;
  stop(): void;
}

/** Signals during `dinnb run`: the first lets the run end with what it has, any further one ends the command at once. */
export function heedSignals(say: (line: string) => void): RunSignals {
  const interrupted = new AbortController();
  const terminated = new AbortController();
  let isStarted = false;
  let exitCode: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    const code = EXIT_CODES[signal as Signal];
    if (!isStarted || interrupted.signal.aborted || terminated.signal.aborted) process.exit(code);
    if (signal === 'SIGINT') {
      say('\nInterrupting; once more to quit at once.');
      interrupted.abort();
      return;
    }
    exitCode = code;
    // The terminal may be gone: what was asked for is written all the same.
    outliveClosedPipe();
    terminated.abort();
  };
  const names = Object.keys(EXIT_CODES) as Signal[];
  for (const name of names) process.on(name, onSignal);
  return {
    interrupted: interrupted.signal,
    terminated: terminated.signal,
    started() {
      isStarted = true;
    },
    exitCode: () => exitCode,
    stop() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
