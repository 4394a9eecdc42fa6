import { SHARED } from '../link';
import { killGroup } from '../process-group';
import type { Outbox } from './outbox';
import type { Runs } from './runs';

/** How long `process.exit()` waits until the host has been told why: on a busy machine that takes more than a moment. */
const TELL_HOST_MS = 10_000;

export const exitProcess: (code?: number) => never = process.exit.bind(process);

/** The end that the host wants, or that follows from its own: listeners of cells for `exit` still run. */
export function shutDown(): never {
  process.once('exit', killGroup);
  return exitProcess(0);
}

/** `process.exit()` in a cell ends the kernel; the host learns before that it was meant. */
export function announceExit(runs: Runs, outbox: Outbox, shared: Int32Array): void {
  process.exit = (code?: number | string | null): never => {
    const status = Number(code ?? process.exitCode ?? 0);
    const cell = runs.active ? ` in cell ${runs.active.id}` : '';
    outbox.post({ type: 'exiting', reason: `process.exit(${status}) was called${cell}` });
    Atomics.wait(shared, SHARED.exiting, 0, TELL_HOST_MS);
    return exitProcess(status);
  };
}
